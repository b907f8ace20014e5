"""Activation functions of neural networks, with torch's fused backwards."""

from __future__ import annotations

from isograd import dtypes
from isograd.dtypes import BOOL, COMPLEX, FLOAT, INTEGER, SCALAR_NAMES, finfo
from isograd.ops.declare import ELEMENTWISE, METHODS, OTHER, RECORDED, Array, composite, op
from isograd.ops.outputs import found
from isograd.ops.supported import INEXACT, kernel
from isograd.shapes import wrap_dim

ROOT_HALF = 0.70710678118654752440
TWO_OVER_ROOT_PI = 1.12837916709551257390
ROOT_TWO = 1.41421356237309504880


# -- rectifiers ---------------------------------------------------------------------------------------------------------------------
def no_relu(dtype):
    """What relu refuses."""
    if dtype.category == BOOL:
        raise RuntimeError("Boolean inputs not supported for relu")
    if dtype.category == COMPLEX:
        raise NotImplementedError("clamp is not supported for complex types")


@op("relu", kind=ELEMENTWISE, inplace=True, supports=no_relu)
def relu(K, input: Array):
    """Each element, or 0 where it is negative."""
    return K.relu(input)


relu.derivative(input=lambda F, g, result: F.threshold_backward(g, result, 0))


@op("threshold", kind=ELEMENTWISE, inplace=True, out=True)
def threshold(K, input: Array, threshold, value):
    """Each element that is above `threshold`, and `value` instead of the others."""
    if K.dtype_of(input).category == INTEGER:
        value = int(value)
    return K.where(K.less_equal(input, threshold), value, input)


threshold.derivative(input=lambda F, g, input, threshold: F.threshold_backward(g, input, threshold))
threshold.inplace_form(node="ThresholdBackward1")


@op("threshold_backward", kind=ELEMENTWISE, function=False, method=False)
def threshold_backward(K, grad_output: Array, input: Array, threshold):
    """`grad_output`, and 0 where `input` is not above `threshold`."""
    return K.zero_where(K.less_equal(input, threshold), grad_output)


threshold_backward.derivative(
    grad_output=lambda F, g, input, threshold: F.threshold_backward(g, input, threshold), input=lambda F, g: F.zeros_like(g)
)


@op("leaky_relu", kind=ELEMENTWISE, inplace=True, out=True, function=False, method=False,
    supports=kernel("leaky_relu_cpu", (FLOAT,)))  # fmt: skip
def leaky_relu(K, input: Array, negative_slope=0.01):
    """Each element, times `negative_slope` where it is negative."""
    return K.where(K.greater(input, 0), input, K.multiply(input, negative_slope))


leaky_relu.derivative(input=lambda F, g, input, negative_slope: F.leaky_relu_backward(g, input, negative_slope, False))
leaky_relu.inplace_form(
    node="LeakyReluBackward1", input=lambda F, g, result, negative_slope: F.leaky_relu_backward(g, result, negative_slope, True)
)


@op("leaky_relu_backward", kind=ELEMENTWISE, function=False, method=False)
def leaky_relu_backward(K, grad_output: Array, input: Array, negative_slope, self_is_result):
    """`grad_output`, times `negative_slope` where `input` is not positive."""
    if self_is_result and negative_slope < 0:
        raise RuntimeError("In-place leakyReLu backward calculation is triggered with a negative slope which is not supported. This is "
                           "caused by calling in-place forward function with a negative slope, please call out-of-place version "
                           "instead. File an issue at https://github.com/pytorch/pytorch if you do require supporting in-place "
                           "leakRelu backward calculation with negative slope")
    return K.where(K.greater(input, 0), grad_output, K.multiply(grad_output, negative_slope))


leaky_relu_backward.derivative(
    grad_output=lambda F, g, input, negative_slope: F.leaky_relu_backward(g, input, negative_slope, False),
    input=lambda F, g: F.zeros_like(g),
)


