"""The normalisations of ``torch.nn.functional``: softmax and its kin, and those by mean and variance."""

from __future__ import annotations

from typing import Any
from warnings import warn

from isograd.ops.declare import RECORDED as F
from isograd.tensor import Tensor

__all__ = [
    "batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "log_softmax", "rms_norm", "softmax", "softmin",
]


# -- softmax --------------------------------------------------------------------------------------------------------------------------
def implicit_dim(name: str, ndim: int, stacklevel: int) -> int:
    """The dimension that torch takes where none is given, with its warning."""
    warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
         stacklevel=stacklevel)
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """``exp(x) / sum(exp(x))`` along `dim`, computed in `dtype`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.nn.functional.softmax(torch.zeros(4), dim=0)
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    if dim is None:
        dim = implicit_dim("softmax", len(input.shape), _stacklevel)
    return F.softmax(input, dim, dtype)  # type: ignore[no-any-return]


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of `softmax`."""
    if dim is None:
        dim = implicit_dim("log_softmax", len(input.shape), _stacklevel)
    return F.log_softmax(input, dim, dtype)  # type: ignore[no-any-return]


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """`softmax` of ``-input``."""
    if dim is None:
        dim = implicit_dim("softmin", len(input.shape), _stacklevel)
    return F.softmax(F.neg(input), dim, dtype)  # type: ignore[no-any-return]


# -- by mean and variance -------------------------------------------------------------------------------------------------------------
def layer_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:
    """`input` with the last dimensions brought to mean 0 and variance 1, then scaled and shifted.

    Parameters
    ----------
    normalized_shape : sequence of int
        The shape of those dimensions, and of `weight` and `bias`.
    eps : float
        Added to the variance.
    """
    return F.native_layer_norm(input, tuple(normalized_shape), weight, bias, eps)[0]  # type: ignore[no-any-return]


def rms_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """`input` divided by the root mean square over the last dimensions, then scaled.

    Parameters
    ----------
    normalized_shape : sequence of int
        The shape of those dimensions, and of `weight`.
    eps : float, optional
        Added to the mean square; the dtype's epsilon when left out.
    """
    return F.rms_norm(input, tuple(normalized_shape), weight, eps)  # type: ignore[no-any-return]


def group_norm(input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:
    """`input` with each of `num_groups` groups of channels brought to mean 0 and variance 1, then scaled and shifted by channel."""
    return F.group_norm(input, num_groups, weight, bias, eps)  # type: ignore[no-any-return]


def check_batch(shape: Any) -> None:
    count = shape[0]
    for length in shape[2:]:
        count *= length
    if count == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {shape}")


def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None, bias: Tensor | None = None,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:
    """`input` with each channel (dimension 1) brought to mean 0 and variance 1, then scaled and shifted.

    Parameters
    ----------
    running_mean, running_var : Tensor or None
        Statistics to use when not `training`; updated with `momentum` when training.
    weight, bias : Tensor, optional
        One for each channel.
    training : bool
        Whether to use the batch's own statistics.
    eps : float
        Added to the variance.
    """
    if training:
        check_batch(input.shape)
    return F.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)  # type: ignore[no-any-return]


def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None, weight: Tensor | None = None,
    bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:
    """As `batch_norm`, with the statistics of each example of its own."""
    if use_input_stats:
        count = 1
        for length in input.shape[2:]:
            count *= length
        if count == 1:
            raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    return F.instance_norm(  # type: ignore[no-any-return]
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps)


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """`input` divided by a power of the mean square over `size` neighbouring channels (Krizhevsky et al., 2012)."""
    n = len(input.shape)
    if n < 3:
        raise ValueError(f"Expected 3D or higher dimensionality                          input (got {n} dimensions)")
    if input.numel() == 0:
        return input
    squares = F.unsqueeze(F.mul(input, input), 1)
    from isograd.nn import functional as module

    functional: Any = module

    if n == 3:
        squares = functional.pad(squares, (0, 0, size // 2, (size - 1) // 2))
        mean = F.squeeze(functional.avg_pool2d(squares, (size, 1), stride=1), 1)
    else:
        sizes = input.shape
        squares = F.view(squares, (sizes[0], 1, sizes[1], sizes[2], -1))
        squares = functional.pad(squares, (0, 0, 0, 0, size // 2, (size - 1) // 2))
        mean = F.view(F.squeeze(functional.avg_pool3d(squares, (size, 1, 1), stride=1), 1), tuple(sizes))
    return F.div(input, F.pow(F.add(F.mul(mean, alpha), k), beta))  # type: ignore[no-any-return]
