"""Order: sorting, the largest few, searching, counting, sets."""

from __future__ import annotations

from isograd import dtypes
from isograd.dtypes import COMPLEX, FLOAT, SCALAR_NAMES
from isograd.ops.declare import OTHER, Array, Scalar, composite, op
from isograd.ops.extremes import along, selected
from isograd.ops.outputs import PASSED_BY, Out, exact
from isograd.ops.supported import refusing
from isograd.shapes import numel, wrap_dim
from isograd.tensor import Tensor


@op("sort", kind=OTHER, outputs=("values", "indices"), nondifferentiable=("indices",), out=exact, function=False, method=False,
    overload=lambda stable: "SortBackward0" if stable is None else "SortBackward1",
    supports=refusing(COMPLEX, RuntimeError, " Sort does not support complex dtypes on CPU"))
def sort(K, input: Array, dim=-1, descending=False, stable=None):
    """The elements along `dim` in order, and where they were; nan is largest."""
    found, where = along(K, input, dim)
    order = K.argsort(found, axis=where, descending=descending, stable=True)
    values = K.take_along_axis(found, order, axis=where)
    if not input.ndim:
        return K.reshape(values, ()), K.reshape(order, ())
    return values, order


sort.derivative(input=lambda F, g, indices, input_shape, dim: selected(F, g, dim, indices, input_shape, True))


@composite("sort")
def sort_front(F, input, dim=-1, descending=False, stable=None, *, out=None):
    """The elements along `dim` in order, and where they were; nan is largest.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.sort(torch.tensor([3, 1, 2])).values
    tensor([1, 2, 3])
    """
    return F.sort(input, dim, descending, stable, **({} if out is None else {"out": out}))


@composite("argsort")
def argsort(F, input, dim=-1, descending=False, stable=False):
    """The indices that sort the elements along `dim`."""
    return F.sort(input, dim, descending, stable)[1]


@composite("msort", out=Out("sort", exact))
def msort(F, input):
    """The elements along the first dimension in order."""
    return F.sort(input, 0, False)[0]