# -- with a learned slope -----------------------------------------------------------------------------------------------------------
@op("_prelu_kernel", kind=ELEMENTWISE, function=False, method=False, node="PreluKernelBackward0")
def _prelu_kernel(K, input: Array, weight: Array):
    """Each element, times `weight` where it is not positive."""
    return K.where(K.greater(input, 0), input, K.multiply(weight, input))


_prelu_kernel.joint_derivative(lambda F, g, needs, input, weight: F._prelu_kernel_backward(g, input, weight))


@op("_prelu_kernel_backward", kind=ELEMENTWISE, outputs=("grad_input", "grad_weight"), function=False, method=False,
    node="PreluKernelBackwardBackward0")  # fmt: skip
def _prelu_kernel_backward(K, grad_output: Array, input: Array, weight: Array):
    """The gradients of the operands of prelu, the second of full shape."""
    positive = K.greater(input, 0)
    return K.where(positive, grad_output, K.multiply(weight, grad_output)), K.where(positive, 0, K.multiply(input, grad_output))


def prelu_twice(F, g, needs, grad_output, input, weight):
    to_input, to_weight = g
    positive = F.ge(input, 0)
    first = None if to_input is None else F.where(positive, to_input, F.mul(to_input, weight))
    second = None if to_weight is None else F.where(positive, 0, F.mul(to_weight, input))
    return (
        second if first is None else first if second is None else F.add(first, second),
        F.zeros_like(input) if to_weight is None else F.where(positive, 0, F.mul(grad_output, to_weight)),
        F.zeros_like(input) if to_input is None else F.where(positive, 0, F.mul(grad_output, to_input)),
    )


_prelu_kernel_backward.joint_derivative(prelu_twice)


