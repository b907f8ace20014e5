"""Reading and combining at computed places: NumPy's advanced indexing is torch's."""

from __future__ import annotations

import numpy as np

from .indexing import _grid

__all__ = ["first_outside", "index", "index_put", "scatter_reduce"]

_all = slice(None)
_at = {"sum": np.add.at, "prod": np.multiply.at, "amax": np.maximum.at, "amin": np.minimum.at}


def index(x, indices):
    return x[tuple([_all if i is None else i for i in indices])]


def index_put(x, indices, values, accumulate=False):
    key = tuple([_all if i is None else i for i in indices])
    if accumulate:
        np.add.at(x, key, values)  # type: ignore[arg-type]  # None becomes a slice above
    else:
        x[key] = values
    return x


def scatter_reduce(x, axis, index, src, reduce):
    _at[reduce](x, _grid(index, axis), src)
    return x


def first_outside(indices, low, high):
    if not indices.size or (indices.min() >= low and indices.max() < high):
        return None
    flat = indices.reshape(-1)
    return int(flat[(flat < low) | (flat >= high)][0])
