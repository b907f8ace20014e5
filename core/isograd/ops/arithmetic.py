"""Arithmetic: sums, products, quotients, extremes, magnitudes and signs."""

from __future__ import annotations

from typing import Any

from isograd.dtypes import BOOL, COMPLEX, FLOAT, INTEGER, SCALAR_NAMES
from isograd.ops.declare import COMMON, ELEMENTWISE, RECORDED, Array, Scalar, composite, op
from isograd.ops.declare import FLOAT as TO_FLOAT
from isograd.ops.outputs import exactly, found, refusing_integers
from isograd.ops.supported import INEXACT, NUMERIC, kernel, not_derivable, refusing
from isograd.tensor import Tensor
from isograd.tensor import _type_word as type_word

NUMBERS = frozenset([bool, int, float, complex])


# -- sums ---------------------------------------------------------------------------------------------------------------------------
def times(K, x, alpha, like):
    """``alpha * x`` for the multiplier of a sum of the type of `like`; `x` may be a number."""
    if alpha.__class__ is int and alpha == 1:
        return x
    category = K.dtype_of(x if like.__class__ in NUMBERS else like).category
    if alpha.__class__ is bool and category != BOOL:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if alpha.__class__ is float and category < FLOAT:
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if alpha.__class__ is complex and category < COMPLEX:
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    return x * alpha if x.__class__ in NUMBERS else by_number(K, x, alpha)


def by_number(K, x, number):
    """``x * number``, where the number may be beyond the range of the type of `x`."""
    dtype = K.dtype_of(x)
    if number.__class__ is int and dtype.category == INTEGER:
        from isograd.record import wrapped

        number = wrapped(number, dtype)
    return K.multiply(x, number)


def scaled(F, g, alpha):
    """``g * conj(alpha)``, without a pass over memory when alpha is 1."""
    return g if alpha == 1 else F.mul(g, F.conj(alpha))


@op("add", kind=ELEMENTWISE, inplace=True, out=True)
def add(K, input: Array | Scalar, other: Array | Scalar, *, alpha=1):
    """The sum of `input` and `other` times `alpha`."""
    return K.add(input, times(K, other, alpha, input))


add.derivative(input=lambda F, g: g, other=lambda F, g, alpha: scaled(F, g, alpha))

TWO_BOOLS = (
    "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
)
ONE_BOOL = (
    "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
    "`logical_not()` operator instead."
)


def no_bools(input, other):
    """Refuse to subtract truth values, as torch does."""
    bools = [x is True or x is False or isinstance(x, Tensor) and x.dtype.category == BOOL for x in (input, other)]
    if any(bools):
        raise RuntimeError(TWO_BOOLS if all(bools) else ONE_BOOL)


@op("sub", kind=ELEMENTWISE, inplace=True, out=True, aliases=("subtract",), check=no_bools,
    supports=refusing(BOOL, RuntimeError, TWO_BOOLS))  # fmt: skip
def sub(K, input: Array | Scalar, other: Array | Scalar, *, alpha=1):
    """The difference of `input` and `other` times `alpha`."""
    return K.subtract(input, times(K, other, alpha, input))


sub.derivative(input=lambda F, g: g, other=lambda F, g, alpha: scaled(F, F.neg(g), alpha))


@op("rsub", kind=ELEMENTWISE, numbers={"other": "RsubBackward1"}, check=no_bools, supports=refusing(BOOL, RuntimeError, TWO_BOOLS))
def rsub(K, input: Array, other: Array | Scalar, *, alpha=1):
    """The difference of `other` and `input` times `alpha`."""
    return K.subtract(other, times(K, input, alpha, input))


rsub.derivative(input=lambda F, g, alpha: scaled(F, F.neg(g), alpha), other=lambda F, g: g)


def with_number(name: str, public: Any) -> None:
    """Declare ``_<name>_number``: the overload of a sum or product that torch's own compositions call, with a node of its own."""

    def forward(K, input: Array, other: Array | Scalar):
        return public.forward(K, input, other)

    forward.__doc__ = public.doc
    declared = op(f"_{name}_number", kind=ELEMENTWISE, function=False, method=False, numbers={"other": f"{name.title()}Backward1"})(forward)
    declared.derivatives = public.derivatives


