"""The graph: nodes, edges, saved values, and the leaf's ``AccumulateGrad``.

A node is one recorded operation. ``edges`` names, for each differentiable operand, the node (or leaf tensor) its gradient goes to and
which of that node's outputs it was; None where no gradient is needed. An edge to a leaf holds the leaf tensor itself: the
``AccumulateGrad`` that torch shows in its place is made when somebody asks to see it.

A saved array is a *record* ``(array, versions, version)``: the raw array, the version cell its tensor's view family shares, and what that
cell held when the array was saved. No node holds a Tensor of its own output, so a dropped graph is freed by reference counting.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from itertools import count
from typing import Any

from isograd.dtypes import SCALAR_NAMES

__all__ = ["Node", "AccumulateGrad", "LEAF", "VIEW"]

#: Sequence numbers order backward: a node's operands always have lower ones. Zero marks a leaf.
next_sequence = count(1).__next__

Edge = tuple[Any, int]


class Sentinel:
    """What a tensor's ``_edge`` holds when the edge has to be worked out (see `edge_of`)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


LEAF = Sentinel("LEAF")  # a leaf that requires a gradient: its edge is itself, which it must not refer to
VIEW = Sentinel("VIEW")  # a view: its edge follows the history of its base

class Unversioned:
    """The version cell of a tensor made in inference mode, and of its views: nothing is counted, so nothing can be saved."""

    __slots__ = ()

    def __getitem__(self, index: int) -> int:
        raise RuntimeError("Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
                           "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it "
                           "in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`.")


UNVERSIONED: Any = Unversioned()

#: The version cell of values that no tensor owns (numbers).
CONSTANT = [0]

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved "
    "intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need "
    "to backward through the graph a second time or if you need to access saved tensors after calling backward."
)


class Node:
    """A recorded operation, torch's ``grad_fn``.

    Subclasses are made from op declarations (`isograd.ops.generate`) or from user Functions.
    """

    __slots__ = ("_seq", "edges", "space", "__dict__", "__weakref__")

    _seq: int
    edges: tuple[Edge | None, ...]
    space: Any

    makes_view = False
    nowhere = False  # whether gradients that arrive are dropped
    hooked = False  # whether any of the four below is set
    hidden: tuple[int, ...] = ()  # edges that torch's node for this overload does not have (numbers)
    outputs = 1  # how many tensors the operation returned
    pre_hooks: dict[int, Any] | None = None  # tensor hooks: output number -> hooks, run before the node
    node_pre_hooks: dict[int, Callable[..., Any]] | None = None
    node_hooks: dict[int, Callable[..., Any]] | None = None
    retained: dict[int, Any] | None = None  # retain_grad: output number -> weak reference to the tensor

    def run(self, g: Any, keep: bool) -> tuple[Any, ...]:
        """The gradients of the operands, as raw arrays, given that of the output; forget saved values unless `keep`."""
        raise AssertionError(f"{self.name()} states its derivative")

    def run_recorded(self, g: Any, keep: bool) -> tuple[Any, ...]:
        """As `run`, with Tensors and recorded operations: the derivative itself becomes differentiable."""
        raise AssertionError(f"{self.name()} states its derivative")

    def name(self) -> str:
        """The name torch gives this kind of node, such as ``"MulBackward0"``."""
        return self.__class__.__name__

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """For each operand, the node that its gradient goes to (None if it needs none) and which of its outputs it was."""
        return tuple([(None, 0) if e is None or e[0].nowhere else (e[0] if e[0]._seq else AccumulateGrad.of(e[0]), e[1])
                      for i, e in enumerate(self.edges) if i not in self.hidden])

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's notes on this node."""
        found: dict[Any, Any] = self.__dict__.setdefault("_metadata", {})
        return found

    def _sequence_nr(self) -> int:
        return self._seq

    def register_hook(self, fn: Callable[..., Any]) -> Any:
        """Call ``fn(grad_inputs, grad_outputs)`` after this node; it may return replacements for `grad_inputs`."""
        from isograd.hooks import RemovableHandle

        self.hooked = True
        if self.node_hooks is None:
            self.node_hooks = {}
        return RemovableHandle.add(self.node_hooks, fn)

    def register_prehook(self, fn: Callable[..., Any]) -> Any:
        """Call ``fn(grad_outputs)`` before this node; it may return replacements."""
        from isograd.hooks import RemovableHandle

        self.hooked = True
        if self.node_pre_hooks is None:
            self.node_pre_hooks = {}
        return RemovableHandle.add(self.node_pre_hooks, fn)

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} object at {hex(id(self))}>"


