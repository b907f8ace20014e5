"""Magnitudes and signs, and the parts of floating point numbers."""

from __future__ import annotations

from isograd.dtypes import BOOL, COMPLEX, FLOAT, INTEGER
from isograd.ops.declare import ELEMENTWISE, Array, Scalar, op
from isograd.ops.declare import FLOAT as TO_FLOAT
from isograd.ops.outputs import exactly, found
from isograd.ops.supported import NUMERIC, kernel, not_derivable, refusing


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


DIFFERENT_DTYPES = "heaviside is not yet implemented for tensors with different dtypes."


def one_dtype(input, values):
    if input.dtype is not values.dtype:
        raise RuntimeError(DIFFERENT_DTYPES)


@op("heaviside", kind=ELEMENTWISE, inplace=True, out=exactly(DIFFERENT_DTYPES), node="NotImplemented", check=one_dtype,
    supports=refusing(COMPLEX, RuntimeError, "heaviside is not yet implemented for complex tensors."))  # fmt: skip
def heaviside(K, input: Array, values: Array):
    """0 below zero, 1 above, and `values` at zero."""
    return K.where(K.equal(input, 0), values, K.astype(K.greater(input, 0), input.dtype))


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


@op("frexp", kind=ELEMENTWISE, outputs=("mantissa", "exponent"), nondifferentiable=("exponent",), changes_dtype=True,
    out=exactly("torch.frexp() expects mantissa to have dtype {result} but got {out}", cpp=True),
    supports=refusing((BOOL, INTEGER, COMPLEX), RuntimeError, "torch.frexp() only supports floating-point dtypes"))  # fmt: skip
def frexp(K, input: Array):
    """The mantissa, in [0.5, 1), and the exponent of each element: ``mantissa * 2**exponent``."""
    return K.frexp(input)


frexp.derivative(input=lambda F, g, exponent, input_dtype: F.div(g, F.exp2(F._to_copy(exponent, input_dtype))))
