"""Constant values in the likeness of an operand, for formulas: on arrays the kernel, on tensors the public function."""

from __future__ import annotations

from isograd.ops.declare import composite


@composite("zeros_like", function=False, method=False, raw=lambda K, input: K.zeros_like(input))
def zeros_like(F, input):
    """Zeros of the shape and dtype of `input`."""
    from isograd.creation import zeros_like

    return zeros_like(input)


@composite("ones_like", function=False, method=False, raw=lambda K, input: K.ones_like(input))
def ones_like(F, input):
    """Ones of the shape and dtype of `input`."""
    from isograd.creation import ones_like

    return ones_like(input)


@composite(
    "full_like", function=False, method=False,
    raw=lambda K, input, fill_value: K.full_like(input, fill_value),
)
def full_like(F, input, fill_value):
    """One number in the shape and dtype of `input`."""
    from isograd.creation import full_like

    return full_like(input, fill_value)