@op("neg", kind=ELEMENTWISE, inplace=True, out=found, aliases=("negative",), supports=refusing(
    BOOL, RuntimeError, "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the "
    "`~` or `logical_not()` operator instead."))  # fmt: skip
def neg(K, input: Array):
    """The negative of each element."""
    return K.negative(input)


neg.derivative(input=lambda F, g: F.neg(g))


@composite("positive")
def positive(F, input):
    """`input` itself."""
    if input.dtype.category == BOOL:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


# -- products and quotients ---------------------------------------------------------------------------------------------------------
@op("mul", kind=ELEMENTWISE, inplace=True, out=True, aliases=("multiply",))
def mul(K, input: Array | Scalar, other: Array | Scalar):
    """The product of `input` and `other`."""
    return K.multiply(input, other)


mul.derivative(input=lambda F, g, other: F.mul(g, F.conj(other)), other=lambda F, g, input: F.mul(g, F.conj(input)))


with_number("add", add)
with_number("mul", mul)


def no_zero_divisor(K, other):
    """Raise torch's error for an integer division by zero; only on the CPU, where looking costs no synchronisation."""
    number = other.__class__ in NUMBERS
    if number or K.dtype_of(other).category == INTEGER and K.device_of(other)[0] == "cpu":
        zero = other == 0 if number else K.item(K.any(K.equal(other, 0)))
        if zero:
            raise RuntimeError("ZeroDivisionError")


def integral(K, input):
    """Whether `input` (a number, perhaps) is of an integer type."""
    return input.__class__ is int or input.__class__ not in NUMBERS and K.dtype_of(input).category == INTEGER


#: The default of `rounding_mode`. torch has a second overload with that argument, whose node goes by another name.
TRUE_DIVISION = ...


def divides_exactly(rounding_mode):
    return rounding_mode is None or rounding_mode is TRUE_DIVISION


@op("div", kind=ELEMENTWISE, inplace=True, out=True, aliases=("divide", "true_divide"),
    promote=lambda rounding_mode: TO_FLOAT if divides_exactly(rounding_mode) else COMMON,
    overload=lambda rounding_mode: "DivBackward0" if rounding_mode is TRUE_DIVISION else "DivBackward2")  # fmt: skip
def div(K, input: Array | Scalar, other: Array | Scalar, *, rounding_mode=TRUE_DIVISION):
    """The quotient of `input` and `other`: the true one, or rounded (``"floor"``, ``"trunc"``).

    Examples
    --------
    >>> import isograd as torch
    >>> torch.div(torch.tensor([-7, 7]), 2, rounding_mode="trunc")
    tensor([-3,  3])
    """
    if rounding_mode is TRUE_DIVISION or rounding_mode is None:
        return K.divide(input, other)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")
    if integral(K, input):
        no_zero_divisor(K, other)
    return (K.floor_divide if rounding_mode == "floor" else K.trunc_divide)(input, other)


# d(a / b) = da / b - (a / b) / b db; a rounded quotient is constant
div.derivative(
    input=lambda F, g, other, rounding_mode: F.div(g, F.conj(other)) if divides_exactly(rounding_mode) else F.zeros_like(g),
    other=lambda F, g, input, other, rounding_mode: F.mul(F.neg(g), F.conj(F.div(F.div(input, other), other)))
    if divides_exactly(rounding_mode) else F.zeros_like(g),
)  # fmt: skip


@op("floor_divide", kind=ELEMENTWISE, inplace=True, out=True, node="NotImplemented", number_edges=False)
def floor_divide(K, input: Array | Scalar, other: Array | Scalar):
    """The quotient of `input` and `other`, rounded towards minus infinity."""
    if integral(K, input):
        no_zero_divisor(K, other)
    return K.floor_divide(input, other)


floor_divide.derivative(input=not_derivable("floor_divide"), other=not_derivable("floor_divide"))


@op("remainder", kind=ELEMENTWISE, inplace=True, out=True, node="RemainderBackward1",
    numbers={"other": "RemainderBackward0", "input": "NotImplemented"})  # fmt: skip
def remainder(K, input: Array | Scalar, other: Array | Scalar):
    """Python's ``input % other``: the remainder has the sign of `other`."""
    if integral(K, input):
        no_zero_divisor(K, other)
    return K.remainder(input, other)


def remainder_other(F, g, input, other):
    if input.__class__ in NUMBERS:
        not_derivable("remainder")(F, g)
    return F.mul(F.neg(g), F.div(input, other, rounding_mode="floor"))


