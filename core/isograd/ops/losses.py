"""Losses: the ops. Their public forms, with ``reduction="mean"``, are in `isograd.nn.losses`.

torch numbers the reductions 0 (none), 1 (mean) and 2 (sum), in its ops as here.
"""

from __future__ import annotations

from typing import Any

from isograd import dtypes
from isograd.dtypes import SCALAR_NAMES
from isograd.ops.declare import COMMON, OTHER, RECORDED, Array, IndexArray, composite, op
from isograd.shapes import numel

NONE, MEAN, SUM = 0, 1, 2


def reduced(K, loss, reduction):
    """The elementwise `loss`, or its mean or sum."""
    if reduction == MEAN:
        return K.mean(loss)
    return K.sum(loss) if reduction == SUM else loss


def apply_reduction(F: Any, loss: Any, reduction: int) -> Any:
    """As `reduced`, over ops."""
    if reduction == MEAN:
        return F.mean(loss)
    return F.sum(loss) if reduction == SUM else loss


def weighted(K, g, terms, reduction):
    """The elementwise derivatives `terms` times the gradient `g` of the reduced loss."""
    result = K.multiply(terms, g)
    return K.divide(result, numel(terms.shape) or float("nan")) if reduction == MEAN else result


def spread(F, g, count, reduction):
    """The gradient of each element of a loss, from that of the reduced loss."""
    return F.div(g, count or float("nan")) if reduction == MEAN else g


def broadcast_count(*arrays):
    from isograd.shapes import broadcast_shapes

    return numel(broadcast_shapes(*[tuple(a.shape) for a in arrays]))


# -- mean squared error ---------------------------------------------------------------------------------------------------------------
@op("mse_loss", kind=OTHER, promote=COMMON, function=False, method=False, changes_dtype=False)
def mse_loss(K, input: Array, target: Array, reduction=MEAN):
    """The squared differences."""
    return reduced(K, K.square(K.subtract(input, target)), reduction)


@op("mse_loss_backward", kind=OTHER, promote=COMMON, function=False, method=False, changes_dtype=False)
def mse_loss_backward(K, grad_output: Array, input: Array, target: Array, reduction):
    """``2 g (input - target)``."""
    factor = 2 / (numel(input.shape) or float("nan")) if reduction == MEAN else 2
    return K.multiply(K.multiply(K.subtract(input, target), factor), grad_output)


mse_loss.derivative(
    input=lambda F, g, input, target, reduction: F.mse_loss_backward(g, input, target, reduction),
    target=lambda F, g, input, target, reduction: F.mse_loss_backward(g, target, input, reduction),
)


def mse_double(F, g, grad_output, input, reduction):
    curve = F.mul(F.mul(g, grad_output), 2)
    return F.div(curve, numel(input.shape) or float("nan")) if reduction == MEAN else curve


def reduced_gradient(F, per_element, shape):
    """The gradient of `grad_output`, which has the loss's shape: summed if that was reduced."""
    return per_element if tuple(per_element.shape) == tuple(shape) else F.sum_to_size(per_element, tuple(shape))


mse_loss_backward.derivative(
    grad_output=lambda F, g, input, target, reduction, grad_output_shape: reduced_gradient(
        F, F.mse_loss_backward(g, input, target, reduction), grad_output_shape),
    input=lambda F, g, grad_output, input, reduction: mse_double(F, g, grad_output, input, reduction),
    target=lambda F, g, grad_output, input, reduction: F.neg(mse_double(F, g, grad_output, input, reduction)),
)


# -- smooth L1 and Huber --------------------------------------------------------------------------------------------------------------
@op("smooth_l1_loss", kind=OTHER, promote=COMMON, function=False, method=False, changes_dtype=False)
def smooth_l1_loss(K, input: Array, target: Array, reduction=MEAN, beta=1.0):
    """``d * d / (2 beta)`` where ``d = |input - target| < beta``, else ``d - beta / 2``."""
    gap = K.abs(K.subtract(input, target))
    if beta == 0:
        return reduced(K, gap, reduction)
    inner = K.divide(K.multiply(K.multiply(gap, gap), 0.5), beta)
    return reduced(K, K.where(K.less(gap, beta), inner, K.subtract(gap, 0.5 * beta)), reduction)


