"""Indexing, scattering, sorting and sets."""

from __future__ import annotations

import numpy as np

ndarray = np.ndarray
_add_at = np.add.at

take, nonzero = ndarray.take, ndarray.nonzero


def searchsorted(x1, x2, side="left"):
    return x1.searchsorted(x2, side)


unique_values, unique_counts, unique_inverse, unique_all = (
    np.unique_values, np.unique_counts, np.unique_inverse, np.unique_all,
)


def _grid(indices, axis):
    # The indices that np.take_along_axis builds, at a quarter of its price.
    ndim = indices.ndim
    if ndim == 1:
        return indices
    sizes = enumerate(indices.shape)
    key = [np.arange(size).reshape((size,) + (1,) * (ndim - d - 1)) for d, size in sizes]
    key[axis] = indices
    return tuple(key)


def take_along_axis(x, indices, axis):
    return x[_grid(indices, axis)]


def put(x, indices, values, accumulate=False):
    flat = x.reshape(-1)
    if accumulate:
        _add_at(flat, indices.reshape(-1), values.reshape(-1))
    else:
        flat[indices.reshape(-1)] = values.reshape(-1)
    if not x.flags.c_contiguous:  # flat is a copy
        x[...] = flat.reshape(x.shape)
    return x


def scatter(x, axis, index, src):
    x[_grid(index, axis)] = src
    return x


def scatter_add(x, axis, index, src):
    _add_at(x, _grid(index, axis), src)
    return x


def index_add(x, axis, index, src):
    _add_at(x, (slice(None),) * (axis % x.ndim) + (index,), src)
    return x


def bincount(x, weights=None, minlength=0):
    counts = np.bincount(x, weights, minlength)
    return counts if weights is None else counts.astype(weights.dtype, copy=False)


def sort(x, axis=-1, descending=False, stable=True):
    x = np.sort(x, axis, "stable" if stable else None)
    return _reverse(x, axis) if descending else x


def argsort(x, axis=-1, descending=False, stable=True):
    kind = "stable" if stable else None
    if not descending:
        return x.argsort(axis, kind)
    # Sorting the reversed array and reversing the result keeps equal elements in order.
    order = _reverse(_reverse(x, axis).argsort(axis, kind), axis)
    return np.subtract(x.shape[axis] - 1, order)


def _reverse(x, axis):
    return x[(slice(None),) * (axis % x.ndim) + (slice(None, None, -1),)]