remainder.derivative(input=lambda F, g: g, other=remainder_other)


@op("fmod", kind=ELEMENTWISE, inplace=True, out=True, node="FmodBackward1", numbers={"other": "FmodBackward0"})
def fmod(K, input: Array, other: Array | Scalar):
    """C's ``fmod``: the remainder has the sign of `input`."""
    if integral(K, input):
        no_zero_divisor(K, other)
    return K.fmod(input, other)


fmod.derivative(input=lambda F, g: g, other=lambda F, g, input, other: F.mul(F.neg(g), F.div(input, other, rounding_mode="trunc")))


@op("reciprocal", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True)
def reciprocal(K, input: Array):
    """One divided by each element."""
    return K.reciprocal(input)


reciprocal.derivative(input=lambda F, g, result: F.mul(F.neg(g), F.conj(F.mul(result, result))))


def multiple(F, x, value):
    """``x * value``, without a pass over memory when `value` is 1."""
    return x if value == 1 else F.mul(x, value)


@op("addcmul", kind=ELEMENTWISE, inplace=True, out=True)
def addcmul(K, input: Array, tensor1: Array, tensor2: Array, *, value=1):
    """``input + value * tensor1 * tensor2``."""
    return K.add(input, K.multiply(tensor1 if value == 1 else by_number(K, tensor1, value), tensor2))


addcmul.derivative(
    input=lambda F, g: g,
    tensor1=lambda F, g, tensor2, value: F.mul(g, F.conj(multiple(F, tensor2, value))),
    tensor2=lambda F, g, tensor1, value: F.mul(g, F.conj(multiple(F, tensor1, value))),
)

INTEGER_ADDCDIV = (
    "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division of tensor1 "
    "and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / tensor2)).to(input.dtype) "
    "for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter "
    "implementation: (input + value * tensor1 / tensor2), for all dtypes."
)


def no_integer_quotient(input, tensor1, tensor2):
    if tensor1.dtype.category < FLOAT and tensor2.dtype.category < FLOAT:
        raise RuntimeError(INTEGER_ADDCDIV)


@op("addcdiv", kind=ELEMENTWISE, inplace=True, out=True, check=no_integer_quotient,
    supports=refusing(INTEGER, RuntimeError, INTEGER_ADDCDIV))  # fmt: skip
def addcdiv(K, input: Array, tensor1: Array, tensor2: Array, *, value=1):
    """``input + value * tensor1 / tensor2``."""
    return K.add(input, K.divide(tensor1 if value == 1 else K.multiply(tensor1, value), tensor2))


addcdiv.derivative(
    input=lambda F, g: g,
    tensor1=lambda F, g, tensor2, value: F.mul(g, F.conj(F.div(value, tensor2))),
    tensor2=lambda F, g, tensor1, tensor2, value: F.mul(
        F.neg(g), F.conj(F.div(multiple(F, tensor1, value), F.mul(tensor2, tensor2)))),
)  # fmt: skip


def same_dtype(input, end, weight):
    """Refuse to mix dtypes in lerp, as torch does."""
    for name, operand in (("end", end), ("weight", weight)):
        if isinstance(operand, Tensor) and operand.dtype is not input.dtype:
            raise RuntimeError(f"expected dtype {type_word(input.dtype)} for `{name}` but got dtype {type_word(operand.dtype)}")


def lerp_out(result, out, values):
    if values[2].__class__ not in NUMBERS:
        found(result, out)


@op("lerp", kind=ELEMENTWISE, inplace=True, out=lerp_out, node="LerpBackward1", numbers={"weight": "LerpBackward0"}, check=same_dtype,
    supports=kernel("lerp_kernel_scalar", INEXACT))  # fmt: skip
def lerp(K, input: Array, end: Array, weight: Array | Scalar):
    """``input + weight * (end - input)``, computed from the nearer end."""
    return K.lerp(input, end, weight)


lerp.derivative(
    input=lambda F, g, weight: F.mul(g, F.conj(1 - weight if weight.__class__ in NUMBERS else F.rsub(weight, 1))),
    end=lambda F, g, weight: F.mul(g, F.conj(weight)),
    weight=lambda F, g, input, end: F.mul(g, F.conj(F.sub(end, input))),
)


