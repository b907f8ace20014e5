"""Special functions of SciPy, imported at the first call: the import takes longer than
isograd's."""

from __future__ import annotations

import numpy as np


def _late(name):
    function = None

    def kernel(*arguments):
        nonlocal function
        if function is None:
            from scipy import special

            function = getattr(special, name)
        return function(*arguments)

    kernel.__name__ = kernel.__qualname__ = name
    return kernel


erf, erfc, erfcx, erfinv = _late("erf"), _late("erfc"), _late("erfcx"), _late("erfinv")
digamma, polygamma, zeta = _late("psi"), _late("polygamma"), _late("zeta")
igamma, igammac = _late("gammainc"), _late("gammaincc")
ndtri, log_ndtr = _late("ndtri"), _late("log_ndtr")
i0, i0e, i1, i1e = _late("i0"), _late("i0e"), _late("i1"), _late("i1e")
bessel_j0, bessel_j1, bessel_y0, bessel_y1 = _late("j0"), _late("j1"), _late("y0"), _late("y1")
k0, k1, k0e, k1e = _late("k0"), _late("k1"), _late("k0e"), _late("k1e")
xlogy, xlog1py = _late("xlogy"), _late("xlog1py")

_airy = _late("airy")


def airy_ai(x):
    return _airy(x)[0]

_gammaln = _late("gammaln")


def lgamma(x):
    # C's lgamma is inf at -inf, SciPy's is -inf there
    return np.where(x == -np.inf, np.inf, _gammaln(x))
