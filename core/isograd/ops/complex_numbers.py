"""Complex numbers: their parts, polar form and conjugates."""

from __future__ import annotations

from typing import Any

from isograd.dtypes import FLOAT, SCALAR_NAMES
from isograd.ops.declare import ELEMENTWISE, RECORDED, Array, composite, op
from isograd.ops.declare import FLOAT as TO_FLOAT
from isograd.ops.outputs import exactly, found


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
