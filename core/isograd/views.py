"""Views: families that share memory and versions, and what in-place writes do to their history.

All views of a tensor share its version cell. A view's own edge is in its `View`, with the version it was worked out at; when the elements
have been written since (through the base, another view, a detached twin), the view works out its edge anew from its base when it
is next asked, as torch's views do. An in-place operation on a view becomes a ``CopySlices`` in the history of the base.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from isograd.grad_mode import enable_grad, grad_enabled, inference_enabled
from isograd.graph import LEAF, UNVERSIONED, VIEW, Edge, Node, next_sequence, text_name

__all__ = ["View", "make_view", "edge_of", "view_edge", "set_view_edge", "rebase", "check_inplace"]

# How a view was made, if it cannot be written in place while recording
PLAIN, NO_GRAD, INFERENCE, MULTIPLE, CUSTOM = "", "no_grad", "inference", "multiple", "custom"


class View:
    """What makes a tensor a view: its base, the calls that lead from the base to it, and its edge.

    Attributes
    ----------
    base : Tensor
        The tensor that is no view itself.
    chain : tuple of (op, attributes, output number or None)
        View operations that lead from `base` to this view.
    edge : Edge or None
        Valid while the elements are at `version`.
    made : str
        PLAIN, or the circumstance that forbids recorded in-place writes; views of the view inherit it.
    """

    __slots__ = ("base", "chain", "edge", "version", "made")

    base: Any
    chain: tuple[Any, ...]
    edge: Edge | None
    version: int
    made: str


def make_view(op: Any, source: Any, out: Any, values: tuple[Any, ...], number: int | None = None) -> None:
    """Make `out` a view of `source`, made by `op`."""
    versions = source._versions
    if versions is None:
        versions = source._versions = [0]
    out._versions = versions
    view = View()
    made = PLAIN if number is None else MULTIPLE
    if not grad_enabled():
        made = INFERENCE if inference_enabled() else NO_GRAD
    of = source._view
    if of is None:
        view.base = source
        view.chain = ((op, values[1:], number),)
        view.made = made
    else:
        view.base = of.base
        view.chain = (*of.chain, (op, values[1:], number))
        view.made = made or of.made
    view.edge = None
    view.version = 0 if versions is UNVERSIONED else versions[0]
    out._view = view
    out._edge = VIEW


def set_view_edge(out: Any, node: Node, number: int = 0) -> None:
    """Give a view just made its edge."""
    out._view.edge = (node, number)


def edge_of(tensor: Any) -> Edge | None:
    """Where the gradient of `tensor` goes, or None if it needs none."""
    edge = tensor._edge
    if edge is LEAF:
        return (tensor, 0)
    if edge is VIEW:
        return view_edge(tensor)
    return edge  # type: ignore[no-any-return]


def view_edge(tensor: Any) -> Edge | None:
    """The edge of a view, worked out anew if the elements were written since it was.

    Raises
    ------
    RuntimeError
        With torch's text, if they were written although the view was made so that this cannot be recorded.
    """
    view: View = tensor._view
    edge = view.edge
    base_edge = view.base._edge
    if edge is None and base_edge is None:
        return None
    versions = tensor._versions
    if versions is not UNVERSIONED and view.version != versions[0]:
        if view.made:
            raise forbidden(view, "its base or another view of its base has been")
        view.edge = edge = regenerated(tensor, view)
        view.version = tensor._versions[0]
    return SINK if edge is None and base_edge is not None else edge


def regenerated(tensor: Any, view: View) -> Edge | None:
    """The edge of a view from its base: an AsStridedBackward0 where the backend has strides, as in torch."""
    from isograd.ops.declare import RECORDED

    base = view.base
    backend = tensor.space.backend
    with enable_grad():
        if backend.capabilities.strides and base.space is tensor.space:
            again = RECORDED.as_strided(base, tuple(tensor.array.shape), tuple(backend.strides(tensor.array)),
                                        int(tensor.storage_offset()))
        else:
            again = replayed(RECORDED, view.chain, base)
    found: Edge | None = again._view.edge
    return found


def replayed(F: Any, chain: tuple[Any, ...], value: Any) -> Any:
    """Apply a chain of view operations to something of its base's shape."""
    for op, attributes, number in chain:
        value = getattr(F.of(value) if hasattr(F, "of") else F, op.name)(value, *attributes)
        if number is not None:
            value = value[number]
    return value


class Sink(Node):
    """Where gradients of a view go that was made in no_grad mode, of a tensor that requires them: nowhere.

    torch makes such a view a leaf that requires a gradient and never gets one.
    """

    __slots__ = ()

    nowhere = True

    def run(self, g: Any, keep: bool) -> tuple[Any, ...]:
        return ()

    run_recorded = run


def sink() -> Edge:
    node = Sink()
    node._seq = next_sequence()
    node.edges = ()
    node.space = None
    return (node, 0)


#: The edge that leads nowhere.
SINK: Edge = sink()


