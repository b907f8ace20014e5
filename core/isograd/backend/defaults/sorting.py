"""Order statistics composed of the stable sort."""

from __future__ import annotations


def topk(xp, x, k, axis=-1, largest=True, sorted=True):
    """The ``k`` largest or smallest elements along an axis, best first, and their indices; nan is
    largest."""
    order = xp.argsort(x, axis=axis, descending=largest)
    axis %= len(x.shape)
    order = order[(slice(None),) * axis + (slice(None, k), ...)]
    return xp.take_along_axis(x, order, axis=axis), order


def kthvalue(xp, x, k, axis=-1):
    """The ``k``-th smallest element along an axis, counted from 1, and its index; the axis stays,
    with size 1."""
    order = xp.argsort(x, axis=axis)
    axis %= len(x.shape)
    order = order[(slice(None),) * axis + (slice(k - 1, k), ...)]
    return xp.take_along_axis(x, order, axis=axis), order
