"""Special functions: error, gamma, Bessel and zeta functions, the logistic function and the normal distribution."""

from __future__ import annotations

from isograd.dtypes import FLOAT, SCALAR_NAMES
from isograd.ops.arithmetic import NUMBERS
from isograd.ops.declare import ELEMENTWISE, METHODS, Array, Scalar, composite, op
from isograd.ops.declare import FLOAT as TO_FLOAT
from isograd.ops.supported import REAL, kernel

PI = 3.141592653589793
ROOT_PI = 1.7724538509055159
ROOT_TWO_PI = 2.5066282746310002
ROOT_HALF = 0.70710678118654752440


# -- the error function -------------------------------------------------------------------------------------------------------------
@op("erf", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, supports=kernel("erf_vml_cpu", REAL))
def erf(K, input: Array):
    """The error function."""
    return K.erf(input)


def bell(F, x):
    """``exp(-x**2)``."""
    return F.exp(F.neg(F.pow(x, 2)))


erf.derivative(input=lambda F, g, input: F.mul(F.mul(bell(F, input), 2 / ROOT_PI), g))


@op("erfc", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, supports=kernel("erfc_vml_cpu", REAL))
def erfc(K, input: Array):
    """The complementary error function, ``1 - erf(x)``."""
    return K.erfc(input)


erfc.derivative(input=lambda F, g, input: F.mul(F.mul(bell(F, input), -2 / ROOT_PI), g))


@op("special_erfcx", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, function=False, method=False)
def special_erfcx(K, input: Array):
    """``exp(x**2) * erfc(x)``."""
    return K.erfcx(input)


special_erfcx.derivative(
    input=lambda F, g, input, result: F.mul(F.sub(F.mul(F.mul(input, 2.0), result), 2 / ROOT_PI), g)
)


@op("erfinv", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, supports=kernel("erfinv_vml_cpu", REAL))
def erfinv(K, input: Array):
    """The inverse of the error function."""
    return K.erfinv(input)


erfinv.derivative(input=lambda F, g, input: F.mul(F.mul(F.exp(F.pow(F.erfinv(input), 2)), 0.5 * ROOT_PI), g))


