"""Normalisation by mean and variance: over the last dimensions, groups of channels, or the batch."""

from __future__ import annotations

from isograd.dtypes import finfo, float32
from isograd.ops.declare import OTHER, RECORDED, Array, IndexArray, composite, op
from isograd.shapes import numel


def moments(K, input, axes, eps):
    """The mean over `axes` and one over the standard deviation, axes kept."""
    mean = K.mean(input, axis=axes, keepdims=True)
    centred = K.subtract(input, mean)
    variance = K.mean(K.multiply(centred, centred), axis=axes, keepdims=True)
    return centred, mean, K.rsqrt(K.add(variance, eps))


def moments_again(F, input, axes, eps):
    """Mean and reciprocal deviation as functions of the operand: the saved ones, being no differentiable results, are constants."""
    mean = F.mean(input, axes, True)
    centred = F.sub(input, mean)
    return mean, F.rsqrt(F.add(F.mean(F.mul(centred, centred), axes, True), eps))


def affine(K, x, weight, bias):
    """``x * weight + bias``, where these are given."""
    if weight is not None:
        x = K.multiply(x, weight)
    return x if bias is None else K.add(x, bias)


def unit_backward(F, g, unit, rstd, axes, count):
    """The gradient of ``(x - mean) * rstd``, of which `unit` is the value."""
    along = F.div(F.sum(F.mul(g, unit), axes, True), count)
    mean = F.div(F.sum(g, axes, True), count)
    return F.mul(F.sub(F.sub(g, mean), F.mul(unit, along)), rstd)


def statistics_backward(F, g_mean, g_rstd, centred, rstd, count):
    """What the gradients of mean and rstd (either may be None) add to the operand's."""
    part = None
    if g_mean is not None:
        part = F.div(g_mean, count)
    if g_rstd is not None:  # d rstd = -rstd³ · mean((x - mean) dx)
        spread = F.mul(centred, F.div(F.mul(F.neg(g_rstd), F.mul(rstd, F.mul(rstd, rstd))), count))
        part = spread if part is None else F.add(part, spread)
    return part


# -- layer_norm -----------------------------------------------------------------------------------------------------------------------
def check_layer(name, input, shape, weight, bias):
    if len(shape) < 1:
        raise RuntimeError("Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
                           f"normalized_shape = {list(shape)}")
    for word, given in (("weight", weight), ("bias", bias)):
        if given is not None and tuple(given.shape) != tuple(shape):
            raise RuntimeError(f"Expected {word} to be of same shape as normalized_shape, but got {word} of shape {list(given.shape)} and "
                               f"normalized_shape = {list(shape)}")
    if tuple(input.shape[len(input.shape) - len(shape):]) != tuple(shape) or len(input.shape) < len(shape):
        raise RuntimeError(f"Given normalized_shape={list(shape)}, expected input with shape [*, {', '.join(map(str, shape))}], but got "
                           f"input of size{list(input.shape)}")


@op("native_layer_norm", kind=OTHER, outputs=("result0", "result1", "result2"), nondifferentiable=("result1", "result2"), method=False)
def native_layer_norm(K, input: Array, normalized_shape, weight: Array | None, bias: Array | None, eps):
    """`input` with the last dimensions brought to mean 0 and variance 1, scaled and shifted; the means; one over the deviations."""
    check_layer("layer_norm", input, normalized_shape, weight, bias)
    axes = tuple(range(input.ndim - len(normalized_shape), input.ndim))
    centred, mean, rstd = moments(K, input, axes, eps)
    return affine(K, K.multiply(centred, rstd), weight, bias), mean, rstd


def layer_norm_backward(F, g, needs, input, normalized_shape, weight, eps, mean, rstd):
    ndim = len(input.shape)
    axes = list(range(ndim - len(normalized_shape), ndim))
    outer = list(range(ndim - len(normalized_shape)))
    if F is RECORDED:
        mean, rstd = moments_again(F, input, axes, eps)
    unit = F.mul(F.sub(input, mean), rstd)
    g_input = g_weight = g_bias = None
    if needs[0]:
        g_input = unit_backward(F, g if weight is None else F.mul(g, weight), unit, rstd, axes, numel(normalized_shape) or 1)
    if needs[1]:
        product = F.mul(g, unit)
        g_weight = F.sum(product, outer) if outer else product
    if needs[2]:
        g_bias = F.sum(g, outer) if outer else g
    return g_input, g_weight, g_bias


native_layer_norm.joint_derivative(
    lambda F, g, needs, input, normalized_shape, weight, eps, result1, result2: layer_norm_backward(
        F, g, needs, input, normalized_shape, weight, eps, result1, result2))


@composite("layer_norm", method=False)
def layer_norm(F, input, normalized_shape, weight=None, bias=None, eps=1e-5, cudnn_enable=True):
    """`input` with the last dimensions brought to mean 0 and variance 1, then scaled and shifted."""
    return F.native_layer_norm(input, tuple(normalized_shape), weight, bias, eps)[0]