class AccumulateGrad(Node):
    """Where a gradient reaches a leaf: what torch shows at the end of every path of a graph."""

    __slots__ = ("variable",)

    variable: Any

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"  # torch's text: this node, unlike the others, is not generated there

    @staticmethod
    def of(leaf: Any) -> AccumulateGrad:
        """The AccumulateGrad of `leaf`: the same object as long as somebody holds it."""
        reference = leaf.__dict__.get("_accumulate")
        node = None if reference is None else reference()
        if node is None:
            node = AccumulateGrad()
            node._seq = 2**64 - 1  # torch: accumulation has the highest priority
            node.edges = ()
            node.space = leaf.space
            node.variable = leaf
            hooks = leaf.__dict__.get("_accumulate_hooks")
            if hooks is not None:
                node.node_hooks, node.node_pre_hooks = hooks
            leaf._accumulate = weakref.ref(node)
        return node

    def register_hook(self, fn: Callable[..., Any]) -> Any:
        self._share_hooks()
        return super().register_hook(fn)

    def register_prehook(self, fn: Callable[..., Any]) -> Any:
        self._share_hooks()
        return super().register_prehook(fn)

    def _share_hooks(self) -> None:
        # The leaf keeps the hooks, since this object is only a handle on it.
        if self.node_hooks is None:
            self.node_hooks, self.node_pre_hooks = self.variable._accumulate_hooks = ({}, {})


def text_name(node: Node) -> str:
    """A node's name as torch's error messages write it: ``MulBackward0`` is "Mul", ``SumBackward1`` "Sum1"."""
    name = node.name()
    stem, found, number = name.rpartition("Backward")
    if not found or not (number.isdigit() or not number):
        return name
    return stem if number == "0" else stem + number


def present_name(node: Node, versions: list[Any]) -> str:
    """The name of what made a saved tensor, `node` when it was saved, as it is after the write that the message is about.

    torch keeps the tensor itself, whose history that write has changed: to the writer, or, for a view, to its place in its base.
    """
    if node.makes_view and node.space.backend.capabilities.strides:
        return "AsStrided"
    writer = versions[1]() if len(versions) > 1 else None
    return text_name(node if writer is None else writer)


def type_text(space: Any) -> str:
    """A type as torch's error messages write it: by its legacy name, if it is old enough to have been given one."""
    name, device = space.dtype.name, space.device.type
    if name in ("bool", "bfloat16", "complex64", "complex128", "uint16", "uint32", "uint64"):
        return f"{device.upper()}{SCALAR_NAMES[name]}Type"
    return f"torch.{TYPE_NAMES[name]}" if device == "cpu" else f"torch.{device}.{TYPE_NAMES[name]}"


def modified(node: Node, name: str, array: Any, versions: list[int], version: int, position: int, edge: Edge | None = None) -> RuntimeError:
    """The error for a saved tensor that was changed in place, with torch's text.

    The tensor was output `position` of `node` if `name` is that of a result, else operand `position`, or what `edge` leads to.
    """
    kind = type_text(node.space.of(array) if hasattr(array, "dtype") else node.space)
    if name.startswith("result"):
        source = f", which is output {position} of {text_name(node)},"
    else:
        edge = edge or (node.edges[position] if 0 <= position < len(node.edges) else None)
        source = "" if edge is None else f", which is output {edge[1]} of {present_name(edge[0], versions)},"
        if edge is not None and not edge[0]._seq:
            source = ""
    hint = ("Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
            "torch.autograd.set_detect_anomaly(True, check_nan=False).")
    return RuntimeError(
        f"one of the variables needed for gradient computation has been modified by an inplace operation: [{kind} "
        f"{list(array.shape)}]{source} is at version {versions[0]}; expected version {version} instead. {hint}"
    )


#: torch's legacy type names, which its messages use.
TYPE_NAMES = {
    "uint8": "ByteTensor", "int8": "CharTensor", "int16": "ShortTensor", "int32": "IntTensor", "int64": "LongTensor",
    "float16": "HalfTensor", "float32": "FloatTensor", "float64": "DoubleTensor", "complex64": "ComplexFloatTensor",
    "complex128": "ComplexDoubleTensor", "bool": "BoolTensor", "bfloat16": "BFloat16Tensor", "uint16": "UInt16Tensor",
    "uint32": "UInt32Tensor", "uint64": "UInt64Tensor",
}
