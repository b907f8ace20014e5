"""The linear maps of ``torch.nn.functional``."""

from __future__ import annotations

from isograd.ops.declare import COMPOSITES, OUT_RULES, RECORDED
from isograd.tensor import Tensor

__all__ = ["bilinear", "linear"]

_linear, _bilinear = COMPOSITES["linear"], COMPOSITES["bilinear"]


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None, *, out: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``.

    Parameters
    ----------
    input : Tensor
        Features in the last dimension.
    weight : Tensor
        Output features × input features.
    bias : Tensor, optional
        Output features.
    out : Tensor, optional
        Where to write the result.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.nn.functional.linear(torch.ones(1, 2), torch.ones(3, 2), torch.zeros(3))
    tensor([[2., 2., 2.]])
    """
    if out is not None:
        from functools import partial

        from isograd.record import composite_out

        return composite_out(OUT_RULES["linear"], partial(_linear, RECORDED), (input, weight, bias), {}, out)  # type: ignore[no-any-return]
    return _linear(RECORDED, input, weight, bias)  # type: ignore[no-any-return]


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input1 @ weight[k] @ input2 + bias[k]`` for each output feature k."""
    return _bilinear(RECORDED, input1, input2, weight, bias)  # type: ignore[no-any-return]
