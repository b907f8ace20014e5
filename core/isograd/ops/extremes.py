"""Extremes and order statistics: the largest, the smallest, the middle, the most frequent.

Where torch has two overloads of different derivative under one name (``max(x)`` and ``max(x, dim)``), each is an op here and a
composite of torch's name chooses between them.
"""

from __future__ import annotations

from typing import Any

from isograd.dtypes import BOOL, COMPLEX, FLOAT
from isograd.ops.declare import REDUCTION, Array, composite, op
from isograd.ops.outputs import exact, exactly, refusing_integers
from isograd.ops.reductions import added, reduced_axes, restored
from isograd.shapes import wrap_dim, wrap_dims
from isograd.tensor import Tensor


def check_not_empty(name, input, dim, error=IndexError):
    """Raise torch's error for the extreme of nothing."""
    if 0 not in input.shape:
        return
    if dim is None:
        raise error(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
        )
    for d in wrap_dims(dim, len(input.shape)):
        if input.shape[d] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")


# -- extremes -----------------------------------------------------------------------------------------------------------------------
def shared_among(F, g, mask, dim, dtype):
    """`g` divided evenly among the elements that `mask` marks along `dim`."""
    count = F.sum(mask, dim, True, dtype=dtype) if dim is not None else F.sum(mask, dtype=dtype)
    return F.masked_fill(F.expand(F.div(g, count), tuple(mask.shape)), F.logical_not(mask), 0)


def amax_backward(F, g, input, result, dim, keepdim, dtype):
    ndim = len(input.shape)
    dim = wrap_dims(dim, ndim)
    mask = F.eq(restored(F, result, dim, keepdim, ndim), input)
    share = F.div(restored(F, g, dim, keepdim, ndim), F.sum(mask, dim, True, dtype=dtype))
    return F.mul(share, F._to_copy(mask, dtype))  # times the mask, as torch: the gradient's sign is left to its zeros


EXTREME_OUT = exactly("Expected the dtype for input and out to match, but got {result} for input's dtype and {out} for out's dtype.")


@op("amax", kind=REDUCTION, out=EXTREME_OUT)
def amax(K, input: Array, dim=(), keepdim=False):
    """The largest element, or those along the dimensions `dim`; ties share the gradient evenly."""
    check_not_empty("amax", input, None if dim == () or dim == [] else dim, RuntimeError)
    return K.max(input, axis=wrap_dims(dim, input.ndim), keepdims=keepdim)


@op("amin", kind=REDUCTION, out=EXTREME_OUT)
def amin(K, input: Array, dim=(), keepdim=False):
    """The smallest element, or those along the dimensions `dim`; ties share the gradient evenly."""
    check_not_empty("amin", input, None if dim == () or dim == [] else dim, RuntimeError)
    return K.min(input, axis=wrap_dims(dim, input.ndim), keepdims=keepdim)


for _extreme in (amax, amin):
    _extreme.derivative(input=lambda F, g, input, result, dim, keepdim, input_dtype: amax_backward(
        F, g, input, result, dim, keepdim, input_dtype))