@composite("prelu")
def prelu(F, input, weight):
    """Each element, times the `weight` of its channel where it is negative."""
    if input.dtype is not weight.dtype:
        names = [SCALAR_NAMES[tensor.dtype.name] for tensor in (input, weight)]
        raise RuntimeError(f"prelu: Type promoting not supported. Got {names[0]} and {names[1]}")
    ndim = len(input.shape)
    count = 1
    for length in weight.shape:
        count *= length
    if len(weight.shape) > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {len(weight.shape)}")
    if count != 1:
        if not ndim:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = input.shape[1] if ndim > 1 else 1
        if channels != count:
            raise RuntimeError("Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                               f"{count} and channel size = {channels}.")
    if len(weight.shape) != ndim:
        weight = F.reshape(weight, (1, count, *(1,) * (ndim - 2)) if ndim > 1 else (count,) * ndim)
    return F._prelu_kernel(input, weight)


@op("rrelu_with_noise", kind=ELEMENTWISE, inplace=True, function=False, method=False,
    supports=kernel("rrelu_with_noise_out_cpu", (FLOAT,)))  # fmt: skip
def rrelu_with_noise(K, input: Array, noise: Array, lower=0.125, upper=0.3333333333333333, training=False):
    """Each element, times `noise` where it is not positive; without `training`, times the mean of `lower` and `upper`."""
    slope = noise if training else (lower + upper) / 2
    return K.where(K.greater(input, 0), input, K.multiply(input, slope))


rrelu_with_noise.derivative(
    input=lambda F, g, input, noise, lower, upper, training: F.rrelu_with_noise_backward(g, input, noise, lower, upper, training, False)
)
rrelu_with_noise.inplace_form(
    node="RreluWithNoiseBackward1",
    input=lambda F, g, result, noise, lower, upper, training: F.rrelu_with_noise_backward(
        g, result, noise, lower, upper, training, True),
)  # fmt: skip


@op("rrelu_with_noise_backward", kind=ELEMENTWISE, function=False, method=False)
def rrelu_with_noise_backward(K, grad_output: Array, input: Array, noise: Array, lower, upper, training, self_is_result):
    """`grad_output` times the slope that rrelu_with_noise had."""
    if training and upper - lower > 1e-6:
        return K.multiply(noise, grad_output)
    return leaky_relu_backward.forward(K, grad_output, input, (lower + upper) / 2, self_is_result)


rrelu_with_noise_backward.derivative(
    grad_output=lambda F, g, input, noise, lower, upper, training: F.rrelu_with_noise_backward(
        g, input, noise, lower, upper, training, False),
    input=lambda F, g: F.zeros_like(g),
)  # fmt: skip


def rrelu_noise(input, lower, upper, training):
    """Random slopes where `input` is not positive, elsewhere 1; anything unless `training`, which alone reads them."""
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return RECORDED.zeros_like(input)
    from isograd.grad_mode import no_grad

    with no_grad():
        # torch draws one number, in double precision, for each element that is not positive
        falling = RECORDED.le(input, 0)
        slopes = input.new_empty((int(falling.sum()),), dtype=dtypes.float64).uniform_(lower, upper)
        return RECORDED.masked_scatter(input.new_ones(input.shape), falling, slopes.to(input.dtype))


@composite("rrelu", method=False)
def rrelu(F, input, lower=0.125, upper=0.3333333333333333, training=False):
    """Each element, times a random slope between `lower` and `upper` (their mean unless `training`) where it is negative."""
    return F.rrelu_with_noise(input, rrelu_noise(input, lower, upper, training), lower, upper, training)


@composite("rrelu_", method=False)
def rrelu_(F, input, lower=0.125, upper=0.3333333333333333, training=False):
    """`rrelu` in place."""
    return rrelu_with_noise.inplace(input, rrelu_noise(input, lower, upper, training), lower, upper, training)


# -- limits -------------------------------------------------------------------------------------------------------------------------
@op("hardtanh", kind=ELEMENTWISE, inplace=True, out=True, function=False, method=False)
def hardtanh(K, input: Array, min_val=-1, max_val=1):
    """Each element limited to the range from `min_val` to `max_val`."""
    dtype = K.dtype_of(input)
    if dtype.category == INTEGER:
        min_val, max_val = int(min_val), int(max_val)
        if min_val < 0 and not dtype.is_signed:
            raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return K.clip(input, min_val, max_val)


hardtanh.derivative(input=lambda F, g, input, min_val, max_val: F.hardtanh_backward(g, input, min_val, max_val))


def strictly_between(K, x, low, high):
    return K.logical_and(K.greater(x, low), K.less(x, high))


@op("hardtanh_backward", kind=ELEMENTWISE, function=False, method=False)
def hardtanh_backward(K, grad_output: Array, input: Array, min_val, max_val):
    """`grad_output` where `input` is strictly inside of the limits, else 0."""
    beyond = K.logical_or(K.less_equal(input, min_val), K.greater_equal(input, max_val))
    return K.where(beyond, 0, grad_output)


hardtanh_backward.derivative(
    grad_output=lambda F, g, input, min_val, max_val: F.hardtanh_backward(g, input, min_val, max_val), input=lambda F, g: F.zeros_like(g)
)


@op("hardsigmoid", kind=ELEMENTWISE, inplace=True, out=True, function=False, method=False, supports=kernel("hardsigmoid_cpu", (FLOAT,)))
def hardsigmoid(K, input: Array):
    """``x / 6 + 1 / 2`` limited to [0, 1]."""
    return K.divide(K.clip(K.add(input, 3), 0, 6), 6)


hardsigmoid.derivative(input=lambda F, g, input: F.hardsigmoid_backward(g, input))


@op("hardsigmoid_backward", kind=ELEMENTWISE, function=False, method=False)
def hardsigmoid_backward(K, grad_output: Array, input: Array):
    """A sixth of `grad_output` where `input` is in (-3, 3), else 0."""
    return K.where(strictly_between(K, input, -3, 3), K.multiply(grad_output, ONE_SIXTH), 0)


ONE_SIXTH = 0.1666666716337204  # torch's constant is a float32, in double precision too


hardsigmoid_backward.derivative(
    grad_output=lambda F, g, input: F.hardsigmoid_backward(g, input), input=lambda F, g: F.zeros_like(g)
)


@op("hardswish", kind=ELEMENTWISE, inplace=True, out=True, function=False, method=False, supports=kernel("hardswish_cpu", (FLOAT,)))
def hardswish(K, input: Array):
    """``x * hardsigmoid(x)``."""
    return K.divide(K.multiply(input, K.clip(K.add(input, 3), 0, 6)), 6)


hardswish.derivative(input=lambda F, g, input: F.hardswish_backward(g, input))


@op("hardswish_backward", kind=ELEMENTWISE, function=False, method=False)
def hardswish_backward(K, grad_output: Array, input: Array):
    """The derivative of hardswish times `grad_output`: 0, then ``x / 3 + 1 / 2``, then 1."""
    slope = K.multiply(grad_output, K.add(K.divide(input, 3), 0.5))
    return K.where(K.less_equal(input, -3), 0, K.where(K.less(input, 3), slope, grad_output))


hardswish_backward.derivative(
    grad_output=lambda F, g, input: F.hardswish_backward(g, input),
    input=lambda F, g, grad_output, input: F.where(
        F.logical_and(F.gt(input, -3.0), F.lt(input, 3.0)), F.div(F.mul(g, grad_output), 3.0), 0),
)  # fmt: skip


# -- shrinkage ----------------------------------------------------------------------------------------------------------------------
@op("hardshrink", kind=ELEMENTWISE, out=found, supports=kernel("hardshrink_cpu", (FLOAT,)))
def hardshrink(K, input: Array, lambd=0.5):
    """Each element, but 0 in ``[-lambd, lambd]``."""
    return K.where(within(K, input, lambd), 0, input)


def within(K, x, lambd):
    return K.logical_and(K.greater_equal(x, -lambd), K.less_equal(x, lambd))


hardshrink.derivative(input=lambda F, g, input, lambd: F.hardshrink_backward(g, input, lambd))


@op("hardshrink_backward", kind=ELEMENTWISE, function=False, method=False)
def hardshrink_backward(K, grad_out: Array, input: Array, lambd):
    """`grad_out`, but 0 where `input` is in ``[-lambd, lambd]``."""
    return K.where(within(K, input, lambd), 0, grad_out)


hardshrink_backward.derivative(
    grad_out=lambda F, g, input, lambd: F.hardshrink_backward(g, input, lambd), input=lambda F, g: F.zeros_like(g)
)


@op("softshrink", kind=ELEMENTWISE, out=found, function=False, method=False, supports=kernel("softshrink_cpu", (FLOAT,)))
def softshrink(K, input: Array, lambd=0.5):
    """Each element moved towards 0 by `lambd`, at most to 0."""
    if not lambd >= 0:
        dtype = K.dtype_of(input)
        raise RuntimeError(f"lambda must be in range [0, {finfo(dtype).max:g}] for input dtype {SCALAR_NAMES[dtype.name]}, but found "
                           f"{lambd:g}")
    shrunk = K.where(K.greater(input, lambd), K.subtract(input, lambd), K.where(K.less(input, -lambd), K.add(input, lambd), 0))
    return K.where(K.isnan(input), input, shrunk)


softshrink.derivative(input=lambda F, g, input, lambd: F.softshrink_backward(g, input, lambd))


@op("softshrink_backward", kind=ELEMENTWISE, function=False, method=False)
def softshrink_backward(K, grad_output: Array, input: Array, lambd):
    """`grad_output`, but 0 where `input` is in ``[-lambd, lambd]``."""
    return K.where(within(K, input, lambd), 0, grad_output)


softshrink_backward.derivative(
    grad_output=lambda F, g, input, lambd: F.softshrink_backward(g, input, lambd), input=lambda F, g: F.zeros_like(g)
)


# -- exponential units --------------------------------------------------------------------------------------------------------------
@op("elu", kind=ELEMENTWISE, inplace=True, out=True, function=False, method=False,
    supports=kernel("elu_cpu", (FLOAT,)))  # fmt: skip
def elu(K, input: Array, alpha=1, scale=1, input_scale=1):
    """``scale * x``, and ``scale * alpha * (exp(input_scale * x) - 1)`` where x is negative."""
    negative = K.multiply(K.expm1(K.multiply(input, input_scale)), alpha * scale)
    return K.where(K.less(input, 0), negative, K.multiply(input, scale))


elu.derivative(
    input=lambda F, g, input, alpha, scale, input_scale: F.elu_backward(g, alpha, scale, input_scale, False, input)
)
elu.inplace_form(
    node="EluBackward1",
    input=lambda F, g, result, alpha, scale, input_scale: F.elu_backward(g, alpha, scale, input_scale, True, result),
)


@op("celu", kind=ELEMENTWISE, inplace=True, supports=kernel("elu_cpu", (FLOAT,)))
def celu(K, input: Array, alpha=1.0):
    """``x``, and ``alpha * (exp(x / alpha) - 1)`` where x is negative."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return elu.forward(K, input, alpha, 1, 1 / alpha)


celu.derivative(input=lambda F, g, input, alpha: F.elu_backward(g, alpha, 1, 1 / alpha, False, input))
celu.inplace_form(node="CeluBackward1", input=lambda F, g, result, alpha: F.elu_backward(g, alpha, 1, 1 / alpha, True, result))


@composite("selu")
def selu(F, input):
    """``elu`` with the constants that keep mean and variance."""
    return F.elu(input, SELU_ALPHA, SELU_SCALE)


@composite("selu_")
def selu_(F, input):
    """`selu` in place."""
    return elu.inplace(input, SELU_ALPHA, SELU_SCALE)


SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


@op("elu_backward", kind=ELEMENTWISE, function=False, method=False)
def elu_backward(K, grad_output: Array, alpha, scale, input_scale, is_result, self_or_result: Array):
    """The derivative of elu times `grad_output`."""
    slope = alpha * scale * input_scale
    if is_result:
        if alpha < 0:
            raise RuntimeError("In-place elu backward calculation is triggered with a negative slope which is not supported. This is "
                               "caused by calling in-place forward function with a negative slope, please call out-of-place version "
                               "instead.")
        negative = K.multiply(K.multiply(grad_output, input_scale), K.add(self_or_result, alpha * scale))
    else:
        negative = K.multiply(K.multiply(grad_output, slope), K.exp(K.multiply(self_or_result, input_scale)))
    return K.where(K.less_equal(self_or_result, 0), negative, K.multiply(grad_output, scale))


def elu_twice(F, g, grad_output, alpha, scale, input_scale, is_result, self_or_result):
    curve = F.mul(F.mul(g, grad_output), input_scale)
    if not is_result:
        curve = F.elu_backward(curve, alpha, scale, input_scale, is_result, self_or_result)
    return F.mul(curve, F._like(F.lt(self_or_result, 0), curve))


elu_backward.derivative(
    grad_output=lambda F, g, alpha, scale, input_scale, is_result, self_or_result: F.elu_backward(
        g, alpha, scale, input_scale, is_result, self_or_result),
    self_or_result=elu_twice,
)  # fmt: skip


# -- smooth units -------------------------------------------------------------------------------------------------------------------
@op("softplus", kind=ELEMENTWISE, out=found, function=False, method=False, supports=kernel("softplus_cpu", (FLOAT,)))
def softplus(K, input: Array, beta=1, threshold=20):
    """``log(1 + exp(beta * x)) / beta``, and x itself where ``beta * x`` is above `threshold`."""
    scaled = K.multiply(input, beta)
    return K.where(K.greater(scaled, threshold), input, K.divide(K.log1p(K.exp(scaled)), beta))


softplus.derivative(input=lambda F, g, input, beta, threshold: F.softplus_backward(g, input, beta, threshold))


@op("softplus_backward", kind=ELEMENTWISE, function=False, method=False)
def softplus_backward(K, grad_output: Array, input: Array, beta, threshold):
    """The derivative of softplus times `grad_output`."""
    scaled = K.multiply(input, beta)
    z = K.exp(scaled)
    return K.where(K.greater(scaled, threshold), grad_output, K.divide(K.multiply(grad_output, z), K.add(z, 1)))


def softplus_twice(F, g, grad_output, input, beta, threshold):
    scaled = F.mul(input, beta)
    curve = F.sigmoid_backward(F.mul(g, grad_output), F.sigmoid(scaled))
    return F.mul(F.mul(curve, F._like(F.lt(scaled, threshold), curve)), beta)


softplus_backward.derivative(
    grad_output=lambda F, g, input, beta, threshold: F.softplus_backward(g, input, beta, threshold), input=softplus_twice
)


@op("log_sigmoid_forward", kind=ELEMENTWISE, outputs=("output", "buffer"), nondifferentiable=("buffer",), function=False, method=False,
    node="LogSigmoidBackward0", supports=kernel("log_sigmoid_cpu", (FLOAT,)))  # fmt: skip
def log_sigmoid_forward(K, input: Array):
    """``log(sigmoid(x))``, and the ``exp(-|x|)`` on the way."""
    buffer = K.exp(K.negative(K.abs(input)))
    return K.subtract(K.minimum(input, 0), K.log1p(buffer)), buffer


log_sigmoid_forward.derivative(input=lambda F, g, input, buffer: F.log_sigmoid_backward(g, input, buffer))


@op("log_sigmoid_backward", kind=ELEMENTWISE, function=False, method=False)
def log_sigmoid_backward(K, grad_output: Array, input: Array, buffer: Array):
    """``grad_output * sigmoid(-x)``, from ``buffer = exp(-|x|)``."""
    ratio = K.divide(buffer, K.add(buffer, 1))
    return K.multiply(grad_output, K.where(K.less(input, 0), K.subtract(1, ratio), ratio))


def log_sigmoid_twice(F, g, grad_output, input):
    z = F.sigmoid(input)
    return F.mul(F.mul(F.mul(g, grad_output), F.sub(z, 1)), z)


log_sigmoid_backward.derivative(
    grad_output=lambda F, g, input, buffer: F.log_sigmoid_backward(g, input, buffer), input=log_sigmoid_twice
)


@op("silu", kind=ELEMENTWISE, inplace=True, out=True, function=False, method=False, supports=kernel("silu_cpu", INEXACT))
def silu(K, input: Array):
    """``x * sigmoid(x)``."""
    return K.divide(input, K.add(K.exp(K.negative(input)), 1))


def silu_slope(F, g, input):
    """The derivative of silu times `g`: fused in a plain backward, of recorded ops when the backward is recorded, as in torch."""
    if F is not RECORDED:
        return F.silu_backward(g, input)
    s = F.sigmoid(input)
    return F.mul(F.mul(g, s), F.add(F.mul(input, F.rsub(s, 1)), 1))


silu.derivative(input=silu_slope)


@op("silu_backward", kind=ELEMENTWISE, function=False, method=False)
def silu_backward(K, grad_output: Array, input: Array):
    """The derivative of silu times `grad_output`."""
    s = K.sigmoid(input)
    return K.multiply(K.multiply(grad_output, s), K.add(K.multiply(input, K.subtract(1, s)), 1))


@op("mish", kind=ELEMENTWISE, inplace=True, out=True, function=False, method=False, supports=kernel("mish_cpu", (FLOAT,)))
def mish(K, input: Array):
    """``x * tanh(softplus(x))``."""
    return K.multiply(input, K.tanh(K.log1p(K.exp(input))))


def mish_slope(F, g, input):
    """The derivative of mish times `g`, as that of silu."""
    if F is not RECORDED:
        return F.mish_backward(g, input)
    s = F.sigmoid(input)
    t = F.tanh(F.log1p(F.exp(input)))
    rest = F.rsub(F.mul(t, t), 1)
    return F.mul(g, F.add(t, F.mul(F.mul(input, s), rest)))


mish.derivative(input=mish_slope)


@op("mish_backward", kind=ELEMENTWISE, function=False, method=False)
def mish_backward(K, grad_output: Array, input: Array):
    """The derivative of mish times `grad_output`."""
    s = K.sigmoid(input)
    t = K.tanh(K.log1p(K.exp(input)))
    return K.multiply(grad_output, K.add(t, K.multiply(K.multiply(input, s), K.subtract(1, K.multiply(t, t)))))


CUBIC = 0.044715  # of the approximation by tanh (Hendrycks and Gimpel, 2016)


def check_approximate(approximate):
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")


@op("gelu", kind=ELEMENTWISE, inplace=True, out=True, function=False, method=False, supports=kernel("GeluKernelImpl", (FLOAT,)))
def gelu(K, input: Array, *, approximate="none"):
    """``x`` times the normal distribution function of x, or its approximation by tanh."""
    check_approximate(approximate)
    if approximate == "none":
        return K.multiply(K.multiply(input, 0.5), K.add(K.erf(K.multiply(input, ROOT_HALF)), 1))
    cube = K.multiply(K.multiply(input, input), input)
    inner = K.multiply(K.add(input, K.multiply(cube, CUBIC)), ROOT_TWO * TWO_OVER_ROOT_PI * 0.5)
    return K.multiply(K.multiply(input, 0.5), K.add(K.tanh(inner), 1))


gelu.derivative(input=lambda F, g, input, approximate: F.gelu_backward(g, input, approximate=approximate))


@op("gelu_backward", kind=ELEMENTWISE, function=False, method=False)
def gelu_backward(K, grad_output: Array, input: Array, *, approximate="none"):
    """The derivative of gelu times `grad_output`."""
    if approximate == "none":
        distribution = K.multiply(K.add(K.erf(K.multiply(input, ROOT_HALF)), 1), 0.5)
        density = K.multiply(K.exp(K.multiply(K.multiply(input, input), -0.5)), TWO_OVER_ROOT_PI * ROOT_HALF * 0.5)
        return K.multiply(grad_output, K.add(distribution, K.multiply(input, density)))
    beta = ROOT_TWO * TWO_OVER_ROOT_PI * 0.5
    square = K.multiply(input, input)
    t = K.tanh(K.multiply(K.add(input, K.multiply(K.multiply(square, input), CUBIC)), beta))
    left = K.multiply(input, 0.5)
    inner_slope = K.multiply(K.add(K.multiply(square, 3 * CUBIC), 1), beta)
    slope = K.multiply(K.multiply(left, K.subtract(1, K.multiply(t, t))), inner_slope)
    return K.multiply(grad_output, K.add(K.multiply(K.add(t, 1), 0.5), slope))


def gelu_twice(F, g, grad_output, input, approximate):
    both = F.mul(g, grad_output)
    if approximate == "none":
        # d/dx (P + x p) = p (2 - x^2), with the density p
        density = F.mul(F.exp(F.div(F.neg(F.pow(input, 2)), 2)), TWO_OVER_ROOT_PI * ROOT_HALF * 0.5)
        return F.mul(both, F.sub(F.mul(density, 2), F.mul(F.pow(input, 2), density)))
    # y = x (1 + t) / 2 with t = tanh(u): y'' = t' + x t'' / 2, t' = (1 - t^2) u', t'' = (1 - t^2) u'' - 2 t sech(u)^2 u'^2
    beta = ROOT_TWO * TWO_OVER_ROOT_PI * 0.5
    u = F.mul(F.add(input, F.mul(F.pow(input, 3), CUBIC)), beta)
    t, sech = F.tanh(u), F.div(1, F.cosh(u))
    half = F.mul(input, 0.5)
    rest = F.rsub(F.mul(t, t), 1)
    u1 = F.mul(F.add(F.mul(F.mul(input, 3 * CUBIC), input), 1), beta)
    t1 = F.mul(F.mul(rest, 0.5), u1)
    bend = F.mul(F.mul(F.mul(sech, 2), F.mul(F.neg(sech), t)), u1)
    second = F.mul(F.mul(half, u1), bend)
    third = F.mul(F.mul(half, rest), F.mul(F.mul(input, 6 * CUBIC), beta))
    return F.mul(both, F.add(F.add(F.mul(t1, 2), second), third))


gelu_backward.derivative(
    grad_output=lambda F, g, input, approximate: F.gelu_backward(g, input, approximate=approximate), input=gelu_twice
)


# -- gates and the rest -------------------------------------------------------------------------------------------------------------
def halves(K, input, dim):
    """Both halves of `input` along `dim`."""
    axis = wrap_dim(dim, len(input.shape))
    half = input.shape[axis] // 2
    before = (slice(None),) * axis
    return input[(*before, slice(None, half), ...)], input[(*before, slice(half, None), ...)]


@op("glu", kind=OTHER, changes_dtype=False, out=True, function=False, method=False, supports=kernel("glu_cpu", (FLOAT,)))
def glu(K, input: Array, dim=-1):
    """The first half of `input` along `dim` times the sigmoid of the second."""
    if not len(input.shape):
        raise RuntimeError("glu does not support scalars because halving size must be even")
    axis = wrap_dim(dim, len(input.shape))
    if input.shape[axis] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {axis} is size {input.shape[axis]}")
    first, second = halves(K, input, dim)
    return K.multiply(first, K.sigmoid(second))


glu.derivative(input=lambda F, g, input, dim: F.glu_backward(g, input, dim))


@op("glu_backward", kind=OTHER, changes_dtype=False, function=False, method=False)
def glu_backward(K, grad_output: Array, input: Array, dim):
    """The derivative of glu times `grad_output`."""
    first, second = halves(K, input, dim)
    s = K.sigmoid(second)
    gate = K.multiply(K.multiply(K.multiply(K.subtract(1, s), s), grad_output), first)
    return K.concat([K.multiply(s, grad_output), gate], axis=wrap_dim(dim, len(input.shape)))


def split(F, x, dim, length):
    return F.narrow(x, dim, 0, length), F.narrow(x, dim, length, length)


def glu_backward_grad_output(F, g, input, dim, grad_output_shape):
    length = grad_output_shape[dim]
    slope = F.glu_backward(F.ones_like(F.narrow(input, dim, 0, length)), input, dim)  # glu_backward is linear in grad_output
    return F.add(*split(F, F.mul(g, slope), dim, length))


def glu_backward_input(F, g, grad_output, input, dim, grad_output_shape):
    length = grad_output_shape[dim]
    a, b = split(F, input, dim, length)
    ga, gb = split(F, g, dim, length)
    s = F.sigmoid(b)
    rest = F.rsub(s, 1)
    slope = F.mul(s, rest)
    curve = F.sub(F.mul(slope, rest), F.mul(s, slope))
    second = F.add(F.mul(F.mul(F.mul(gb, a), grad_output), curve), F.mul(F.mul(ga, grad_output), slope))
    return F.cat([F.mul(F.mul(gb, grad_output), slope), second], dim)


glu_backward.derivative(grad_output=glu_backward_grad_output, input=glu_backward_input)


@composite("softsign", function=False, method=False)
def softsign(F, input):
    """``x / (1 + |x|)``."""
    return F.div(input, F.add(F.abs(input), 1))


@composite("tanhshrink", function=False, method=False)
def tanhshrink(F, input):
    """``x - tanh(x)``."""
    return F.sub(input, F.tanh(input))


# torch has these in place as functions of nn.functional only, not as methods.
for _name in ("leaky_relu", "rrelu_with_noise", "hardtanh", "hardsigmoid", "hardswish", "elu", "silu", "mish", "gelu"):
    del METHODS[_name + "_"]
