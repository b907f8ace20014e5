"""User-defined differentiable functions: ``torch.autograd.Function``."""

from __future__ import annotations

import functools
from typing import Any
from weakref import WeakKeyDictionary

from isograd.dtypes import FLOAT
from isograd.grad_mode import grad_enabled, no_grad
from isograd.graph import FREED, VIEW, Node, modified, next_sequence
from isograd.record import bump, saved, wrap
from isograd.tensor import Tensor
from isograd.views import CUSTOM, MULTIPLE, PLAIN, edge_of, rebase

__all__ = ["Function", "FunctionCtx", "once_differentiable"]

new = object.__new__


class FunctionNode(Node):
    """The node of a user's Function, which is also the ``ctx`` its methods receive."""

    __slots__ = ()

    _function: Any
    _shapes: list[tuple[Any, Any]]  # (shape, space) of each operand, None for what is no tensor
    _positions: list[int]  # places of the edges among forward's arguments
    _outputs: list[Any]  # (shape, space) of each output, to make zeros of
    _count = 0
    _materialize = True
    _to_save: tuple[Any, ...] = ()
    _saved: Any = ()
    _dirty: tuple[Any, ...] = ()
    _undifferentiable: tuple[Any, ...] = ()
    needs_input_grad: tuple[bool, ...] = ()

    def name(self) -> str:
        return f"{self._function.__name__}Backward"

    # -- what forward says ----------------------------------------------------------------------------------------------------
    def save_for_backward(self, *tensors: Any) -> None:
        """Keep `tensors` (or None) for backward, where ``ctx.saved_tensors`` gives them back, checked for changes."""
        for tensor in tensors:
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(f"save_for_backward can only save variables, but argument {tensors.index(tensor)} is of type "
                                f"{type(tensor).__name__}")
        self._to_save = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which operands forward changed in place; they must be returned."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which results need no gradient."""
        self._undifferentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward receives zeros (the default) or None for results without gradient."""
        self._materialize = bool(value)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The saved tensors, with their history.

        Raises
        ------
        RuntimeError
            With torch's text, when they were freed or changed in place.
        """
        if self._saved is None:
            raise RuntimeError(FREED)
        return tuple([None if item is None else self._rebuild(*item) for item in self._saved])

    def _rebuild(self, record: Any, edge: Any, number: int | None, space: Any) -> Tensor:
        array, versions, version = record
        if versions[0] != version:
            raise modified(self, "result" if number is not None else "", array, versions, version, -1 if number is None else number, edge)
        if edge is not None and not edge[0]._seq and edge[0].array is array:
            leaf: Tensor = edge[0]
            return leaf
        out = wrap(array, space)
        out._versions = versions
        out._edge = (self, number) if number is not None else edge
        return out

    # -- backward -------------------------------------------------------------------------------------------------------------
    def run(self, g: Any, keep: bool) -> tuple[Any, ...]:
        given = [g] if self.outputs == 1 else g
        tensors = [None if item is None else wrap(item, self._outputs[i][1]) for i, item in enumerate(given)]
        with no_grad():
            result = self._call(tensors)
        if not keep:
            self._saved = None
        return tuple([None if item is None else item.array for item in result])

    def run_recorded(self, g: Any, keep: bool) -> tuple[Any, ...]:
        result = self._call([g] if self.outputs == 1 else list(g))
        if not keep:
            self._saved = None
        return tuple(result)

    def _call(self, grads: list[Any]) -> list[Any]:
        from isograd.record import fit_recorded

        if self._materialize:
            grads = [self._zeros(i) if item is None and self._outputs[i] is not None else item for i, item in enumerate(grads)]
        result = self._function.backward(self, *grads)
        result = list(result) if isinstance(result, tuple) else [result]
        name = self.name()
        if len(result) < self._count:
            raise RuntimeError(f"function {name} returned an incorrect number of gradients (expected {self._count}, got {len(result)})")
        if len(result) > self._count:
            if any([item is not None for item in result[self._count :]]):
                raise RuntimeError(f"function {name} returned an incorrect number of gradients (expected {self._count}, got {len(result)})")
        kept: list[Any] = []
        for place, position in enumerate(self._positions):
            item = result[position]
            if item is not None and not isinstance(item, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(item).__name__})")
            if item is None or self.edges[place] is None:
                kept.append(None)
                continue
            shape, space = self._shapes[place]
            if tuple(item.array.shape) != shape:
                if not _expandable(shape, tuple(item.array.shape)):
                    raise RuntimeError(f"Function {name} returned an invalid gradient at index {position} - got {list(item.array.shape)} "
                                       f"but expected shape compatible with {list(shape)}")
            kept.append(fit_recorded(item, shape, space))
        for position, item in enumerate(result[: self._count]):
            if position not in self._positions and item is not None:
                raise RuntimeError(f"function {name} returned a gradient different than None at position {position + 1}, but the "
                                   "corresponding forward input was not a Variable")
        return kept

    def _zeros(self, number: int) -> Tensor:
        shape, space = self._outputs[number]
        return wrap(space.K.zeros(shape, dtype=space.K.native[space.dtype]), space)


FunctionCtx = FunctionNode  # torch's name for what the methods receive