@op("smooth_l1_loss_backward", kind=OTHER, promote=COMMON, function=False, method=False, changes_dtype=False)
def smooth_l1_loss_backward(K, grad_output: Array, input: Array, target: Array, reduction, beta):
    """The gradient of smooth_l1_loss."""
    gap = K.subtract(input, target)
    slope = K.sign(gap)
    if beta:
        slope = K.where(K.less(K.abs(gap), beta), K.divide(gap, beta), slope)
    return weighted(K, grad_output, slope, reduction)


smooth_l1_loss.derivative(
    input=lambda F, g, input, target, reduction, beta: F.smooth_l1_loss_backward(g, input, target, reduction, beta),
    target=lambda F, g, input, target, reduction, beta: F.smooth_l1_loss_backward(g, target, input, reduction, beta),
)


def smooth_l1_double(F, g, grad_output, input, target, reduction, beta):
    curve = F.mul(g, grad_output)
    if beta == 0:
        return F.zeros_like(curve)
    curve = F.div(where_true(F, curve, F.lt(F.abs(F.sub(input, target)), beta)), beta)
    return spread(F, curve, broadcast_count(input, target), reduction)


def where_true(F, g, mask):
    """`g` times a mask: as torch, which leaves the sign of `g` to its zeros."""
    return F.mul(g, F._to_copy(mask, g.dtype if F is RECORDED else F.dtype))


smooth_l1_loss_backward.derivative(
    grad_output=lambda F, g, input, target, reduction, beta, grad_output_shape: reduced_gradient(
        F, F.smooth_l1_loss_backward(g, input, target, reduction, beta), grad_output_shape),
    input=lambda F, g, grad_output, input, target, reduction, beta: smooth_l1_double(F, g, grad_output, input, target, reduction, beta),
    target=lambda F, g, grad_output, input, target, reduction, beta: F.neg(
        smooth_l1_double(F, g, grad_output, input, target, reduction, beta)),
)