@op("topk", kind=OTHER, outputs=("values", "indices"), nondifferentiable=("indices",), out=exact)
def topk(K, input: Array, k, dim=-1, largest=True, sorted=True):
    """The `k` largest (or smallest) elements along `dim`, best first, and where they were; nan is largest."""
    found, where = along(K, input, dim)
    if not 0 <= k <= (found.shape[where] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    values, order = K.topk(found, k, axis=where, largest=largest, sorted=sorted)
    if not input.ndim and k == 1:
        return K.reshape(values, ()), K.reshape(order, ())
    return K.ascontiguous(values), K.ascontiguous(order)


topk.derivative(input=lambda F, g, indices, input_shape, dim: selected(F, g, dim, indices, input_shape, True))


# -- searching ------------------------------------------------------------------------------------------------------------------------
def searchsorted_out(result, out, values):
    if out is not result:
        raise RuntimeError("torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on "
                           f"whether out_int32 flag is True, but we got output tensor's dtype {SCALAR_NAMES[out.name]} and out_int32 flag "
                           f"is {values[2]}")


@op("searchsorted", kind=OTHER, promote="common", method=False, out=searchsorted_out)
def searchsorted(K, sorted_sequence: Array, input: Array | Scalar, *, out_int32=False, right=False, side=None, sorter=None):
    """Where elements would be inserted in a sorted sequence (the innermost dimension) to keep it sorted."""
    if side is not None:
        if side not in ("left", "right"):
            raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
        if right and side == "left":
            raise RuntimeError("torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True")
        right = side == "right"
    shape = tuple(getattr(input, "shape", ()))
    values = K.asarray(input, dtype=sorted_sequence.dtype)
    if sorted_sequence.ndim != 1 and tuple(sorted_sequence.shape[:-1]) != shape[:-1]:
        raise RuntimeError("torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor "
                           f"and input value tensor must match, but we got boundaries tensor {list(sorted_sequence.shape)} and input value "
                           f"tensor {list(shape)}")
    if sorter is not None:
        sorted_sequence = K.take_along_axis(sorted_sequence, sorter.array if isinstance(sorter, Tensor) else sorter, axis=-1)
    native = K.native[dtypes.int32 if out_int32 else dtypes.int64]
    if sorted_sequence.ndim == 1:
        found = K.searchsorted(sorted_sequence, K.reshape(values, (-1,)), side="right" if right else "left")
        return K.astype(K.reshape(found, shape), native)
    # Several sequences: count what is before, by comparison with each boundary.
    boundary, value = K.expand_dims(sorted_sequence, axis=-2), K.expand_dims(values, axis=-1)
    before = (K.less_equal if right else K.less)(boundary, value)
    return K.astype(K.sum(K.astype(before, K.native_index), axis=-1, dtype=K.native_index), native)


@composite("bucketize", method=False)
def bucketize(F, input, boundaries, *, out_int32=False, right=False, out=None):
    """Which interval between `boundaries` each element is in."""
    if len(boundaries.shape) != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({len(boundaries.shape)})")
    return F.searchsorted(boundaries, input, out_int32=out_int32, right=right, **({} if out is None else {"out": out}))


# -- counting and sets ----------------------------------------------------------------------------------------------------------------
@op("bincount", kind=OTHER)
def bincount(K, input: Array, weights: Array | None = None, minlength=0):
    """How often each integer from 0 occurs, or the sum of its weights."""
    if K.dtype_of(input).category >= FLOAT or K.dtype_of(input) is dtypes.bool:
        raise RuntimeError(f"\"bincount_cpu\" not implemented for '{SCALAR_NAMES[K.dtype_of(input).name]}'")
    if input.ndim != 1:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if numel(input.shape) and K.item(K.min(input)) < 0:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is not None:
        if tuple(weights.shape) != tuple(input.shape):
            raise RuntimeError("weights should be 1-d and have the same length as input")
        if K.dtype_of(weights) is not dtypes.float32:
            weights = K.astype(weights, K.native[dtypes.float64])
    return K.bincount(K.astype(input, K.native_index), weights, minlength)


@op("_unique2", kind=OTHER, outputs=("result0", "result1", "result2"), method=False)
def _unique2(K, input: Array, sorted=True, return_inverse=False, return_counts=False):
    """The different elements in order, where each element is among them, and how often each occurs."""
    flat = K.reshape(K.asarray(input), (-1,))
    if not numel(input.shape):
        none = K.zeros((0,), dtype=K.native_index)
        return flat, K.reshape(none, input.shape), none
    order = K.argsort(flat, axis=0)
    ordered = K.take(flat, order, axis=0)
    values, inverse, counts = runs(K, ordered, K.not_equal(ordered[1:], ordered[:-1]))
    placed = K.scatter(K.zeros(flat.shape, dtype=K.native_index), 0, order, inverse)
    return values, K.reshape(placed, input.shape), counts


def runs(K, ordered, changes):
    """Of runs of equals, given where they change: the first of each, the run of each element, the lengths."""
    length = ordered.shape[0]
    starts = K.concat([K.asarray([True]), changes], axis=0)
    inverse = K.subtract(K.cumulative_sum(K.astype(starts, K.native_index), axis=0), 1)
    first = K.nonzero(starts)[0]
    end = K.concat([first[1:], K.asarray([length], dtype=K.native_index)], axis=0)
    return K.take(ordered, first, axis=0), inverse, K.subtract(end, first)


@op("unique_rows", kind=OTHER, outputs=("result0", "result1", "result2"), function=False, method=False)
def unique_rows(K, input: Array, dim, consecutive=False):
    """The different slices along `dim` in order (or the runs of equal ones), where each is among them, and how often."""
    where = wrap_dim(dim, input.ndim)
    length = input.shape[where]
    axes = (where, *[d for d in range(input.ndim) if d != where])
    rows = K.reshape(K.permute_dims(input, axes), (length, -1) if numel(input.shape) else (length, 0))
    if not length:
        none = K.zeros((0,), dtype=K.native_index)
        return input, none, none
    order = K.arange(0, length, 1, dtype=K.native_index)
    if not consecutive:
        for column in range(rows.shape[1] - 1, -1, -1):  # stable sorts from the last key to the first
            order = K.take(order, K.argsort(K.take(rows[:, column], order, axis=0), axis=0), axis=0)
    ordered = K.take(rows, order, axis=0)
    changes = K.any(K.not_equal(ordered[1:], ordered[:-1]), axis=1)
    starts = K.concat([K.asarray([True]), changes], axis=0)
    first = K.nonzero(starts)[0]
    _, inverse, counts = runs(K, order, changes)
    placed = K.scatter(K.zeros((length,), dtype=K.native_index), 0, order, inverse)
    return K.take(input, K.take(order, first, axis=0), axis=where), placed, counts


@op("unique_runs", kind=OTHER, outputs=("result0", "result1", "result2"), function=False, method=False)
def unique_runs(K, input: Array):
    """The runs of equal elements: the first of each, the run of each element, the lengths."""
    flat = K.reshape(K.asarray(input), (-1,))
    if not numel(input.shape):
        none = K.zeros((0,), dtype=K.native_index)
        return flat, K.reshape(none, input.shape), none
    values, inverse, counts = runs(K, flat, K.not_equal(flat[1:], flat[:-1]))
    return values, K.reshape(inverse, input.shape), counts


def chosen(found, return_inverse, return_counts):
    """What the user asked for: one tensor, or a tuple."""
    values, inverse, counts = found
    result = (values, *((inverse,) if return_inverse else ()), *((counts,) if return_counts else ()))
    return result if len(result) > 1 else values


@composite("unique")
def unique(F, input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The different elements (or slices along `dim`), in order."""
    found = F._unique2(input, sorted, return_inverse, return_counts) if dim is None else F.unique_rows(input, dim)
    return chosen(found, return_inverse, return_counts)


@composite("unique_consecutive")
def unique_consecutive(F, input, return_inverse=False, return_counts=False, dim=None):
    """The first of each run of equal elements (or slices along `dim`)."""
    if dim is not None and len(input.shape) > 1:
        found = F.unique_rows(input, dim, True)
    else:
        found = F.unique_runs(input)
    return chosen(found, return_inverse, return_counts)


@composite("isin", method=False, out=Out("isin", exact, PASSED_BY))
def isin(F, elements, test_elements, *, assume_unique=False, invert=False):
    """Whether each element is among `test_elements`."""
    if not isinstance(elements, Tensor):
        elements = F.scalar_tensor(elements)
    if not isinstance(test_elements, Tensor):
        found = F.eq(elements, test_elements)
    else:
        found = F.any(F.eq(F.unsqueeze(elements, -1), F.reshape(test_elements, (-1,))), -1)
    return F.logical_not(found) if invert else found
