"""Views: families that share memory and versions, and what in-place writes do to their history.

All views of a tensor share its version cell. A view's own edge is in its `View`; when the base's history is rewritten by an in-place
operation (on the base or on any view), the base's epoch advances, and every view works out its edge anew from the base when it is next
asked, as torch's views do. An in-place operation on a view becomes a ``CopySlices`` in the history of the base.
"""

from __future__ import annotations

from typing import Any

from isograd.grad_mode import enable_grad, grad_enabled
from isograd.graph import LEAF, VIEW, Edge, Node, next_sequence

__all__ = ["View", "make_view", "edge_of", "view_edge", "set_view_edge", "rebase", "check_inplace"]


class View:
    """What makes a tensor a view: its base, the calls that lead from the base to it, and its edge.

    Attributes
    ----------
    base : Tensor
        The tensor that is no view itself.
    chain : tuple of (op, attributes, output number or None)
        View operations that lead from `base` to this view.
    edge : Edge or None
        Valid while ``epoch == base._epoch``.
    """

    __slots__ = ("base", "chain", "edge", "epoch", "no_grad", "multi")

    base: Any
    chain: tuple[Any, ...]
    edge: Edge | None
    epoch: int
    no_grad: bool
    multi: bool

    def replay(self, F: Any, array: Any) -> Any:
        """Apply the chain to something of the base's shape."""
        for op, attributes, number in self.chain:
            array = getattr(F, op.name)(array, *attributes)
            if number is not None:
                array = array[number]
        return array


def make_view(op: Any, source: Any, out: Any, values: tuple[Any, ...], number: int | None = None) -> None:
    """Make `out` a view of `source`, made by `op`."""
    versions = source._versions
    if versions is None:
        versions = source._versions = [0]
    out._versions = versions
    view = View()
    of = source._view
    if of is None:
        view.base = source
        view.chain = ((op, values[1:], number),)
    else:
        view.base = of.base
        view.chain = (*of.chain, (op, values[1:], number))
    view.edge = None
    view.epoch = view.base._epoch
    view.no_grad = not grad_enabled() or (of is not None and of.no_grad)
    view.multi = number is not None or (of is not None and of.multi)
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
    """The edge of a view, worked out anew if its base's history changed."""
    view: View = tensor._view
    if view.epoch != view.base._epoch:
        regenerate(tensor, view)
    return view.edge


def regenerate(tensor: Any, view: View) -> None:
    """Work out the edge of a view from its base: an AsStridedBackward0 where the backend has strides, as in torch."""
    base = view.base
    view.epoch = base._epoch
    if edge_of(base) is None:
        view.edge = None
        return
    from isograd.ops.declare import RECORDED

    backend = tensor.space.backend
    with enable_grad():
        if backend.capabilities.strides:
            again = RECORDED.as_strided(base, tuple(tensor.array.shape), tuple(backend.strides(tensor.array)),
                                        int(tensor.storage_offset()))
        else:
            again = view.replay(RECORDED, base)
    view.edge = edge_of(again)


def check_inplace(target: Any) -> None:
    """Raise torch's error if `target` may not be written in place while recording."""
    edge = target._edge
    if edge is LEAF:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    view = target._view
    if view is None:
        return
    base_edge = edge_of(view.base)
    if base_edge is None and view_edge(target) is None:
        return
    if base_edge is not None and view.base._edge is LEAF and not (view.no_grad or view.multi):
        raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    own = view_edge(target)
    if view.multi or view.no_grad:
        name = own[0].name() if own is not None else None
        head = f"Output {own[1]} of {name} is a view and is being modified inplace. " if own is not None else (
            "A view was created in no_grad mode and is being modified inplace with grad mode enabled. ")
        if view.multi:
            raise RuntimeError(
                head + "This view is the output of a function that returns multiple views. Such functions do not allow the output views to "
                "be modified inplace. You should replace the inplace operation by an out-of-place one.")
        raise RuntimeError(
            head + "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the "
            "view and the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if "
            "you want the inplace to be tracked).")


def rebase(target: Any, node: Node) -> None:
    """Make `node`, the record of an in-place operation, the history of `target` (and of its base)."""
    view = target._view
    if view is None:
        target._edge = (node, 0)
        target._epoch += 1
        return
    base = view.base
    slices = CopySlices()
    slices._seq = next_sequence()
    slices.edges = (edge_of(base), *node.edges[1:])
    slices.space = node.space
    slices.fn = node
    slices.view = view
    if base._view is None:
        base._edge = (slices, 0)
    base._epoch += 1  # every view, this one too, now finds its edge through the base


class CopySlices(Node):
    """An in-place operation on a view, seen from the base: the slice's gradient goes through the operation, the rest passes by."""

    __slots__ = ("fn", "view")

    fn: Any
    view: View

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    def run(self, g: Any, keep: bool) -> tuple[Any, ...]:
        F = self.space.of(g)
        K = F.K
        passed = K.asarray(K.ascontiguous(K.copy(g)))
        piece = self.view.replay(F, passed)
        grads = self.fn.run(K.copy(piece), keep)
        first = grads[0] if grads and self.fn.edges[0] is not None else None
        assigned = K.assign(piece, K.zeros_like(piece) if first is None else first)
        assert assigned is piece, "CopySlices needs a backend whose views alias"
        return (passed if self.edges[0] is not None else None, *grads[1:])

    def run_recorded(self, g: Any, keep: bool) -> tuple[Any, ...]:
        from isograd.ops.declare import RECORDED

        passed = g.clone()
        piece = self.view.replay(RECORDED, passed)
        grads = self.fn.run_recorded(piece.clone(), keep)
        first = grads[0] if grads and self.fn.edges[0] is not None else None
        if first is None:
            piece.zero_()
        else:
            piece.copy_(first)
        return (passed if self.edges[0] is not None else None, *grads[1:])