@op("huber_loss", kind=OTHER, promote=COMMON, function=False, method=False, changes_dtype=False)
def huber_loss(K, input: Array, target: Array, reduction=MEAN, delta=1.0):
    """``d * d / 2`` where ``d = |input - target| <= delta``, else ``delta (d - delta / 2)``."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    gap = K.abs(K.subtract(input, target))
    inner, outer = K.multiply(K.multiply(gap, gap), 0.5), K.multiply(K.subtract(gap, 0.5 * delta), delta)
    return reduced(K, K.where(K.less_equal(gap, delta), inner, outer), reduction)


@op("huber_loss_backward", kind=OTHER, promote=COMMON, function=False, method=False, changes_dtype=False)
def huber_loss_backward(K, grad_output: Array, input: Array, target: Array, reduction, delta):
    """The gradient of huber_loss."""
    return weighted(K, grad_output, K.clip(K.subtract(input, target), min=-delta, max=delta), reduction)


huber_loss.derivative(
    input=lambda F, g, input, target, reduction, delta: F.huber_loss_backward(g, input, target, reduction, delta),
    target=lambda F, g, input, target, reduction, delta: F.huber_loss_backward(g, target, input, reduction, delta),
)


def huber_double_grad_output(F, g, grad_output, input, target, reduction, delta):
    if reduction == NONE:
        return F.huber_loss_backward(g, input, target, reduction, delta)
    return F.sum(F.mul(F.huber_loss_backward(F.ones_like(grad_output), input, target, reduction, delta), g))


def huber_double(F, g, grad_output, input, target, reduction, delta):
    curve = where_true(F, F.mul(g, grad_output), F.lt(F.abs(F.sub(input, target)), delta))
    return spread(F, curve, broadcast_count(input, target), reduction)


huber_loss_backward.derivative(
    grad_output=lambda F, g, grad_output, input, target, reduction, delta: huber_double_grad_output(
        F, g, grad_output, input, target, reduction, delta),
    input=lambda F, g, grad_output, input, target, reduction, delta: huber_double(F, g, grad_output, input, target, reduction, delta),
    target=lambda F, g, grad_output, input, target, reduction, delta: F.neg(
        huber_double(F, g, grad_output, input, target, reduction, delta)),
)


# -- binary cross entropy -------------------------------------------------------------------------------------------------------------
EPSILON = 1e-12  # torch's guard of the quotient in the derivative


@op("binary_cross_entropy", kind=OTHER, function=False, method=False, changes_dtype=False)
def binary_cross_entropy(K, input: Array, target: Array, weight: Array | None = None, reduction=MEAN):
    """``-(t log x + (1 - t) log(1 - x))``, with logarithms no less than -100."""
    if not bool(K.item(K.all(K.logical_and(K.greater_equal(input, 0), K.less_equal(input, 1))))):
        raise RuntimeError("all elements of input should be between 0 and 1")
    positive = K.multiply(K.subtract(target, 1), K.maximum(K.log1p(K.negative(input)), -100.0))
    negative = K.multiply(target, K.maximum(K.log(input), -100.0))
    loss = K.subtract(positive, negative)
    return reduced(K, loss if weight is None else K.multiply(loss, weight), reduction)


@op("binary_cross_entropy_backward", kind=OTHER, function=False, method=False, changes_dtype=False)
def binary_cross_entropy_backward(K, grad_output: Array, input: Array, target: Array, weight: Array | None = None, reduction=MEAN):
    """The gradient of binary_cross_entropy: ``(x - t) / (x (1 - x))``."""
    below = K.multiply(K.subtract(1.0, input), input)
    slope = K.divide(K.subtract(input, target), K.maximum(below, EPSILON))
    return weighted(K, grad_output, slope if weight is None else K.multiply(slope, weight), reduction)


def bce_target(F, g, input, target, weight, reduction):
    """The gradient of binary_cross_entropy for its target: ``log(1 - x) - log x``."""
    slope = F.mul(F.neg(F.logit(input)), g)
    slope = slope if weight is None else F.mul(slope, weight)
    return spread(F, slope, numel(tuple(target.shape)), reduction)


binary_cross_entropy.derivative(
    input=lambda F, g, input, target, weight, reduction: F.binary_cross_entropy_backward(g, input, target, weight, reduction),
    target=lambda F, g, input, target, weight, reduction: bce_target(F, g, input, target, weight, reduction),
)


def bce_double_grad_output(F, g, input, target, weight, reduction):
    past, below = F.add(F.rsub(input, 1), EPSILON), F.add(input, EPSILON)
    result = F.mul(F.div(F.sub(input, target), F.mul(below, past)), g)
    result = result if weight is None else F.mul(result, weight)
    result = spread(F, result, numel(tuple(input.shape)), reduction)
    return result if reduction == NONE else F.sum(result)


def bce_double(F, g, grad_output, input, target, weight, reduction):
    # d/dx of (x - t) / (x (1 - x)) is (x² - 2 x t + t) / (x (1 - x))²
    below, past = F.add(input, EPSILON), F.add(F.rsub(input, 1), EPSILON)
    past_squared = F.pow(past, 2)
    under = F.mul(F.pow(below, 2), past_squared)
    twice = F.mul(F.mul(input, 2), target)
    slope = F.div(F.add(F.sub(F.mul(input, input), twice), target), under)
    result = F.mul(slope, F.mul(g, grad_output))
    result = result if weight is None else F.mul(result, weight)
    return spread(F, result, numel(tuple(input.shape)), reduction)


def bce_double_target(F, g, grad_output, input, weight, reduction):
    result = F.mul(F.neg(g), grad_output)
    result = result if weight is None else F.mul(result, weight)
    result = F.div(result, F.clamp_min(F.mul(F.rsub(input, 1), input), EPSILON))
    return spread(F, result, numel(tuple(input.shape)), reduction)


binary_cross_entropy_backward.derivative(
    grad_output=lambda F, g, input, target, weight, reduction: bce_double_grad_output(F, g, input, target, weight, reduction),
    input=lambda F, g, grad_output, input, target, weight, reduction: bce_double(F, g, grad_output, input, target, weight, reduction),
    target=lambda F, g, grad_output, input, weight, reduction: bce_double_target(F, g, grad_output, input, weight, reduction),
)


@op("binary_cross_entropy_with_logits", kind=OTHER, method=False, promote=COMMON, changes_dtype=False)
def binary_cross_entropy_with_logits(
    K, input: Array, target: Array, weight: Array | None = None, pos_weight: Array | None = None, reduction=MEAN
):
    """`binary_cross_entropy` of ``sigmoid(input)``, without overflow."""
    log_sigmoid = K.log_sigmoid(input)
    if pos_weight is not None:
        log_sigmoid = K.multiply(log_sigmoid, K.add(K.multiply(K.subtract(pos_weight, 1), target), 1))
    loss = K.subtract(K.multiply(K.subtract(1, target), input), log_sigmoid)
    return reduced(K, loss if weight is None else K.multiply(loss, weight), reduction)


def logits_input(F, g, input, target, weight, pos_weight, reduction):
    if pos_weight is None:
        slope = F.sub(F.sigmoid(input), target)
    else:
        t = F.mul(pos_weight, target)
        slope = F.sub(F.mul(F.sub(F.add(t, 1), target), F.sigmoid(input)), t)
    slope = F.mul(slope, g)
    slope = slope if weight is None else F.mul(slope, weight)
    return F.div(slope, broadcast_count(input, target)) if reduction == MEAN else slope


def logits_target(F, g, input, weight, pos_weight, reduction, count):
    if pos_weight is None:
        slope = F.mul(F.neg(input), g)
    else:
        slope = F.mul(F.sub(F.log_sigmoid_forward(F.neg(input))[0], F.mul(pos_weight, F.log_sigmoid_forward(input)[0])), g)
    slope = slope if weight is None else F.mul(slope, weight)
    return F.div(slope, count) if reduction == MEAN else slope


binary_cross_entropy_with_logits.derivative(
    input=lambda F, g, input, target, weight, pos_weight, reduction: logits_input(F, g, input, target, weight, pos_weight, reduction),
    target=lambda F, g, input, weight, pos_weight, reduction, target_shape: logits_target(
        F, g, input, weight, pos_weight, reduction, numel(target_shape)),
)


# -- negative log likelihood ----------------------------------------------------------------------------------------------------------
def check_target(K, input, target, weight, ignore_index):
    """The classes as indices, and which of them count."""
    classes = input.shape[1] if input.ndim > 1 else input.shape[0]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError("weight tensor should be defined either for all "
                           f"{classes} classes or no classes but got weight tensor of shape: {list(weight.shape)}")
    counts = K.not_equal(target, ignore_index)
    safe = K.where(counts, target, 0)
    outside = K.logical_or(K.less(safe, 0), K.greater_equal(safe, classes))
    if K.device_of(target)[0] == "cpu" and K.item(K.any(outside)):
        first = K.item(K.reshape(target, (-1,))[K.item(K.argmax(K.reshape(K.astype(outside, K.native_index), (-1,))))])
        raise IndexError(f"Target {first} is out of bounds.")
    return safe, counts


def class_weights(K, safe, counts, weight, dtype):
    if weight is None:
        return K.astype(counts, dtype)
    return K.where(counts, K.reshape(K.take(weight, K.reshape(safe, (-1,)), axis=0), safe.shape), 0.0)


def all_count(K, target, ignore_index):
    """Whether every target is known to be a class that counts; only on the CPU, where looking costs no synchronisation."""
    return ignore_index < 0 and K.device_of(target)[0] == "cpu" and 0 not in target.shape and K.item(K.min(target)) >= 0


def nll_forward(K, input, target, weight, reduction, ignore_index):
    axis = 0 if input.ndim == 1 else 1
    if weight is None and all_count(K, target, ignore_index):
        try:
            chosen = K.squeeze(K.take_along_axis(input, K.expand_dims(target, axis=axis), axis=axis), axis)
        except IndexError:
            check_target(K, input, target, weight, ignore_index)
            raise
        if reduction == NONE:
            return K.negative(chosen), K.zeros((), dtype=input.dtype)
        total = K.mean(chosen) if reduction == MEAN else K.sum(chosen)
        return K.negative(total), K.full((), numel(target.shape), dtype=input.dtype)
    safe, counts = check_target(K, input, target, weight, ignore_index)
    chosen = K.squeeze(K.take_along_axis(input, K.expand_dims(safe, axis=axis), axis=axis), axis)
    weights = class_weights(K, safe, counts, weight, input.dtype)
    loss = K.where(counts, K.negative(K.multiply(chosen, weights)), 0.0)
    if reduction == NONE:
        return loss, K.zeros((), dtype=input.dtype)
    total, weight_sum = K.sum(loss), K.sum(weights)
    return (K.divide(total, weight_sum) if reduction == MEAN else total), weight_sum


def nll_backward(K, g, input, target, weight, reduction, ignore_index, total_weight):
    axis = 0 if input.ndim == 1 else 1
    result = K.zeros(input.shape, dtype=input.dtype)
    values = K.negative(K.divide(g, total_weight) if reduction == MEAN else g)
    if weight is None and all_count(K, target, ignore_index):
        values = K.expand_dims(K.broadcast_to(K.asarray(values), target.shape), axis=axis)
        return K.scatter(result, axis, K.expand_dims(target, axis=axis), values)
    safe, counts = check_target(K, input, target, weight, ignore_index)
    values = K.where(counts, K.multiply(class_weights(K, safe, counts, weight, input.dtype), values), 0.0)
    return K.scatter(result, axis, K.expand_dims(safe, axis=axis), K.expand_dims(values, axis=axis))


def declare_nll(suffix, forward_name, node):
    @op(forward_name, kind=OTHER, function=False, method=False, outputs=("output", "total_weight"),
        nondifferentiable=("total_weight",), node=f"{node}Backward0")
    def forward(K, input: Array, target: IndexArray, weight: Array | None, reduction, ignore_index):
        """The negative of the input at each target class, and the sum of the classes' weights."""
        return nll_forward(K, input, target, weight, reduction, ignore_index)

    name = f"nll_loss{suffix}_backward"

    @op(name, kind=OTHER, function=False, method=False, node=f"{node}BackwardBackward0")
    def backward(
        K, grad_output: Array, input: Array, target: IndexArray, weight: Array | None, reduction, ignore_index, total_weight: Array
    ):
        """The gradient of the negative log likelihood: one element for each target."""
        return nll_backward(K, grad_output, input, target, weight, reduction, ignore_index, total_weight)

    forward.derivative(input=lambda F, g, input, target, weight, reduction, ignore_index, total_weight: getattr(F, name)(
        g, input, target, weight, reduction, ignore_index, total_weight))
    backward.derivative(
        grad_output=lambda F, g, target, weight, reduction, ignore_index: getattr(F, forward_name)(
            g, target, weight, reduction, ignore_index)[0],
        input=lambda F, g: F.zeros_like(g),
    )
    return forward


