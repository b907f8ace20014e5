"""Strided views, copies, and the kernels that write in place."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["as_strided", "ascontiguous", "assign", "copy", "fill", "iadd", "owner", "rooted", "setitem", "window"]

ndarray = np.ndarray
_add = np.add


class Window:
    """What an array made from another's address has as its base: it keeps that array alive.

    Attributes
    ----------
    array : ndarray
    root : bool
        Whether the new array counts as the owner of its memory.
    """

    __slots__ = ("__array_interface__", "array", "root")

    __array_interface__: dict[str, Any]
    array: np.ndarray
    root: bool


def window(array, shape, strides, offset, root):
    """The bytes of an array from `offset` on, with any shape and strides in bytes; nothing is checked."""
    held = Window()
    held.array, held.root = array, root
    known = array.__array_interface__
    address, read_only = known["data"]
    held.__array_interface__ = {
        "version": 3, "shape": shape, "typestr": known["typestr"], "strides": tuple(strides),
        "data": (address + offset, read_only),
    }
    view = np.asarray(held)
    return view if view.dtype == array.dtype else view.view(array.dtype)  # bfloat16 has no typestr


def rooted(x):
    """The same elements as an array that owns its memory as far as `owner` can see: torch's storage
    begins where an adopted array does."""
    return x if x.base is None else window(x, x.shape, x.strides, 0, True)


def owner(x):
    """The array at the root of a chain of views."""
    base = x.base
    while True:
        while type(base) is ndarray:
            x, base = base, base.base
        if type(base) is not Window or base.root:
            return x
        x = base.array
        base = x.base


def as_strided(x, shape, strides, offset=0):
    # The constructor takes 0.3 µs where np.lib.stride_tricks.as_strided takes 4, and it checks the
    # bounds; but it wants dense memory.
    memory, size = owner(x), x.itemsize
    if not memory.flags.c_contiguous:
        dense = memory.ravel("K")  # a view of dense memory in whatever order it was allocated
        if owner(dense) is not memory:
            return window(memory, tuple(shape), [stride * size for stride in strides], offset * size, False)
        memory = dense
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