@op("aminmax", kind=REDUCTION, outputs=("min", "max"), out=exact)
def aminmax(K, input: Array, *, dim=None, keepdim=False):
    """The smallest and the largest element."""
    if dim is None and 0 in input.shape:
        raise RuntimeError("aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
    if dim is not None and input.ndim and input.shape[wrap_dim(dim, input.ndim)] == 0:
        raise IndexError(f"aminmax: Expected reduction dim {dim} to have non-zero size.")
    axis = reduced_axes(dim, input.ndim)
    return K.min(input, axis=axis, keepdims=keepdim), K.max(input, axis=axis, keepdims=keepdim)


def aminmax_backward(F, g, input, low, high, dim, keepdim, dtype):
    dim = () if dim is None else dim
    ndim = len(input.shape)
    dim = wrap_dims(dim, ndim)
    parts: list[Any] = []
    for part, extreme in zip(g, (low, high), strict=True):
        if part is None:
            parts.append(None)
            continue
        mask = F.eq(input, restored(F, extreme, dim, keepdim, ndim))
        share = F.div(restored(F, part, dim, keepdim, ndim), F.sum(mask, dim, True, dtype=dtype))
        parts.append(F.mul(share, F._to_copy(mask, dtype)))  # times the mask, as torch: the gradient's sign is left to its zeros
    return added(F, *parts)


aminmax.derivative(input=lambda F, g, input, min, max, dim, keepdim, input_dtype: aminmax_backward(
    F, g, input, min, max, dim, keepdim, input_dtype))


def evenly_distributed(F, g, input, result, dtype):
    """The gradient of the selection of one value from all elements: even among those equal to it."""
    mask = F.logical_or(F.eq(input, result), F.logical_and(F.isnan(input), F.isnan(result)))
    return shared_among(F, g, mask, None, dtype)


def selected(F, g, dim, indices, shape, keepdim):
    """The gradient of the selection of elements along `dim`: it goes to the places `indices`."""
    if not keepdim and shape:
        g, indices = F.unsqueeze(g, dim), F.unsqueeze(indices, dim)
    return F.scatter(F._new_zeros(g, tuple(shape)), dim, indices, g)


CANNOT_CAST = refusing_integers(
    "Expected canCast( typeMetaToScalarType(self.dtype()), typeMetaToScalarType(out.dtype())) to be true, but got false.  (Could this "
    "error message be improved?  If so, please report an enhancement request to PyTorch.)")


def declare_selection(name, forward, dim_forward, doc):
    """Declare ``name(x)`` and ``name(x, dim)``: ops of one value from all, and of one along a dimension with its index."""
    forward.__doc__ = dim_forward.__doc__ = doc
    full = op(name, kind=REDUCTION, function=False, method=False, out=CANNOT_CAST,
              node=f"{name.capitalize()}Backward{WHOLE[name]}")(forward)
    full.derivative(input=lambda F, g, input, result, input_dtype: evenly_distributed(F, g, input, result, input_dtype))
    along = op(f"{name}_dim", kind=REDUCTION, function=False, method=False, out=exact, public=name,
               node=f"{name.capitalize()}Backward{1 - WHOLE[name]}", outputs=("values", "indices"), nondifferentiable=("indices",))
    along(dim_forward).derivative(input=lambda F, g, indices, input_shape, dim, keepdim: selected(
        F, g, dim, indices, input_shape, keepdim))


WHOLE = {"max": 1, "min": 1, "median": 0, "nanmedian": 0}  # which of torch's two overloads is without `dim`


def flat(K, input):
    return K.reshape(K.asarray(input), (-1,))


def along(K, input, dim):
    """`input` with at least one dimension, and `dim` counted from the front."""
    where = wrap_dim(dim, input.ndim)
    return (input if input.ndim else flat(K, input)), where


def picked(K, input, index, where, keepdim, ndim):
    """The elements at `index` (whose dimension `where` has length 1), and the index, in the result's shape."""
    values = K.take_along_axis(input, index, axis=where)
    if not ndim:
        return K.reshape(values, ()), K.reshape(index, ())
    if keepdim:
        return values, index
    return K.squeeze(values, where), K.squeeze(index, where)


def extreme_along(name):
    def forward(K, input: Array, dim, keepdim=False):
        check_not_empty(name, input, dim)
        found, where = along(K, input, dim)
        index = (K.argmax if name == "max" else K.argmin)(found, axis=where, keepdims=True)
        return picked(K, found, index, where, keepdim, input.ndim)

    return forward


def extreme(name):
    def forward(K, input: Array):
        if 0 in input.shape:
            raise RuntimeError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                               "with the 'dim' argument.")
        return (K.max if name == "max" else K.min)(input, axis=None)

    return forward


def median_along(name):
    skip_nan = name == "nanmedian"

    def forward(K, input: Array, dim=-1, keepdim=False):
        check_not_empty("median", input, dim)
        found, where = along(K, input, dim)
        real = K.dtype_of(found).category >= FLOAT
        order = K.argsort(found, axis=where)
        before = (slice(None),) * where
        if skip_nan and real:
            counts = K.sum(K.astype(K.logical_not(K.isnan(found)), K.native_index), axis=where, dtype=K.native_index, keepdims=True)
            place = K.floor_divide(K.clip(K.subtract(counts, 1), min=0), 2)
            index = K.take_along_axis(order, place, axis=where)
        else:
            k = (found.shape[where] - 1) // 2
            index = order[(*before, slice(k, k + 1), ...)]
            if real:  # one nan makes the median nan: the first of them
                first = K.argmax(found, axis=where, keepdims=True)
                index = K.where(K.isnan(K.take_along_axis(found, first, axis=where)), first, index)
        return picked(K, found, index, where, keepdim, input.ndim)

    return forward


def median_of_all(name):
    one_dimensional = median_along(name)

    def forward(K, input: Array):
        if 0 in input.shape:
            if K.dtype_of(input).category < FLOAT:
                return K.full((), -(2 ** (8 * K.dtype_of(input).itemsize - 1)), dtype=input.dtype)
            return K.full((), float("nan"), dtype=input.dtype)
        return one_dimensional(K, flat(K, input), 0)[0]

    return forward


declare_selection("max", extreme("max"), extreme_along("max"), "The largest element, or the largest along `dim` and where they are.")
declare_selection("min", extreme("min"), extreme_along("min"), "The smallest element, or the smallest along `dim` and where they are.")
declare_selection("median", median_of_all("median"), median_along("median"),
                  "The (lower) median of all elements, or those along `dim` and where they are.")
