"""Reductions, scans and products.

``np.sum`` spends 1.1 of its 1.6 µs on its Python wrappers; the ufunc's own ``reduce`` does not, but
its axis is 0 by default, hence the thin functions here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_add: Any = np.add.reduce
_multiply: Any = np.multiply.reduce
_maximum: Any = np.maximum.reduce
_minimum: Any = np.minimum.reduce
_or: Any = np.logical_or.reduce
_and: Any = np.logical_and.reduce


def sum(x, axis=None, dtype=None, keepdims=False):
    return _add(x, axis, dtype, None, keepdims)


def prod(x, axis=None, dtype=None, keepdims=False):
    return _multiply(x, axis, dtype, None, keepdims)


def max(x, axis=None, keepdims=False):
    return _maximum(x, axis, None, None, keepdims)


def min(x, axis=None, keepdims=False):
    return _minimum(x, axis, None, None, keepdims)


def any(x, axis=None, keepdims=False):
    return _or(x, axis, None, None, keepdims)


def all(x, axis=None, keepdims=False):
    return _and(x, axis, None, None, keepdims)


def argmax(x, axis=None, keepdims=False):
    return x.argmax(axis, keepdims=keepdims)


def argmin(x, axis=None, keepdims=False):
    return x.argmin(axis, keepdims=keepdims)


count_nonzero = np.count_nonzero
cumulative_sum, cumulative_prod = np.add.accumulate, np.multiply.accumulate
matmul, tensordot, vecdot = np.matmul, np.tensordot, np.vecdot


def _scan(ufunc, x, axis):
    values = ufunc.accumulate(x, axis)
    places = np.arange(x.shape[axis]).reshape((-1,) + (1,) * (x.ndim - 1 - axis % x.ndim))
    writes = (x == values) | (x != x)  # the latest of equals, as torch; a nan is latest of all
    return values, np.maximum.accumulate(np.where(writes, places, 0), axis)


def cumulative_max(x, axis):
    return _scan(np.maximum, x, axis)


def cumulative_min(x, axis):
    return _scan(np.minimum, x, axis)