nll_loss_forward = declare_nll("", "nll_loss_forward", "NllLoss")
nll_loss2d_forward = declare_nll("2d", "nll_loss2d_forward", "NllLoss2D")


@composite("nll_loss_nd", function=False, method=False)
def nll_loss_nd(F, input, target, weight, reduction, ignore_index):
    """The negative log likelihood of classes in dimension 1, whatever follows it, as torch arranges it."""
    n = len(input.shape)
    if n < 1:
        raise ValueError(f"Expected 1 or more dimensions (got {n})")
    if n != 1 and input.shape[0] != target.shape[0]:
        raise ValueError(f"Expected input batch_size ({input.shape[0]}) to match target batch_size ({target.shape[0]}).")
    if n <= 2:
        if len(target.shape) > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        check_class_dtype(target)
        return F.nll_loss_forward(input, target, weight, reduction, ignore_index)[0]
    if n == 4:
        check_class_dtype(target)
        return F.nll_loss2d_forward(input, target, weight, reduction, ignore_index)[0]
    batch, classes, *rest = input.shape
    if tuple(target.shape[1:]) != tuple(rest):
        raise RuntimeError(f"Expected target size [{', '.join(map(str, [batch, *rest]))}], got {list(target.shape)}")
    check_class_dtype(target)
    flat, flat_target = F.reshape(F.contiguous(input), (batch, classes, 1, -1)), F.reshape(F.contiguous(target), (batch, 1, -1))
    if 0 in (batch, *rest):
        flat, flat_target = F.view(input, (batch, classes, 0, 0)), F.view(target, (batch, 0, 0))
    loss = F.nll_loss2d_forward(flat, flat_target, weight, reduction, ignore_index)[0]
    return F.view(loss, (batch, *rest)) if reduction == NONE else loss