@op("ldexp", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=refusing_integers("ldexp can't be cast to the desired output type {out}"))
def ldexp(K, input: Array, other: Array):
    """`input` times two to the power of `other`."""
    return K.multiply(input, K.pow(2.0, other))


ldexp.derivative(
    input=lambda F, g, other: F.mul(g, F.conj(F.pow(2, other))),
    other=lambda F, g, result: F.mul(F.mul(g, F.conj(result)), LN2),
)
LN2 = 0.693147180559945309417


def inexact_in_place(input, other):
    if input.dtype.category < FLOAT:
        raise RuntimeError(f"ldexp can't be cast to the desired output type {SCALAR_NAMES[input.dtype.name]}")


ldexp.inplace_form(check=inexact_in_place)

DEGREES = 57.295779513082320876798154814105170332405472466564
RADIANS = 0.017453292519943295769236907684886127134428718885417


@op("rad2deg", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True,
    supports=refusing(COMPLEX, RuntimeError, "rad2deg is not supported for complex tensors."))  # fmt: skip
def rad2deg(K, input: Array):
    """Degrees from radians."""
    return K.multiply(input, DEGREES)


rad2deg.derivative(input=lambda F, g: F.mul(g, DEGREES))


@op("deg2rad", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True,
    supports=refusing(COMPLEX, RuntimeError, "deg2rad is not supported for complex tensors."))  # fmt: skip
def deg2rad(K, input: Array):
    """Radians from degrees."""
    return K.multiply(input, RADIANS)


deg2rad.derivative(input=lambda F, g: F.mul(g, RADIANS))


@op("gcd", kind=ELEMENTWISE, inplace=True, out=True, supports=kernel("gcd_cpu", (INTEGER,)))
def gcd(K, input: Array, other: Array):
    """The greatest common divisor."""
    return K.gcd(input, other)


@op("lcm", kind=ELEMENTWISE, inplace=True, out=True, supports=kernel("lcm_cpu", (INTEGER,)))
def lcm(K, input: Array, other: Array):
    """The least common multiple."""
    return K.lcm(input, other)


# -- magnitudes and signs -----------------------------------------------------------------------------------------------------------
def abs_out(result, out, values):
    if not values[0].dtype.is_complex:
        found(result, out)


@op("abs", kind=ELEMENTWISE, inplace=True, out=abs_out, changes_dtype=True, aliases=("absolute",), supports=kernel("abs_cpu", NUMERIC))
def abs(K, input: Array):
    """The absolute value of each element."""
    return K.abs(input)


abs.derivative(input=lambda F, g, input: F.mul(g, F.sgn(input)))


def real_in_place(input):
    if input.dtype.is_complex:
        raise RuntimeError("In-place abs is not supported for complex tensors.")


abs.inplace_form(check=real_in_place)


@op("sign", kind=ELEMENTWISE, inplace=True, out=found, supports=refusing(
    COMPLEX, NotImplementedError,
    "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."))  # fmt: skip
def sign(K, input: Array):
    """-1, 0 or 1; 0 for nan."""
    return nan_to_zero(K, input, K.sign(input)) if K.dtype_of(input).category != BOOL else K.copy(input)


def nan_to_zero(K, input, sign):
    """`sign`, but 0 for nan, as torch has it (``(0 < x) - (x < 0)``)."""
    return K.where(K.isnan(input), 0, sign) if K.dtype_of(input).category >= FLOAT else sign


sign.derivative(input=lambda F, g: F.zeros_like(g))


@op("sgn", kind=ELEMENTWISE, inplace=True, out=found)
def sgn(K, input: Array):
    """``x / |x|``, and 0 for 0: the sign of real and complex numbers."""
    category = K.dtype_of(input).category
    if category == BOOL:
        return K.copy(input)
    return K.sign(input) if category == COMPLEX else nan_to_zero(K, input, K.sign(input))


# d(z / |z|) = (dz - s Re(conj(s) dz)) / |z| with s = z / |z|: the part of dz across z, over |z|. It is (dz - s^2 conj(dz)) / (2 |z|).
def sgn_input(F, g, input, result, input_dtype):
    if not input_dtype.is_complex:
        return F.zeros_like(g)
    size = F.abs(input)
    across = F.div(F.sub(g, F.mul(F.mul(result, result), F.conj(g))), F.mul(size, 2))
    return F.where(F.eq(size, 0), 0, across)


