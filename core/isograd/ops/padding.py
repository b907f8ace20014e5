"""Padding with elements of the input itself: reflection and replication, in one to three dimensions."""

from __future__ import annotations

from isograd.ops.declare import MOVEMENT, OTHER, Array, op
from isograd.shapes import numel


def positions(K, size, before, after, reflect):
    """The position that each position of a padded dimension shows."""
    steps = K.arange(-before, size + after, 1, dtype=K.native_index)
    if not reflect:
        return K.clip(steps, 0, size - 1)
    steps = K.abs(steps)
    return K.subtract(size - 1, K.abs(K.subtract(size - 1, steps)))


def margins(padding, shape):
    """(dimension, before, after) of each padded dimension; `padding` begins with the last."""
    ndim = len(shape)
    return [(ndim - 1 - i, padding[2 * i], padding[2 * i + 1]) for i in range(len(padding) // 2)]


def check(input, padding, dims, reflect):
    shape = tuple(input.shape)
    ndim = len(shape)
    batch = ndim == dims + 2
    if ndim not in (dims + 1, dims + 2) or not numel(shape[1 if batch else 0 :]):
        raise RuntimeError(f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with possibly 0 batch size "
                           f"and other non-zero dimensions for input, but got: {list(shape)}")
    for position, (d, before, after) in enumerate(margins(padding, shape)):
        if reflect and (before >= shape[d] or after >= shape[d]):
            number = 4 + 2 * position
            raise RuntimeError(f"Argument #{number}: Padding size should be less than the corresponding input "
                               f"dimension, but got: padding ({before}, {after}) at dimension {d} of input "
                               f"{list(shape)}")
        if shape[d] + before + after < 1:
            raise RuntimeError(f"input (W: {shape[d]}) is too small. Calculated output W: "
                               f"{shape[d] + before + after}")


def declare(kind: str, dims: int) -> None:
    """Declare ``<kind>_pad<dims>d`` and its backward, which is differentiable in turn."""
    reflect = kind == "reflection"
    name = f"{kind}_pad{dims}d"
    node = f"{kind.capitalize()}Pad{dims}D"

    def forward(K, input: Array, padding):
        check(input, padding, dims, reflect)
        for d, before, after in margins(padding, input.shape):
            if before or after:
                input = K.take(input, positions(K, input.shape[d], before, after, reflect), axis=d)
        return K.ascontiguous(input)

    forward.__doc__ = f"`input` with margins of its own elements, by {kind}, on {dims} dimensions."
    pad = op(name, kind=MOVEMENT, node=f"{node}Backward0", function=False, method=False)(forward)

    def backward(K, grad_output: Array, input: Array, padding):
        for d, before, after in margins(padding, grad_output.shape):
            if before or after:
                shape = list(grad_output.shape)
                shape[d] = input.shape[d]
                shown = positions(K, input.shape[d], before, after, reflect)
                zeros = K.zeros(tuple(shape), dtype=grad_output.dtype)
                grad_output = K.index_add(zeros, d, shown, grad_output)
        return grad_output

    backward.__doc__ = f"The sum of a gradient over the places that `{name}` shows an element at."
    back = op(f"{name}_backward", kind=OTHER, node=f"{node}BackwardBackward0", function=False, method=False,
              changes_dtype=False)(backward)
    pad.derivative(input=lambda F, g, input, padding: getattr(F, back.name)(g, input, padding))
    back.derivative(grad_output=lambda F, g, padding: getattr(F, pad.name)(g, padding),
                    input=lambda F, g, input: F.zeros_like(input))


for _kind in ("reflection", "replication"):
    for _dims in (1, 2, 3):
        declare(_kind, _dims)
