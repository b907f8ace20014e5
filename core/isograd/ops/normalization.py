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


def affine(K, x, weight, bias):
    """``x * weight + bias``, where these are given."""
    if weight is not None:
        x = K.multiply(x, weight)
    return x if bias is None else K.add(x, bias)


def unit_backward(K, g, unit, rstd, axes, count):
    """The gradient of ``(x - mean) * rstd``, of which `unit` is the value."""
    along = K.divide(K.sum(K.multiply(g, unit), axis=axes, keepdims=True), count)
    mean = K.divide(K.sum(g, axis=axes, keepdims=True), count)
    return K.multiply(K.subtract(K.subtract(g, mean), K.multiply(unit, along)), rstd)


# Second derivatives. With u = x - mean, s = 1 / deviation and averages <.> over what is normalised, the gradient of x is
# s (g - <g> - u s² <g u>): linear in g and symmetric, so a cotangent v of it goes to g by the same map. What it sends to x is
# the derivative of <v, that> through u and s, for which du = dx - <dx> and ds = -s³ <u dx>.
def unit_again(F, g, u, s, scale, total, count):
    """The gradient that `unit_backward` gives, times `scale`, as torch arranges it."""
    factor = F.div(s if scale is None else F.mul(scale, s), count)
    inner = F.sub(F.mul(g, count), total(g))
    return F.mul(factor, F.sub(inner, F.mul(F.mul(u, F.pow(s, 2)), total(F.mul(g, u)))))


def unit_double(F, g, v, u, s, total, count):
    """What a cotangent `v` of the gradient for `g` sends to the operand."""
    square, cube = F.pow(s, 2), F.pow(s, 3)
    along, sum_g, sum_v, along_v = total(F.mul(g, u)), total(g), total(v), total(F.mul(v, u))
    both = F.sub(F.div(F.mul(sum_v, sum_g), count), total(F.mul(v, g)))
    both = F.add(both, F.mul(F.mul(F.mul(square, along), along_v), 3.0 / count))
    result = F.div(F.mul(F.mul(u, cube), both), count)
    result = F.add(result, F.mul(F.div(F.mul(along_v, cube), count), F.sub(F.div(sum_g, count), g)))
    return F.add(result, F.mul(F.div(F.mul(along, cube), count), F.sub(F.div(sum_v, count), v)))


def unit_plain(F, g, u, s, total, count):
    """The gradient of the normalised operand, term by term."""
    result = F.add(F.mul(g, s), F.div(F.mul(s, total(g)), -count))
    return F.add(result, F.div(F.mul(F.mul(u, F.pow(s, 3)), total(F.mul(g, u))), -count))


def plus(F, a, b):
    """The sum of two gradients of which the first may be undefined."""
    return b if a is None else F.add(a, b)


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


native_layer_norm.joint_derivative(lambda F, g, needs, input, normalized_shape, weight, bias, result1, result2: (
    F.native_layer_norm_backward(g, input, normalized_shape, result1, result2, weight, bias, list(needs))))


@op("native_layer_norm_backward", kind=OTHER, outputs=("result0", "result1", "result2"), function=False, method=False)
def native_layer_norm_backward(
    K, grad_out: Array, input: Array, normalized_shape, mean: IndexArray, rstd: IndexArray, weight: Array | None, bias: Array | None,
    output_mask
):
    """The gradients of native_layer_norm: of the operand, the weight and the bias, where `output_mask` asks for them."""
    outer = input.ndim - len(normalized_shape)
    axes, outer_axes = tuple(range(outer, input.ndim)), tuple(range(outer))
    unit = K.multiply(K.subtract(input, mean), rstd)
    g_input = g_weight = g_bias = None
    if output_mask[0]:
        scaled = grad_out if weight is None else K.multiply(grad_out, weight)
        g_input = unit_backward(K, scaled, unit, rstd, axes, numel(normalized_shape) or 1)
    if output_mask[1] and weight is not None:
        g_weight = K.multiply(grad_out, unit)
        g_weight = K.sum(g_weight, axis=outer_axes) if outer else g_weight
    if output_mask[2] and bias is not None:
        g_bias = K.sum(grad_out, axis=outer_axes) if outer else K.copy(grad_out)
    return g_input, g_weight, g_bias


