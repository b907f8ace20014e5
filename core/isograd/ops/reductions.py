"""Reductions: sums, means, spreads, products, tests and counts."""

from __future__ import annotations

import builtins

from isograd import dtypes
from isograd.dtypes import COMPLEX, FLOAT, SCALAR_NAMES
from isograd.ops.declare import FLOAT as TO_FLOAT
from isograd.ops.declare import RECORDED, REDUCTION, Array, composite, op
from isograd.ops.outputs import exactly, refusing_integers
from isograd.promotion import can_cast
from isograd.shapes import numel, wrap_dim, wrap_dims


# -- dimensions and dtypes ----------------------------------------------------------------------------------------------------------
def restored(F, g, dim, keepdim, ndim):
    """`g`, the gradient of a reduction, with the reduced dimensions put back as length 1."""
    if keepdim or dim is None or not ndim:
        return g
    for d in sorted(wrap_dims(dim, ndim)):
        g = F.unsqueeze(g, d)
    return g


def reduced_axes(dim, ndim):
    """What a kernel gets as ``axis``: None for everything."""
    return None if dim is None else wrap_dims(dim, ndim)


def reduced_count(shape, dim):
    """How many elements are reduced to one."""
    return numel([shape[d] for d in wrap_dims(dim, len(shape))])


def in_dtype(K, input, dtype):
    """`input` as a sum or product of result type `dtype` sees it, and the types to accumulate in and to return.

    Without `dtype`, integers add up in int64; half precision asked for by `dtype` is accumulated in float32, as in torch.
    """
    own = K.dtype_of(input)
    if dtype is None:
        wanted = own if own.category >= FLOAT else dtypes.int64
    else:
        wanted = dtype
        if wanted is not own:
            input = K.astype(input, K.native[wanted])
    wide = dtypes.float32 if wanted.is_half else wanted
    if wanted.is_half:
        input = K.astype(input, K.native[wide])
    return input, wide, wanted


def accumulate(kernel, K, input, axis, keepdim, dtype):
    """Run the kernel of a sum or product in the dtype it accumulates in."""
    input, wide, wanted = in_dtype(K, input, dtype)
    if dtype is None and wanted.category >= FLOAT:
        return kernel(input, axis=axis, keepdims=keepdim)
    result = kernel(input, axis=axis, dtype=K.native[wide], keepdims=keepdim)
    return result if wide is wanted else K.astype(result, K.native[wanted])


# -- sums ---------------------------------------------------------------------------------------------------------------------------
@op("sum", kind=REDUCTION, out=True,
    overload=lambda dim, keepdim: "SumBackward0" if dim is None and not keepdim else "SumBackward1")
def sum(K, input: Array, dim=None, keepdim=False, *, dtype=None):
    """The sum of all elements, or over the dimensions `dim`. Integers add up in int64 unless `dtype` says otherwise.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.sum(torch.tensor([[1., 2.], [3., 4.]]), dim=0)
    tensor([4., 6.])
    """
    axis = None if dim is None else wrap_dims(dim, input.ndim)
    if dtype is None and K.dtype_of(input).category >= FLOAT:
        return K.sum(input, axis=axis, keepdims=keepdim)
    return accumulate(K.sum, K, input, axis, keepdim, dtype)


sum.derivative(input=lambda F, g, input_shape, dim, keepdim: F.expand(restored(F, g, dim, keepdim, len(input_shape)), input_shape))


@composite("sum_to_size", function=False)
def sum_to_size(F, input, *size):
    """The sum of `input` over the dimensions that broadcasting would expand from `size`."""
    size = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    shape = tuple(input.shape)
    leading = len(shape) - len(size)
    if leading < 0 or builtins.any(n not in (1, m) for n, m in zip(size, shape[leading:], strict=True)):
        raise RuntimeError(f"size {{{list(size)}}} is not expandable to size {{{list(shape)}}}.")
    if not size:
        return F.sum(input)
    dims = [*range(leading), *[leading + i for i, n in enumerate(size) if n == 1 and shape[leading + i] != 1]]
    if dims:
        input = F.sum(input, dims, True)
    return F.view(input, size) if leading else input


