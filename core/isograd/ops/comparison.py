"""Comparisons, tests, and operations on truth values and bits. None has a derivative."""

from __future__ import annotations

from isograd import dtypes
from isograd.defaults import get_default_dtype
from isograd.dtypes import COMPLEX, FLOAT, SCALAR_NAMES
from isograd.ops.declare import ELEMENTWISE, Array, Scalar, composite, op
from isograd.ops.outputs import boolean, found
from isograd.ops.supported import BITS, REAL, kernel, refusing
from isograd.tensor import Tensor, bad_argument


# -- order --------------------------------------------------------------------------------------------------------------------------
@op("eq", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, changes_dtype=True)
def eq(K, input: Array, other: Array | Scalar):
    """Where `input` equals `other`."""
    return K.equal(input, other)


@op("ne", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, changes_dtype=True, aliases=("not_equal",))
def ne(K, input: Array, other: Array | Scalar):
    """Where `input` differs from `other`."""
    return K.not_equal(input, other)


@op("lt", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, changes_dtype=True, aliases=("less",), supports=kernel("lt_cpu", REAL))
def lt(K, input: Array, other: Array | Scalar):
    """Where `input` is less than `other`."""
    return K.less(input, other)


@op("le", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, changes_dtype=True, aliases=("less_equal",),
    supports=kernel("le_cpu", REAL))  # fmt: skip
def le(K, input: Array, other: Array | Scalar):
    """Where `input` is at most `other`."""
    return K.less_equal(input, other)


@op("gt", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, changes_dtype=True, aliases=("greater",),
    supports=kernel("gt_cpu", REAL))  # fmt: skip
def gt(K, input: Array, other: Array | Scalar):
    """Where `input` is greater than `other`."""
    return K.greater(input, other)


@op("ge", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, changes_dtype=True, aliases=("greater_equal",),
    supports=kernel("ge_cpu", REAL))  # fmt: skip
def ge(K, input: Array, other: Array | Scalar):
    """Where `input` is at least `other`."""
    return K.greater_equal(input, other)


def check_tensors(function, input, other):
    for position, (name, value) in enumerate((("input", input), ("other", other))):
        if not isinstance(value, Tensor):
            raise bad_argument(function, name, position, value)


@composite("equal")
def equal(F, input, other):
    """Whether both have one shape and equal elements; a Python bool.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.equal(torch.tensor([1, 2]), torch.tensor([1., 2.]))
    True
    """
    check_tensors("equal", input, other)
    return tuple(input.shape) == tuple(other.shape) and bool(F.eq(input, other).all().item())


