"""Powers, roots, exponentials and logarithms."""

from __future__ import annotations

from typing import Any

from isograd import dtypes
from isograd.dtypes import FLOAT, INTEGER
from isograd.grad_mode import grad_enabled
from isograd.ops.arithmetic import LN2, NUMBERS
from isograd.ops.declare import ELEMENTWISE, FUNCTIONS, METHODS, RECORDED, Array, Scalar, composite, op
from isograd.ops.declare import FLOAT as TO_FLOAT
from isograd.ops.supported import INEXACT, kernel
from isograd.tensor import Tensor


# -- powers and roots ---------------------------------------------------------------------------------------------------------------
@op("sqrt", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def sqrt(K, input: Array):
    """The square root of each element."""
    return K.sqrt(input)


# d sqrt(x) = dx / (2 sqrt(x))
sqrt.derivative(input=lambda F, g, result: F.div(g, F.mul(F.conj(result), 2)))


@op("rsqrt", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def rsqrt(K, input: Array):
    """One divided by the square root of each element."""
    return K.rsqrt(input)


rsqrt.derivative(input=lambda F, g, result: F.mul(F.mul(g, -0.5), F.conj(F.pow(result, 3))))


@op("pow", kind=ELEMENTWISE, inplace=True, out=True, node="PowBackward1", numbers={"exponent": "PowBackward0", "input": "PowBackward2"})
def pow(K, input: Array | Scalar, exponent: Array | Scalar):
    """`input` to the power of `exponent`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.pow(torch.tensor([1., 2., 3.]), 2)
    tensor([1., 4., 9.])
    """
    if exponent.__class__ is bool and K.dtype_of(input) is dtypes.bool:
        return K.copy(input) if exponent else K.ones_like(input)
    if K.dtype_of(input if hasattr(input, "shape") else exponent) is dtypes.bool:
        raise NotImplementedError("\"pow\" not implemented for 'Bool'")
    if exponent.__class__ in NUMBERS:
        special = SPECIAL_EXPONENTS.get(exponent)
        if special is not None and (exponent == 2 or K.dtype_of(input).category >= FLOAT):
            return special(K, input)
        if K.dtype_of(input).category == INTEGER and exponent < 0:
            raise RuntimeError("Integers to negative integer powers are not allowed.")
    return K.pow(input, exponent)


#: Exponents that torch computes without a power.
SPECIAL_EXPONENTS = {
    2: lambda K, x: K.square(x),
    3: lambda K, x: K.multiply(K.square(x), x),
    0.5: lambda K, x: K.sqrt(x),
    -0.5: lambda K, x: K.rsqrt(x),
    -1: lambda K, x: K.reciprocal(x),
    -2: lambda K, x: K.reciprocal(K.square(x)),
}


# d x^e = e x^(e-1) dx + x^e log(x) de. The factor e is a zero that wins over an infinity, as is the base in the second term.
def pow_input(F, g, input, exponent):
    if exponent.__class__ in NUMBERS:
        if exponent == 0:
            return F.zeros_like(g)
        # Unless it is recorded, the first power is the input itself.
        slope = F.mul(input if exponent == 2 and F is not RECORDED else F.pow(input, exponent - 1), exponent)
        return F.mul(g, F.conj(slope))
    slope = F.mul(exponent, F.pow(input, F.sub(exponent, 1)))
    return F.where(F.eq(exponent, 0), 0, F.mul(g, F.conj(slope)))


def pow_exponent(F, g, input, exponent, result, exponent_dtype):
    positive = F.ge(F.real(exponent), 0)
    if input.__class__ in NUMBERS:
        from cmath import log as complex_log
        from math import log

        if input == 0:
            return F.where(positive, 0, F.mul(g, F.conj(F.mul(result, float("-inf")))))
        real = not isinstance(input, complex) and input > 0
        logarithm = log(input) if real else complex_log(input) if dtypes_complex(exponent_dtype, input) else float("nan")
        return F.mul(g, F.conj(F.mul(result, logarithm)))
    return F.mul(g, F.where(F.logical_and(F.eq(input, 0), positive), 0, F.conj(F.mul(result, F.log(input)))))


def dtypes_complex(dtype, number):
    return dtype.is_complex or isinstance(number, complex)


pow.derivative(input=pow_input, exponent=pow_exponent)


@composite("square", out="pow")
def square(F, input):
    """The square of each element."""
    return F.pow(input, 2)


@composite("square_")
def square_(F, input):
    """`square` in place."""
    return input.pow_(2)


def double_of(*operands):
    """The dtype in which float_power computes: the double precision type of its operands' kind."""
    complex_ = any([x.dtype.is_complex if isinstance(x, Tensor) else isinstance(x, complex) for x in operands])
    return dtypes.complex128 if complex_ else dtypes.float64


@composite("float_power", out="pow")
def float_power(F, input, exponent):
    """`input` to the power of `exponent`, computed in double precision."""
    if not (isinstance(input, Tensor) or isinstance(exponent, Tensor)):
        raise TypeError(f"float_power() received an invalid combination of arguments - got ({type(input).__name__}, "
                        f"{type(exponent).__name__}), but expected one of:\n * (Tensor input, Tensor exponent, *, Tensor out = None)\n"
                        " * (Number self, Tensor exponent, *, Tensor out = None)\n"
                        " * (Tensor input, Number exponent, *, Tensor out = None)\n")
    dtype = double_of(input, exponent)
    return F.pow(*[in_double(F, x, dtype) for x in (input, exponent)])


def in_double(F, x, dtype):
    if isinstance(x, Tensor):
        return x if x.dtype is dtype else F._to_copy(x, dtype)
    return complex(x) if dtype.is_complex else float(x)


_float_power = FUNCTIONS["float_power"]


def float_power_function(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """`input` to the power of `exponent`, computed in double precision."""
    if out is not None and out.dtype is not double_of(input, exponent):
        names = [dtypes.SCALAR_NAMES[d.name] for d in (out.dtype, double_of(input, exponent))]
        if not (grad_enabled() and any([isinstance(x, Tensor) and x.requires_grad for x in (input, exponent)])):
            raise RuntimeError(f"the output given to float_power has dtype {names[0]} but the operation's result requires dtype {names[1]}")
    return _float_power(input, exponent, out=out)


FUNCTIONS["float_power"] = METHODS["float_power"] = float_power_function


@composite("float_power_", function=False)
def float_power_(F, input, exponent):
    """`float_power` in place, for a tensor that has the result's dtype."""
    dtype = double_of(input, exponent)
    if input.dtype is not dtype:
        names = [dtypes.SCALAR_NAMES[d.name] for d in (input.dtype, dtype)]
        raise RuntimeError(f"the base given to float_power_ has dtype {names[0]} but the operation's result requires dtype {names[1]}")
    return input.pow_(in_double(F, exponent, dtype))


# -- exponentials -------------------------------------------------------------------------------------------------------------------
@op("exp", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def exp(K, input: Array):
    """e to the power of each element."""
    return K.exp(input)


exp.derivative(input=lambda F, g, result: F.mul(g, F.conj(result)))


@op("exp2", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def exp2(K, input: Array):
    """2 to the power of each element."""
    return K.exp2(input)


exp2.derivative(input=lambda F, g, result: F.mul(F.mul(g, F.conj(result)), LN2))


@op("expm1", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def expm1(K, input: Array):
    """``exp(x) - 1``, exact near 0."""
    return K.expm1(input)


expm1.derivative(input=lambda F, g, result: F.mul(g, F.add(F.conj(result), 1)))


# -- logarithms ---------------------------------------------------------------------------------------------------------------------
@op("log", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def log(K, input: Array):
    """The natural logarithm of each element."""
    return K.log(input)


log.derivative(input=lambda F, g, input: F.div(g, F.conj(input)))


@op("log2", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def log2(K, input: Array):
    """The logarithm of each element to base 2."""
    return K.log2(input)


log2.derivative(input=lambda F, g, input: F.div(g, F.mul(F.conj(input), 0.6931471805599453)))


@op("log10", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def log10(K, input: Array):
    """The logarithm of each element to base 10."""
    return K.log10(input)


log10.derivative(input=lambda F, g, input: F.div(g, F.mul(F.conj(input), 2.3025850929940456)))


@op("log1p", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def log1p(K, input: Array):
    """``log(1 + x)``, exact near 0."""
    return K.log1p(input)


log1p.derivative(input=lambda F, g, input: F.div(g, F.conj(F.add(input, 1))))


@op("logaddexp", kind=ELEMENTWISE, out=True, supports=kernel("logaddexp_cpu", INEXACT))
def logaddexp(K, input: Array, other: Array):
    """``log(exp(input) + exp(other))`` without overflow."""
    if K.dtype_of(input).is_complex:
        first = K.greater_equal(K.real(input), K.real(other))
        high, low = K.where(first, input, other), K.where(first, other, input)
        return K.add(high, K.log1p(K.exp(K.subtract(low, high))))
    return K.logaddexp(input, other)


logaddexp.derivative(
    input=lambda F, g, input, other: F.div(g, F.conj(F.add(F.exp(F.sub(other, input)), 1))),
    other=lambda F, g, input, other: F.div(g, F.conj(F.add(F.exp(F.sub(input, other)), 1))),
)


@op("logaddexp2", kind=ELEMENTWISE, out=True, supports=kernel("logaddexp2_cpu", (FLOAT,)))
def logaddexp2(K, input: Array, other: Array):
    """``log2(2**input + 2**other)`` without overflow."""
    return K.logaddexp2(input, other)


logaddexp2.derivative(
    input=lambda F, g, input, other: F.div(g, F.add(F.pow(2, F.sub(other, input)), 1)),
    other=lambda F, g, input, other: F.div(g, F.add(F.pow(2, F.sub(input, other)), 1)),
)


def masked(F, g, zero, of):
    """`g`, but 0 where `zero` (where the other operand is outside of the logarithm's domain: `of`)."""
    return F.where(F.logical_and(zero, of), 0, g)


@op("xlogy", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, numbers={"input": "XlogyBackward1", "other": "XlogyBackward2"})
def xlogy(K, input: Array | Scalar, other: Array | Scalar):
    """``input * log(other)``; 0 where `input` is 0, unless `other` is nan."""
    return K.xlogy(input, other)


def xlogy_input(F, g, input, other):
    term = F.xlogy(g, other)
    if other.__class__ in NUMBERS:
        return term if other > 0 else F.where(F.eq(input, 0), 0, term)
    return F.where(F.logical_and(F.eq(input, 0), F.le(other, 0)), 0, term)


xlogy.derivative(input=xlogy_input, other=lambda F, g, input, other: F.div(F.mul(g, input), other))


@op("special_xlog1py", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, function=False, method=False,
    numbers={"input": "SpecialXlog1PyBackward1", "other": "SpecialXlog1PyBackward2"})  # fmt: skip
def special_xlog1py(K, input: Array | Scalar, other: Array | Scalar):
    """``input * log1p(other)``; 0 where `input` is 0, unless `other` is nan."""
    return K.xlog1py(input, other)


def xlog1py_input(F, g, input, other):
    term = F.special_xlog1py(g, other)
    if other.__class__ in NUMBERS:
        return term if other > -1 else F.where(F.eq(input, 0), 0, term)
    return F.where(F.logical_and(F.eq(input, 0), F.le(other, -1)), 0, term)


special_xlog1py.derivative(input=xlog1py_input, other=lambda F, g, input, other: F.div(F.mul(g, input), F.add(other, 1)))