@op("nansum", kind=REDUCTION, out=True)
def nansum(K, input: Array, dim=None, keepdim=False, *, dtype=None):
    """The sum of the elements that are not nan."""
    own = K.dtype_of(input)
    if own.category >= COMPLEX:
        raise RuntimeError("nansum does not support complex inputs")
    if own.category == FLOAT:
        input = K.where(K.isnan(input), 0.0, input)
    return accumulate(K.sum, K, input, reduced_axes(dim, input.ndim), keepdim, dtype)


def nansum_backward(F, g, input, dim, keepdim, dtype):
    if dtype is not None:
        g = F._to_copy(g, dtype)
    g = F.expand(restored(F, g, dim, keepdim, len(input.shape)), tuple(input.shape))
    return F.masked_fill(g, F.isnan(input), 0)


nansum.derivative(
    input=lambda F, g, input, dim, keepdim, dtype, input_dtype: nansum_backward(F, g, input, dim, keepdim, dtype and input_dtype))


# -- means and spreads --------------------------------------------------------------------------------------------------------------
def mean_out(result, out, values):
    if values[1] is None and not values[2] and not can_cast(result, out):
        raise RuntimeError(f"mean.dtype_out(): input types can't be cast to the desired output type {SCALAR_NAMES[out.name]}")
    if out.category < FLOAT:  # torch writes the sum there, and then divides it
        raise RuntimeError(f"result type Float can't be cast to the desired output type {SCALAR_NAMES[out.name]}")


@op("mean", kind=REDUCTION, out=mean_out,
    overload=lambda dim, keepdim: "MeanBackward0" if dim is None and not keepdim else "MeanBackward1")
def mean(K, input: Array, dim=None, keepdim=False, *, dtype=None):
    """The mean of all elements, or over the dimensions `dim`; nan of nothing.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([1., 2., 6.]).mean()
    tensor(3.)
    """
    own = K.dtype_of(input) if dtype is None else dtype
    if own.category < FLOAT:
        raise RuntimeError("mean(): could not infer output dtype. "
                           f"{'Input' if dtype is None else 'Optional'} dtype must be either a floating point or complex dtype. "
                           f"Got: {SCALAR_NAMES[own.name]}")
    axis = None if dim is None else wrap_dims(dim, input.ndim)
    if dtype is None:
        return K.mean(input, axis=axis, keepdims=keepdim)
    input, wide, wanted = in_dtype(K, input, dtype)
    result = K.mean(input, axis=axis, keepdims=keepdim)
    return result if wide is wanted else K.astype(result, K.native[wanted])


def mean_backward(F, g, shape, dim, keepdim):
    g, count = restored(F, g, dim, keepdim, len(shape)), reduced_count(shape, dim) or float("nan")
    if F is RECORDED or F.dtype.is_complex:  # as torch: the order decides the bits of what follows
        return F.div(F.expand(g, shape), count)
    return F.expand(F.div(g, count), shape)  # nothing of the operand's size is computed


mean.derivative(input=lambda F, g, input_shape, dim, keepdim: mean_backward(F, g, input_shape, dim, keepdim))


@composite("nanmean")
def nanmean(F, input, dim=None, keepdim=False, *, dtype=None, out=None):
    """The mean of the elements that are not nan."""
    if not (input.dtype.is_floating_point or input.dtype.is_complex):
        raise RuntimeError(f"nanmean(): expected input to have floating point or complex dtype but got {SCALAR_NAMES[input.dtype.name]}")
    count = F.sum(F.logical_not(F.isnan(F.detach(input))), dim, keepdim)
    if out is None:
        return F.div(F.nansum(input, dim, keepdim, dtype=dtype), count)
    F.nansum(input, dim, keepdim, dtype=dtype, out=out)
    return out.div_(count)


def check_spread(K, input):
    if K.dtype_of(input).category < FLOAT:
        raise RuntimeError("std and var only support floating point and complex dtypes")


def correction_of(correction):
    return 1 if correction is None else correction


@op("var", kind=REDUCTION, out=True, function=False, method=False)
def var(K, input: Array, dim=None, *, correction=None, keepdim=False):
    """The variance of all elements, or over the dimensions `dim`."""
    check_spread(K, input)
    return K.var(input, axis=spread_axes(dim, input.ndim), correction=correction_of(correction), keepdims=keepdim)


