"""Reading and combining at places that several arrays of indices name together."""

from __future__ import annotations


def index(xp, x, indices):
    """``x[i, :, j]`` for indices ``(i, None, j)``: arrays of integers that broadcast, or None for a
    whole dimension. The broadcast dimensions stand where the arrays stood if these are neighbours,
    else first."""
    positions = _index_positions(xp, x, indices)
    found = xp.take(xp.reshape(x, (-1,)), xp.reshape(positions, (-1,)), axis=0)
    return xp.reshape(found, positions.shape)


def index_put(xp, x, indices, values, accumulate=False):
    """Write ``values``, which broadcast, where `index` reads; or add them. A writing kernel."""
    positions = _index_positions(xp, x, indices)
    return xp.put(x, positions, xp.broadcast_to(values, positions.shape), accumulate=accumulate)


def _index_positions(xp, x, indices):
    # The row-major position of each element of the result.
    ndim = len(x.shape)
    indices = [*indices, *[None] * (ndim - len(indices))]
    strides, step = [0] * ndim, 1
    for d in reversed(range(ndim)):
        strides[d] = step
        step *= x.shape[d]
    named = [d for d in range(ndim) if indices[d] is not None]
    joint = xp.asarray(0, dtype=xp.native_index)
    for d in named:
        i = xp.astype(indices[d], xp.native_index)
        i = xp.where(xp.less(i, 0), xp.add(i, x.shape[d]), i)
        joint = xp.add(joint, xp.multiply(i, strides[d]))
    adjacent = not named or named[-1] - named[0] + 1 == len(named)
    first = named[0] if adjacent and named else 0
    before = [d for d in range(ndim) if indices[d] is None and d < first]
    after = [d for d in range(ndim) if indices[d] is None and d >= first]
    ranks = len(after), len(joint.shape), len(before)
    positions = xp.reshape(joint, (*joint.shape, *[1] * ranks[0]))
    for place, d in enumerate(reversed(after)):
        positions = xp.add(positions, _steps(xp, x.shape[d], strides[d], place))
    for place, d in enumerate(reversed(before)):
        positions = xp.add(positions, _steps(xp, x.shape[d], strides[d], ranks[0] + ranks[1] + place))
    return positions


def _steps(xp, size, stride, trailing):
    steps = xp.multiply(xp.arange(0, size, 1, dtype=xp.native_index), stride)
    return xp.reshape(steps, (size, *[1] * trailing))


def scatter_reduce(xp, x, axis, index, src, reduce):
    """Combine ``src[i, j, k]`` with ``x[i, index[i, j, k], k]`` (for axis 1) by ``reduce``: "sum",
    "prod", "amax" or "amin". A writing kernel."""
    combine = {"sum": xp.add, "prod": xp.multiply, "amax": xp.maximum, "amin": xp.minimum}[reduce]
    axis %= len(x.shape)
    region = tuple([slice(None if d == axis else n) for d, n in enumerate(index.shape)])
    # Slices of src that go to one place wait for each other: as many rounds as the axis is long.
    for place in range(index.shape[axis]):
        key = tuple([slice(None)] * axis + [slice(place, place + 1), ...])
        part = index[key]
        old = xp.take_along_axis(x[region], part, axis=axis)
        x = xp.scatter(x, axis, part, combine(old, src[key]))
    return x


def first_outside(xp, indices, low, high):
    """The first of ``indices`` that is below ``low`` or not below ``high``, or None.

    A backend for which this means waiting for its device may always answer None, and raise later.
    """
    outside = xp.logical_or(xp.less(indices, low), xp.greater_equal(indices, high))
    if not xp.item(xp.any(outside)):
        return None
    flat = xp.reshape(indices, (-1,))
    where = xp.argmax(xp.astype(xp.reshape(outside, (-1,)), xp.native_index))
    return xp.item(xp.take(flat, xp.reshape(where, (1,)), axis=0))