# -- the gamma function -------------------------------------------------------------------------------------------------------------
@op("lgamma", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def lgamma(K, input: Array):
    """The logarithm of the absolute value of the gamma function."""
    return K.lgamma(input)


lgamma.derivative(input=lambda F, g, input: F.mul(g, F.digamma(input)))


@op("digamma", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def digamma(K, input: Array):
    """The logarithmic derivative of the gamma function."""
    return K.digamma(input)


digamma.derivative(input=lambda F, g, input: F.mul(g, F.polygamma(1, input)))


@op("polygamma", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, method=False)
def polygamma(K, n, input: Array):
    """The `n`-th derivative of the digamma function."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    if n == 0:
        return K.digamma(input)
    if n == 1:
        return K.trigamma(input)
    # psi^(n)(x) = (-1)^(n+1) n! zeta(n + 1, x)
    from math import factorial

    order = K.full((), float(n + 1), dtype=input.dtype)
    return K.multiply(K.zeta(order, input), float((-1) ** (n + 1) * factorial(n)))


polygamma.derivative(input=lambda F, g, n, input: F.mul(g, F.polygamma(n + 1, input)))


@op("_polygamma", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, function=False, method=False, node="PolygammaBackward0")
def _polygamma(K, input: Array, n):
    """The method's form of polygamma: the tensor comes first."""
    return polygamma.forward(K, n, input)


_polygamma.derivative(input=lambda F, g, n, input: F.mul(g, F.polygamma(n + 1, input)))
_polygamma.inplace_form(node="PolygammaBackward1")
METHODS["polygamma"], METHODS["polygamma_"] = _polygamma.function, METHODS.pop("_polygamma_")


def mvlgamma_out(result, out, values):
    if out.category < FLOAT:
        names = [SCALAR_NAMES[dtype.name] for dtype in (values[0].dtype, result)]
        raise RuntimeError(f"mvlgamma: result type {names[0]} can't be cast to the desired output type {names[1]}")


@op("mvlgamma", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=mvlgamma_out)
def mvlgamma(K, input: Array, p):
    """The logarithm of the multivariate gamma function of dimension `p`."""
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    total = K.lgamma(K.subtract(input, 0.5 * (p - 1)))
    for k in reversed(range(p - 1)):
        total = K.add(total, K.lgamma(K.subtract(input, 0.5 * k) if k else input))
    return K.add(total, p * (p - 1) * 0.25 * 1.1447298858494002)  # log(pi)


def mvlgamma_input(F, g, input, p):
    zero = F._new_zeros(input, (1,))
    offsets = F.cat([F.add(zero, -0.5 * k) for k in reversed(range(p))])
    return F.mul(g, F.sum(F.digamma(F.add(offsets, F.unsqueeze(input, -1))), -1))


mvlgamma.derivative(input=mvlgamma_input)


def inexact_in_place(input):
    if input.dtype.category < FLOAT:
        raise RuntimeError(f"mvlgamma: result type {SCALAR_NAMES[input.dtype.name]} can't be cast to the desired output type Float")


mvlgamma.inplace_form(check=inexact_in_place)


def underivable(text):
    """The formula of an operand whose derivative torch refuses."""

    def formula(F, g):
        raise NotImplementedError(f"the derivative for '{text}' is not implemented.")

    return formula


def igamma_other(F, input, other):
    """``x**(a-1) exp(-x) / gamma(a)``, through logarithms."""
    return F.exp(F.sub(F.sub(F.mul(F.sub(input, 1), F.log(other)), other), F.lgamma(input)))


@op("igamma", kind=ELEMENTWISE, inplace=True, out=True, supports=kernel("igamma", (FLOAT,)))
def igamma(K, input: Array, other: Array):
    """The regularised lower incomplete gamma function."""
    return K.igamma(input, other)


igamma.derivative(
    input=underivable("igamma: input"), other=lambda F, g, input, other: F.mul(g, igamma_other(F, input, other))
)


@op("igammac", kind=ELEMENTWISE, inplace=True, out=True, supports=kernel("igammac", (FLOAT,)))
def igammac(K, input: Array, other: Array):
    """The regularised upper incomplete gamma function."""
    return K.igammac(input, other)


igammac.derivative(
    input=underivable("igammac: input"), other=lambda F, g, input, other: F.mul(F.neg(g), igamma_other(F, input, other))
)


@op("special_zeta", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, function=False, method=False,
    numbers={"input": "SpecialZetaBackward1", "other": "SpecialZetaBackward2"})  # fmt: skip
def special_zeta(K, input: Array | Scalar, other: Array | Scalar):
    """The Hurwitz zeta function, the sum of ``(k + other) ** -input`` over k from 0."""
    if input.__class__ in NUMBERS:
        input = K.full((), input, dtype=other.dtype)
    elif other.__class__ in NUMBERS:
        other = K.full((), other, dtype=input.dtype)
    return K.zeta(input, other)


def zeta_other(F, g, input, other):
    if input.__class__ in NUMBERS:
        return F.mul(F.mul(g, -input), F.special_zeta(input + 1.0, other))
    return F.mul(F.mul(g, F.neg(input)), F.special_zeta(F.add(input, 1.0), other))


special_zeta.derivative(input=underivable("zeta"), other=zeta_other)


# -- Bessel functions ---------------------------------------------------------------------------------------------------------------
@op("i0", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def i0(K, input: Array):
    """The modified Bessel function of the first kind of order 0."""
    return K.i0(input)


i0.derivative(input=lambda F, g, input: F.mul(g, F.special_i1(input)))


@op("special_i0e", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, function=False, method=False)
def special_i0e(K, input: Array):
    """``exp(-|x|) * i0(x)``."""
    return K.i0e(input)


special_i0e.derivative(
    input=lambda F, g, input, result: F.mul(g, F.sub(F.special_i1e(input), F.mul(F.sgn(input), result)))
)


@op("special_i1", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, function=False, method=False)
def special_i1(K, input: Array):
    """The modified Bessel function of the first kind of order 1."""
    return K.i1(input)


def small(F, input, dtype):
    """Where |x| is so small that ``i1(x) / x`` is its limit 1/2, and `input` kept away from 0 there."""
    from isograd.dtypes import finfo

    tiny = F.le(F.abs(input), finfo(dtype).eps)
    return tiny, F.where(tiny, finfo(dtype).eps, input)


def i1_input(F, g, input, result, input_dtype):
    tiny, x = small(F, input, input_dtype)
    return F.mul(g, F.where(tiny, 0.5, F.sub(F.i0(x), F.mul(result, F.reciprocal(x)))))


special_i1.derivative(input=i1_input)


@op("special_i1e", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, function=False, method=False)
def special_i1e(K, input: Array):
    """``exp(-|x|) * i1(x)``."""
    return K.i1e(input)


def i1e_input(F, g, input, result, input_dtype):
    tiny, x = small(F, input, input_dtype)
    slope = F.sub(F.special_i0e(x), F.mul(result, F.add(F.sgn(x), F.reciprocal(x))))
    return F.mul(g, F.where(tiny, 0.5, slope))


special_i1e.derivative(input=i1e_input)


# -- the logistic function ----------------------------------------------------------------------------------------------------------
@op("sigmoid", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def sigmoid(K, input: Array):
    """``1 / (1 + exp(-x))``."""
    return K.sigmoid(input)


sigmoid.derivative(input=lambda F, g, result: F.sigmoid_backward(g, result))


@op("sigmoid_backward", kind=ELEMENTWISE, function=False, method=False)
def sigmoid_backward(K, grad_output: Array, output: Array):
    """``grad_output * conj((1 - output) * output)``."""
    return K.sigmoid_backward(grad_output, K.conj(output) if K.dtype_of(output).is_complex else output)


sigmoid_backward.derivative(
    grad_output=lambda F, g, output: F.sigmoid_backward(g, F.conj(output)),
    output=lambda F, g, grad_output, output: F.mul(
        F.mul(F.conj(g), grad_output), F.add(F.mul(F.conj(output), -2), 1)),
)  # fmt: skip


@op("logit", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, supports=kernel("logit_cpu", REAL))
def logit(K, input: Array, eps=None):
    """``log(x / (1 - x))``, of `input` limited to ``[eps, 1 - eps]`` if `eps` is given."""
    if eps is not None and eps >= 0:
        input = K.clip(input, eps, 1 - eps)
    return K.log(K.divide(input, K.subtract(1, input)))


def logit_input(F, g, input, eps):
    low, beyond = (0, float("nan")) if eps is None or eps < 0 else (eps, 0)
    inside = F.logical_and(F.ge(input, low), F.le(input, 1.0 - low))
    return F.where(inside, F.div(g, F.mul(input, F.rsub(input, 1))), beyond)


logit.derivative(input=logit_input)


# -- the normal distribution, entropy -----------------------------------------------------------------------------------------------
@composite("special_ndtr", function=False, method=False)
def special_ndtr(F, input):
    """The distribution function of the normal distribution."""
    return F.mul_scalar(F.add_scalar(F.erf(F.mul_scalar(input, ROOT_HALF)), 1), 0.5)


@op("special_ndtri", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, function=False, method=False)
def special_ndtri(K, input: Array):
    """The quantile function of the normal distribution."""
    return K.ndtri(input)


special_ndtri.derivative(
    input=lambda F, g, result: F.mul(F.mul(g, ROOT_TWO_PI), F.exp(F.div(F.pow(result, 2), 2)))
)


@op("special_log_ndtr", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, function=False, method=False)
def special_log_ndtr(K, input: Array):
    """The logarithm of the distribution function of the normal distribution."""
    return K.log_ndtr(input)


special_log_ndtr.derivative(
    input=lambda F, g, input, result: F.mul(
        F.div(g, ROOT_TWO_PI), F.exp(F.neg(F.add(result, F.div(F.pow(input, 2), 2)))))
)  # fmt: skip


@op("special_entr", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, function=False, method=False)
def special_entr(K, input: Array):
    """``-x * log(x)``: 0 at 0, minus infinity below."""
    inside = K.multiply(K.negative(input), K.log(input))
    outside = K.where(K.equal(input, 0), 0, K.where(K.less(input, 0), float("-inf"), input))
    return K.where(K.greater(input, 0), inside, outside)


special_entr.derivative(input=lambda F, g, input: F.mul(g, F.neg(F.add(F.log(input), 1))))


# -- without derivatives ------------------------------------------------------------------------------------------------------------
def plain(name, kernel_name, doc):
    """Declare ``special.<name>`` as a kernel without a derivative, as it is in torch."""

    def forward(K, input: Array):
        return getattr(K, kernel_name)(input)

    forward.__doc__ = doc
    return op(f"special_{name}", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, function=False, method=False)(forward)


plain("airy_ai", "airy_ai", "The Airy function Ai.")
plain("bessel_j0", "bessel_j0", "The Bessel function of the first kind of order 0.")
plain("bessel_j1", "bessel_j1", "The Bessel function of the first kind of order 1.")
plain("bessel_y0", "bessel_y0", "The Bessel function of the second kind of order 0.")
plain("bessel_y1", "bessel_y1", "The Bessel function of the second kind of order 1.")
plain("modified_bessel_i0", "i0", "The modified Bessel function of the first kind of order 0.")
plain("modified_bessel_i1", "i1", "The modified Bessel function of the first kind of order 1.")
plain("modified_bessel_k0", "k0", "The modified Bessel function of the second kind of order 0.")
plain("modified_bessel_k1", "k1", "The modified Bessel function of the second kind of order 1.")
plain("scaled_modified_bessel_k0", "k0e", "``exp(x) * k0(x)``.")
plain("scaled_modified_bessel_k1", "k1e", "``exp(x) * k1(x)``.")
plain("spherical_bessel_j0", "spherical_bessel_j0", "The spherical Bessel function of the first kind of order 0.")
