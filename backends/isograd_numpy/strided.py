"""Views that NumPy's own functions make otherwise than torch does, or not at all."""

from __future__ import annotations

import numpy as np

from .memory import owner, window

__all__ = ["broadcast_to", "expand_dims", "view_as_complex", "view_as_real", "view_dtype"]

ndarray = np.ndarray


def _viewed(x, shape, strides):
    # The constructor takes a third of the time of np.broadcast_to, and its result may be written
    # to, as torch's; it wants contiguous memory, and counts from its start.
    if x.flags.c_contiguous:
        return ndarray(shape, x.dtype, x, 0, strides)
    memory = owner(x)
    offset = x.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    if not memory.flags.c_contiguous:
        dense = memory.ravel("K")
        if owner(dense) is not memory:
            return window(memory, tuple(shape), strides, offset, False)
        memory = dense
    return ndarray(shape, x.dtype, memory, offset, strides)


def broadcast_to(x, shape):
    sizes = x.shape
    if not sizes:
        x = np.asarray(x)  # a scalar's memory has no owner that could be found again
        return _viewed(x, shape, (0,) * len(shape))
    missing = len(shape) - len(sizes)
    if missing < 0:
        return np.broadcast_to(x, shape)  # raises the error
    strides = []
    for size, wanted, stride in zip(sizes, shape[missing:], x.strides, strict=True):
        if size == wanted:
            strides.append(stride)
        elif size == 1:
            strides.append(0)
        else:
            return np.broadcast_to(x, shape)
    if missing:
        # A new dimension of length 1 has the stride it would have if it were dense, as in torch.
        span = shape[missing] * strides[0]
        for wanted in reversed(shape[:missing]):
            if wanted != 1:
                span = 0
            strides.insert(0, span)
            span *= wanted
    return _viewed(x, shape, strides)


def expand_dims(x, axis):
    if axis < 0:
        axis += x.ndim + 1
    if axis == x.ndim:
        stride = x.itemsize
    else:
        stride = x.shape[axis] * x.strides[axis]
    strides = x.strides[:axis] + (stride,) + x.strides[axis:]
    return _viewed(x, x.shape[:axis] + (1,) + x.shape[axis:], strides)


def view_dtype(x, dtype):
    return x.view(dtype)


_REAL = {np.dtype(np.complex64): np.dtype(np.float32), np.dtype(np.complex128): np.dtype(np.float64)}
_COMPLEX = {real: complex_ for complex_, real in _REAL.items()}


def view_as_real(x):
    return x[..., None].view(_REAL[x.dtype])


def view_as_complex(x):
    return x.view(_COMPLEX[x.dtype])[..., 0]
