"""Elementwise functions that the standard lacks. Groupings are torch's where they decide the last
bit."""

from __future__ import annotations


def square(xp, x):
    """``x * x``."""
    return xp.multiply(x, x)


def reciprocal(xp, x):
    """``1 / x`` of floating or complex numbers."""
    return xp.divide(1, x)


def rsqrt(xp, x):
    """``1 / sqrt(x)``."""
    return xp.divide(1, xp.sqrt(x))


def exp2(xp, x):
    """``2 ** x``."""
    return xp.pow(2.0, x)


def sigmoid(xp, x):
    """``1 / (1 + exp(-x))``; overflow of the exponential gives the right 0."""
    return xp.divide(1, xp.add(1, xp.exp(xp.negative(x))))


def log_sigmoid(xp, x):
    """``log(sigmoid(x))`` without overflow or cancellation."""
    return xp.subtract(xp.minimum(x, 0), xp.log1p(xp.exp(xp.negative(xp.abs(x)))))


def logaddexp(xp, x1, x2):
    """``log(exp(x1) + exp(x2))`` without overflow."""
    high = xp.maximum(x1, x2)
    gap = xp.negative(xp.abs(xp.subtract(x1, x2)))
    # two infinities of one sign have no gap: their difference is nan, their result is either
    same = xp.logical_and(xp.equal(x1, x2), xp.isinf(x1))
    return xp.where(same, high, xp.add(high, xp.log1p(xp.exp(gap))))


def sinc(xp, x):
    """``sin(pi x) / (pi x)``, 1 at 0."""
    scaled = xp.multiply(x, 3.141592653589793)
    one = xp.ones(x.shape, dtype=x.dtype)
    return xp.where(xp.equal(x, 0), one, xp.divide(xp.sin(scaled), scaled))


def xlogy(xp, x1, x2):
    """``x1 * log(x2)``; 0 where ``x1`` is 0, unless ``x2`` is nan."""
    zero = xp.logical_and(xp.equal(x1, 0), xp.logical_not(xp.isnan(x2)))
    product = xp.multiply(x1, xp.log(x2))
    return xp.where(zero, xp.zeros(product.shape, dtype=product.dtype), product)


def xlog1py(xp, x1, x2):
    """``x1 * log1p(x2)``; 0 where ``x1`` is 0, unless ``x2`` is nan."""
    zero = xp.logical_and(xp.equal(x1, 0), xp.logical_not(xp.isnan(x2)))
    product = xp.multiply(x1, xp.log1p(x2))
    return xp.where(zero, xp.zeros(product.shape, dtype=product.dtype), product)


def fmod(xp, x1, x2):
    """C's ``fmod``: the exact remainder of division rounded towards zero; it has the sign of
    ``x1``."""
    # |x1| mod |x2| is floor's remainder, exact as C's is; only the sign differs
    rest = xp.remainder(xp.abs(x1), xp.abs(x2))
    if "int" in str(rest.dtype):
        return xp.where(xp.less(x1, 0), xp.negative(rest), rest)
    endless = xp.logical_and(
        xp.isinf(x2), xp.isfinite(x1)
    )  # fmod(x, inf) is x; remainder's kernels disagree there
    return xp.where(endless, x1, xp.copysign(rest, x1))


def trunc_divide(xp, x1, x2):
    """The quotient rounded towards zero."""
    quotient = xp.floor_divide(x1, x2)
    if "int" in str(quotient.dtype):
        inexact = xp.not_equal(xp.multiply(quotient, x2), x1)
        below = xp.logical_xor(xp.less(x1, 0), xp.less(x2, 0))
        return xp.where(xp.logical_and(inexact, below), xp.add(quotient, 1), quotient)
    return xp.trunc(xp.divide(x1, x2))


def lerp(xp, start, end, weight):
    """``start + weight * (end - start)``, computed from the nearer end as torch does."""
    gap = xp.subtract(end, start)
    if not isinstance(weight, xp.array_type):
        if abs(weight) < 0.5:
            return xp.add(start, xp.multiply(gap, weight))
        return xp.subtract(end, xp.multiply(gap, 1 - weight))
    near_start = xp.add(start, xp.multiply(weight, gap))
    near_end = xp.subtract(end, xp.multiply(gap, xp.subtract(1, weight)))
    return xp.where(xp.less(xp.abs(weight), 0.5), near_start, near_end)