@op("std", kind=REDUCTION, out=True, function=False, method=False)
def std(K, input: Array, dim=None, *, correction=None, keepdim=False):
    """The standard deviation of all elements, or over the dimensions `dim`."""
    check_spread(K, input)
    return K.std(input, axis=spread_axes(dim, input.ndim), correction=correction_of(correction), keepdims=keepdim)


@op("var_mean", kind=REDUCTION, outputs=("result0", "result1"), function=False, method=False)
def var_mean(K, input: Array, dim=None, *, correction=None, keepdim=False):
    """The variance and the mean."""
    check_spread(K, input)
    axis = spread_axes(dim, input.ndim)
    return (K.var(input, axis=axis, correction=correction_of(correction), keepdims=keepdim), K.mean(input, axis=axis, keepdims=keepdim))


@op("std_mean", kind=REDUCTION, outputs=("result0", "result1"), function=False, method=False)
def std_mean(K, input: Array, dim=None, *, correction=None, keepdim=False):
    """The standard deviation and the mean."""
    check_spread(K, input)
    axis = spread_axes(dim, input.ndim)
    return (K.std(input, axis=axis, correction=correction_of(correction), keepdims=keepdim), K.mean(input, axis=axis, keepdims=keepdim))


def spread_axes(dim, ndim):
    return None if dim is None else wrap_dims(dim, ndim)


def var_backward(F, g, input, dim, correction, keepdim):
    # d var = 2 (x - mean) dx / (n - correction): the mean's own variation sums to zero
    shape = tuple(input.shape)
    freedom = reduced_count(shape, dim) - correction_of(correction)
    factor = 2 / freedom if freedom else float("inf")
    g = restored(F, g, dim, keepdim, len(shape))
    centre = F.mean(input) if dim is None else F.mean(input, dim, True)
    centred = F.sub(input, centre)  # before its factor, as torch: it decides the order of sums in second derivatives
    return F.mul(F.mul(g, factor), centred)


def std_backward(F, g, result, input, dim, correction, keepdim):
    g = F.masked_fill(F.div(g, F.mul(result, 2)), F.eq(result, 0), 0)
    return var_backward(F, g, input, dim, correction, keepdim)


def added(F, a, b):
    """The sum of two gradients of which either may be undefined."""
    if a is None or b is None:
        return b if a is None else a
    return F.add(a, b)


def with_mean(F, spread, g_mean, input, dim, keepdim):
    if g_mean is None:
        return spread
    return added(F, spread, mean_backward(F, g_mean, tuple(input.shape), dim, keepdim))


var.derivative(input=lambda F, g, input, dim, correction, keepdim: var_backward(F, g, input, dim, correction, keepdim))
std.derivative(input=lambda F, g, result, input, dim, correction, keepdim: std_backward(F, g, result, input, dim, correction, keepdim))
var_mean.derivative(input=lambda F, g, input, dim, correction, keepdim: with_mean(
    F, None if g[0] is None else var_backward(F, g[0], input, dim, correction, keepdim), g[1], input, dim, keepdim))
std_mean.derivative(input=lambda F, g, result0, input, dim, correction, keepdim: with_mean(
    F, None if g[0] is None else std_backward(F, g[0], result0, input, dim, correction, keepdim), g[1], input, dim, keepdim))


def spread_front(name):
    """torch's two spellings of `name`: with ``unbiased`` and with ``correction``."""

    def front(F, input, dim=None, unbiased=None, keepdim=False, *, correction=None, out=None):
        if dim is True or dim is False:  # var(x, False)
            dim, unbiased = None, dim
        if unbiased is not None:
            correction = int(unbiased)
        extra = {} if out is None else {"out": out}
        return getattr(F, name)(input, dim, correction=correction, keepdim=keepdim, **extra)

    return front


for _name, _declared in (("var", var), ("std", std), ("var_mean", var_mean), ("std_mean", std_mean)):
    _front = spread_front(_name)
    _front.__doc__ = f"{_declared.doc} `correction` (1) is taken off the number of elements; ``unbiased=False`` means none."
    composite(_name, method=True)(_front)