def _expandable(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    if len(shape) > len(to):
        return False
    return all(a in (1, b) for a, b in zip(reversed(shape), reversed(to), strict=False))


class Function:
    """A differentiable function of the user's: subclass it with static ``forward`` and ``backward``.

    ``forward(ctx, *args)`` computes with recording off; ``backward(ctx, *grads)`` returns one gradient for each argument of forward. With a
    static ``setup_context(ctx, inputs, output)``, forward takes no ctx.

    Examples
    --------
    >>> import isograd as torch
    >>> class Cube(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x ** 3
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         x, = ctx.saved_tensors
    ...         return g * 3 * x ** 2
    >>> x = torch.tensor(2., requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        import warnings

        warnings.warn(f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should invoke them "
                      "on "
                      "the class itself. Instantiating an autograd function will raise an error in a future version of PyTorch.",
                      DeprecationWarning, stacklevel=2)

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result. Override it."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Save what backward needs, apart from forward."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Return the gradient of each argument of forward. Override it."""
        raise NotImplementedError("You must implement either the backward or vjp method for your custom autograd.Function to use it with "
                                  "backward mode AD.")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward, and record it if an argument requires a gradient."""
        node: Any = new(node_class(cls))
        node._function = cls
        tensors = [(i, a) for i, a in enumerate(args) if isinstance(a, Tensor)]
        recording = grad_enabled()
        edges = [edge_of(t) if recording else None for _, t in tensors]
        node.needs_input_grad = tuple([isinstance(a, Tensor) and a.requires_grad for a in args])
        node.edges = tuple(edges)
        node._count = len(args)
        node._positions = [i for i, _ in tensors]
        node._shapes = [(tuple(t.array.shape), t.space) for _, t in tensors]
        node.space = tensors[0][1].space if tensors else None
        with no_grad():
            if cls.setup_context is not Function.setup_context:
                output = cls.forward(*args, **kwargs)
                cls.setup_context(node, args, output)
            else:
                output = cls.forward(node, *args, **kwargs)
        node._seq = next_sequence()
        outputs = output if isinstance(output, tuple) else (output,)
        if any([edge is not None for edge in edges]):
            outputs = _attach(node, args, outputs)
        else:
            outputs = tuple([_fresh(o, args) if isinstance(o, Tensor) and o not in _Ids(node._dirty) else o for o in outputs])
        node._to_save = node._undifferentiable = node._dirty = ()  # they would make cycles
        return outputs if isinstance(output, tuple) else outputs[0]


class _Ids:
    """Membership by identity; tensors compare elementwise."""

    def __init__(self, items: Any) -> None:
        self.ids = {id(item) for item in items}

    def __contains__(self, item: Any) -> bool:
        return id(item) in self.ids


def _fresh(output: Tensor, args: tuple[Any, ...]) -> Tensor:
    """An operand returned as it is becomes a view of itself, as in torch."""
    if output not in _Ids(args):
        return output
    with no_grad():
        view: Tensor = output.view(output.shape)
    view._view.made = PLAIN
    return view


def _attach(node: FunctionNode, args: tuple[Any, ...], outputs: tuple[Any, ...]) -> tuple[Any, ...]:
    dirty, apart = _Ids(node._dirty), _Ids(node._undifferentiable)
    node.outputs = len(outputs)
    node._outputs = [(tuple(o.array.shape), o.space) if isinstance(o, Tensor) else None for o in outputs]
    result: list[Any] = []
    for number, out in enumerate(outputs):
        if not isinstance(out, Tensor):
            result.append(out)
            continue
        original = out
        if out in dirty:
            bump(out)
            if out.requires_grad and out.is_leaf:
                raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
            rebase(out, node)
        else:
            out = _fresh(out, args)
            if original in apart or out.space.category < FLOAT:
                out = out.detach() if out._edge is not None else out
            elif out._view is not None:
                # Rewriting its history would bypass the user's backward: a view made here cannot be written.
                out._view.made = CUSTOM if len(outputs) == 1 else MULTIPLE
                out._view.edge, out._edge = (node, number), VIEW
            else:
                out._edge = (node, number)
        result.append(out)
        node._to_save = tuple([out if t is original else t for t in node._to_save])
    records: list[Any] = []
    made = {id(o): n for n, o in enumerate(result) if isinstance(o, Tensor) and o._edge is not None}
    for tensor in node._to_save:
        if tensor is None:
            records.append(None)
        elif id(tensor) in made:
            records.append((saved(tensor), None, made[id(tensor)], tensor.space))
        else:
            records.append((saved(tensor), edge_of(tensor), None, tensor.space))
    node._saved = records
    return tuple(result)


_node_classes: WeakKeyDictionary[type, type] = WeakKeyDictionary()


def node_class(function: type) -> type:
    """The node class of a Function, named as torch names it."""
    found = _node_classes.get(function)
    if found is None:
        found = _node_classes[function] = type(f"{function.__name__}Backward", (FunctionNode,), {"__slots__": ()})
    return found


def once_differentiable(backward: Any) -> Any:
    """Mark a backward that cannot itself be differentiated: asking for its derivative raises torch's error."""

    @functools.wraps(backward)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        recording = grad_enabled()
        with no_grad():
            result = backward(ctx, *grads)
        if not recording or not any([isinstance(g, Tensor) and g.requires_grad for g in grads]):
            return result
        items = result if isinstance(result, tuple) else (result,)
        barred = tuple([_bar(item) if isinstance(item, Tensor) else item for item in items])
        return barred if isinstance(result, tuple) else barred[0]

    return wrapper


class DelayedError(Node):
    """A node that raises when backward reaches it."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> tuple[Any, ...]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")

    run_recorded = run


def _bar(tensor: Tensor) -> Tensor:
    out = tensor.detach()
    node = new(DelayedError)
    node._seq, node.edges, node.space = next_sequence(), (), tensor.space
    out._edge = (node, 0)
    return out
