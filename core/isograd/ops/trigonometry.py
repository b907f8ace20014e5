"""Circular and hyperbolic functions and their inverses."""

from __future__ import annotations

from isograd.dtypes import COMPLEX
from isograd.ops.declare import ELEMENTWISE, Array, op
from isograd.ops.declare import FLOAT as TO_FLOAT
from isograd.ops.supported import REAL, kernel

PI = 3.141592653589793


# -- circular -----------------------------------------------------------------------------------------------------------------------
@op("sin", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def sin(K, input: Array):
    """The sine of each element."""
    return K.sin(input)


sin.derivative(input=lambda F, g, input: F.mul(g, F.conj(F.cos(input))))


@op("cos", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def cos(K, input: Array):
    """The cosine of each element."""
    return K.cos(input)


cos.derivative(input=lambda F, g, input: F.mul(g, F.neg(F.conj(F.sin(input)))))


@op("tan", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def tan(K, input: Array):
    """The tangent of each element."""
    return K.tan(input)


tan.derivative(input=lambda F, g, result: F.mul(g, F.conj(F.add(F.pow(result, 2), 1))))


@op("asin", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, aliases=("arcsin",))
def asin(K, input: Array):
    """The arcsine of each element."""
    return K.asin(input)


def over_root(F, x):
    """``1 / sqrt(1 - x**2)``."""
    return F.rsqrt(F.add(F.mul(F.neg(x), x), 1))


asin.derivative(input=lambda F, g, input: F.mul(g, F.conj(over_root(F, input))))


@op("acos", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, aliases=("arccos",))
def acos(K, input: Array):
    """The arccosine of each element."""
    return K.acos(input)


acos.derivative(input=lambda F, g, input: F.mul(g, F.neg(F.conj(over_root(F, input)))))


@op("atan", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, aliases=("arctan",))
def atan(K, input: Array):
    """The arctangent of each element."""
    return K.atan(input)


atan.derivative(input=lambda F, g, input: F.div(g, F.conj(F.add(F.mul(input, input), 1))))


@op("atan2", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, aliases=("arctan2",), supports=kernel("atan2_cpu", REAL))
def atan2(K, input: Array, other: Array):
    """The angle of the point with the ordinate `input` and the abscissa `other`."""
    return K.atan2(input, other)


def atan2_operands(F, g, needs, input, other):
    over_square = F.reciprocal(F.add(F.mul(input, input), F.mul(other, other)))
    over_square = F.where(F.isinf(over_square), 0, over_square)  # at the origin
    return (
        F.mul(F.mul(g, other), over_square) if needs[0] else None,
        F.mul(F.mul(g, F.neg(input)), over_square) if needs[1] else None,
    )


atan2.joint_derivative(atan2_operands)


@op("sinc", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def sinc(K, input: Array):
    """``sin(pi x) / (pi x)``, 1 at 0."""
    return K.sinc(input)


def sinc_input(F, g, input):
    scaled = F.mul(input, PI)
    square = F.mul(F.mul(input, input), PI)
    sine = F.sin(scaled)
    slope = F.div(F.sub(F.mul(scaled, F.cos(scaled)), sine), square)
    return F.where(F.eq(square, 0), 0, F.mul(g, F.conj(slope)))


sinc.derivative(input=sinc_input)


# -- hyperbolic ---------------------------------------------------------------------------------------------------------------------
@op("sinh", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def sinh(K, input: Array):
    """The hyperbolic sine of each element."""
    return K.sinh(input)


sinh.derivative(input=lambda F, g, input: F.mul(g, F.conj(F.cosh(input))))


@op("cosh", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def cosh(K, input: Array):
    """The hyperbolic cosine of each element."""
    return K.cosh(input)


cosh.derivative(input=lambda F, g, input: F.mul(g, F.conj(F.sinh(input))))


@op("tanh", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def tanh(K, input: Array):
    """The hyperbolic tangent of each element."""
    return K.tanh(input)


tanh.derivative(input=lambda F, g, result: F.tanh_backward(g, result))


@op("tanh_backward", kind=ELEMENTWISE, function=False, method=False)
def tanh_backward(K, grad_output: Array, output: Array):
    """``grad_output * (1 - conj(output)**2)``."""
    return K.tanh_backward(grad_output, K.conj(output) if K.dtype_of(output).category == COMPLEX else output)


tanh_backward.derivative(
    grad_output=lambda F, g, output: F.tanh_backward(g, F.conj(output)),
    output=lambda F, g, grad_output, output: F.mul(F.conj(g), F.mul(F.mul(F.conj(output), -2), grad_output)),
)


@op("asinh", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, aliases=("arcsinh",))
def asinh(K, input: Array):
    """The inverse hyperbolic sine of each element."""
    return K.asinh(input)


asinh.derivative(input=lambda F, g, input: F.mul(g, F.conj(F.rsqrt(F.add(F.pow(input, 2), 1)))))


@op("acosh", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, aliases=("arccosh",))
def acosh(K, input: Array):
    """The inverse hyperbolic cosine of each element."""
    return K.acosh(input)


def acosh_input(F, g, input, input_dtype):
    if input_dtype.is_complex:
        return F.mul(g, F.conj(F.mul(F.rsqrt(F.add(input, 1)), F.rsqrt(F.sub(input, 1)))))
    return F.mul(g, F.rsqrt(F.sub(F.mul(input, input), 1)))


acosh.derivative(input=acosh_input)


@op("atanh", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, aliases=("arctanh",))
def atanh(K, input: Array):
    """The inverse hyperbolic tangent of each element."""
    return K.atanh(input)


atanh.derivative(input=lambda F, g, input: F.div(g, F.conj(F.rsub(F.pow(input, 2), 1))))