def layer_norm_double(F, g, needs, grad_out, input, normalized_shape, mean, rstd, weight):
    v, v_weight, v_bias = g
    shape = tuple(input.shape)
    count = numel(normalized_shape)
    rows = numel(shape[: len(shape) - len(normalized_shape)])
    x, go = F.reshape(input, (rows, count)), F.reshape(grad_out, (rows, count))
    mean, s = F.reshape(mean, (rows, 1)), F.reshape(rstd, (rows, 1))
    gamma, v_weight, v_bias = (None if t is None else F.reshape(t, (1, count)) for t in (weight, v_weight, v_bias))
    v = None if v is None else F.reshape(v, (rows, count))
    u = F.sub(x, mean)

    def total(t):
        return F.sum(t, (1,), True)

    g_out = g_input = g_weight = None
    if needs[1] and v is not None:
        g_input = unit_double(F, go if gamma is None else F.mul(go, gamma), v, u, s, total, count)
    if needs[1] and v_weight is not None:
        g_input = plus(F, g_input, unit_plain(F, F.mul(go, v_weight), u, s, total, count))
    if needs[2] and v is not None:
        g_weight = F.reshape(F.sum(F.mul(go, unit_again(F, v, u, s, None, total, count)), (0,)), tuple(weight.shape))
    if needs[0]:
        if v is not None:
            g_out = unit_again(F, v, u, s, gamma, total, count)
        if v_weight is not None:
            g_out = plus(F, g_out, F.mul(F.mul(v_weight, u), s))
        if v_bias is not None:
            g_out = plus(F, g_out, F.expand(v_bias, (rows, count)))
    return (None if g_out is None else F.reshape(g_out, shape), None if g_input is None else F.reshape(g_input, shape), g_weight, None)


native_layer_norm_backward.joint_derivative(
    lambda F, g, needs, grad_out, input, normalized_shape, mean, rstd, weight: layer_norm_double(
        F, g, needs, grad_out, input, normalized_shape, mean, rstd, weight))


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