@composite("rms_norm", method=False)
def rms_norm(F, input, normalized_shape, weight=None, eps=None):
    """`input` divided by the root mean square over the last dimensions, then scaled."""
    check_layer("rms_norm", input, normalized_shape, weight, None)
    dims = list(range(len(input.shape) - len(normalized_shape), len(input.shape)))
    wide = F._to_copy(input, float32) if input.dtype.is_half else input
    small = finfo(wide.dtype.to_real()).eps if eps is None else eps
    scale = F.rsqrt(F.add_scalar(F.mean(F.pow(wide, 2), dims, True), small))
    result = F.mul(wide, scale)
    if weight is not None:
        result = F.mul(result, weight)
    return F._to_copy(result, input.dtype) if result.dtype is not input.dtype else result


# -- group_norm -----------------------------------------------------------------------------------------------------------------------
@op("native_group_norm", kind=OTHER, outputs=("result0", "result1", "result2"), method=False)
def native_group_norm(K, input: Array, weight: Array | None, bias: Array | None, N, C, HxW, group, eps):
    """`input` with each group of channels brought to mean 0 and variance 1, scaled and shifted; means; one over deviations."""
    shape = input.shape
    groups = K.reshape(input, (N, group, C // group * HxW))
    centred, mean, rstd = moments(K, groups, (2,), eps)
    unit = K.reshape(K.multiply(centred, rstd), (N, C, HxW))
    if weight is not None:
        weight = K.reshape(weight, (1, C, 1))
    if bias is not None:
        bias = K.reshape(bias, (1, C, 1))
    return K.reshape(affine(K, unit, weight, bias), shape), K.reshape(mean, (N, group)), K.reshape(rstd, (N, group))


def group_norm_backward(F, g, needs, input, weight, N, C, HxW, group, mean, rstd):
    g_out, g_mean, g_rstd = g
    shape = tuple(input.shape)
    count = C // group * HxW or 1
    rstd = F.reshape(rstd, (N, group, 1))
    centred = F.sub(F.reshape(input, (N, group, C // group * HxW)), F.reshape(mean, (N, group, 1)))
    unit = F.mul(centred, rstd)
    g_input = g_weight = g_bias = None
    if g_out is not None:
        by_channel = F.reshape(g_out, (N, C, HxW))
        if needs[0]:
            scaled = by_channel if weight is None else F.mul(by_channel, F.reshape(weight, (1, C, 1)))
            scaled = F.reshape(scaled, (N, group, C // group * HxW))
            g_input = unit_backward(F, scaled, unit, rstd, [2], count)
        if needs[1]:
            g_weight = F.sum(F.mul(by_channel, F.reshape(unit, (N, C, HxW))), [0, 2])
        if needs[2]:
            g_bias = F.sum(by_channel, [0, 2])
    if needs[0] and (g_mean is not None or g_rstd is not None):
        g_mean, g_rstd = (None if part is None else F.reshape(part, (N, group, 1)) for part in (g_mean, g_rstd))
        part = F.expand(statistics_backward(F, g_mean, g_rstd, centred, rstd, count), (N, group, C // group * HxW))
        g_input = part if g_input is None else F.add(g_input, part)
    return None if g_input is None else F.reshape(g_input, shape), g_weight, g_bias


native_group_norm.joint_derivative(
    lambda F, g, needs, input, weight, N, C, HxW, group, result1, result2: group_norm_backward(
        F, g, needs, input, weight, N, C, HxW, group, result1, result2))


@composite("group_norm", method=False)
def group_norm(F, input, num_groups, weight=None, bias=None, eps=1e-5, cudnn_enabled=True):
    """`input` with each of `num_groups` groups of channels brought to mean 0 and variance 1, then scaled and shifted by channel."""
    if len(input.shape) < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {len(input.shape)}")
    batch, channels = input.shape[:2]
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if channels % num_groups:
        raise RuntimeError("Expected number of channels in input to be divisible by num_groups, but got input of shape "
                           f"{list(input.shape)} and num_groups={num_groups}")
    for word, given in (("weight", weight), ("bias", bias)):
        if given is not None and tuple(given.shape) != (channels,):
            raise RuntimeError(f"Expected {word} to be a vector of size equal to the number of channels in input, but got {word} of shape "
                               f"{list(given.shape)} and input of shape {list(input.shape)}")
    rest = numel(input.shape[2:])
    return F.native_group_norm(F.contiguous(input), weight, bias, batch, channels, rest, num_groups, eps)[0]


# -- batch_norm -----------------------------------------------------------------------------------------------------------------------
def channel_shape(ndim, channels):
    return (1, channels) + (1,) * (ndim - 2)


@op("native_batch_norm", kind=OTHER, outputs=("result0", "result1", "result2"), nondifferentiable=("result1", "result2"), method=False,
    rounds=False)
def native_batch_norm(
    K, input: Array, weight: Array | None, bias: Array | None, running_mean: IndexArray | None, running_var: IndexArray | None, training,
    momentum, eps
):
    """`input` with each channel brought to mean 0 and variance 1, scaled and shifted; means; one over deviations.

    When training, the running statistics are updated in place, in a precision of their own: so rounding is done here.
    """
    own = input.dtype
    if K.dtype_of(input).is_half:
        input = K.astype(input, K.native[float32])
    wide = input.dtype
    weight, bias, mean, var = (None if x is None else x if x.dtype == wide else K.astype(x, wide)
                               for x in (weight, bias, running_mean, running_var))
    channels = input.shape[1]
    shape = channel_shape(input.ndim, channels)
    axes = (0, *range(2, input.ndim))
    if training:
        centred, batch_mean, rstd = moments(K, input, axes, eps)
        count = numel(input.shape) // channels if channels else 0
        if mean is not None:
            moved = K.add(K.multiply(mean, 1 - momentum), K.multiply(K.reshape(batch_mean, (channels,)), momentum))
            K.assign(running_mean, K.astype(moved, running_mean.dtype))  # type: ignore[union-attr]
        if var is not None:
            variance = K.divide(K.sum(K.multiply(centred, centred), axis=axes), max(count - 1, 0) or float("nan"))
            moved = K.add(K.multiply(var, 1 - momentum), K.multiply(variance, momentum))
            K.assign(running_var, K.astype(moved, running_var.dtype))  # type: ignore[union-attr]
        saved = K.reshape(batch_mean, (channels,)), K.reshape(rstd, (channels,))
    else:
        centred = K.subtract(input, K.reshape(mean, shape))
        rstd = K.divide(1.0, K.sqrt(K.add(K.reshape(var, shape), eps)))
        saved = K.zeros((0,), dtype=wide), K.zeros((0,), dtype=wide)
    weight = None if weight is None else K.reshape(weight, shape)
    bias = None if bias is None else K.reshape(bias, shape)
    result = affine(K, K.multiply(centred, rstd), weight, bias)
    return tuple([x if own == wide else K.astype(x, own) for x in (result, *saved)])


def batch_norm_backward(F, g, needs, input, weight, running_mean, running_var, training, eps, mean, rstd):
    channels = input.shape[1]
    shape = channel_shape(len(input.shape), channels)
    axes = [0, *range(2, len(input.shape))]
    if not training:
        mean, rstd = running_mean, F.rsqrt(F.add(running_var, eps))
    elif F is RECORDED:
        mean, rstd = moments_again(F, input, axes, eps)
    mean, rstd = F.reshape(mean, shape), F.reshape(rstd, shape)
    g_input = g_weight = g_bias = None
    scaled = g if weight is None else F.mul(g, F.reshape(weight, shape))
    if needs[1] or (needs[0] and training):
        unit = F.mul(F.sub(input, mean), rstd)
    if needs[0]:
        count = numel(tuple(input.shape)) // channels if channels else 1
        g_input = unit_backward(F, scaled, unit, rstd, axes, count or 1) if training else F.mul(scaled, rstd)
    if needs[1]:
        g_weight = F.sum(F.mul(g, unit), axes)
    if needs[2]:
        g_bias = F.sum(g, axes)
    return g_input, g_weight, g_bias


native_batch_norm.joint_derivative(
    lambda F, g, needs, input, weight, running_mean, running_var, training, eps, result1, result2: batch_norm_backward(
        F, g, needs, input, weight, running_mean, running_var, training, eps, result1, result2))


def check_channels(input, given):
    for word, tensor in given.items():
        if tensor is not None and numel(tensor.shape) != input.shape[1]:
            raise RuntimeError(f"{word} should contain {input.shape[1]} elements not {numel(tensor.shape)}")


@composite("batch_norm", method=False)
def batch_norm(F, input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled=True):
    """`input` with each channel (dimension 1) brought to mean 0 and variance 1, then scaled and shifted."""
    if 0 in input.shape:  # as torch: nothing to normalise, but the graph holds
        result = F.clone(input)
        result = result if weight is None else F.mul(result, F.select(weight, 0, 0))
        return result if bias is None else F.add(result, F.select(bias, 0, 0))
    check_channels(input, {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias})
    if not training and (running_mean is None or running_var is None):
        word = "running_mean" if running_mean is None else "running_var"
        raise RuntimeError(f"Expected {word} to be defined when training is False")
    return F.native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


@composite("instance_norm", method=False)
def instance_norm(F, input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, cudnn_enabled=True):
    """As `batch_norm`, with the statistics of each example of its own."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is False")
    shape = tuple(input.shape)
    batch, channels = shape[:2]
    weight, bias, mean, var = (None if t is None else F.repeat(t, (batch,)) for t in (weight, bias, running_mean, running_var))
    flat = F.view(F.contiguous(input), (1, batch * channels, *shape[2:]))
    result = F.batch_norm(flat, weight, bias, mean, var, use_input_stats, momentum, eps)
    for running, own in ((running_mean, mean), (running_var, var)):
        if running is not None:
            running.copy_(F.mean(F.view(own, (batch, channels)), 0, False))
    return F.view(result, shape)
