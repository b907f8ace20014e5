"""Places that several tensors of indices name together: index and index_put."""

from __future__ import annotations

from typing import Any

from isograd.dtypes import BOOL
from isograd.ops.declare import MOVEMENT, OTHER, Array, IndexArrays, op
from isograd.ops.indexing import check_index
from isograd.ops.masks import name_of
from isograd.ops.parts import fresh
from isograd.ops.views import expanded_size
from isograd.shapes import check_broadcast, numel


def prepared(K, input, indices):
    """Indices as integer arrays or None: masks turned into places, everything checked."""
    shape = tuple(input.shape)
    found: list[Any] = []
    for i in indices:
        if i is None:
            found.append(None)
            continue
        kind = K.dtype_of(i)
        if kind.category == BOOL or kind.name == "uint8":
            if kind.name == "uint8":
                import warnings

                warnings.warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype "
                              "torch.bool instead.", stacklevel=4)
                i = K.not_equal(i, 0)
            first = len(found)
            for axis, n in enumerate(i.shape):
                if first + axis >= len(shape) or shape[first + axis] != n:
                    raise IndexError(f"The shape of the mask {list(i.shape)} at index {axis} does not match "
                                     f"the shape of the indexed tensor {list(shape)} at index {first + axis}")
            found.extend(K.nonzero(i) if len(i.shape) else
                         [K.reshape(K.arange(0, int(K.item(i)), 1, dtype=K.native_index), (-1,))])
        elif kind.name in ("int64", "int32"):
            found.append(i)
        else:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    if len(found) > len(shape):
        raise IndexError(f"too many indices for tensor of dimension {len(shape)} (got {len(found)})")
    arrays = [i for i in found if i is not None]
    joint: tuple[int, ...] = ()
    try:
        for i in arrays:
            joint = check_broadcast(joint, tuple(i.shape))
    except RuntimeError:
        listed = ", ".join(str(list(i.shape)) for i in arrays)
        raise IndexError("shape mismatch: indexing tensors could not be broadcast together with shapes "
                         f"{listed}") from None
    for d, i in enumerate(found):
        if i is not None:
            check_index(K, i, shape[d], d, error=IndexError, negative=True)
    return found


def result_shape(shape, found):
    """The shape of what prepared indices read."""
    joint: tuple[int, ...] = ()
    named = [d for d, i in enumerate(found) if i is not None]
    for d in named:
        joint = check_broadcast(joint, tuple(found[d].shape))
    rest = [n for d, n in enumerate(shape) if d not in named]
    adjacent = named and named[-1] - named[0] + 1 == len(named)
    at = named[0] if adjacent else 0
    return (*rest[:at], *joint, *rest[at:])


@op("index", kind=MOVEMENT, function=False, method=False)
def index(K, input: Array, indices: IndexArrays | None):
    """The elements that tensors of indices name together; None takes a whole dimension."""
    found = prepared(K, input, indices)
    if all(i is None for i in found):
        return K.copy(input)
    return K.ascontiguous(K.index(input, tuple(found)))


index.derivative(
    input=lambda F, g, input_shape, indices:
        F._index_put_accumulate(F._new_zeros(g, input_shape), indices, g))


@op("index_put", kind=MOVEMENT, inplace=True, overlap=True)
def index_put(K, input: Array, indices: IndexArrays | None, values: Array, accumulate=False):
    """`input` with `values`, broadcast, at the places that tensors of indices name together."""
    return put_at(K, input, indices, values, accumulate)


index_put.derivative(
    input=lambda F, g, indices, values_shape, accumulate:
        g if accumulate else F.index_put(g, indices, F._new_zeros(g, values_shape), False),
    values=lambda F, g, indices: F.index(g, indices))


@op("_index_put_accumulate", kind=OTHER, function=False, method=False, changes_dtype=False)
def _index_put_accumulate(K, input: Array, indices: IndexArrays | None, values: Array):
    """`input` with `values` added at the places that tensors of indices name together."""
    return put_at(K, input, indices, values, True)


_index_put_accumulate.derivative(input=lambda F, g: g, values=lambda F, g, indices: F.index(g, indices))


def put_at(K, input, indices, values, accumulate):
    if K.dtype_of(input) is not K.dtype_of(values):
        raise RuntimeError("Index put requires the source and destination dtypes match, got "
                           f"{name_of(K, input)} for the destination and {name_of(K, values)} for the source.")
    found = prepared(K, input, indices)
    whole = fresh(K, input)
    if all(i is None for i in found):
        return K.assign(whole, K.add(whole, values) if accumulate else values)
    shape = result_shape(tuple(input.shape), found)
    try:
        expanded_size(K, values, shape)
    except RuntimeError:
        raise RuntimeError(f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast "
                           f"to indexing result of shape {list(shape)}") from None
    if not numel(shape):
        return whole
    return K.index_put(whole, tuple(found), values, accumulate=accumulate)