# -- products -----------------------------------------------------------------------------------------------------------------------
@op("prod", kind=REDUCTION, out=True, overload=lambda dim: "ProdBackward0" if dim is None else "ProdBackward1")
def prod(K, input: Array, dim=None, keepdim=False, *, dtype=None):
    """The product of all elements, or over the dimension `dim`."""
    return accumulate(K.prod, K, input, None if dim is None else reduced_axes(dim, input.ndim), keepdim, dtype)


def prod_backward(F, g, input, result, dim, keepdim, dtype):
    shape = tuple(input.shape)
    if not shape:
        return g
    if dtype is not None:
        input = F._to_copy(input, dtype)
    g, result = restored(F, g, dim, keepdim, len(shape)), restored(F, result, dim, keepdim, len(shape))
    if not bool(F.any(F.eq(input, 0))):
        return F.mul(g, F.conj(F.div(result, input)))
    # The product of all others is that of those before and those after.
    if dim is None:
        return F.reshape(F.mul(g, F.conj(product_of_others(F, F.reshape(input, (-1,)), 0))), shape)
    return F.mul(g, F.conj(product_of_others(F, input, wrap_dim(dim, len(shape)))))


def ones_like(F, x):
    """Ones, from what formulas have."""
    return F.add(F.zeros_like(x), 1)


def product_of_others(F, input, dim):
    """For each element, the product of all others along `dim`, without division."""
    length = input.shape[dim]
    if length == 1:
        return ones_like(F, input)
    one = ones_like(F, F.narrow(input, dim, 0, 1))
    before = F.cumprod(F.cat([one, F.narrow(input, dim, 0, length - 1)], dim), dim)
    after = F.flip(F.cumprod(F.cat([one, F.flip(F.narrow(input, dim, 1, length - 1), (dim,))], dim), dim), (dim,))
    return F.mul(before, after)


prod.derivative(input=lambda F, g, input, result, dim, keepdim, dtype: prod_backward(F, g, input, result, dim, keepdim, dtype))


# -- tests and counts ---------------------------------------------------------------------------------------------------------------
def truth(name):
    def forward(K, input: Array, dim=None, keepdim=False):
        found = (K.any if name == "any" else K.all)(
            K.astype(input, K.native[dtypes.bool]), axis=reduced_axes(dim, input.ndim), keepdims=keepdim)
        return K.astype(found, input.dtype) if K.dtype_of(input) is dtypes.uint8 else found  # torch keeps uint8

    forward.__doc__ = f"Whether {name} of the elements are true (not zero)."
    return op(name, kind=REDUCTION, rounds=False, out=exactly(f"{name} only supports bool tensor for result, got: {{out}}"))(forward)


any, all = truth("any"), truth("all")


@op("count_nonzero", kind=REDUCTION)
def count_nonzero(K, input: Array, dim=None):
    """How many elements are not zero."""
    return K.count_nonzero(input, axis=reduced_axes(dim, input.ndim))


# -- logsumexp ----------------------------------------------------------------------------------------------------------------------
@op("logsumexp", kind=REDUCTION, promote=TO_FLOAT,
    out=refusing_integers("logsumexp(): Expected floating point type for result tensor, but got: {out}"))
def logsumexp(K, input: Array, dim, keepdim=False):
    """The logarithm of the sum of exponentials over `dim`, without overflow."""
    axis = wrap_dims(dim, input.ndim)
    if 0 in input.shape:
        return K.log(K.sum(K.exp(input), axis=axis, keepdims=keepdim))
    high = K.max(K.real(input), axis=axis, keepdims=True)
    high = K.where(K.isfinite(high), high, 0.0)
    total = K.log(K.sum(K.exp(K.subtract(input, high)), axis=axis, keepdims=keepdim))
    return K.add(total, high if keepdim or not axis else K.reshape(high, total.shape))


logsumexp.derivative(input=lambda F, g, input, result, dim, keepdim: F.mul(
    restored(F, g, dim, keepdim, len(input.shape)),
    F.conj(F.exp(F.sub(input, restored(F, result, dim, keepdim, len(input.shape)))))))
