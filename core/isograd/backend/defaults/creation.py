"""Creation in the likeness of an array."""

from __future__ import annotations


def zeros_like(xp, x, dtype=None):
    """Zeros of the shape of ``x``, and of its dtype unless another is given."""
    return xp.zeros(x.shape, dtype=x.dtype if dtype is None else dtype)


def ones_like(xp, x, dtype=None):
    """Ones of the shape of ``x``, and of its dtype unless another is given."""
    return xp.ones(x.shape, dtype=x.dtype if dtype is None else dtype)


def empty_like(xp, x, dtype=None):
    """An array of the shape of ``x`` whose values are arbitrary."""
    return xp.empty(x.shape, dtype=x.dtype if dtype is None else dtype)


def full_like(xp, x, fill_value, dtype=None):
    """An array of the shape of ``x`` filled with a Python number."""
    return xp.full(x.shape, fill_value, dtype=x.dtype if dtype is None else dtype)
