"""Softmax, its logarithm and their derivatives."""

from __future__ import annotations


def softmax(xp, x, axis):
    """``exp(x) / sum(exp(x))`` along an axis, without overflow."""
    if 0 in x.shape:
        return x
    powers = xp.exp(xp.subtract(x, xp.max(x, axis=axis, keepdims=True)))
    return xp.divide(powers, xp.sum(powers, axis=axis, keepdims=True))


def log_softmax(xp, x, axis):
    """``x - log(sum(exp(x)))`` along an axis, without overflow."""
    if 0 in x.shape:
        return x
    below = xp.subtract(x, xp.max(x, axis=axis, keepdims=True))
    return xp.subtract(below, xp.log(xp.sum(xp.exp(below), axis=axis, keepdims=True)))


def softmax_backward(xp, g, y, axis):
    """The gradient of a softmax from its result ``y``: ``(g - sum(g * y)) * y``."""
    total = xp.sum(xp.multiply(g, y), axis=axis, keepdims=True)
    return xp.multiply(xp.subtract(g, total), y)


def log_softmax_backward(xp, g, y, axis):
    """The gradient of a log_softmax from its result ``y``: ``g - exp(y) * sum(g)``."""
    return xp.subtract(g, xp.multiply(xp.exp(y), xp.sum(g, axis=axis, keepdims=True)))


def cumulative_logsumexp(xp, x, axis):
    """The logarithm of the cumulative sum of exponentials along an axis, without overflow."""
    # Doubling (Hillis and Steele, 1986): after the step of width w each place holds the last 2w terms.
    axis %= len(x.shape)
    size = x.shape[axis]
    before = (slice(None),) * axis
    step = 1
    while step < size:
        head, early, late = (
            before + (s, ...) for s in (slice(None, step), slice(None, -step), slice(step, None))
        )
        x = xp.concat([x[head], xp.logaddexp(x[late], x[early])], axis=axis)
        step *= 2
    return x