@op("native_group_norm_backward", kind=OTHER, outputs=("result0", "result1", "result2"), function=False, method=False)
def native_group_norm_backward(
    K, grad_out: Array, input: Array, mean: Array, rstd: Array, weight: Array | None, N, C, HxW, group, output_mask
):
    """The gradients of native_group_norm from that of its first result; torch does not differentiate it, but another formula."""
    rows = (N, group, C // group * HxW)
    rstd = K.reshape(rstd, (N, group, 1))
    unit = K.multiply(K.subtract(K.reshape(input, rows), K.reshape(mean, (N, group, 1))), rstd)
    by_channel = K.reshape(grad_out, (N, C, HxW))
    g_input = g_weight = g_bias = None
    if output_mask[0]:
        scaled = by_channel if weight is None else K.multiply(by_channel, K.reshape(weight, (1, C, 1)))
        g_input = K.reshape(unit_backward(K, K.reshape(scaled, rows), unit, rstd, (2,), C // group * HxW or 1), input.shape)
    if output_mask[1] and weight is not None:
        g_weight = K.sum(K.multiply(by_channel, K.reshape(unit, (N, C, HxW))), axis=(0, 2))
    if output_mask[2]:
        g_bias = K.sum(by_channel, axis=(0, 2))
    return g_input, g_weight, g_bias


def group_norm_backward(F, g, needs, input, weight, N, C, HxW, group, mean, rstd):
    g_out, g_mean, g_rstd = g
    if F is not RECORDED and g_mean is None and g_rstd is None:
        return F.native_group_norm_backward(g_out, input, mean, rstd, weight, N, C, HxW, group, list(needs))
    return group_norm_differentiable(F, g_out, g_mean, g_rstd, needs, input, weight, N, C, HxW, group, mean, rstd)


def group_norm_differentiable(F, g_out, g_mean, g_rstd, needs, input, weight, N, C, HxW, group, mean, rstd):
    """The gradients of all three results, in terms of sums over positions (`along` = sum of g x, `total` = sum of g).

    torch's order: what stands right of an operator is computed first.
    """
    shape, D = tuple(input.shape), C // group
    one = (N, group, 1, 1)
    share = 1.0 / (D * HxW) if D * HxW else float("inf")
    x, mean, rstd = F.reshape(input, (N, group, D, HxW)), F.reshape(mean, one), F.reshape(rstd, one)
    g_input = g_weight = g_bias = None
    if g_out is not None:
        g = F.reshape(g_out, (N, group, D, HxW))
        along = F.unsqueeze(F.sum(F.mul(g, x), (3,)), -1)
        total = F.unsqueeze(F.sum(g, (3,)), -1)
    if needs[0]:
        gamma = None if weight is None else F.reshape(weight, (1, group, D, 1))
        cube = F.mul(F.mul(rstd, rstd), rstd)
        g_spread = None if g_rstd is None else F.mul(F.mul(cube, -0.5), F.reshape(g_rstd, one))
        if g_out is not None:
            a = rstd if gamma is None else F.mul(rstd, gamma)
            all_along = F.unsqueeze(F.sum(along if gamma is None else F.mul(along, gamma), (2,)), -2)
            all_total = F.unsqueeze(F.sum(total if gamma is None else F.mul(total, gamma), (2,)), -2)
            b = F.mul(F.mul(F.sub(F.mul(all_total, mean), all_along), cube), share)
            right = F.mul(F.mul(all_total, rstd), share)
            c = F.sub(F.mul(F.neg(b), mean), right)
            right = F.mul(b, x)
            g_input = F.add(F.add(F.mul(a, g), right), c)
        part = None
        if g_spread is not None:
            centred = F.sub(x, F.mean(x, (2, 3), True))
            part = F.mul(F.mul(g_spread, 2 * share), centred)
        if g_mean is not None:
            even = F.div(F.expand(F.reshape(g_mean, one), tuple(x.shape)), D * HxW or float("nan"))
            part = plus(F, part, even)
        if part is not None:
            g_input = plus(F, g_input, part)
        if g_input is not None:
            g_input = F.reshape(g_input, shape)
    if g_out is not None and needs[1]:
        g_weight = F.reshape(F.sum(F.mul(F.sub(along, F.mul(total, mean)), rstd), (0,)), (C,))
    if g_out is not None and needs[2]:
        g_bias = F.reshape(F.sum(total, (0,)), (C,))
    return g_input, g_weight, g_bias


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


native_batch_norm.joint_derivative(lambda F, g, needs, input, weight, running_mean, running_var, training, eps, result1, result2: (
    F.native_batch_norm_backward(g, input, weight, running_mean, running_var, result1, result2, training, eps, list(needs))))


@op("native_batch_norm_backward", kind=OTHER, outputs=("result0", "result1", "result2"), function=False, method=False)
def native_batch_norm_backward(
    K, grad_out: Array, input: Array, weight: Array | None, running_mean: IndexArray | None, running_var: IndexArray | None,
    save_mean: IndexArray | None, save_invstd: IndexArray | None, train, eps, output_mask
):
    """The gradients of native_batch_norm: of the operand, the weight and the bias, where `output_mask` asks for them."""
    channels = input.shape[1]
    shape = channel_shape(input.ndim, channels)
    axes = (0, *range(2, input.ndim))
    mean, rstd = (save_mean, save_invstd) if train else (running_mean, K.rsqrt(K.add(running_var, eps)))
    mean, rstd = K.reshape(mean, shape), K.reshape(rstd, shape)
    unit = K.multiply(K.subtract(input, mean), rstd) if output_mask[1] or (output_mask[0] and train) else None
    g_input = g_weight = g_bias = None
    if output_mask[0]:
        scaled = grad_out if weight is None else K.multiply(grad_out, K.reshape(weight, shape))
        count = numel(tuple(input.shape)) // channels if channels else 1
        g_input = unit_backward(K, scaled, unit, rstd, axes, count or 1) if train else K.multiply(scaled, rstd)
    if output_mask[1]:
        g_weight = K.sum(K.multiply(grad_out, unit), axis=axes)
    if output_mask[2]:
        g_bias = K.sum(grad_out, axis=axes)
    return g_input, g_weight, g_bias


def batch_norm_double(F, g, needs, grad_out, input, weight, running_mean, running_var, save_mean, save_invstd, train, eps):
    v, v_weight, v_bias = g
    shape = tuple(input.shape)
    place = channel_shape(len(shape), shape[1])
    count = numel(shape) // shape[1] if shape[1] else 0
    gamma, v_weight, v_bias = (None if t is None else F.reshape(t, place) for t in (weight, v_weight, v_bias))
    mean = F.reshape(save_mean if train else running_mean, place)
    s = F.reshape(save_invstd if train else F.pow(F.add(running_var, eps), -0.5), place)
    u = F.sub(input, mean)

    def total(t, keep=True):
        t = F.sum(t, (0,), keep)
        for d in range(len(t.shape) - 1, 1 if keep else 0, -1):
            t = F.sum(t, (d,), keep)
        return t

    g_out = g_input = g_weight = None
    if needs[1] and train:
        if v is not None:
            g_input = unit_double(F, grad_out, v, u, s, total, count)
            g_input = g_input if gamma is None else F.mul(gamma, g_input)
        if v_weight is not None:
            g_input = plus(F, g_input, F.mul(v_weight, unit_plain(F, grad_out, u, s, total, count)))
    elif needs[1] and v_weight is not None:
        g_input = F.mul(F.mul(v_weight, s), grad_out)
    if needs[2] and v is not None:
        if train:
            g_weight = total(F.mul(v, unit_again(F, grad_out, u, s, None, total, count)), False)
        else:
            g_weight = total(F.mul(F.mul(v, grad_out), s), False)
    if needs[0]:
        if v is not None and train:
            g_out = unit_again(F, v, u, s, None if gamma is None else F.expand(gamma, shape), total, count)
        elif v is not None:
            g_out = F.mul(v, s) if gamma is None else F.mul(F.mul(v, s), gamma)
        if v_weight is not None:
            g_out = plus(F, g_out, F.mul(F.mul(v_weight, u), s))
        if v_bias is not None:
            g_out = plus(F, g_out, F.expand(v_bias, shape))
    return g_out, g_input, g_weight


native_batch_norm_backward.joint_derivative(
    lambda F, g, needs, grad_out, input, weight, running_mean, running_var, save_mean, save_invstd, train, eps: batch_norm_double(
        F, g, needs, grad_out, input, weight, running_mean, running_var, save_mean, save_invstd, train, eps))


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
