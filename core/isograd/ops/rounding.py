"""Rounding. The derivative is zero everywhere (where there is one)."""

from __future__ import annotations

from isograd.dtypes import COMPLEX, FLOAT, INTEGER
from isograd.ops.declare import ELEMENTWISE, Array, op
from isograd.ops.outputs import found
from isograd.ops.supported import kernel, refusing


def no_complex(name):
    return refusing(COMPLEX, NotImplementedError, f"{name} is not supported for complex inputs")


@op("floor", kind=ELEMENTWISE, inplace=True, out=found, supports=no_complex("floor"))
def floor(K, input: Array):
    """Each element rounded towards minus infinity."""
    return K.floor(input)


floor.derivative(input=lambda F, g: F.zeros_like(g))


@op("ceil", kind=ELEMENTWISE, inplace=True, out=found, supports=no_complex("ceil"))
def ceil(K, input: Array):
    """Each element rounded towards infinity."""
    return K.ceil(input)


ceil.derivative(input=lambda F, g: F.zeros_like(g))


@op("trunc", kind=ELEMENTWISE, inplace=True, out=found, aliases=("fix",), supports=no_complex("trunc"))
def trunc(K, input: Array):
    """Each element rounded towards zero."""
    return K.trunc(input)


trunc.derivative(input=lambda F, g: F.zeros_like(g))


#: The default of `decimals`. torch has a second overload with that argument, whose node goes by another name.
TO_INTEGER = ...


@op("round", kind=ELEMENTWISE, inplace=True, out=found, supports=kernel("round_vml_cpu", (INTEGER, FLOAT)),
    overload=lambda decimals: "RoundBackward0" if decimals is TO_INTEGER else "RoundBackward1")  # fmt: skip
def round(K, input: Array, *, decimals=TO_INTEGER):
    """Each element rounded to even, to so many `decimals`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.round(torch.tensor([0.125, 2.5]), decimals=2), torch.round(torch.tensor([0.125, 2.5]))
    (tensor([0.1200, 2.5000]), tensor([0., 2.]))
    """
    if decimals is TO_INTEGER:
        return K.round(input) if K.dtype_of(input).category == FLOAT else K.copy(input)
    kernel("round_cpu", (FLOAT,))(K.dtype_of(input))
    if decimals == 0:
        return K.round(input)
    scale = 10.0 ** (decimals if decimals > 0 else -decimals)
    if decimals > 0:
        return K.divide(K.round(K.multiply(input, scale)), scale)
    return K.multiply(K.round(K.divide(input, scale)), scale)


round.derivative(input=lambda F, g: F.zeros_like(g))


@op("frac", kind=ELEMENTWISE, inplace=True, out=found, supports=kernel("frac_cpu", (FLOAT,)))
def frac(K, input: Array):
    """The part of each element behind the point, with its sign."""
    return K.subtract(input, K.trunc(input))


frac.derivative(input=lambda F, g: g)
