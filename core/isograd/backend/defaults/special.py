"""Special functions from series, continued fractions and recurrences (Abramowitz and Stegun,
chapters 6 and 7).

They take a hundred elementary kernels where a native one takes one, so any serious backend
overrides them; they are right to a few units in the last place of float64 where the function itself
is well conditioned.
"""

from __future__ import annotations

_PI = 3.141592653589793
_ROOT_PI = 1.7724538509055159
_EULER_GAMMA = 0.5772156649015329
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B2, B4, ..., B14
_SPLIT = 1.25  # below it the series of erf, above it the continued fraction of erfc


def _erf_series(xp, a):
    # 7.1.6: erf(a) = 2a/sqrt(pi) exp(-a^2) (1 + y/3 (1 + y/5 (1 + ...))), y = 2 a^2: no
    # cancellation. 0 <= a <= 1.25.
    y = xp.multiply(xp.multiply(a, a), 2)
    total = xp.add(xp.multiply(y, 0), 1)
    for odd in range(51, 1, -2):
        total = xp.add(xp.divide(xp.multiply(y, total), odd), 1)
    return xp.multiply(
        xp.multiply(total, xp.exp(xp.multiply(y, -0.5))), xp.multiply(a, 2 / _ROOT_PI)
    )


def _erfcx_fraction(xp, a):
    # 7.1.14: sqrt(pi) exp(a^2) erfc(a) = 1/(a + (1/2)/(a + (2/2)/(a + (3/2)/(a + ...)))). a >=
    # 1.25.
    tail = a
    for k in range(110, 0, -1):
        tail = xp.add(a, xp.divide(k / 2, tail))
    return xp.divide(1 / _ROOT_PI, tail)


def _exp_minus_square(xp, a):
    # a^2 has a rounding error that exp would magnify a^2-fold; h^2 is exact for a multiple h of
    # 1/16
    h = xp.divide(xp.round(xp.multiply(a, 16)), 16)
    rest = xp.multiply(xp.subtract(a, h), xp.add(a, h))
    return xp.multiply(xp.exp(xp.negative(xp.multiply(h, h))), xp.exp(xp.negative(rest)))


def _erfc_positive(xp, a):
    near = xp.subtract(1, _erf_series(xp, xp.minimum(a, _SPLIT)))
    far = xp.clip(a, _SPLIT, 30)
    far = xp.multiply(_exp_minus_square(xp, far), _erfcx_fraction(xp, far))
    return xp.where(xp.less(a, _SPLIT), near, far)


def erf(xp, x):
    """The error function."""
    a = xp.abs(x)
    far = xp.subtract(1, _erfc_positive(xp, a))
    return xp.copysign(xp.where(xp.less(a, _SPLIT), _erf_series(xp, xp.minimum(a, _SPLIT)), far), x)


def erfc(xp, x):
    """The complementary error function, without cancellation for large arguments."""
    positive = _erfc_positive(xp, xp.abs(x))
    return xp.where(xp.less(x, 0), xp.subtract(2, positive), positive)


def erfcx(xp, x):
    """``exp(x**2) * erfc(x)``, without overflow for large arguments."""
    low = xp.minimum(x, _SPLIT)
    low = xp.multiply(xp.exp(xp.multiply(low, low)), xp.erfc(low))
    return xp.where(xp.less(x, _SPLIT), low, _erfcx_fraction(xp, xp.maximum(x, _SPLIT)))


def erfinv(xp, x):
    """The inverse of the error function; infinite at -1 and 1, nan beyond."""
    a = xp.abs(x)
    inside = xp.where(xp.less(a, 1), a, xp.multiply(a, 0))
    # Winitzki's approximation, good to 0.2 %, then Halley's iteration on whichever of erf and erfc
    # is small
    logarithm = xp.log1p(xp.negative(xp.multiply(inside, inside)))
    half = xp.add(xp.multiply(logarithm, 0.5), 2 / (_PI * 0.147))
    root = xp.sqrt(xp.subtract(xp.multiply(half, half), xp.divide(logarithm, 0.147)))
    y = xp.sqrt(xp.maximum(xp.subtract(root, half), 0))
    for _ in range(3):
        below = xp.subtract(xp.erf(y), inside)
        above = xp.subtract(xp.subtract(1, inside), xp.erfc(y))
        error = xp.where(xp.less(inside, 0.5), below, above)
        step = xp.divide(xp.multiply(error, _ROOT_PI / 2), xp.exp(xp.negative(xp.multiply(y, y))))
        y = xp.subtract(y, xp.divide(step, xp.add(1, xp.multiply(y, step))))
    outside = xp.divide(
        xp.subtract(1, a), xp.multiply(xp.subtract(a, 1), 0)
    )  # 0/0 at 1, -inf or nan beyond
    outside = xp.where(xp.equal(a, 1), xp.divide(a, xp.subtract(1, a)), xp.multiply(outside, 0))
    return xp.copysign(xp.where(xp.less(a, 1), y, outside), x)


def _zeta_minus_one(k):
    # Euler-Maclaurin from n = 100: the next term is below 1e-16 for every k >= 2
    n = 100
    total = (
        n ** (1 - k) / (k - 1)
        + n**-k / 2
        + k * n ** (-k - 1) / 12
        - k * (k + 1) * (k + 2) * n ** (-k - 3) / 720
    )
    return total + sum(m**-k for m in range(n - 1, 1, -1))


_LGAMMA_AT_2 = [(-1) ** k * _zeta_minus_one(float(k)) / k for k in range(2, 28)]


