"""Memory: strided views, copies, and the kernels that write.

A writing kernel returns the array to hold afterwards: its first argument where arrays are mutable,
a new one elsewhere.
"""

from __future__ import annotations


def as_strided(xp, x, shape, strides, offset=0):
    """The elements at ``offset + sum(index * strides)`` of the memory that ``x.owner`` owns; a view
    where possible."""
    positions = xp.asarray(offset, dtype=xp.native_index)
    for axis, (size, stride) in enumerate(zip(shape, strides)):
        steps = xp.arange(0, size, 1, dtype=xp.native_index) * stride
        positions = xp.add(positions, xp.reshape(steps, (size,) + (1,) * (len(shape) - axis - 1)))
    memory = xp.reshape(xp.owner(x), (-1,))
    return xp.reshape(xp.take(memory, xp.reshape(positions, (-1,)), axis=0), tuple(shape))


def copy(xp, x):
    """A copy in fresh memory. It keeps the order of the strides, as torch's ``preserve_format``
    does."""
    return xp.asarray(x, copy=True)


def ascontiguous(xp, x):
    """The array itself if it lies densely in row-major order, else a copy that does."""
    return x if xp.is_contiguous(x) else xp.copy(x)


def assign(xp, dst, src):
    """Write ``src``, an array or a scalar that broadcasts, over all of ``dst``. A writing
    kernel."""
    if xp.capabilities.mutable:
        dst[...] = src
        return dst
    if not isinstance(src, xp.array_type):
        return xp.full(dst.shape, src, dtype=dst.dtype)
    src = src if src.dtype == dst.dtype else xp.astype(src, dst.dtype)
    return src if src.shape == dst.shape else xp.broadcast_to(src, dst.shape)


def fill(xp, dst, value):
    """Write the Python number ``value`` everywhere. A writing kernel."""
    return xp.assign(dst, value)


def iadd(xp, dst, src):
    """Add ``src`` to ``dst``, both of one shape and dtype. A writing kernel."""
    return xp.assign(dst, xp.add(dst, src))


def setitem(xp, x, key, value):
    """``x[key] = value`` for any key that ``x[key]`` takes. A writing kernel."""
    if xp.capabilities.mutable:
        x[key] = value
        return x
    size = 1
    for length in x.shape:
        size *= length
    positions = xp.reshape(xp.arange(0, size, 1, dtype=xp.native_index), x.shape)[key]
    value = value if isinstance(value, xp.array_type) else xp.asarray(value, dtype=x.dtype)
    return xp.put(x, positions, xp.broadcast_to(value, positions.shape))
