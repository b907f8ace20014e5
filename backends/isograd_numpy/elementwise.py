"""Elementwise kernels: bare ufuncs wherever NumPy's meaning is the contract's."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
floor_divide, remainder, fmod = np.floor_divide, np.remainder, np.fmod
maximum, minimum, hypot, copysign, nextafter, atan2 = (
    np.maximum, np.minimum, np.hypot, np.copysign, np.nextafter, np.arctan2,
)
negative, abs, sign, sqrt = np.negative, np.absolute, np.sign, np.sqrt
square, reciprocal = np.square, np.reciprocal
exp, exp2, expm1, log, log1p, log2, log10, logaddexp = (
    np.exp, np.exp2, np.expm1, np.log, np.log1p, np.log2, np.log10, np.logaddexp,
)
sin, cos, tan, asin, acos, atan = np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan
sinh, cosh, tanh = np.sinh, np.cosh, np.tanh
asinh, acosh, atanh = np.arcsinh, np.arccosh, np.arctanh
floor, ceil, trunc, round = np.floor, np.ceil, np.trunc, np.rint
real, imag, conj = attrgetter("real"), attrgetter("imag"), np.conjugate

equal, not_equal, less, less_equal, greater, greater_equal = (
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
)
logical_and, logical_or = np.logical_and, np.logical_or
logical_xor, logical_not = np.logical_xor, np.logical_not
bitwise_and, bitwise_or, bitwise_xor = np.bitwise_and, np.bitwise_or, np.bitwise_xor
bitwise_invert = np.invert
bitwise_left_shift, bitwise_right_shift = np.left_shift, np.right_shift
isfinite, isinf, isnan, signbit = np.isfinite, np.isinf, np.isnan, np.signbit
where = np.where

_power = np.power


def pow(x1, x2):
    try:
        return _power(x1, x2)
    except ValueError:  # integers with a negative exponent: the exact power, rounded towards zero
        below = less(x2, 0)
        unit = where(equal(remainder(x2, 2), 0), 1, x1)  # an odd power of -1 is -1
        inverse = where(equal(abs(x1), 1), unit, 0).astype(np.result_type(x1, x2))
        return where(below, inverse, _power(x1, where(below, 0, x2)))


_constants: dict[Any, Any] = {}


def _constant(x, value):
    # A ufunc takes 0.5 µs with a 0-d array where it takes 1.1 with a Python number.
    key = x.dtype, value
    found = _constants.get(key)
    if found is None:
        if len(_constants) > 999:
            _constants.clear()
        found = _constants[key] = np.asarray(value, x.dtype)
    return found


def clip(x, min=None, max=None):
    # np.clip takes 1.8 µs and this 1.0; both propagate nan
    if min is not None:
        x = maximum(x, _constant(x, min) if min.__class__ is float else min)
    if max is None:
        return x
    return minimum(x, _constant(x, max) if max.__class__ is float else max)


fmax, fmin, gcd, lcm, frexp, logaddexp2 = np.fmax, np.fmin, np.gcd, np.lcm, np.frexp, np.logaddexp2


def relu(x):
    return maximum(x, _constant(x, 0))


def complex(real, imag):
    z = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.result_type(real, np.complex64))
    z.real, z.imag = real, imag
    return z


# Fused compositions write over their first intermediate; a NumPy scalar (0-d) has no memory to write.
_exp, _ndarray = np.exp, np.ndarray


def sigmoid(x):
    y = negative(x)
    if y.__class__ is not _ndarray:
        return divide(1, add(1, _exp(y)))
    _exp(y, y)
    add(y, _constant(y, 1), y)
    return np.reciprocal(y, y)


def tanh_backward(grad, y):
    slope = multiply(y, y)
    if slope.__class__ is not _ndarray or slope.shape != grad.shape or slope.dtype != grad.dtype:
        return multiply(grad, subtract(1, slope))
    subtract(_constant(slope, 1), slope, slope)
    return multiply(grad, slope, slope)


def sigmoid_backward(grad, y):
    slope = subtract(_constant(y, 1), y)
    if slope.__class__ is not _ndarray or slope.shape != grad.shape or slope.dtype != grad.dtype:
        return multiply(multiply(grad, slope), y)
    multiply(grad, slope, slope)
    return multiply(slope, y, slope)


_BITS = {4: np.int32, 8: np.int64}


def zero_where(condition, x):
    # np.where branches on every element: 8 ns each where the mask is random, and this 0.5. An integer of all ones or none is and-ed
    # with the bits of x, so that an infinity or nan that is masked out leaves a clean zero, which a product would not.
    bits = _BITS.get(x.itemsize)
    if bits is None or x.dtype.kind != "f" or x.__class__ is not _ndarray or condition.shape != x.shape:
        return where(condition, 0, x)
    mask = condition.view(np.int8).astype(bits)
    mask -= 1
    mask &= x.view(bits)
    return mask.view(x.dtype)
