"""The views again, as copies: ``<view>_copy``, and the pieces that may be written in place."""

from __future__ import annotations

from functools import wraps

from isograd.ops.declare import MOVEMENT, REGISTRY, Array, Op, composite, op
from isograd.ops.outputs import exact, exactly
from isograd.ops.parts import fresh, joined, narrowed, section_lengths, slice_key, split, split_with_sizes
from isograd.ops.strides import as_strided  # noqa: F401  (declares what is copied here)
from isograd.ops.views import view  # noqa: F401
from isograd.shapes import wrap_dim


def declare_copy(name: str) -> Op:
    """Declare ``<name>_copy``: what the view `name` shows, in memory of its own."""
    shown = REGISTRY[name]

    @wraps(shown.forward)
    def forward(K, *args, **kwargs):
        result = shown.forward(K, *args, **kwargs)
        return tuple([fresh(K, a) for a in result]) if shown.multi_view else fresh(K, result)

    forward.__doc__ = f"A copy of what `{name}` shows."
    copy = op(f"{name}_copy", kind=MOVEMENT, node=shown.node, overload=shown.overload, out=exact,
              method=False, changes_dtype=shown.changes_dtype, multi_view=shown.multi_view,
              suffix="_copy", out_with_grad=True)(forward)
    copy.derivatives = shown.derivatives
    return copy


for _name in ("alias", "as_strided", "diagonal", "expand", "permute", "select", "slice", "squeeze", "t",
              "transpose", "unfold", "unsqueeze", "view", "view_as_real", "view_as_complex", "split",
              "split_with_sizes", "unbind"):
    declare_copy(_name)


@op("unsafe_split", kind=MOVEMENT, multi_view=True)
def unsafe_split(K, tensor: Array, split_size, dim=0):
    """As `split`, but the pieces count as tensors of their own, which may be written in place."""
    return split.forward(K, tensor, split_size, dim)


unsafe_split.derivative(
    tensor=lambda F, g, tensor_shape, split_size, dim:
        joined(F, g, tensor_shape, section_lengths(tensor_shape, split_size, dim), dim))


@op("unsafe_split_with_sizes", kind=MOVEMENT, multi_view=True)
def unsafe_split_with_sizes(K, input: Array, split_sizes, dim=0):
    """As `split_with_sizes`, but the pieces count as tensors of their own."""
    return split_with_sizes.forward(K, input, split_sizes, dim)


unsafe_split_with_sizes.derivative(
    input=lambda F, g, input_shape, split_sizes, dim:
        joined(F, g, input_shape, tuple(split_sizes), dim))


@composite("unsafe_chunk")
def unsafe_chunk(F, input, chunks, dim=0):
    """As `chunk`, but the pieces count as tensors of their own."""
    if not len(input.shape):
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = input.shape[wrap_dim(dim, len(input.shape))]
    length = (size + chunks - 1) // chunks
    if length == 0 and size == 0:
        return F.unsafe_split_with_sizes(input, (0,) * chunks, dim)
    return F.unsafe_split(input, length, dim)


@op("narrow_copy", kind=MOVEMENT, out=exactly(
    "Expected self.dtype() == output.dtype() to be true, but got false.  (Could this error message be "
    "improved?  If so, please report an enhancement request to PyTorch.)"))
def narrow_copy(K, input: Array, dim, start, length):
    """A copy of what `narrow` shows."""
    if dim >= len(input.shape) > 0:
        raise RuntimeError("Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.  (Could this error "
                           "message be improved?  If so, please report an enhancement request to PyTorch.)")
    if length < 0:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({input.shape[dim]}).")
    d, begin, end = narrowed(input.shape, dim, start, length)
    return fresh(K, input[slice_key(len(input.shape), d, begin, end, 1)])


narrow_copy.derivative(
    input=lambda F, g, input_shape, dim, start, length:
        F.slice_backward(g, input_shape, *narrowed(input_shape, dim, start, length), 1))
