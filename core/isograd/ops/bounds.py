"""The larger and the smaller of two, and limits to a range."""

from __future__ import annotations

from isograd.dtypes import COMPLEX, FLOAT, finfo
from isograd.ops.arithmetic import NUMBERS
from isograd.ops.declare import ELEMENTWISE, Array, Scalar, op
from isograd.ops.outputs import exactly
from isograd.ops.supported import refusing


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


@op("nan_to_num", kind=ELEMENTWISE, inplace=True, rounds=False,
    out=exactly("nan_to_num: dtype of out: {out} should be same as input: {result}"))  # fmt: skip
def nan_to_num(K, input: Array, nan=None, posinf=None, neginf=None):
    """`input` with nan replaced by `nan` (0), and infinities by `posinf` and `neginf` (the largest and smallest numbers)."""
    dtype = K.dtype_of(input)
    if dtype.category < FLOAT:
        return K.copy(input)
    if dtype.category == COMPLEX:
        return K.complex(*[nan_to_num.forward(K, part, nan, posinf, neginf) for part in (K.real(input), K.imag(input))])
    limits = finfo(dtype)
    native = input.dtype
    value = K.asarray(0.0 if nan is None else nan, dtype=native)
    high = K.asarray(limits.max if posinf is None else posinf, dtype=native)
    low = K.asarray(limits.min if neginf is None else neginf, dtype=native)
    infinite = K.where(K.isinf(input), K.where(K.signbit(input), low, high), input)
    return K.where(K.isnan(input), value, infinite)


nan_to_num.derivative(input=lambda F, g, input: F.where(F.isfinite(input), g, 0))
