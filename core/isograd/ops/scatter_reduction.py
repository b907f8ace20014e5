"""Reductions into computed places: scatter_reduce and index_reduce, and masked indexing."""

from __future__ import annotations

from isograd.dtypes import bool as boolean
from isograd.dtypes import iinfo
from isograd.ops.advanced_indexing import prepared, put_at, result_shape
from isograd.ops.declare import MOVEMENT, OTHER, Array, IndexArray, IndexArrays, composite, op
from isograd.ops.indexing import check_index, of_shape, raised, scattered
from isograd.ops.masks import name_of
from isograd.ops.outputs import exact
from isograd.ops.parts import fresh
from isograd.shapes import numel, wrap_dim


@op("scatter_reduce", kind=OTHER, inplace=True, out=exact, changes_dtype=False)
def scatter_reduce(K, input: Array, dim, index: IndexArray, src: Array, reduce, *, include_self=True):
    """`input` with `src` combined along `dim`, at the places that `index` names, by `reduce`.

    It is one of "sum", "prod", "mean", "amax" and "amin". Unless `include_self`, an element of `input`
    that receives something has no part in it.
    """
    if reduce not in ("sum", "prod", "mean", "amax", "amin"):
        raise RuntimeError("reduce argument must be either sum, prod, mean, amax or amin, got "
                           f"{reduce}")
    whole, d, places, values = scattered(K, "scatter_reduce", input, dim, index, src)
    if d is None:
        return whole
    return K.reshape(reduced(K, whole, d, places, values, reduce, include_self), tuple(input.shape))


def reduced(K, whole, d, places, values, reduce, include_self):
    """`whole`, which nobody else holds, with `values` combined into it."""
    own = K.dtype_of(whole)
    if not include_self:
        start = {"sum": 0, "mean": 0, "prod": 1}.get(reduce)
        if start is None:
            start = extreme(own, lowest=reduce == "amax")
        neutral = K.broadcast_to(K.asarray(start, dtype=whole.dtype), places.shape)
        whole = K.scatter(whole, d, places, neutral)
    if reduce in ("sum", "mean"):
        whole = K.scatter_add(whole, d, places, values)
    else:
        whole = K.scatter_reduce(whole, d, places, values, reduce)
    if reduce == "mean":
        make = K.ones if include_self else K.zeros
        counts = make(tuple(whole.shape), dtype=whole.dtype)
        counts = K.scatter_add(counts, d, places, K.ones(tuple(places.shape), dtype=whole.dtype))
        if not include_self:
            counts = K.where(K.equal(counts, 0), K.ones((), dtype=whole.dtype), counts)
        whole = K.floor_divide(whole, counts) if own.category < 2 else K.divide(whole, counts)
    return whole


def extreme(dtype, lowest):
    """The least or greatest number of a dtype."""
    if dtype is boolean:
        return not lowest
    if dtype.is_floating_point:
        return float("-inf") if lowest else float("inf")
    info = iinfo(dtype)
    return info.min if lowest else info.max


class Places:
    """How the gradients read and write the places: by `gather` and `scatter`, or by whole positions."""

    def __init__(self, F, dim, index, include_self, by_position):
        self.F, self.dim, self.index = F, dim, index
        self.include_self, self.by_position = include_self, by_position

    def read(self, x):
        """What the places hold, for each element of the source."""
        return (self.F.index_select if self.by_position else self.F.gather)(x, self.dim, self.index)

    def add(self, x, values):
        """`x` with `values` added at the places."""
        add = self.F.index_add if self.by_position else self.F.scatter_add
        return add(x, self.dim, self.index, values)

    def reduce(self, x, values, reduce):
        """`x` with `values` combined at the places."""
        combine = self.F.index_reduce if self.by_position else self.F.scatter_reduce
        return combine(x, self.dim, self.index, values, reduce, include_self=self.include_self)

    def clear(self, x):
        """`x` with zeros at the places."""
        write = self.F.index_fill if self.by_position else self.F.scatter
        return write(x, self.dim, self.index, 0)


def gradients(F, g, needs, at, input, src, reduce, result):
    """The gradients of `input` and `src`."""
    for_src = None
    if reduce == "sum":
        for_input, for_src = g, at.read(g)
    elif reduce == "mean":
        counts = at.add(F.ones_like(g) if at.include_self else F.zeros_like(g), F.ones_like(src))
        counts = F.masked_fill(counts, F.eq(counts, 0), 1)
        for_input, for_src = F.div(g, counts), F.div(at.read(g), at.read(counts))
    elif reduce == "prod":
        # Division by an element gives the product of the others, unless it is 0; where exactly one of those
        # that meet is 0, its gradient is the product of the others without it.
        masked_self = F.masked_fill(input, F.eq(input, 0), 1)
        for_input = F.div(F.mul(g, at.reduce(masked_self, src, reduce)), masked_self)
        zero = F.eq(src, 0)
        meeting = at.read(at.add(F.zeros_like(input), F._like(zero, src)))
        single = F.logical_and(zero, F.eq(meeting, 1))
        others = at.read(at.reduce(input, F.masked_fill(src, single, 1), reduce))
        several = F.div(at.read(F.mul(g, result)), F.masked_fill(src, zero, 1))
        for_src = F.where(single, F.mul(at.read(g), others), several)
    else:  # an extreme: its gradient is shared among those that equal it
        best = at.read(result)
        own, theirs = F._like(F.eq(input, result), g), F._like(F.eq(src, best), g)
        sharers = at.add(own if at.include_self else F.zeros_like(own), theirs)
        each = F.div(g, F.masked_fill(sharers, F.eq(sharers, 0), 1))
        for_input, for_src = F.mul(own, each), F.mul(theirs, at.read(each))
    if not at.include_self:
        for_input = at.clear(for_input)
    return for_input if needs[0] else None, for_src if needs[1] else None


