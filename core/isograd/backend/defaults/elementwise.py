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


def fmax(xp, x1, x2):
    """The larger; where one is nan, the other."""
    return xp.where(xp.logical_or(xp.greater_equal(x1, x2), xp.isnan(x2)), x1, x2)


def fmin(xp, x1, x2):
    """The smaller; where one is nan, the other."""
    return xp.where(xp.logical_or(xp.less_equal(x1, x2), xp.isnan(x2)), x1, x2)


def gcd(xp, x1, x2):
    """The greatest common divisor of integers (Euclid's algorithm); not negative."""
    x1, x2 = xp.abs(x1), xp.abs(x2)
    zero = xp.zeros((), dtype=x1.dtype)
    x1, x2 = xp.add(x1, zero), xp.add(x2, zero)
    while True:
        left = xp.not_equal(x2, 0)
        if not xp.item(xp.any(left)):
            return x1
        rest = xp.remainder(x1, xp.where(left, x2, xp.add(zero, 1)))
        x1, x2 = xp.where(left, x2, x1), xp.where(left, rest, zero)


def lcm(xp, x1, x2):
    """The least common multiple of integers; not negative, and 0 with 0."""
    divisor = xp.gcd(x1, x2)
    divisor = xp.where(xp.equal(divisor, 0), xp.add(divisor, 1), divisor)
    return xp.abs(xp.multiply(xp.floor_divide(x1, divisor), x2))


def frexp(xp, x):
    """The mantissa in [0.5, 1) and the exponent, int32, of floating numbers."""
    usual = xp.logical_and(xp.isfinite(x), xp.not_equal(x, 0))
    one = xp.ones((), dtype=x.dtype)
    size = xp.where(usual, xp.abs(x), one)
    exponent = xp.add(xp.floor(xp.log2(size)), 1)
    for _ in range(2):  # two factors, as the power itself may not be representable; and log2 may err by a step
        half = xp.floor(xp.multiply(exponent, 0.5))
        scaled = xp.multiply(
            xp.multiply(size, xp.exp2(xp.negative(half))), xp.exp2(xp.subtract(half, exponent))
        )
        exponent = xp.where(xp.greater_equal(scaled, 1), xp.add(exponent, 1), exponent)
        exponent = xp.where(xp.less(scaled, 0.5), xp.subtract(exponent, 1), exponent)
    half = xp.floor(xp.multiply(exponent, 0.5))
    scaled = xp.multiply(
        xp.multiply(size, xp.exp2(xp.negative(half))), xp.exp2(xp.subtract(half, exponent))
    )
    exponent = xp.where(usual, exponent, xp.subtract(one, 1))
    int32 = xp.native[next(dtype for dtype in xp.native if dtype.name == "int32")]
    return xp.where(usual, xp.copysign(scaled, x), x), xp.astype(exponent, int32)


def complex(xp, real, imag):
    """The complex numbers with these parts."""
    # the part that is not finite would make a nan of the other: 1j * inf is nan + inf j
    product = xp.multiply(xp.where(xp.isfinite(imag), imag, 0), 1j)
    return xp.add(real, xp.where(xp.isfinite(imag), product, xp.multiply(imag, 1j)))


def logaddexp2(xp, x1, x2):
    """``log2(2**x1 + 2**x2)`` without overflow."""
    high = xp.maximum(x1, x2)
    gap = xp.negative(xp.abs(xp.subtract(x1, x2)))
    same = xp.logical_and(xp.equal(x1, x2), xp.isinf(x1))
    rest = xp.multiply(xp.log1p(xp.exp2(gap)), 1.4426950408889634)  # log2(e)
    return xp.where(same, high, xp.add(high, rest))


def relu(xp, x):
    """``max(x, 0)``; nan stays."""
    return xp.maximum(x, 0)


def tanh_backward(xp, grad, y):
    """``grad * (1 - y * y)``."""
    return xp.multiply(grad, xp.subtract(1, xp.multiply(y, y)))


def sigmoid_backward(xp, grad, y):
    """``grad * (1 - y) * y``."""
    return xp.multiply(xp.multiply(grad, xp.subtract(1, y)), y)


def zero_where(xp, condition, x):
    """`x`, and 0 where `condition`."""
    return xp.where(condition, 0, x)