def forbidden(view: View, what: str) -> RuntimeError:
    """torch's error for a view that `what` (says how it) was modified in place, and must not be."""
    edge = view.edge
    mode, block = ("inference", "inference_mode") if view.made == INFERENCE else ("no_grad", "no_grad")
    if view.made in (NO_GRAD, INFERENCE) or edge is None:
        head = ("A view was created in" if edge is None else
                f"Output {edge[1]} of {text_name(edge[0])} is a view of a view which was created in")
        end = "in normal mode" if view.made == INFERENCE else "with grad mode enabled"
        text = f"{head} {mode} mode and {what} modified inplace {end}."
    else:
        text = f"Output {edge[1]} of {text_name(edge[0])} is a view and {what} modified inplace."
    if view.made == MULTIPLE:
        text += (" This view is the output of a function that returns multiple views. Such functions do not allow the output views to be "
                 "modified inplace. You should replace the inplace operation by an out-of-place one.")
    elif view.made == CUSTOM:
        text += (" This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to "
                 "handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect "
                 "gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function.")
    else:
        text += (" Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the "
                 f"view and the inplace either both inside the {block} block (if you don't want the inplace to be tracked) or both outside "
                 "(if you want the inplace to be tracked).")
    return RuntimeError(text)


def wants(tensor: Any) -> bool:
    """Whether `tensor` requires a gradient; a view's edge is not worked out for this."""
    edge = tensor._edge
    if edge is VIEW:
        return tensor._view.edge is not None or tensor._view.base._edge is not None
    return edge is not None


def check_inplace(target: Any, tensors: Any) -> None:
    """Raise torch's error if `target` may not be written in place with these operands while recording."""
    if not any([wants(t) for t in tensors]):
        return
    view = target._view
    if view is not None:
        if view.made:
            raise forbidden(view, "is being")
        if wants(target) and view.base.is_leaf:
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    if target._edge is LEAF:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


def rebase(target: Any, node: Node) -> None:
    """Make `node`, the record of an in-place operation, the history of `target` (and of its base)."""
    view = target._view
    before = (target._edge if view is None else view.edge) if target._retains else None
    if view is None:
        target._edge = (node, 0)
        target._versions[1:] = [ref(node)]  # for the message of a saved tensor that was modified
    else:
        rebase_base(target, view, node)
    if before is not None:  # a retained gradient is that of the elements as they are now
        before[0].retained.pop(before[1], None)
        target._retains = False
        target.retain_grad()


def rebase_base(target: Any, view: View, node: Node) -> None:
    """Make the operation `node` on a view a part of the history of its base."""
    base = view.base
    slices = CopySlices()
    slices._seq = next_sequence()
    slices.edges = (edge_of(base), *node.edges[1:])
    slices.space = base.space
    slices.fn = node
    slices.chain = view.chain
    slices.place = slices.layout = None
    backend = target.space.backend
    if backend.capabilities.strides and base.space is target.space:
        start = base.storage_offset()
        slices.layout = (tuple(base.array.shape), tuple(backend.strides(base.array)), backend.is_contiguous(base.array))
        slices.place = (tuple(target.array.shape), tuple(backend.strides(target.array)), target.storage_offset() - start)
    if target._edge is LEAF:
        target._edge = VIEW
    base._edge = (slices, 0)
    target._versions[1:] = [ref(slices)]


class CopySlices(Node):
    """An in-place operation on a view, seen from the base: the slice's gradient goes through the operation, the rest passes by.

    Attributes
    ----------
    fn : Node
        The operation.
    chain : tuple
        The views that lead from the base to the slice.
    layout, place : tuple or None
        Where strides tell it faster: (shape, strides, contiguous?) of the base; shape, strides and offset of the slice in it.
    """

    __slots__ = ("fn", "chain", "layout", "place")

    fn: Any
    chain: tuple[Any, ...]
    layout: Any
    place: Any

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    def memory(self, K: Any, g: Any) -> Any:
        """An array of the size and dtype of `g`, laid out as the base."""
        if self.layout is None or self.layout[2]:
            return K.empty(tuple(g.shape), dtype=g.dtype)
        shape, strides, _ = self.layout
        length = 1 + sum([(n - 1) * s for n, s in zip(shape, strides, strict=True)]) if 0 not in shape else 0
        return K.as_strided(K.empty((length,), dtype=g.dtype), shape, strides, 0)

    def slice(self, F: Any, passed: Any) -> Any:
        if self.place is None:
            return replayed(F, self.chain, passed)
        return F.as_strided(passed, *self.place)

    def run(self, g: Any, keep: bool) -> tuple[Any, ...]:
        F = self.space.of(g)
        K = F.K
        passed = K.assign(self.memory(K, g), g)
        piece = self.slice(F, passed)
        grads = self.fn.run(K.copy(piece), keep)
        first = grads[0] if grads and self.fn.edges[0] is not None else None
        assigned = K.assign(piece, K.zeros((), dtype=piece.dtype) if first is None else first)
        assert assigned is piece, "CopySlices needs a backend whose views alias"
        return (passed if self.edges[0] is not None else None, *grads[1:])

    def run_recorded(self, g: Any, keep: bool) -> tuple[Any, ...]:
        from isograd.ops.declare import RECORDED
        from isograd.record import wrap

        passed = wrap(self.memory(g.space.K, g.array), g.space)
        passed.copy_(g)
        piece = self.slice(RECORDED, passed)
        grads = self.fn.run_recorded(piece.clone(), keep)
        first = grads[0] if grads and self.fn.edges[0] is not None else None
        if first is None:
            piece.zero_()
        else:
            piece.copy_(first)
        return (passed if self.edges[0] is not None else None, *grads[1:])