def scatter_gradients(F, g, needs, input, dim, index, src, reduce, include_self, result):
    if needs[1]:
        of_shape("ScatterReduceBackward0", index, src.shape)
    at = Places(F, dim, index, include_self, False)
    return gradients(F, g, needs, at, input, src, reduce, result)


scatter_reduce.joint_derivative(
    lambda F, g, needs, input, dim, index, src, reduce, include_self, result: scatter_gradients(
        F, g, needs, input, dim, index, src, reduce, include_self, result))


@op("index_reduce", kind=OTHER, inplace=True, out=exact, changes_dtype=False)
def index_reduce(K, input: Array, dim, index: IndexArray, source: Array, reduce, *, include_self=True):
    """`input` with `source` combined at the positions of `dim` that `index` names, by `reduce`.

    It is one of "prod", "mean", "amax" and "amin".
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError("index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got "
                           f"{reduce}.")
    d = wrap_dim(dim, len(input.shape))
    if len(index.shape) > 1:
        raise IndexError("index_reduce_(): Index is supposed to be a vector, but got dim: "
                         f"{len(index.shape)} with type: {name_of(K, index)} and size: {list(index.shape)}")
    if K.dtype_of(index).name not in ("int32", "int64"):
        raise RuntimeError(f"index_reduce_(): Expected dtype int32/int64 for index but got: {name_of(K, index)}")
    if K.dtype_of(input) is not K.dtype_of(source):
        raise RuntimeError(f"index_reduce_(): self ({name_of(K, input)}) and source ({name_of(K, source)}) "
                           "must have the same scalar type")
    length = source.shape[d] if len(source.shape) else 1
    if numel(index.shape) != length:
        raise RuntimeError(f"index_reduce_(): Number of indices ({numel(index.shape)}) should be equal to "
                           f"source.size(dim): ({length}), for dim: {d}")
    whole, values, places = raised(K, fresh(K, input)), raised(K, source), raised(K, index)
    check_index(K, places, whole.shape[d], d, "index out of range in self", IndexError)
    shape = [1] * len(whole.shape)
    shape[d] = places.shape[0]
    if numel(values.shape):
        places = K.broadcast_to(K.reshape(places, tuple(shape)), tuple(values.shape))
        whole = reduced(K, whole, d, places, values, reduce, include_self)
    return K.reshape(whole, tuple(input.shape))


index_reduce.joint_derivative(
    lambda F, g, needs, input, dim, index, source, reduce, include_self, result: gradients(
        F, g, needs, Places(F, dim, index, include_self, True), input, source, reduce, result))


@op("_like", kind=MOVEMENT, function=False, method=False, changes_dtype=True)
def _like(K, input: IndexArray, other: IndexArray):
    """A mask as zeros and ones of the dtype of `other`."""
    return K.astype(input, other.dtype)


# -- masked indices -------------------------------------------------------------------------------
def within(K, input, indices):
    """Indices brought into range, where torch's unsafe operations do not look."""
    shape = tuple(input.shape)
    return [None if i is None else K.clip(i, -shape[d], shape[d] - 1) for d, i in enumerate(indices)]


@op("_unsafe_masked_index", kind=MOVEMENT, method=False)
def _unsafe_masked_index(K, input: Array, mask: IndexArray, indices: IndexArrays | None, fill):
    """What `indices` name together, but `fill` where the mask is false; indices there may be out of range."""
    if not numel(input.shape):
        shape = result_shape(tuple(input.shape), list(indices or ()))
        return K.full(shape, fill, dtype=input.dtype)
    found = K.index(input, tuple(prepared(K, input, within(K, input, indices))))
    return K.where(mask, found, K.full((), fill, dtype=input.dtype))


_unsafe_masked_index.derivative(
    input=lambda F, g, input_shape, mask, indices:
        F._unsafe_masked_index_put_accumulate(F._new_zeros(g, input_shape), mask, indices, g))


@op("_unsafe_masked_index_put_accumulate", kind=OTHER, method=False, changes_dtype=False)
def _unsafe_masked_index_put_accumulate(
    K, input: Array, mask: IndexArray, indices: IndexArrays | None, values: Array
):
    """`input` with `values` added where `indices` name together, except where the mask is false."""
    if not numel(input.shape):
        return K.copy(input)
    kept = K.where(mask, values, K.zeros((), dtype=values.dtype))
    return put_at(K, input, within(K, input, indices), kept, True)


_unsafe_masked_index_put_accumulate.derivative(
    input=lambda F, g: g,
    values=lambda F, g, mask, indices: F._unsafe_masked_index(g, mask, indices, 0))


@composite("nonzero_static", method=True)
def nonzero_static(F, input, *, size, fill_value=-1):
    """As `nonzero`, but `size` rows: the rest is left out, or filled with `fill_value`."""
    from isograd.record import wrap

    found = F.nonzero(input)
    K = found.space.K
    rows = K.full((size, len(input.shape)), fill_value, dtype=found.array.dtype)
    count = min(size, found.array.shape[0])
    return wrap(K.setitem(rows, slice(0, count), found.array[:count]), found.space)
