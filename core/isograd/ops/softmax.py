"""Softmax and its logarithm."""

from __future__ import annotations

from isograd.dtypes import FLOAT, SCALAR_NAMES
from isograd.ops.declare import OTHER, Array, composite, op
from isograd.ops.outputs import PASSED_BY, Out, exact
from isograd.shapes import wrap_dim


def normalised(kernel, name, K, input, dim):
    """Run a softmax kernel along `dim`; a 0-d operand counts as one element."""
    where = wrap_dim(dim, input.ndim)
    if K.dtype_of(input).category < FLOAT:
        raise NotImplementedError(f"\"{name}_lastdim_kernel_impl\" not implemented for '{SCALAR_NAMES[K.dtype_of(input).name]}'")
    if not input.ndim:
        return K.reshape(kernel(K.reshape(K.asarray(input), (1,)), axis=0), ())
    return kernel(input, axis=where)


@op("_softmax", kind=OTHER, changes_dtype=False, function=False, method=False)
def _softmax(K, input: Array, dim, half_to_float):
    """``exp(x) / sum(exp(x))`` along `dim`."""
    return normalised(K.softmax, "softmax", K, input, dim)


@op("_log_softmax", kind=OTHER, changes_dtype=False, function=False, method=False)
def _log_softmax(K, input: Array, dim, half_to_float):
    """``x - log(sum(exp(x)))`` along `dim`."""
    return normalised(K.log_softmax, "log_softmax", K, input, dim)


@op("_softmax_backward_data", kind=OTHER, changes_dtype=False, method=False)
def _softmax_backward_data(K, grad_output: Array, output: Array, dim, input_dtype):
    """The gradient of softmax from its result."""
    if not output.ndim:
        return K.multiply(K.subtract(grad_output, K.multiply(grad_output, output)), output)
    return K.softmax_backward(grad_output, output, axis=dim)


@op("_log_softmax_backward_data", kind=OTHER, changes_dtype=False, method=False)
def _log_softmax_backward_data(K, grad_output: Array, output: Array, dim, input_dtype):
    """The gradient of log_softmax from its result."""
    if not output.ndim:
        return K.subtract(grad_output, K.multiply(grad_output, K.exp(output)))
    return K.log_softmax_backward(grad_output, output, axis=dim)


_softmax.derivative(input=lambda F, g, result, dim, input_dtype: F._softmax_backward_data(g, result, dim, input_dtype))
_log_softmax.derivative(input=lambda F, g, result, dim, input_dtype: F._log_softmax_backward_data(g, result, dim, input_dtype))


def softmax_double_backward(F, g, grad_output, output, dim):
    # o (go - sum(o go)), weighted by g, varied in o
    last = F.mul(grad_output, F.sum(F.mul(output, g), dim, True))
    middle = F.mul(F.sum(F.mul(output, grad_output), dim, True), g)
    return F.sub(F.sub(F.mul(grad_output, g), middle), last)


_softmax_backward_data.derivative(
    grad_output=lambda F, g, output, dim, input_dtype: F._softmax_backward_data(g, output, dim, input_dtype),
    output=lambda F, g, grad_output, output, dim: softmax_double_backward(F, g, grad_output, output, dim),
)
_log_softmax_backward_data.derivative(
    grad_output=lambda F, g, output, dim: F.sub(g, F.sum(F.mul(g, F.exp(output)), dim, True)),
    output=lambda F, g, grad_output, output, dim: F.mul(F.mul(F.neg(F.sum(grad_output, dim, True)), F.exp(output)), g),
)


def converted(F, input, dtype):
    """`input` in `dtype`, if one is asked for."""
    return input if dtype is None or dtype is input.dtype else F._to_copy(input, dtype)


@composite("softmax", out=Out("softmax", exact, PASSED_BY))
def softmax(F, input, dim, dtype=None):
    """``exp(x) / sum(exp(x))`` along `dim`, computed in `dtype`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.softmax(torch.tensor([0., 0.]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return F._softmax(converted(F, input, dtype), dim, False)


@composite("log_softmax", out=Out("log_softmax", exact, PASSED_BY))
def log_softmax(F, input, dim, dtype=None):
    """The logarithm of `softmax`, computed in `dtype`."""
    return F._log_softmax(converted(F, input, dtype), dim, False)


@op("_safe_softmax", kind=OTHER, method=False)
def _safe_softmax(K, input: Array, dim, dtype=None):
    """`softmax`, but 0 for slices that are -inf throughout."""
    if dtype is not None:
        input = K.astype(input, K.native[dtype])
    if K.dtype_of(input).category < FLOAT:
        raise NotImplementedError(f"\"softmax_lastdim_kernel_impl\" not implemented for '{SCALAR_NAMES[K.dtype_of(input).name]}'")
    if 0 in input.shape:
        return input
    result = normalised(K.softmax, "softmax", K, input, dim)
    where = wrap_dim(dim, input.ndim)
    nothing = K.equal(K.max(input, axis=where, keepdims=True) if input.ndim else input, float("-inf"))
    return K.where(nothing, 0.0, result)


_safe_softmax.derivative(input=lambda F, g, result, dim, input_dtype: F._softmax_backward_data(g, result, dim, input_dtype))
