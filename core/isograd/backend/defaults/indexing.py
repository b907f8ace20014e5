"""Scattering: the kernels that write at computed places. All are writing kernels, see
`isograd.backend.contract`."""

from __future__ import annotations


def put(xp, x, indices, values, accumulate=False):
    """Write ``values`` at ``indices`` of the flattened array.

    Indices are not negative. Where one occurs more than once, the last value wins; with
    ``accumulate`` all are added to what is there.
    """
    size = 1
    for length in x.shape:
        size *= length
    indices = xp.reshape(indices, (-1,))
    values = xp.reshape(values, (-1,))
    count = indices.shape[0]
    if size == 0 or count == 0:
        return x
    order = xp.argsort(indices)  # stable: equal indices keep their order
    indices = xp.take(indices, order, axis=0)
    values = xp.take(values, order, axis=0)
    if accumulate:
        # Sum the runs of equal indices by doubling: after the step of width w each value holds up
        # to 2w of its run. A difference of running sums would be one pass, and would cancel.
        step = 1
        while step < count:
            same = xp.equal(indices[step:], indices[:-step])
            if not xp.item(xp.any(same)):
                break
            total = xp.add(values[step:], values[:-step])
            values = xp.concat([values[:step], xp.where(same, total, values[step:])], axis=0)
            step *= 2
    slots = xp.arange(0, size, 1, dtype=xp.native_index)
    last = xp.subtract(
        xp.searchsorted(indices, slots, side="right"), 1
    )  # the last writer at or before each slot
    last = xp.clip(last, 0, count - 1)
    hit = xp.equal(xp.take(indices, last, axis=0), slots)
    old = xp.reshape(x, (-1,))
    new = xp.take(values, last, axis=0)
    if accumulate:
        new = xp.add(old, new)
    return xp.assign(x, xp.reshape(xp.where(hit, new, old), x.shape))


def _positions(xp, x, axis, index):
    # Flat row-major positions of x[..., index[i, j, k], ...], where the other coordinates are i, j,
    # k themselves.
    ndim = len(x.shape)
    axis %= ndim
    flat, stride = xp.asarray(0, dtype=xp.native_index), 1
    for d in reversed(range(ndim)):
        if d == axis:
            along = xp.astype(index, xp.native_index)
        else:
            along = xp.reshape(
                xp.arange(0, index.shape[d], 1, dtype=xp.native_index),
                (index.shape[d],) + (1,) * (ndim - d - 1),
            )
        flat = xp.add(flat, xp.multiply(along, stride))
        stride *= x.shape[d]
    return flat


def scatter(xp, x, axis, index, src):
    """Write ``src[i, j, k]`` at ``x[i, index[i, j, k], k]`` (for axis 1); ``src`` has the shape of
    ``index``."""
    return xp.put(x, _positions(xp, x, axis, index), src)


def scatter_add(xp, x, axis, index, src):
    """Add ``src[i, j, k]`` to ``x[i, index[i, j, k], k]`` (for axis 1); ``src`` has the shape of
    ``index``."""
    return xp.put(x, _positions(xp, x, axis, index), src, accumulate=True)


def index_add(xp, x, axis, index, src):
    """Add the slices of ``src`` along ``axis`` to the slices of ``x`` that the 1-D ``index``
    names."""
    shape = [1] * len(x.shape)
    shape[axis] = -1
    index = xp.broadcast_to(xp.reshape(index, tuple(shape)), src.shape)
    return xp.scatter_add(x, axis, index, src)


def bincount(xp, x, weights=None, minlength=0):
    """How often each integer from 0 occurs in the 1-D array, or the sum of its weights."""
    length = minlength
    if x.shape[0]:
        length = max(length, xp.item(xp.max(x)) + 1)
    if weights is None:
        weights = xp.ones(x.shape, dtype=xp.native_index)
    return xp.put(xp.zeros((length,), dtype=weights.dtype), x, weights, accumulate=True)