declare_selection("nanmedian", median_of_all("nanmedian"), median_along("nanmedian"),
                  "The (lower) median of the elements that are not nan, or those along `dim` and where they are.")


def given(out: Any) -> dict[str, Any]:
    """``out=`` as keyword arguments, if it is there."""
    return {} if out is None else {"out": out}


def selection_front(name, binary):
    def front(F, input, dim=None, keepdim=False, *, other=None, out=None):
        if binary and isinstance(dim, Tensor):
            dim, other = None, dim
        if other is not None:
            return getattr(F, binary)(input, other, **given(out))
        if dim is None:
            return getattr(F, name)(input, **given(out))
        return getattr(F, f"{name}_dim")(input, dim, keepdim, **given(out))

    return front


for _name, _binary, _doc in (
    ("max", "maximum", "The largest element; the largest along `dim`, with their indices; or the larger of two tensors' elements."),
    ("min", "minimum", "The smallest element; the smallest along `dim`, with their indices; or the smaller of two tensors' elements."),
    ("median", None, "The median (the lower of two middle elements); along `dim` with its index."),
    ("nanmedian", None, "The median of the elements that are not nan; along `dim` with its index."),
):
    _front = selection_front(_name, _binary)
    _front.__doc__ = _doc
    composite(_name)(_front)


@op("kthvalue", kind=REDUCTION, outputs=("values", "indices"), nondifferentiable=("indices",),
    out=exactly("output values must be of same type as input"))
def kthvalue(K, input: Array, k, dim=-1, keepdim=False):
    """The `k`-th smallest element along `dim`, counted from 1, and its index."""
    found, where = along(K, input, dim)
    check_not_empty("kthvalue", input, dim)
    if not 1 <= k <= found.shape[where]:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {where}")
    values, index = K.kthvalue(found, k, axis=where)
    if not input.ndim:
        return K.reshape(values, ()), K.reshape(index, ())
    values, index = K.ascontiguous(values), K.ascontiguous(index)
    return (values, index) if keepdim else (K.squeeze(values, where), K.squeeze(index, where))


@op("mode", kind=REDUCTION, outputs=("values", "indices"), nondifferentiable=("indices",),
    out=exactly("expected scalar type '{result}' but got '{out}' for values output"))
def mode(K, input: Array, dim=-1, keepdim=False):
    """The most frequent element along `dim` (the smallest of several), and the index of its last occurrence."""
    found, where = along(K, input, dim)
    check_not_empty("mode", input, dim)
    order = K.argsort(found, axis=where)
    ordered = K.take_along_axis(found, order, axis=where)
    length = found.shape[where]
    before = (slice(None),) * where
    places = K.reshape(K.arange(0, length, 1, dtype=K.native_index), (length,) + (1,) * (found.ndim - where - 1))
    places = K.broadcast_to(places, ordered.shape)
    # In sorted order, how long the run of equals is that ends here; the first of the longest runs wins.
    starts = K.not_equal(ordered[(*before, slice(1, None), ...)], ordered[(*before, slice(None, -1), ...)])
    zeros = K.zeros((*ordered.shape[:where], 1, *ordered.shape[where + 1:]), dtype=K.native_index)
    start = K.concat([zeros, K.where(starts, places[(*before, slice(1, None), ...)], 0)], axis=where)
    start = K.cumulative_max(start, axis=where)[0]
    end = K.argmax(K.subtract(places, start), axis=where, keepdims=True)
    return picked(K, found, K.take_along_axis(order, end, axis=where), where, keepdim, input.ndim)


for _selection in (kthvalue, mode):
    _selection.derivative(input=lambda F, g, indices, input_shape, dim, keepdim: selected(F, g, dim, indices, input_shape, keepdim))


# -- indices ------------------------------------------------------------------------------------------------------------------------
def extreme_index(name):
    def forward(K, input: Array, dim=None, keepdim=False):
        if 0 in input.shape:
            if dim is None:
                raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
            check_not_empty(name, input, dim)
        kernel = K.argmax if name == "argmax" else K.argmin
        if dim is None:
            index = kernel(flat(K, input), axis=0)
            return K.reshape(K.asarray(index), (1,) * input.ndim) if keepdim else index
        found, where = along(K, input, dim)
        index = kernel(found, axis=where, keepdims=keepdim)
        return index if input.ndim else K.reshape(K.asarray(index), ())

    which = "largest" if name == "argmax" else "smallest"
    forward.__doc__ = f"The index of the {which} element (the first of equals), or those along `dim`."
    def supports(dtype):
        if dtype.category in (BOOL, COMPLEX):
            raise RuntimeError(f"{name}(): does not support {'bool' if dtype.category == BOOL else 'complex'} input")

    return op(name, kind=REDUCTION, out=exact, supports=supports)(forward)


argmax, argmin = extreme_index("argmax"), extreme_index("argmin")
