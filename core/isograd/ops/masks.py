"""Choosing by a condition: where, masked_fill and their kin."""

from __future__ import annotations

from typing import Any

from isograd.dtypes import SCALAR_NAMES
from isograd.dtypes import bool as boolean
from isograd.ops.copying import cast, check_number, scalar_array
from isograd.ops.declare import (
    COMMON,
    ELEMENTWISE,
    FUNCTIONS,
    METHODS,
    MOVEMENT,
    RECORDED,
    Array,
    IndexArray,
    Scalar,
    composite,
    op,
)
from isograd.ops.outputs import CPP_NAMES, exactly
from isograd.ops.parts import fresh
from isograd.shapes import check_broadcast, numel


def name_of(K, array):
    return SCALAR_NAMES[K.dtype_of(array).name]


def expanded(K, array, shape):
    return array if tuple(array.shape) == tuple(shape) else K.broadcast_to(array, tuple(shape))


def where_operand(K, value, other):
    """A number among the operands of `where` as an array of the dtype of the other."""
    return value if hasattr(value, "shape") else K.asarray(value, dtype=other.dtype)


@op("where", kind=ELEMENTWISE, promote=COMMON, function=False, method=False,
    out=exactly("Expected out type to be {result} but got {out}"))
def where_(K, condition: IndexArray, input: Array | Scalar, other: Array | Scalar):
    """`input` where the condition holds, else `other`."""
    if K.dtype_of(condition) is not boolean:
        if K.dtype_of(condition).name != "uint8":
            raise RuntimeError("where expected condition to be a boolean tensor, but got a tensor with "
                               f"dtype {name_of(K, condition)}")
        condition = K.not_equal(condition, 0)
    if not hasattr(input, "shape"):
        input = where_operand(K, input, other)
    elif not hasattr(other, "shape"):
        other = where_operand(K, other, input)
    return K.where(condition, input, other)


where_.derivative(
    input=lambda F, g, condition: F.where(condition, g, 0),
    other=lambda F, g, condition: F.where(condition, 0, g))


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where the condition holds, else `other`; the indices of true elements if both are left out.

    Examples
    --------
    >>> import isograd as torch
    >>> x = torch.tensor([-1., 2.])
    >>> torch.where(x > 0, x, 0.)
    tensor([0., 2.])
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if not hasattr(condition, "space"):
        raise TypeError("where() received an invalid combination of arguments - got "
                        f"({', '.join(type(a).__name__ for a in (condition, input, other))})")
    if not (hasattr(input, "space") or hasattr(other, "space")):
        from isograd.promotion import common_dtype

        input = numeric(input, common_dtype((input, other)), condition)
    if out is not None:
        return where_.function(condition, input, other, out=out)
    return where_.function(condition, input, other)


def numeric(value: Any, dtype: Any, like: Any) -> Any:
    """A number as a 0-d tensor."""
    from isograd.record import wrap

    space = like.space.to(dtype)
    return wrap(space.K.asarray(value, dtype=space.K.native[dtype]), space)


FUNCTIONS["where"] = where


def where_method(self: Any, condition: Any, other: Any) -> Any:
    return where(condition, self, other)


where_method.__name__, where_method.__doc__ = "where", where.__doc__
METHODS["where"] = where_method


def check_mask(K, mask, text):
    if K.dtype_of(mask) is not boolean:
        raise RuntimeError(text)


@op("masked_fill", kind=MOVEMENT, node="MaskedFillBackward1", numbers={"value": "MaskedFillBackward0"},
    inplace=True, overlap=True)
