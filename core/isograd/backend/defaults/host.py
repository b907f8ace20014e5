"""Special functions that no short composition gives: computed by the NumPy backend on the host.

This moves data between devices, so it happens only when asked for: see the setting
``host_fallback``.
"""

from __future__ import annotations


def zeta(xp, x, q):
    """The Hurwitz zeta function."""
    return xp.on_host("zeta", x, q)


def polygamma(xp, n, x):
    """The n-th derivative of the digamma function."""
    return xp.on_host("polygamma", n, x)


def igamma(xp, a, x):
    """The regularised lower incomplete gamma function."""
    return xp.on_host("igamma", a, x)


def igammac(xp, a, x):
    """The regularised upper incomplete gamma function."""
    return xp.on_host("igammac", a, x)


def ndtri(xp, x):
    """The quantile function of the normal distribution."""
    return xp.on_host("ndtri", x)


def log_ndtr(xp, x):
    """The logarithm of the normal distribution function."""
    return xp.on_host("log_ndtr", x)


def i0(xp, x):
    """The modified Bessel function of the first kind of order 0."""
    return xp.on_host("i0", x)


def i0e(xp, x):
    """``exp(-abs(x)) * i0(x)``."""
    return xp.on_host("i0e", x)


def i1(xp, x):
    """The modified Bessel function of the first kind of order 1."""
    return xp.on_host("i1", x)


def i1e(xp, x):
    """``exp(-abs(x)) * i1(x)``."""
    return xp.on_host("i1e", x)


def bessel_j0(xp, x):
    """The Bessel function of the first kind of order 0."""
    return xp.on_host("bessel_j0", x)


def bessel_j1(xp, x):
    """The Bessel function of the first kind of order 1."""
    return xp.on_host("bessel_j1", x)


def bessel_y0(xp, x):
    """The Bessel function of the second kind of order 0."""
    return xp.on_host("bessel_y0", x)


def bessel_y1(xp, x):
    """The Bessel function of the second kind of order 1."""
    return xp.on_host("bessel_y1", x)


def view_dtype(xp, x, dtype):
    """The bytes of ``x`` as elements of the native ``dtype``; a view where possible."""
    return xp.on_host("view_dtype", x, dtype)


def k0(xp, x):
    """The modified Bessel function of the second kind of order 0."""
    return xp.on_host("k0", x)


def k1(xp, x):
    """The modified Bessel function of the second kind of order 1."""
    return xp.on_host("k1", x)


def k0e(xp, x):
    """``exp(x) * k0(x)``."""
    return xp.on_host("k0e", x)


def k1e(xp, x):
    """``exp(x) * k1(x)``."""
    return xp.on_host("k1e", x)


def airy_ai(xp, x):
    """The Airy function Ai."""
    return xp.on_host("airy_ai", x)