def _lgamma_positive(xp, x):
    # 6.1.33 about 2 (and about 1, one recurrence lower), where lgamma has zeros
    about_one = xp.less(x, 1.5)
    t = xp.clip(xp.where(about_one, xp.subtract(x, 1), xp.subtract(x, 2)), -0.5, 0.5)
    series = xp.multiply(t, 0)
    for coefficient in reversed(_LGAMMA_AT_2):
        series = xp.multiply(xp.add(series, coefficient), t)
    near = xp.multiply(xp.add(series, 1 - _EULER_GAMMA), t)
    near = xp.where(about_one, xp.subtract(near, xp.log1p(t)), near)
    # 6.1.41, Stirling, after 8 steps of the recurrence for small arguments
    small = xp.less(x, 10)
    product = xp.clip(x, 2.5, 10)
    base = product
    for k in range(1, 8):
        product = xp.multiply(product, xp.add(base, k))
    z = xp.where(small, xp.add(base, 8), x)
    inverse = xp.divide(1, z)
    square = xp.multiply(inverse, inverse)
    tail = xp.multiply(z, 0)
    tail = xp.where(xp.isfinite(x), tail, 0)
    for k in range(len(_BERNOULLI), 0, -1):
        tail = xp.add(xp.multiply(tail, square), _BERNOULLI[k - 1] / (2 * k * (2 * k - 1)))
    # (z - 1/2) (log z - 1) rather than (z - 1/2) log z - z: no difference of infinities
    main = xp.multiply(xp.subtract(z, 0.5), xp.subtract(xp.log(z), 1))
    far = xp.add(xp.add(main, 0.9189385332046728 - 0.5), xp.multiply(tail, inverse))
    far = xp.where(small, xp.subtract(far, xp.log(product)), far)
    return xp.where(xp.less(x, 2.5), near, far)


def lgamma(xp, x):
    """The logarithm of the absolute value of the gamma function."""
    low = xp.less(x, 0.5)
    value = _lgamma_positive(xp, xp.where(low, xp.subtract(1, x), x))
    # 6.1.17, reflection; the sine of the distance to the nearest integer
    finite = xp.where(xp.isinf(x), 0, x)
    sine = xp.abs(xp.sin(xp.multiply(xp.subtract(finite, xp.round(finite)), _PI)))
    reflected = xp.subtract(xp.subtract(1.1447298858494002, xp.log(sine)), value)  # log(pi)
    return xp.where(xp.isinf(x), xp.abs(x), xp.where(low, reflected, value))


def digamma(xp, x):
    """The logarithmic derivative of the gamma function; infinite at 0, nan at the negative
    integers."""
    low = xp.less(x, 0)
    positive = xp.where(low, xp.subtract(1, x), x)
    # 6.3.5, recurrence up to an argument of 10, then 6.3.18
    small = xp.less(positive, 10)
    base = xp.minimum(positive, 10)
    steps = xp.divide(1, base)
    for k in range(1, 10):
        steps = xp.add(steps, xp.divide(1, xp.add(base, k)))
    z = xp.where(small, xp.add(base, 10), positive)
    inverse = xp.divide(1, z)
    square = xp.multiply(inverse, inverse)
    tail = xp.multiply(square, 0)
    for k in range(len(_BERNOULLI), 0, -1):
        tail = xp.multiply(xp.add(tail, _BERNOULLI[k - 1] / (2 * k)), square)
    value = xp.subtract(xp.subtract(xp.log(z), xp.multiply(inverse, 0.5)), tail)
    value = xp.where(small, xp.subtract(value, steps), value)
    # 6.3.7, reflection
    finite = xp.where(xp.isinf(x), 0, x)
    part = xp.subtract(finite, xp.round(finite))
    cotangent = xp.divide(_PI, xp.tan(xp.multiply(part, _PI)))
    pole = xp.logical_and(low, xp.equal(part, 0))
    reflected = xp.where(pole, float("nan"), xp.subtract(value, cotangent))
    return xp.where(low, reflected, value)


def trigamma(xp, x):
    """The derivative of digamma."""
    low = xp.less(x, 0.5)
    positive = xp.where(low, xp.subtract(1, x), x)
    # 6.4.6, recurrence up to an argument of 10, then 6.4.12
    small = xp.less(positive, 10)
    base = xp.minimum(positive, 10)
    steps = xp.multiply(base, 0)
    for k in range(10):
        step = xp.divide(1, xp.add(base, k))
        steps = xp.add(steps, xp.multiply(step, step))
    z = xp.where(small, xp.add(base, 10), positive)
    inverse = xp.divide(1, z)
    square = xp.multiply(inverse, inverse)
    tail = xp.multiply(square, 0)
    for k in range(len(_BERNOULLI), 0, -1):
        tail = xp.multiply(xp.add(tail, _BERNOULLI[k - 1]), square)
    value = xp.add(xp.add(inverse, xp.multiply(square, 0.5)), xp.multiply(tail, inverse))
    value = xp.where(small, xp.add(value, steps), value)
    # 6.4.7, reflection
    finite = xp.where(xp.isinf(x), 0, x)
    sine = xp.sin(xp.multiply(xp.subtract(finite, xp.round(finite)), _PI))
    reflected = xp.subtract(xp.divide(_PI * _PI, xp.multiply(sine, sine)), value)
    return xp.where(low, reflected, value)


def spherical_bessel_j0(xp, x):
    """``sin(x) / x``; 1 at 0, 0 at infinity."""
    one = xp.ones(x.shape, dtype=x.dtype)
    quotient = xp.divide(xp.sin(x), x)
    return xp.where(xp.equal(x, 0), one, xp.where(xp.isinf(x), xp.subtract(one, one), quotient))