sgn.derivative(input=sgn_input)


@op("copysign", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True, out=True, numbers={"other": "CopysignBackward1"})
def copysign(K, input: Array, other: Array | Scalar):
    """The magnitude of `input` with the sign of `other`."""
    return K.copysign(input, other)


copysign.derivative(
    input=lambda F, g, input, result: F.mul(g, F.where(F.eq(input, 0), 0, F.div(result, input))),
    other=lambda F, g: F.zeros_like(g),
)


@op("heaviside", kind=ELEMENTWISE, inplace=True, out=exactly("heaviside is not yet implemented for tensors with different dtypes."), node="NotImplemented", check=lambda input, values: one_dtype(input, values),
    supports=refusing(COMPLEX, RuntimeError, "heaviside is not yet implemented for complex tensors."))  # fmt: skip
def heaviside(K, input: Array, values: Array):
    """0 below zero, 1 above, and `values` at zero."""
    return K.where(K.equal(input, 0), values, K.astype(K.greater(input, 0), input.dtype))


def one_dtype(input, values):
    if input.dtype is not values.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")


heaviside.derivative(input=not_derivable("heaviside"), values=not_derivable("heaviside"))


@op("hypot", kind=ELEMENTWISE, inplace=True, out=True, supports=kernel("hypot_cpu", (FLOAT,)))
def hypot(K, input: Array, other: Array):
    """``sqrt(input**2 + other**2)`` without overflow."""
    return K.hypot(input, other)


hypot.derivative(
    input=lambda F, g, input, result: F.div(F.mul(g, input), result),
    other=lambda F, g, other, result: F.div(F.mul(g, other), result),
)


@op("nextafter", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, supports=kernel("nextafter_cpu", (FLOAT,)))
def nextafter(K, input: Array, other: Array):
    """The next number after `input` in the direction of `other`."""
    return K.nextafter(input, other)


nextafter.derivative(
    input=lambda F, g, input, other: F.where(F.ne(input, other), g, 0), other=lambda F, g: F.zeros_like(g)
)


@op("frexp", kind=ELEMENTWISE, outputs=("mantissa", "exponent"), nondifferentiable=("exponent",), out=exactly("torch.frexp() expects mantissa to have dtype {result} but got {out}", cpp=True), changes_dtype=True,
    supports=refusing((BOOL, INTEGER, COMPLEX), RuntimeError, "torch.frexp() only supports floating-point dtypes"))  # fmt: skip
def frexp(K, input: Array):
    """The mantissa, in [0.5, 1), and the exponent of each element: ``mantissa * 2**exponent``."""
    return K.frexp(input)


frexp.derivative(input=lambda F, g, exponent, input_dtype: F.div(g, F.exp2(F._to_copy(exponent, input_dtype))))


# -- extremes -----------------------------------------------------------------------------------------------------------------------
# Operands that tie share the gradient of maximum and minimum; the first takes all of that of fmax and fmin.
@op("maximum", kind=ELEMENTWISE, out=True, supports=refusing(COMPLEX, RuntimeError, "maximum not implemented for complex tensors."))
def maximum(K, input: Array, other: Array):
    """The larger of `input` and `other`; nan if either is."""
    return K.maximum(input, other)


def shared(F, g, input, other):
    """`g`, halved where the operands are equal."""
    return F.where(F.eq(input, other), F.div(g, 2), g)


maximum.derivative(
    input=lambda F, g, input, other: F.where(F.lt(input, other), 0, shared(F, g, input, other)),
    other=lambda F, g, input, other: F.where(F.gt(input, other), 0, shared(F, g, input, other)),
)


@op("minimum", kind=ELEMENTWISE, out=True, supports=refusing(COMPLEX, RuntimeError, "minimum not implemented for complex tensors."))
def minimum(K, input: Array, other: Array):
    """The smaller of `input` and `other`; nan if either is."""
    return K.minimum(input, other)


minimum.derivative(
    input=lambda F, g, input, other: F.where(F.gt(input, other), 0, shared(F, g, input, other)),
    other=lambda F, g, input, other: F.where(F.lt(input, other), 0, shared(F, g, input, other)),
)


@op("fmax", kind=ELEMENTWISE, out=True, supports=refusing(COMPLEX, RuntimeError, "fmax not implemented for complex tensors."))
def fmax(K, input: Array, other: Array):
    """The larger of `input` and `other`; the other one if one is nan."""
    return K.fmax(input, other)


