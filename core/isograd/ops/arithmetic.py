"""Arithmetic: sums, products, quotients, extremes, magnitudes and signs."""

from __future__ import annotations

from isograd.dtypes import BOOL, COMPLEX, FLOAT, INTEGER, SCALAR_NAMES
from isograd.ops.declare import COMMON, ELEMENTWISE, Array, Scalar, composite, op
from isograd.ops.declare import FLOAT as TO_FLOAT
from isograd.ops.outputs import found, refusing_integers
from isograd.ops.supported import INEXACT, kernel, not_derivable, refusing
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


@op("ldexp", kind=ELEMENTWISE, promote=TO_FLOAT, inplace=True,
    out=refusing_integers("ldexp can't be cast to the desired output type {out}"))  # fmt: skip
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
