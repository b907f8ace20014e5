"""Reductions, scans and products composed of the required ones."""

from __future__ import annotations


def _count(x, axis):
    count = 1
    for d in range(len(x.shape)) if axis is None else (axis,) if isinstance(axis, int) else axis:
        count *= x.shape[d]
    return count


def mean(xp, x, axis=None, keepdims=False):
    """The arithmetic mean; nan of nothing."""
    return xp.multiply(xp.sum(x, axis=axis, keepdims=keepdims), _reciprocal(_count(x, axis)))


def _reciprocal(count):
    return 1 / count if count else float("nan")


def var(xp, x, axis=None, correction=0, keepdims=False):
    """The variance, in two passes; ``correction`` is subtracted from the number of elements."""
    centre = xp.mean(x, axis=axis, keepdims=True)
    spread = xp.subtract(x, centre)
    squares = xp.sum(xp.real(xp.multiply(spread, xp.conj(spread))), axis=axis, keepdims=keepdims)
    return xp.divide(squares, xp.asarray(max(_count(x, axis) - correction, 0), dtype=squares.dtype))


def std(xp, x, axis=None, correction=0, keepdims=False):
    """The square root of the variance."""
    return xp.sqrt(xp.var(x, axis=axis, correction=correction, keepdims=keepdims))


def count_nonzero(xp, x, axis=None, keepdims=False):
    """How many elements are not zero; int64."""
    return xp.sum(
        xp.astype(xp.not_equal(x, 0), xp.native_index),
        axis=axis,
        keepdims=keepdims,
        dtype=xp.native_index,
    )


def vecdot(xp, x1, x2, axis=-1):
    """The inner product along an axis, which is negative as in the standard; the first argument is
    conjugated."""
    return xp.sum(xp.multiply(xp.conj(x1), x2), axis=axis)


def diff(xp, x, axis=-1, n=1):
    """The n-th difference along an axis."""
    before = (slice(None),) * (axis % len(x.shape))
    for _ in range(n):
        x = xp.subtract(x[before + (slice(1, None), ...)], x[before + (slice(None, -1), ...)])
    return x


def cumulative_max(xp, x, axis):
    """The running maximum and the index of its last occurrence so far; nan is larger than
    everything."""
    return _running(xp, x, axis, xp.greater_equal)


def cumulative_min(xp, x, axis):
    """The running minimum and the index of its last occurrence so far; nan is smaller than
    everything."""
    return _running(xp, x, axis, xp.less_equal)


def _running(xp, x, axis, beats):
    # Doubling (Hillis and Steele, 1986): after the step of width w each place knows the best of the
    # last 2w.
    axis %= len(x.shape)
    size = x.shape[axis]
    before = (slice(None),) * axis
    places = xp.reshape(
        xp.arange(0, size, 1, dtype=xp.native_index), (size,) + (1,) * (len(x.shape) - axis - 1)
    )
    values, places = x, xp.broadcast_to(places, x.shape)
    step = 1
    while step < size:
        head, early, late = (
            before + (s, ...) for s in (slice(None, step), slice(None, -step), slice(step, None))
        )
        wins = xp.logical_or(
            beats(values[late], values[early]), xp.not_equal(values[late], values[late])
        )
        values, places = (
            xp.concat([array[head], xp.where(wins, array[late], array[early])], axis=axis)
            for array in (values, places)
        )
        step *= 2
    return values, places