def takes(F, compare, input, other):
    """Where fmax or fmin takes `input`."""
    return F.logical_or(compare(input, other), F.isnan(other))


fmax.derivative(
    input=lambda F, g, input, other: F.where(takes(F, F.ge, input, other), g, 0),
    other=lambda F, g, input, other: F.where(takes(F, F.ge, input, other), 0, g),
)


@op("fmin", kind=ELEMENTWISE, out=True, supports=refusing(COMPLEX, RuntimeError, "fmin not implemented for complex tensors."))
def fmin(K, input: Array, other: Array):
    """The smaller of `input` and `other`; the other one if one is nan."""
    return K.fmin(input, other)


fmin.derivative(
    input=lambda F, g, input, other: F.where(takes(F, F.le, input, other), g, 0),
    other=lambda F, g, input, other: F.where(takes(F, F.le, input, other), 0, g),
)


@op("clamp", kind=ELEMENTWISE, inplace=True, out=True, aliases=("clip",),
    numbers={"min": "ClampBackward1", "max": "ClampBackward1"},
    supports=refusing(COMPLEX, NotImplementedError, "clamp is not supported for complex types"))  # fmt: skip
def clamp(K, input: Array, min: Array | Scalar | None = None, max: Array | Scalar | None = None):
    """`input` limited to the range from `min` to `max`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.clamp(torch.tensor([-2., 0.5, 3.]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None or max is None:
        if min is max:
            raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    elif (min.__class__ in NUMBERS) != (max.__class__ in NUMBERS):
        from isograd.signatures import mismatch

        raise mismatch(clamp, (input, min, max), 1)
    return K.clip(input, min, max)


def clamp_input(F, g, input, min, max):
    if min is None:
        inside = F.le(input, max)
    elif max is None:
        inside = F.ge(input, min)
    else:
        inside = F.logical_and(F.ge(input, min), F.le(input, max))
    return F.where(inside, g, 0)


def clamp_min_bound(F, g, input, min, max):
    below = F.lt(input, min)
    return F.where(below if max is None else F.logical_and(F.lt(min, max), below), g, 0)


def clamp_max_bound(F, g, input, min, max):
    above = F.gt(input, max)
    return F.where(above if min is None else F.logical_or(F.lt(max, min), above), g, 0)


clamp.derivative(input=clamp_input, min=clamp_min_bound, max=clamp_max_bound)


@op("clamp_min", kind=ELEMENTWISE, inplace=True, out=True, node="ClampMinBackward1", numbers={"min": "ClampMinBackward0"},
    supports=refusing(COMPLEX, NotImplementedError, "clamp is not supported for complex types"))  # fmt: skip
def clamp_min(K, input: Array, min: Array | Scalar):
    """`input`, or `min` where that is larger."""
    return K.maximum(input, min)


clamp_min.derivative(
    input=lambda F, g, input, min: F.where(F.ge(input, min), g, 0), min=lambda F, g, input, min: F.where(F.lt(input, min), g, 0)
)


@op("clamp_max", kind=ELEMENTWISE, inplace=True, out=True, node="ClampMaxBackward1", numbers={"max": "ClampMaxBackward0"},
    supports=refusing(COMPLEX, NotImplementedError, "clamp is not supported for complex types"))  # fmt: skip
def clamp_max(K, input: Array, max: Array | Scalar):
    """`input`, or `max` where that is smaller."""
    return K.minimum(input, max)


clamp_max.derivative(
    input=lambda F, g, input, max: F.where(F.le(input, max), g, 0), max=lambda F, g, input, max: F.where(F.gt(input, max), g, 0)
)


@op("nan_to_num", kind=ELEMENTWISE, inplace=True, out=exactly("nan_to_num: dtype of out: {out} should be same as input: {result}"), rounds=False)
def nan_to_num(K, input: Array, nan=None, posinf=None, neginf=None):
    """`input` with nan replaced by `nan` (0), and infinities by `posinf` and `neginf` (the largest and smallest numbers)."""
    dtype = K.dtype_of(input)
    if dtype.category < FLOAT:
        return K.copy(input)
    if dtype.category == COMPLEX:
        return K.complex(*[nan_to_num.forward(K, part, nan, posinf, neginf) for part in (K.real(input), K.imag(input))])
    from isograd.dtypes import finfo

    limits = finfo(dtype)
    native = input.dtype
    value = K.asarray(0.0 if nan is None else nan, dtype=native)
    high = K.asarray(limits.max if posinf is None else posinf, dtype=native)
    low = K.asarray(limits.min if neginf is None else neginf, dtype=native)
    infinite = K.where(K.isinf(input), K.where(K.signbit(input), low, high), input)
    return K.where(K.isnan(input), value, infinite)


nan_to_num.derivative(input=lambda F, g, input: F.where(F.isfinite(input), g, 0))


# -- complex numbers ----------------------------------------------------------------------------------------------------------------
@op("conj", kind=ELEMENTWISE, real_identity=True)
def conj(K, input: Array):
    """The complex conjugate; a real tensor itself. It is computed at once: torch's lazy conjugates are views."""
    return K.conj(input)