def check_class_dtype(target):
    if target.dtype not in (dtypes.int64, dtypes.uint8):
        raise RuntimeError(f"expected scalar type Long but found {SCALAR_NAMES[target.dtype.name]}")


# -- margins --------------------------------------------------------------------------------------------------------------------------
@op("soft_margin_loss", kind=OTHER, promote=COMMON, function=False, method=False, changes_dtype=False)
def soft_margin_loss(K, input: Array, target: Array, reduction=MEAN):
    """``log(1 + exp(-t x))``."""
    return reduced(K, K.log1p(K.exp(K.multiply(K.negative(target), input))), reduction)


@op("soft_margin_loss_backward", kind=OTHER, promote=COMMON, function=False, method=False, changes_dtype=False)
def soft_margin_loss_backward(K, grad_output: Array, input: Array, target: Array, reduction):
    """The gradient of soft_margin_loss: ``-t exp(-t x) / (1 + exp(-t x))``."""
    power = K.exp(K.multiply(K.negative(target), input))
    slope = K.divide(K.multiply(K.negative(target), power), K.add(power, 1))
    return weighted(K, grad_output, slope, reduction)


soft_margin_loss.derivative(input=lambda F, g, input, target, reduction: F.soft_margin_loss_backward(g, input, target, reduction))


