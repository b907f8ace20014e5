"""Strided views, copies, and the kernels that write in place."""

from __future__ import annotations

import numpy as np

__all__ = ["as_strided", "ascontiguous", "assign", "copy", "fill", "iadd", "owner", "setitem"]

ndarray = np.ndarray
_add = np.add


def owner(x):
    """The array at the root of a chain of views."""
    base = x.base
    while type(base) is ndarray:
        x, base = base, base.base
    return x


def as_strided(x, shape, strides, offset=0):
    # The constructor takes 0.3 µs where np.lib.stride_tricks.as_strided takes 4, and it checks the
    # bounds.
    memory, size = owner(x), x.itemsize
    if not memory.flags.c_contiguous:
        memory = memory.ravel("K")  # a view of dense memory in whatever order it was allocated
        if owner(memory) is not owner(x):
            raise ValueError("as_strided: the array is a window on memory that NumPy does not own")
    return ndarray(shape, x.dtype, memory, offset * size, [stride * size for stride in strides])


def copy(x):
    return x.copy("K")


def ascontiguous(x):
    return x if x.flags.c_contiguous else x.copy()


def assign(dst, src):
    dst[...] = src
    return dst


def fill(dst, value):
    dst.fill(value)
    return dst


def iadd(dst, src):
    return _add(dst, src, dst)


def setitem(x, key, value):
    x[key] = value
    return x