conj.derivative(input=lambda F, g: F.conj(g))


@op("conj_physical", kind=ELEMENTWISE, real_identity=True, inplace=True, out=found, out_with_grad=True)
def conj_physical(K, input: Array):
    """The complex conjugate; a real tensor itself."""
    return K.conj(input)


conj_physical.derivative(input=lambda F, g: F.conj_physical(g))
conj_physical.inplace_form(node="ConjPhysicalBackward1")


@composite("resolve_conj")
def resolve_conj(F, input):
    """`input` itself: there are no lazy conjugates here."""
    return input


@composite("resolve_neg")
def resolve_neg(F, input):
    """`input` itself: there are no lazy negatives here."""
    return input


@op("angle", kind=ELEMENTWISE, promote=TO_FLOAT, out=True, changes_dtype=True)
def angle(K, input: Array):
    """The argument of each complex number: for real ones 0, or pi if they are negative."""
    if K.dtype_of(input).is_complex:
        return K.atan2(K.imag(input), K.real(input))
    return K.where(K.less(input, 0), PI, K.where(K.isnan(input), input, 0))


PI = 3.141592653589793


def angle_input(F, g, input, input_dtype):
    if not input_dtype.is_complex:
        return F.zeros_like(g)
    size = F.abs(input)
    return F.where(F.eq(input, 0), 0, F.mul(F.div(F.mul(g, input), F.pow(size, 2)), 1j))


angle.derivative(input=angle_input)


def parts_alike(first: str, second: str) -> Any:
    """Refuse parts of different or other than floating types, as torch does."""

    def check(real, imag):
        if real.dtype.category != FLOAT or imag.dtype.category != FLOAT:
            raise RuntimeError("Expected both inputs to be Half, Float or Double tensors but got "
                               f"{SCALAR_NAMES[real.dtype.name]} and {SCALAR_NAMES[imag.dtype.name]}")
        if real.dtype is not imag.dtype:
            raise RuntimeError(f"Expected object of scalar type {SCALAR_NAMES[real.dtype.name]} but got scalar type "
                               f"{SCALAR_NAMES[imag.dtype.name]} for second argument")

    return check


PARTS_OUT = exactly("Expected object of scalar type {result} but got scalar type {out} for argument 'out'")


@op("complex", kind=ELEMENTWISE, out=PARTS_OUT, method=False, changes_dtype=True, check=parts_alike("real", "imag"))
def complex_(K, real: Array, imag: Array):
    """The complex numbers with these parts."""
    return K.complex(real, imag)


complex_.derivative(real=lambda F, g: F.real(g), imag=lambda F, g: F.imag(g))


@op("polar", kind=ELEMENTWISE, out=PARTS_OUT, method=False, changes_dtype=True, check=parts_alike("abs", "angle"))
def polar(K, abs: Array, angle: Array):
    """The complex numbers with these absolute values and angles."""
    return K.complex(K.multiply(abs, K.cos(angle)), K.multiply(abs, K.sin(angle)))


# d(r e^it) = e^it dr + i r e^it dt
def polar_operands(F, g, needs, result):
    F = F if F is RECORDED else F.of(g)  # the operands are real, and so is their space; conjugation needs the complex one
    g = F.conj(g)
    return (
        F.real(F.mul(g, F.sgn(result))) if needs[0] else None,
        F.real(F.mul(g, F.mul(result, 1j))) if needs[1] else None,
    )


polar.joint_derivative(polar_operands)