# -- closeness ----------------------------------------------------------------------------------------------------------------------
@composite("isclose")
def isclose(F, input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Where ``|input - other| <= atol + rtol * |other|``, or both are the same infinity (or nan, if `equal_nan`)."""
    check_tensors("isclose", input, other)
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{SCALAR_NAMES[input.dtype.name]} did not match {SCALAR_NAMES[other.dtype.name]}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")
    close = F.eq(input, other)
    inexact = input.dtype.category >= FLOAT
    if inexact and equal_nan:
        close.bitwise_or_(F.logical_and(F.isnan(input), F.isnan(other)))
    if rtol == 0 and atol == 0:
        return close
    if not inexact:
        input, other = F._to_copy(input, get_default_dtype()), F._to_copy(other, get_default_dtype())
    error = F.abs(F.sub(input, other))
    allowed = F.add(F.abs(F.mul(other, rtol)), atol)
    return close.bitwise_or_(F.logical_and(F.isfinite(error), F.le(error, allowed)))


@composite("allclose")
def allclose(F, input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether all elements are close, as `isclose` has it; a Python bool."""
    return bool(F.isclose(input, other, rtol, atol, equal_nan).all().item())


# -- classes of numbers -------------------------------------------------------------------------------------------------------------
@op("isnan", kind=ELEMENTWISE, rounds=False, changes_dtype=True)
def isnan(K, input: Array):
    """Where elements are nan."""
    return K.isnan(input) if K.dtype_of(input).category >= FLOAT else K.not_equal(input, input)


@op("isinf", kind=ELEMENTWISE, rounds=False, changes_dtype=True)
def isinf(K, input: Array):
    """Where elements are infinite."""
    return K.isinf(input) if K.dtype_of(input).category >= FLOAT else K.not_equal(input, input)


@op("_isfinite", kind=ELEMENTWISE, rounds=False, changes_dtype=True, function=False, method=False)
def _isfinite(K, input: Array):
    """Where elements are neither infinite nor nan."""
    return K.isfinite(input) if K.dtype_of(input).category >= FLOAT else K.equal(input, input)


@composite("isfinite", raw=_isfinite.forward)
def isfinite(F, input):
    """Where elements are neither infinite nor nan."""
    if not isinstance(input, Tensor):
        raise bad_argument("isfinite", "input", 0, input)
    if input.dtype.is_complex:
        return F._isfinite(F.real(input)).bitwise_and_(F._isfinite(F.imag(input)))
    return F._isfinite(input)


@op("isposinf", kind=ELEMENTWISE, out=boolean("isposinf"), rounds=False, changes_dtype=True,
    supports=refusing(COMPLEX, RuntimeError, "isposinf does not support complex inputs."))  # fmt: skip
def isposinf(K, input: Array):
    """Where elements are plus infinity."""
    return K.equal(input, float("inf")) if K.dtype_of(input).category == FLOAT else K.not_equal(input, input)


@op("isneginf", kind=ELEMENTWISE, out=boolean("isneginf"), rounds=False, changes_dtype=True,
    supports=refusing(COMPLEX, RuntimeError, "isneginf does not support complex inputs."))  # fmt: skip
def isneginf(K, input: Array):
    """Where elements are minus infinity."""
    return K.equal(input, float("-inf")) if K.dtype_of(input).category == FLOAT else K.not_equal(input, input)


@op("isreal", kind=ELEMENTWISE, rounds=False, changes_dtype=True)
def isreal(K, input: Array):
    """Where elements have no imaginary part."""
    if K.dtype_of(input).is_complex:
        return K.equal(K.imag(input), 0)
    return K.ones(input.shape, dtype=K.native[dtypes.bool])


@op("signbit", kind=ELEMENTWISE, out=boolean("signbit"), rounds=False, changes_dtype=True,
    supports=refusing(COMPLEX, NotImplementedError, "signbit is not implemented for complex tensors."))  # fmt: skip
def signbit(K, input: Array):
    """Where elements have their sign bit set, as negative numbers and -0.0 do."""
    category = K.dtype_of(input).category
    if category == FLOAT:
        return K.signbit(input)
    return K.less(input, 0) if category else K.not_equal(input, input)


# -- truth values -------------------------------------------------------------------------------------------------------------------
@op("logical_not", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, changes_dtype=True)
def logical_not(K, input: Array):
    """Where elements are zero."""
    return K.logical_not(truth(K, input))


def truth(K, x):
    """Where `x` is not zero; itself if it is a truth value."""
    return x if K.dtype_of(x).category == 0 else K.not_equal(x, 0)


@op("logical_and", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, changes_dtype=True)
def logical_and(K, input: Array, other: Array):
    """Where neither element is zero."""
    return K.logical_and(truth(K, input), truth(K, other))


@op("logical_or", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, changes_dtype=True)
def logical_or(K, input: Array, other: Array):
    """Where one of the elements is not zero."""
    return K.logical_or(truth(K, input), truth(K, other))


@op("logical_xor", kind=ELEMENTWISE, inplace=True, out=True, rounds=False, changes_dtype=True)
def logical_xor(K, input: Array, other: Array):
    """Where exactly one of the elements is not zero."""
    return K.logical_xor(truth(K, input), truth(K, other))


# -- bits ---------------------------------------------------------------------------------------------------------------------------
@op("bitwise_not", kind=ELEMENTWISE, inplace=True, out=found, supports=kernel("bitwise_not_cpu", BITS))
def bitwise_not(K, input: Array):
    """Each bit inverted."""
    return K.bitwise_invert(input)


@op("bitwise_and", kind=ELEMENTWISE, inplace=True, out=True, supports=kernel("bitwise_and_cpu", BITS))
def bitwise_and(K, input: Array | Scalar, other: Array | Scalar):
    """The bits that both have."""
    return K.bitwise_and(input, other)


@op("bitwise_or", kind=ELEMENTWISE, inplace=True, out=True, supports=kernel("bitwise_or_cpu", BITS))
def bitwise_or(K, input: Array | Scalar, other: Array | Scalar):
    """The bits that either has."""
    return K.bitwise_or(input, other)


@op("bitwise_xor", kind=ELEMENTWISE, inplace=True, out=True, supports=kernel("bitwise_xor_cpu", BITS))
def bitwise_xor(K, input: Array | Scalar, other: Array | Scalar):
    """The bits that exactly one has."""
    return K.bitwise_xor(input, other)


@op("bitwise_left_shift", kind=ELEMENTWISE, inplace=True, out=True, supports=kernel("lshift_cpu", BITS[1:]))
def bitwise_left_shift(K, input: Array | Scalar, other: Array | Scalar):
    """The bits of `input` shifted up by `other`; 0 for a shift that is negative or leaves none."""
    return K.bitwise_left_shift(input, other)


@op("bitwise_right_shift", kind=ELEMENTWISE, inplace=True, out=True, supports=kernel("rshift_cpu", BITS[1:]))
def bitwise_right_shift(K, input: Array | Scalar, other: Array | Scalar):
    """The bits of `input` shifted down by `other`, the sign kept; 0 or -1 for a shift that is negative or leaves none."""
    return K.bitwise_right_shift(input, other)