def masked_fill(K, input: Array, mask: IndexArray, value: Array | Scalar):
    """`input` with `value` where the mask is true."""
    check_mask(K, mask, "masked_fill_ only supports boolean masks, but got mask with dtype "
                        f"{CPP_NAMES.get(K.dtype_of(mask).name)}")
    shape = check_broadcast(tuple(mask.shape), tuple(input.shape))
    if not hasattr(value, "shape"):
        filling = scalar_array(K, value, input)
    elif len(value.shape):
        raise RuntimeError("masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                           f"{len(value.shape)} dimension(s).")
    else:
        own = K.dtype_of(input)
        if K.dtype_of(value).is_complex and not own.is_complex:
            check_number(own, 1j)
        filling = K.asarray(cast(K, value, own))
    return expanded(K, K.where(mask, filling, input), shape)


masked_fill.derivative(
    input=lambda F, g, mask, input_shape: F.sum_to_size(F.masked_fill(g, mask, 0), input_shape),
    value=lambda F, g, mask: F.sum(F.masked_select(g, mask)))


@op("masked_select", kind=MOVEMENT, out=exactly(
    "masked_select(): self and result must have the same scalar type"))
def masked_select(K, input: Array, mask: IndexArray):
    """The elements where the mask is true, in one dimension."""
    check_mask(K, mask, "masked_select: expected BoolTensor for mask")
    shape = check_broadcast(tuple(mask.shape), tuple(input.shape))
    return K.reshape(expanded(K, input, shape)[expanded(K, mask, shape)], (-1,))


masked_select.derivative(
    input=lambda F, g, mask, input_shape: F.sum_to_size(
        F._masked_spread(g, mask, spread_shape(mask, input_shape)), input_shape))


def spread_shape(mask, shape):
    return check_broadcast(tuple(mask.shape), tuple(shape))


@op("_masked_spread", kind=MOVEMENT, function=False, method=False)
def _masked_spread(K, input: Array, mask: IndexArray, size):
    """Zeros of `size`, with the elements of `input` in order where the mask is true."""
    return spread(K, K.zeros(tuple(size), dtype=input.dtype), expanded(K, mask, size), input)


_masked_spread.derivative(input=lambda F, g, mask: F.masked_select(g, mask))


def spread(K, whole, mask, values):
    """`whole`, which nobody else holds, with `values` in order where the mask is true."""
    return K.setitem(whole, mask, values)


@op("masked_scatter", kind=MOVEMENT, inplace=True)
def masked_scatter(K, input: Array, mask: IndexArray, source: Array):
    """`input` with elements of `source`, in order, where the mask is true."""
    if K.dtype_of(input) is not K.dtype_of(source):
        raise RuntimeError("masked_scatter: expected self and source to have same dtypes but got"
                           f"{name_of(K, input)} and {name_of(K, source)}")
    check_mask(K, mask, "masked_scatter_ only supports boolean masks, but got mask with dtype "
                        f"{name_of(K, mask)}")
    shape = check_broadcast(tuple(mask.shape), tuple(input.shape))
    mask = expanded(K, mask, shape)
    count = K.item(K.count_nonzero(mask))
    if count > numel(source.shape):
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return spread(K, fresh(K, expanded(K, input, shape)), mask, K.reshape(source, (-1,))[:count])


masked_scatter.derivative(
    input=lambda F, g, mask, input_shape: F.sum_to_size(F.masked_fill(g, mask, 0), input_shape),
    source=lambda F, g, mask, source_shape: F.masked_scatter_backward(g, mask, source_shape))


@op("masked_scatter_backward", kind=MOVEMENT, function=False, method=False)
def masked_scatter_backward(K, grad_output: Array, mask: IndexArray, sizes):
    """The elements where the mask is true, filled up with zeros to `sizes`."""
    taken = grad_output[expanded(K, mask, grad_output.shape)]
    whole = K.zeros((numel(sizes),), dtype=grad_output.dtype)
    whole = K.setitem(whole, slice(0, taken.shape[0]), taken)
    return K.reshape(whole, tuple(sizes))


masked_scatter_backward.derivative(
    grad_output=lambda F, g, mask, grad_output_shape:
        F.masked_scatter(F._new_zeros(g, grad_output_shape), mask, g))


def nonzero(input: Any, *, out: Any = None, as_tuple: bool = False) -> Any:
    """The indices of all elements that are not zero: as rows of a matrix, or one tensor a dimension."""
    if out is not None and not hasattr(out, "space"):
        raise TypeError(f"nonzero(): argument 'out' must be Tensor, not {type(out).__name__}")
    if not as_tuple:
        return _nonzero.function(input, out=out) if out is not None else _nonzero.function(input)

    source = RECORDED.reshape(input, (1,)) if not input.array.ndim else input
    return RECORDED.unbind(_nonzero.function(source), 1)


FUNCTIONS["nonzero"] = METHODS["nonzero"] = nonzero


@op("nonzero", kind=MOVEMENT, out=exactly(
    "nonzero: Expected out tensor to have scalar type {result} but got scalar type{out}"), function=False, method=False, changes_dtype=True)
def _nonzero(K, input: IndexArray):
    """The indices of all elements that are not zero, as rows."""
    ndim = len(input.shape)
    if not ndim:
        return K.zeros((int(bool(K.item(input))), 0), dtype=K.native_index)
    return K.permute_dims(K.stack(K.nonzero(input), axis=0), (1, 0))


@composite("argwhere")
def argwhere(F, input):
    """The indices of all elements that are not zero, as rows."""
    return F.nonzero(input)
