"""The activation functions of ``torch.nn.functional``."""

from __future__ import annotations

from typing import Any

from isograd.dtypes import SCALAR_NAMES
from isograd.ops.declare import COMPOSITES, FUNCTIONS, RECORDED, REGISTRY
from isograd.tensor import Tensor

__all__ = [
    "celu", "celu_", "elu", "elu_", "gelu", "glu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "hardtanh_", "leaky_relu",
    "leaky_relu_", "logsigmoid", "mish", "prelu", "relu", "relu6", "relu_", "rrelu", "rrelu_", "selu", "selu_", "sigmoid", "silu",
    "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold", "threshold_",
]  # fmt: skip

# The same functions as torch.<name>, or without an in-place form
gelu, softplus, softshrink, hardshrink = (REGISTRY[name].function for name in ("gelu", "softplus", "softshrink", "hardshrink"))
prelu, tanh, sigmoid = (FUNCTIONS[name] for name in ("prelu", "tanh", "sigmoid"))
relu_, celu_, selu_, rrelu_, threshold_ = (FUNCTIONS[name] for name in ("relu_", "celu_", "selu_", "rrelu_", "threshold_"))
elu_, leaky_relu_, hardtanh_ = (REGISTRY[name].inplace for name in ("elu", "leaky_relu", "hardtanh"))


def _form(name: str, inplace: bool) -> Any:
    """The op `name`, or its in-place form."""
    return REGISTRY[name].inplace if inplace else REGISTRY[name].function


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Each element, or 0 where it is negative.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.nn.functional.relu(torch.tensor([-1., 2.]))
    tensor([0., 2.])
    """
    return RECORDED.relu(input) if not inplace else relu_(input)  # type: ignore[no-any-return]


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Each element limited to [0, 6]."""
    return _form("hardtanh", inplace)(input, 0, 6)  # type: ignore[no-any-return]


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Each element, times `negative_slope` where it is negative."""
    return _form("leaky_relu", inplace)(input, negative_slope)  # type: ignore[no-any-return]


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Each element that is above `threshold`, and `value` instead of the others."""
    return _form("threshold", inplace)(input, threshold, value)  # type: ignore[no-any-return]


def rrelu(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False) -> Tensor:
    """Each element, times a random slope between `lower` and `upper` (their mean unless `training`) where it is negative."""
    return FUNCTIONS["rrelu_" if inplace else "rrelu"](input, lower, upper, training)  # type: ignore[no-any-return]


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """``x``, and ``alpha * (exp(x) - 1)`` where x is negative."""
    return _form("elu", inplace)(input, alpha)  # type: ignore[no-any-return]


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """`elu` scaled, with the constants that keep mean and variance (Klambauer et al., 2017)."""
    return selu_(input) if inplace else RECORDED.selu(input)  # type: ignore[no-any-return]


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """``x``, and ``alpha * (exp(x / alpha) - 1)`` where x is negative."""
    return _form("celu", inplace)(input, alpha)  # type: ignore[no-any-return]


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """``x * sigmoid(x)``."""
    return _form("silu", inplace)(input)  # type: ignore[no-any-return]


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """``x * tanh(softplus(x))``."""
    return _form("mish", inplace)(input)  # type: ignore[no-any-return]


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """``x * hardsigmoid(x)``."""
    return _form("hardswish", inplace)(input)  # type: ignore[no-any-return]


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """``x / 6 + 1 / 2`` limited to [0, 1]."""
    return _form("hardsigmoid", inplace)(input)  # type: ignore[no-any-return]


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Each element limited to the range from `min_val` to `max_val`."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return _form("hardtanh", inplace)(input, min_val, max_val)  # type: ignore[no-any-return]


def tanhshrink(input: Tensor) -> Tensor:
    """``x - tanh(x)``."""
    return COMPOSITES["tanhshrink"](RECORDED, input)  # type: ignore[no-any-return]


def softsign(input: Tensor) -> Tensor:
    """``x / (1 + |x|)``."""
    return COMPOSITES["softsign"](RECORDED, input)  # type: ignore[no-any-return]


def logsigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """``log(sigmoid(x))`` without overflow."""
    if out is not None:
        from isograd.record import composite_out

        if out.dtype is not input.dtype:
            names = [SCALAR_NAMES[tensor.dtype.name] for tensor in (input, out)]
            raise RuntimeError(f"expected scalar type {names[0]} but found {names[1]}")
        return composite_out("log_sigmoid_forward", logsigmoid, (input,), {}, out)  # type: ignore[no-any-return]
    return RECORDED.log_sigmoid_forward(input)[0]  # type: ignore[no-any-return]


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half of `input` along `dim` times the sigmoid of the second.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.nn.functional.glu(torch.tensor([2., 0.]))
    tensor([1.])
    """
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    return RECORDED.glu(input, dim)  # type: ignore[no-any-return]
