"""Creation, and kernels that change shape and place but not values."""

from __future__ import annotations

from typing import Any

import numpy as np

from .silence import silence

ndarray = np.ndarray
_asarray, _empty, _zeros = np.asarray, np.empty, np.zeros
_arange: Any = np.arange
_concatenate = np.concatenate

eye, linspace, from_dlpack = np.eye, np.linspace, np.from_dlpack
zeros_like, ones_like = np.zeros_like, np.ones_like
empty_like, full_like = np.empty_like, np.full_like
tril, triu, concat, tile = np.tril, np.triu, _concatenate, np.tile


# Called as methods: what a ufunc makes of 0-d arrays are NumPy scalars, which have the methods
# but are no ndarrays.
def astype(x, dtype, copy=True):
    return x.astype(dtype, copy=copy)


def reshape(x, shape):
    return x.reshape(shape)


def permute_dims(x, axes):
    return x.transpose(axes)


def squeeze(x, axis):
    return x.squeeze(axis)


def repeat(x, repeats, axis=None):
    return x.repeat(repeats, axis)


def diagonal(x, offset=0, axis1=0, axis2=1):
    return x.diagonal(offset, axis1, axis2)


def asarray(obj, dtype=None, device=None, copy=None):
    if dtype is None and copy is None:  # what a ufunc made of a 0-d array, on the hot path
        return _asarray(obj)
    silence()
    return _asarray(obj, dtype, copy=copy)


def empty(shape, dtype, device=None):
    silence()
    return _empty(shape, dtype)


def zeros(shape, dtype, device=None):
    silence()
    return _zeros(shape, dtype)


def ones(shape, dtype, device=None):
    silence()
    x = _empty(shape, dtype)
    x.fill(1)
    return x


def full(shape, fill_value, dtype, device=None):
    silence()
    x = _empty(shape, dtype)
    x.fill(fill_value)
    return x


def arange(start, stop, step=1, dtype=None, device=None):
    silence()
    return _arange(start, stop, step, dtype)


def stack(arrays, axis=0):
    if axis < 0:
        axis += arrays[0].ndim + 1
    key = (slice(None),) * axis + (None,)
    return _concatenate([x[key] for x in arrays], axis)


def flip(x, axis=None):
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    key = [slice(None)] * x.ndim
    for axis in axes:
        key[axis] = slice(None, None, -1)
    return x[tuple(key)].copy()


def roll(x, shift, axis=None):
    if axis is None:
        return roll(x.reshape(-1), shift, 0).reshape(x.shape)
    if not isinstance(axis, int):
        shifts = (shift,) * len(axis) if isinstance(shift, int) else shift
        for one_shift, one_axis in zip(shifts, axis, strict=True):
            x = roll(x, one_shift, one_axis)
        return x
    before = (slice(None),) * (axis % x.ndim)
    cut = -shift % (x.shape[axis] or 1)
    return _concatenate([x[before + (slice(cut, None),)], x[before + (slice(None, cut),)]], axis)
