"""The losses of ``torch.nn.functional``, and its distances."""

from __future__ import annotations

from math import log, pi
from typing import Any
from warnings import warn

from isograd import dtypes
from isograd.creation import scalar_like
from isograd.ops.declare import RECORDED as F
from isograd.ops.losses import MEAN, NONE, SUM, apply_reduction
from isograd.shapes import broadcast_shapes, numel
from isograd.tensor import Tensor

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cosine_embedding_loss", "cosine_similarity", "cross_entropy",
    "gaussian_nll_loss", "hinge_embedding_loss", "huber_loss", "kl_div", "l1_loss", "margin_ranking_loss", "mse_loss",
    "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "nll_loss", "normalize", "pairwise_distance",
    "poisson_nll_loss", "smooth_l1_loss", "soft_margin_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss",
]


def reduction_number(reduction: Any, size_average: Any = None, reduce: Any = None) -> int:
    """torch's number of a reduction, from its word or from the legacy flags.

    Raises
    ------
    ValueError
        With torch's text, for an unknown word.
    """
    if size_average is not None or reduce is not None:
        size_average, reduce = size_average is not False, reduce is not False
        legacy = "mean" if size_average and reduce else "sum" if reduce else "none"
        warn(f"size_average and reduce args will be deprecated, please use reduction='{legacy}' instead.", stacklevel=3)
        reduction = legacy
    found = {"none": NONE, "mean": MEAN, "sum": SUM}.get(reduction)
    if found is None:
        if reduction == "elementwise_mean":
            warn("reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", stacklevel=3)
            return MEAN
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return found


