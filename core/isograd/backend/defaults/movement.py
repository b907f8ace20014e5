"""Views and windows. Where arrays are strided memory they are views, elsewhere copies."""

from __future__ import annotations


def diagonal(xp, x, offset=0, axis1=0, axis2=1):
    """The diagonal over two axes, which becomes the last axis."""
    ndim = len(x.shape)
    axis1, axis2 = axis1 % ndim, axis2 % ndim
    rows, columns = x.shape[axis1], x.shape[axis2]
    size = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    rest = [d for d in range(ndim) if d not in (axis1, axis2)]
    matrices = xp.permute_dims(x, (*rest, axis1, axis2))
    flat = xp.reshape(matrices, (*matrices.shape[:-2], rows * columns))
    start = offset if offset >= 0 else -offset * columns
    places = xp.arange(start, start + size * (columns + 1), columns + 1, dtype=xp.native_index)
    return xp.take(flat, places, axis=-1)


def unfold(xp, x, axis, size, step):
    """Windows of a length along an axis, ``step`` apart; their elements become the last axis."""
    ndim = len(x.shape)
    axis %= ndim
    count = (x.shape[axis] - size) // step + 1
    if xp.capabilities.strides:
        strides = xp.strides(x)
        shape = (*x.shape[:axis], count, *x.shape[axis + 1 :], size)
        strides = (*strides[:axis], strides[axis] * step, *strides[axis + 1 :], strides[axis])
        return xp.as_strided(x, shape, strides, xp.storage_offset(x))
    starts = xp.reshape(xp.arange(0, count, 1, dtype=xp.native_index) * step, (count, 1))
    places = xp.add(starts, xp.arange(0, size, 1, dtype=xp.native_index))
    windows = xp.take(x, xp.reshape(places, (-1,)), axis=axis)
    windows = xp.reshape(windows, (*x.shape[:axis], count, size, *x.shape[axis + 1 :]))
    return xp.permute_dims(windows, (*range(axis + 1), *range(axis + 2, ndim + 1), axis + 1))