def soft_margin_double(F, g, grad_output, input, target, reduction):
    # the slope -t z / (1 + z), where z = exp(-t x), has the derivative t² z / (1 + z)²
    weight = F.mul(g, grad_output)
    z = F.exp(F.mul(input, F.neg(target)))
    below = F.add(z, 1)
    below = F.mul(below, below)
    curve = F.div(F.mul(F.mul(weight, F.mul(target, target)), z), below)
    return spread(F, curve, broadcast_count(input, target), reduction)


def soft_margin_slope(F, g, grad_output, input, target, reduction):
    """The gradient for the loss's own gradient: `g` times the slope, summed if the loss was reduced."""
    slope = F.mul(F.soft_margin_loss_backward(F.add(F.zeros_like(grad_output), 1), input, target, reduction), g)
    return slope if reduction == NONE else F.sum(slope)


soft_margin_loss_backward.derivative(
    grad_output=lambda F, g, grad_output, input, target, reduction: soft_margin_slope(F, g, grad_output, input, target, reduction),
    input=lambda F, g, grad_output, input, target, reduction: soft_margin_double(F, g, grad_output, input, target, reduction),
)


@op("multi_margin_loss", kind=OTHER, function=False, method=False, changes_dtype=False)
def multi_margin_loss(K, input: Array, target: IndexArray, p=1, margin=1, weight: Array | None = None, reduction=MEAN):
    """The mean over the classes of ``max(0, margin - x[t] + x[i])**p``."""
    input, target = as_rows(K, input, target)
    terms, _ = margins(K, input, target, p, margin, weight)
    loss = K.divide(K.sum(terms, axis=-1), input.shape[-1])
    return reduced(K, loss, reduction)


def as_rows(K, input, target):
    """A lone score as a row of one; the target of a row without a dimension of its own."""
    if input.ndim < 2:
        input, target = K.reshape(K.asarray(input), (-1,)), K.reshape(K.asarray(target), ())
    return input, target


def margins(K, input, target, p, margin, weight):
    """The terms of multi_margin_loss, and their derivatives by the margins."""
    if p not in (1, 2):
        raise RuntimeError("only p == 1 and p == 2 supported")
    place = K.expand_dims(target, axis=-1)
    gap = K.add(K.subtract(input, K.take_along_axis(input, place, axis=-1)), margin)
    classes = K.arange(0, input.shape[-1], 1, dtype=K.native_index)
    counts = K.logical_and(K.not_equal(classes, place), K.greater(gap, 0))
    gap = K.where(counts, gap, 0.0)
    slope = K.astype(counts, input.dtype) if p == 1 else K.multiply(gap, 2)
    terms = gap if p == 1 else K.multiply(gap, gap)
    if weight is not None:
        scale = K.reshape(K.take(weight, K.reshape(target, (-1,)), axis=0), place.shape)
        terms, slope = K.multiply(terms, scale), K.multiply(slope, scale)
    return terms, slope