def together(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Two tensors broadcast to one shape; a surprise, so torch warns of it."""
    if target.shape != input.shape:
        warn(f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely lead to "
             "incorrect results due to broadcasting. Please ensure they have the same size.", stacklevel=3)
        shape = tuple(broadcast_shapes(input.shape, target.shape))
        input, target = (t if tuple(t.shape) == shape else F.expand(t, shape) for t in (input, target))
    return input, target


# -- regression -----------------------------------------------------------------------------------------------------------------------
def mse_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
             weight: Tensor | None = None) -> Tensor:
    """The mean squared difference.

    Parameters
    ----------
    input, target : Tensor
        Of one shape (others are broadcast, with a warning).
    reduction : {"mean", "sum", "none"}
        What becomes of the elementwise losses. ``size_average`` and ``reduce`` are its older spelling.
    weight : Tensor, optional
        Weights of the elements; the mean is then the weighted one.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.nn.functional.mse_loss(torch.tensor([1., 2.]), torch.tensor([1., 4.]))
    tensor(2.)
    """
    number = reduction_number(reduction, size_average, reduce)
    input, target = together(input, target)
    if weight is not None:
        return weighted_loss(F.pow(F.sub(input, target), 2), weight, input, number)
    return F.mse_loss(input, target, number)  # type: ignore[no-any-return]


def weighted_loss(loss: Tensor, weight: Tensor, input: Tensor, number: int) -> Tensor:
    if weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")
    loss = F.mul(loss, weight)
    if number == MEAN:
        return F.div(F.sum(loss), F.sum(weight))  # type: ignore[no-any-return]
    return apply_reduction(F, loss, number)  # type: ignore[no-any-return]


def l1_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
            weight: Tensor | None = None) -> Tensor:
    """The mean absolute difference; parameters as for `mse_loss`."""
    number = reduction_number(reduction, size_average, reduce)
    input, target = together(input, target)
    gap = F.abs(F.sub(input, target))
    return apply_reduction(F, gap, number) if weight is None else weighted_loss(gap, weight, input, number)


def smooth_l1_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
                   beta: float = 1.0) -> Tensor:
    """Squared below `beta`, absolute above: ``d * d / (2 beta)`` or ``d - beta / 2``; other parameters as for `mse_loss`."""
    number = reduction_number(reduction, size_average, reduce)
    input, target = together(input, target)
    if beta == 0.0:
        return apply_reduction(F, F.abs(F.sub(input, target)), number)  # type: ignore[no-any-return]
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    return F.smooth_l1_loss(input, target, number, beta)  # type: ignore[no-any-return]


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None) -> Tensor:
    """Squared up to `delta`, linear above: ``d * d / 2`` or ``delta (d - delta / 2)``; other parameters as for `mse_loss`."""
    number = reduction_number(reduction)
    input, target = together(input, target)
    if weight is None:
        return F.huber_loss(input, target, number, delta)  # type: ignore[no-any-return]
    return weighted_loss(F.huber_loss(input, target, NONE, delta), weight, input, number)


# -- classification -------------------------------------------------------------------------------------------------------------------
def binary_cross_entropy(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None,
                         reduction: str = "mean") -> Tensor:
    """``-(t log x + (1 - t) log(1 - x))`` for probabilities `input`.

    Parameters
    ----------
    input, target : Tensor
        Of one shape.
    weight : Tensor, optional
        Weights, broadcast to that shape.
    reduction : {"mean", "sum", "none"}
        What becomes of the elementwise losses.
    """
    number = reduction_number(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. Please "
                         "ensure they have the same size.")
    if weight is not None:
        weight = F.expand(weight, tuple(broadcast_shapes(target.shape, weight.shape)))
    return F.binary_cross_entropy(input, target, weight, number)  # type: ignore[no-any-return]


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """`binary_cross_entropy` of ``sigmoid(input)``, without overflow.

    Parameters
    ----------
    pos_weight : Tensor, optional
        Weights of the positive examples. The other parameters are those of `binary_cross_entropy`.
    """
    number = reduction_number(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    return F.binary_cross_entropy_with_logits(input, target, weight, pos_weight, number)  # type: ignore[no-any-return]


def nll_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None, ignore_index: int = -100,
             reduce: Any = None, reduction: str = "mean") -> Tensor:
    """The negative of the log-probability of each target class.

    Parameters
    ----------
    input : Tensor
        Log-probabilities; classes in dimension 1 (0 if there is no batch).
    target : Tensor
        Classes, int64.
    weight : Tensor, optional
        A weight for each class; the mean is then the weighted one.
    ignore_index : int
        A target that does not count.
    reduction : {"mean", "sum", "none"}
        What becomes of the losses.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.nn.functional.nll_loss(torch.tensor([[-1., -2.]]), torch.tensor([1]))
    tensor(2.)
    """
    number = reduction_number(reduction, size_average, reduce)
    return F.nll_loss_nd(input, target, weight, number, ignore_index)  # type: ignore[no-any-return]


def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
    reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:
    """`nll_loss` of ``log_softmax(input)``.

    Parameters
    ----------
    target : Tensor
        Classes, or probabilities of the shape of `input`.
    label_smoothing : float
        The part of each target that is spread evenly over all classes. The other parameters are those of `nll_loss`.
    """
    number = reduction_number(reduction, size_average, reduce)
    if len(input.shape) == 0:
        raise RuntimeError("cross_entropy: input must be at least 1D")
    class_dim = 0 if len(input.shape) == 1 else 1
    if input.shape == target.shape:
        if not target.dtype.is_floating_point:
            raise RuntimeError(f"Expected floating point type for target with class probabilities, got {SCALAR(target)}")
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return probabilities_loss(input, target, weight, number, label_smoothing, class_dim)
    if label_smoothing > 0.0:
        if label_smoothing > 1.0:
            raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
        return smoothed_loss(input, target, weight, number, ignore_index, label_smoothing, class_dim)
    return F.nll_loss_nd(F.log_softmax(input, class_dim), target, weight, number, ignore_index)  # type: ignore[no-any-return]


def SCALAR(tensor: Tensor) -> str:
    return dtypes.SCALAR_NAMES[tensor.dtype.name]


def class_shaped(weight: Tensor, input: Tensor, class_dim: int) -> Tensor:
    """`weight` ready to meet `input`, whose classes are in `class_dim`."""
    if len(input.shape) == 1:
        return weight
    shape = [1] * len(input.shape)
    shape[class_dim] = weight.shape[0]
    return F.view(weight, shape)  # type: ignore[no-any-return]


def check_class_weight(weight: Tensor | None, classes: int) -> None:
    if weight is not None and not (len(weight.shape) == 1 and weight.shape[0] == classes):
        raise RuntimeError(f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got weight "
                           f"tensor of shape: {list(weight.shape)}")


def probabilities_loss(input: Tensor, target: Tensor, weight: Tensor | None, number: int, smoothing: float, class_dim: int) -> Tensor:
    """The cross entropy for targets that are probabilities."""
    classes = input.shape[class_dim]
    check_class_weight(weight, classes)
    logs = F.log_softmax(input, class_dim)
    if smoothing > 0.0:
        target = F.add_scalar(F.mul_scalar(target, 1 - smoothing), smoothing / classes)
    if weight is not None:
        logs = F.mul(logs, class_shaped(weight, input, class_dim))
    loss = F.mul(logs, target)
    if number == NONE:
        return F.neg(F.sum(loss, class_dim))  # type: ignore[no-any-return]
    total = F.neg(F.sum(loss))
    if number == SUM:
        return total  # type: ignore[no-any-return]
    count = numel(input.shape) // classes if classes else 0
    return F.div_scalar(total, count) if count else F.mul(total, float("nan"))  # type: ignore[no-any-return]


def smoothed_loss(input: Tensor, target: Tensor, weight: Tensor | None, number: int, ignore_index: int, smoothing: float,
                  class_dim: int) -> Tensor:
    """The cross entropy of targets of which a part is spread evenly over all classes."""
    classes = input.shape[class_dim]
    check_class_weight(weight, classes)
    logs = F.log_softmax(input, class_dim)
    nll = F.nll_loss_nd(logs, target, weight, number, ignore_index)
    smooth = F.neg(F.sum(logs if weight is None else F.mul(logs, class_shaped(weight, input, class_dim)), class_dim))
    ignored = F.eq(target, ignore_index)
    smooth = F.masked_fill(smooth, ignored, 0.0)
    if number == MEAN:
        if weight is None:
            smooth = F.div(F.sum(smooth), F.sum(F.logical_not(ignored)))
        else:
            safe = F.masked_fill(target, ignored, 0)
            chosen = F.view(F.gather(weight, 0, F.flatten(safe)), tuple(target.shape))
            smooth = F.div(F.sum(smooth), F.sum(F.masked_fill(chosen, ignored, 0.0)))
    elif number == SUM:
        smooth = F.sum(smooth)
    return F.add(F.mul_scalar(nll, 1 - smoothing), F.mul_scalar(smooth, smoothing / classes))  # type: ignore[no-any-return]


def kl_div(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
           log_target: bool = False) -> Tensor:
    """The Kullback-Leibler divergence of `target` from log-probabilities `input`.

    Parameters
    ----------
    reduction : {"mean", "batchmean", "sum", "none"}
        ``"batchmean"`` divides the sum by the batch size, which is what mathematics means.
    log_target : bool
        Whether `target` holds log-probabilities too.
    """
    if reduction == "mean" and size_average is None and reduce is None:
        warn("reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by the batch "
             "size, and aligns with the KL div math definition.'mean' will be changed to behave the same as 'batchmean' in the next major "
             "release.", stacklevel=2)
    number = SUM if reduction == "batchmean" else reduction_number(reduction, size_average, reduce)
    if log_target:
        loss = F.mul(F.exp(target), F.sub(target, input))
    else:
        product = F.mul(target, input)  # before the other operand, as torch: so do its gradients add up
        loss = F.sub(F.xlogy(target, target), product)
    result = apply_reduction(F, loss, number)
    if reduction == "batchmean" and len(input.shape) != 0:
        result = F.div(result, input.shape[0])
    return result  # type: ignore[no-any-return]


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average: Any = None, eps: float = 1e-8,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """The negative log likelihood of counts `target` under Poisson rates `input` (or their logarithms).

    Parameters
    ----------
    full : bool
        Whether to add Stirling's approximation of the logarithm of the factorial.
    eps : float
        Keeps the logarithm of a rate from that of 0. The other parameters are those of `mse_loss`.
    """
    if reduction not in ("none", "mean", "sum"):
        reduction_number(reduction)
    number = reduction_number(reduction, size_average, reduce)
    if log_input:
        product = F.mul(target, input)  # before the other operand, as torch: so do its gradients add up
        loss = F.sub(F.exp(input), product)
    else:
        loss = F.sub(input, F.mul(target, F.log(F.add_scalar(input, eps))))
    if full:
        last = F.mul_scalar(F.log(F.mul_scalar(target, 2 * pi)), 0.5)
        stirling = F.add(F.sub(F.mul(target, F.log(target)), target), last)
        loss.add_(F.masked_fill(stirling, F.le(target, 1), 0))
    return apply_reduction(F, loss, number)  # type: ignore[no-any-return]


def gaussian_nll_loss(input: Tensor, target: Tensor, var: Tensor | float, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean") -> Tensor:
    """The negative log likelihood of `target` under normal distributions of mean `input` and variance `var`.

    Parameters
    ----------
    var : Tensor or float
        Of the shape of `input`, or with one dimension fewer or of length 1.
    full : bool
        Whether to add the constant term.
    eps : float
        The least variance. `reduction` is that of `mse_loss`.
    """
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        variance: Tensor = F.mul(F.add(F.zeros_like(input), 1), var)
    elif F.any(F.lt(var, 0)):
        raise ValueError("var has negative entry/entries")
    else:
        variance = var
    if variance.shape != input.shape:
        if input.shape[:-1] == variance.shape:
            variance = F.unsqueeze(variance, -1)
        elif not (len(input.shape) == len(variance.shape)
                  and sum([m != n for m, n in zip(input.shape, variance.shape, strict=True)]) == 1
                  and 1 in [n for m, n in zip(input.shape, variance.shape, strict=True) if m != n]):
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    number = reduction_number(reduction)
    variance = F.clone(variance)
    with no_grad():
        variance.clamp_min_(eps)
    loss = F.mul(F.add(F.log(variance), F.div(F.pow(F.sub(input, target), 2), variance)), 0.5)
    if full:
        loss.add_(0.5 * log(2 * pi))
    return apply_reduction(F, loss, number)  # type: ignore[no-any-return]


def no_grad() -> Any:
    from isograd.grad_mode import no_grad as context

    return context()


# -- margins --------------------------------------------------------------------------------------------------------------------------
def soft_margin_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """``log(1 + exp(-t x))``; parameters as for `mse_loss`."""
    return F.soft_margin_loss(input, target, reduction_number(reduction, size_average, reduce))  # type: ignore[no-any-return]


def margin_ranking_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Any = None, reduce: Any = None,
                        reduction: str = "mean") -> Tensor:
    """``max(0, -t (x1 - x2) + margin)``: `target` 1 wants `input1` larger, -1 smaller."""
    number = reduction_number(reduction, size_average, reduce)
    if not len(input1.shape) == len(input2.shape) == len(target.shape):
        raise RuntimeError("margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
                           f"{input1.shape}, input2: {input2.shape}, target: {target.shape} ")
    loss = F.add_scalar(F.mul(F.neg(target), F.sub(input1, input2)), margin).clamp_min_(0)
    return apply_reduction(F, loss, number)  # type: ignore[no-any-return]


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, size_average: Any = None, reduce: Any = None,
                         reduction: str = "mean") -> Tensor:
    """`input` where `target` is 1, ``max(0, margin - input)`` where it is -1."""
    number = reduction_number(reduction, size_average, reduce)
    missed = F.clamp_min(F.sub(scalar_like(margin, input), input), 0)
    loss = F.add(F.where(F.ne(target, 1), missed, 0), F.where(F.ne(target, -1), input, 0))
    return apply_reduction(F, loss, number)  # type: ignore[no-any-return]


def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """The mean over the classes of ``max(0, margin - x[target] + x[i])**p``."""
    number = reduction_number(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and len(weight.shape) != 1:
        raise ValueError("weight must be one-dimensional")
    return F.multi_margin_loss(input, target, p, margin, weight, number)  # type: ignore[no-any-return]


def multilabel_margin_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """The mean over pairs of a target class and another of ``max(0, 1 - x[t] + x[i])``; each list of targets ends at the first -1."""
    number = reduction_number(reduction, size_average, reduce)
    return F.multilabel_margin_loss_forward(input, target, number)[0]  # type: ignore[no-any-return]


def multilabel_soft_margin_loss(input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None,
                                reduction: str = "mean") -> Tensor:
    """The mean over classes of the binary cross entropy of ``sigmoid(input)``."""
    number = reduction_number(reduction, size_average, reduce)
    loss = F.neg(F.add(F.mul(target, F.log_sigmoid_forward(input)[0]), F.mul(F.rsub(target, 1), F.log_sigmoid_forward(F.neg(input))[0])))
    if weight is not None:
        loss = F.mul(loss, weight)
    loss = F.div(F.sum(loss, len(input.shape) - 1), input.shape[-1])
    return apply_reduction(F, loss, number)  # type: ignore[no-any-return]


def cosine_embedding_loss(input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Any = None, reduce: Any = None,
                          reduction: str = "mean") -> Tensor:
    """``1 - cos`` where `target` is 1, ``max(0, cos - margin)`` where it is -1."""
    number = reduction_number(reduction, size_average, reduce)
    if len(target.shape) not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if len(target.shape) == 1:
        if len(input1.shape) != 2:
            raise RuntimeError("1D target tensor expects 2D input tensors, but found inputs with sizes "
                               f"{list(input1.shape)} and {list(input2.shape)}.")
    elif len(input1.shape) != 1:
        raise RuntimeError("0D target tensor expects 1D input tensors, but found inputs with sizes "
                           f"{list(input1.shape)} and {list(input2.shape)}.")
    dim = len(target.shape)
    small = 1e-12
    product = F.sum(F.mul(input1, input2), dim)
    square1, square2 = (F.add_scalar(F.sum(F.mul(x, x), dim), small) for x in (input1, input2))
    cosine = F.div(product, F.sqrt(F.mul(square1, square2)))
    loss = F.add(F.where(F.eq(target, 1), F.sub(scalar_like(1, cosine), cosine), 0),
                 F.where(F.eq(target, -1), F.clamp_min(F.sub_scalar(cosine, margin), 0), 0))
    return apply_reduction(F, loss, number)  # type: ignore[no-any-return]


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6, swap: bool = False,
    size_average: Any = None, reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """``max(0, |a - p| - |a - n| + margin)``: the positive should be nearer than the negative.

    Parameters
    ----------
    p : float
        Which norm. `eps` is added to the differences.
    swap : bool
        Whether the negative's distance from the positive counts if that is less.
    """
    number = reduction_number(reduction, size_average, reduce)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not len(anchor.shape) == len(positive.shape) == len(negative.shape):
        raise RuntimeError(f"The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
                           f"anchor {len(anchor.shape)}D, positive {len(positive.shape)}D, and negative {len(negative.shape)}D inputs")
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = F.minimum(far, pairwise_distance(positive, negative, p, eps))
    return apply_reduction(F, F.clamp_min(F.sub(F.add_scalar(near, margin), far), 0), number)  # type: ignore[no-any-return]


def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *, distance_function: Any = None, margin: float = 1.0, swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own, of two tensors."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    number = reduction_number(reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    distance = pairwise_distance if distance_function is None else distance_function
    if not len(anchor.shape) == len(positive.shape) == len(negative.shape):
        raise RuntimeError(f"The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
                           f"anchor {len(anchor.shape)}D, positive {len(positive.shape)}D, and negative {len(negative.shape)}D inputs")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = F.minimum(far, distance(positive, negative))
    return apply_reduction(F, F.clamp_min(F.sub(F.add(near, margin), far), 0), number)  # type: ignore[no-any-return]


# -- distances ------------------------------------------------------------------------------------------------------------------------
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The `p`-norms of ``x1 - x2 + eps`` along the last dimension."""
    longer = max(len(x1.shape), len(x2.shape))
    inner = len(x1.shape) - 1 if len(x1.shape) == longer else len(x2.shape) - 1
    return F.norm_dim(F.add_scalar(F.sub(x1, x2), eps), p, inner, keepdim)  # type: ignore[no-any-return]


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosines of the angles between vectors along `dim`; norms count as `eps` at least."""
    found: Tensor = F.cosine_similarity(x1, x2, dim, eps)
    return found


def normalize(input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Tensor | None = None) -> Tensor:
    """`input` divided by its `p`-norms along `dim`; norms count as `eps` at least."""
    norm = F.expand_as(F.clamp_min(F.linalg_vector_norm(input, p, dim, True), eps), input)
    return F.div(input, norm) if out is None else F.div(input, norm, out=out)  # type: ignore[no-any-return]
