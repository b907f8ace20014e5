"""aten's arithmetic of a tensor and a number, of which torch's own compositions are made.

Python's ``x * 2`` wraps the number as a tensor, and leaves ``MulBackward0`` in the graph; C++'s ``x * 2``, inside torch, is
``mul.Scalar`` and leaves ``MulBackward1``. A composite that mirrors one of torch's calls these.
"""

from __future__ import annotations

from isograd.ops.declare import ELEMENTWISE, Array, Scalar, op
from isograd.ops.declare import FLOAT as TO_FLOAT


@op("add_scalar", kind=ELEMENTWISE, function=False, method=False, public="add", node="AddBackward1", number_edges=False)
def add_scalar(K, input: Array, other: Array | Scalar):
    """``input + other``."""
    return K.add(input, other)


@op("sub_scalar", kind=ELEMENTWISE, function=False, method=False, public="sub", node="SubBackward1", number_edges=False)
def sub_scalar(K, input: Array, other: Array | Scalar):
    """``input - other``."""
    return K.subtract(input, other)


@op("mul_scalar", kind=ELEMENTWISE, function=False, method=False, public="mul", node="MulBackward1", number_edges=False)
def mul_scalar(K, input: Array, other: Array | Scalar):
    """``input * other``."""
    return K.multiply(input, other)


@op("div_scalar", kind=ELEMENTWISE, function=False, method=False, public="div", node="DivBackward1", number_edges=False, promote=TO_FLOAT)
def div_scalar(K, input: Array, other: Array | Scalar):
    """``input / other``."""
    return K.divide(input, other)


add_scalar.derivative(input=lambda F, g: g)
sub_scalar.derivative(input=lambda F, g: g)
mul_scalar.derivative(input=lambda F, g, other: F.mul(g, F.conj(other)))
div_scalar.derivative(input=lambda F, g, other: F.div(g, F.conj(other)))