@op("multi_margin_loss_backward", kind=OTHER, function=False, method=False, changes_dtype=False)
def multi_margin_loss_backward(
    K, grad_output: Array, input: Array, target: IndexArray, p, margin, weight: Array | None = None, reduction=MEAN
):
    """The gradient of multi_margin_loss."""
    shape = input.shape
    input, target = as_rows(K, input, target)
    _, slope = margins(K, input, target, p, margin, weight)
    place = K.expand_dims(target, axis=-1)
    at_target = K.equal(K.arange(0, input.shape[-1], 1, dtype=K.native_index), place)
    slope = K.where(at_target, K.negative(K.sum(slope, axis=-1, keepdims=True)), slope)
    slope = K.divide(slope, input.shape[-1])
    if reduction == MEAN and input.ndim > 1:
        slope = K.divide(slope, input.shape[0] or 1)
    g = K.expand_dims(K.asarray(grad_output), axis=-1) if grad_output.ndim else grad_output
    return K.reshape(K.multiply(slope, g), shape)


multi_margin_loss.derivative(input=lambda F, g, input, target, p, margin, weight, reduction: F.multi_margin_loss_backward(
    g, input, target, p, margin, weight, reduction))


@op("multilabel_margin_loss_forward", kind=OTHER, function=False, method=False, outputs=("output", "is_target"),
    nondifferentiable=("is_target",), node="MultilabelMarginLossBackward0")
def multilabel_margin_loss_forward(K, input: Array, target: IndexArray, reduction):
    """The mean over pairs of a target class and another of ``max(0, 1 - x[t] + x[i])``; targets end at the first -1."""
    positive, gaps = label_gaps(K, input, target)
    loss = K.divide(K.sum(K.sum(gaps, axis=-1), axis=-1), input.shape[-1] if input.ndim else 1)
    return reduced(K, loss, reduction), K.astype(positive, input.dtype)


def label_gaps(K, input, target):
    """Which classes are targets, and for each listed target and each other class how far the margin is missed."""
    shape = input.shape
    if not input.ndim:
        input, target = K.reshape(K.asarray(input), (1,)), K.reshape(K.asarray(target), (1,))
    listed = K.equal(K.cumulative_sum(K.astype(K.less(target, 0), K.native_index), axis=-1), 0)
    safe = K.where(listed, target, 0)
    classes = K.arange(0, input.shape[-1], 1, dtype=K.native_index)
    hits = K.logical_and(K.equal(K.expand_dims(safe, axis=-1), classes), K.expand_dims(listed, axis=-1))
    positive = K.any(hits, axis=-2)
    gap = K.add(K.subtract(K.expand_dims(input, axis=-2), K.expand_dims(K.take_along_axis(input, safe, axis=-1), axis=-1)), 1)
    counts = K.logical_and(K.expand_dims(listed, axis=-1), K.expand_dims(K.logical_not(positive), axis=-2))
    gap = K.where(K.logical_and(counts, K.greater(gap, 0)), gap, 0.0)
    return K.reshape(positive, shape), gap


@op("multilabel_margin_loss_backward", kind=OTHER, function=False, method=False, changes_dtype=False)
def multilabel_margin_loss_backward(K, grad_output: Array, input: Array, target: IndexArray, reduction, is_target: Array):
    """The gradient of multilabel_margin_loss."""
    shape = input.shape
    _, gaps = label_gaps(K, input, target)
    if not input.ndim:
        input, target = K.reshape(K.asarray(input), (1,)), K.reshape(K.asarray(target), (1,))
    missed = K.astype(K.greater(gaps, 0), input.dtype)
    slope = K.sum(missed, axis=-2)
    listed = K.equal(K.cumulative_sum(K.astype(K.less(target, 0), K.native_index), axis=-1), 0)
    slope = K.scatter_add(slope, input.ndim - 1, K.where(listed, target, 0), K.negative(K.sum(missed, axis=-1)))
    slope = K.divide(slope, input.shape[-1])
    if reduction == MEAN and len(shape) > 1:
        slope = K.divide(slope, shape[0] or 1)
    g = K.expand_dims(K.asarray(grad_output), axis=-1) if grad_output.ndim else grad_output
    return K.reshape(K.multiply(slope, g), shape)


multilabel_margin_loss_forward.derivative(input=lambda F, g, input, target, reduction, is_target: F.multilabel_margin_loss_backward(
    g, input, target, reduction, is_target))
