"""Scans: cumulative sums, products and extremes; differences and the trapezoidal rule."""

from __future__ import annotations

from isograd import dtypes
from isograd.dtypes import FLOAT
from isograd.ops.declare import OTHER, RECORDED, Array, composite, op
from isograd.ops.outputs import KEPT, Out, exactly
from isograd.ops.reductions import accumulate, ones_like
from isograd.shapes import numel, wrap_dim
from isograd.tensor import Tensor


def scan(kernel, K, input, dim, dtype):
    """Run a cumulative kernel in the dtype it accumulates in; a 0-d operand is its own scan."""
    where = wrap_dim(dim, input.ndim)

    def along(x, axis, keepdims, dtype=None):
        if not input.ndim:
            return K.copy(K.asarray(x)) if dtype is None else K.astype(x, dtype)
        return kernel(x, axis=where) if dtype is None else kernel(x, axis=where, dtype=dtype)

    return accumulate(along, K, input, None, False, dtype)


@op("cumsum", kind=OTHER, inplace=True, out=True)
def cumsum(K, input: Array, dim, *, dtype=None):
    """The cumulative sum along `dim`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([1., 2., 3.]).cumsum(0)
    tensor([1., 3., 6.])
    """
    return scan(K.cumulative_sum, K, input, dim, dtype)


@op("cumprod", kind=OTHER, inplace=True, out=True)
def cumprod(K, input: Array, dim, *, dtype=None):
    """The cumulative product along `dim`."""
    return scan(K.cumulative_prod, K, input, dim, dtype)


def reversed_cumsum(F, g, dim):
    """The sums of what comes after, each element included."""
    shape = tuple(g.shape)
    if numel(shape) <= 1 or shape[dim] == 1:
        return g
    return F.flip(F.cumsum(F.flip(g, (dim,)), dim), (dim,))


def cumprod_backward(F, g, input, dim, result, dtype, input_dtype):
    if dtype is not None:
        g, result = F._to_copy(g, input_dtype), F._to_copy(result, input_dtype)
    shape = tuple(input.shape)
    if numel(shape) <= 1:
        return g
    dim = wrap_dim(dim, len(shape))
    if shape[dim] == 1:
        return g
    input, result = F.conj(input), F.conj(result)
    weighted = F.mul(result, g)
    zero = F.eq(input, 0)
    if not bool(F.any(zero)):
        return F.div(reversed_cumsum(F, weighted, dim), input)
    if F is RECORDED:
        return cumprod_backward_by_definition(F, g, input, dim)
    # Before the first zero the products do not vanish, and the quotient holds. At the first zero, what counts is the products with it
    # left out, up to the second: the product before it, times those of what follows. After it, nothing.
    zeros_so_far = F.cumsum(F._to_copy(zero, dtypes.int64), dim)
    past_first = F.ne(zeros_so_far, 0)
    before = F.div(reversed_cumsum(F, F.masked_fill(weighted, past_first, 0), dim), F.masked_fill(input, zero, 1))
    before = F.masked_fill(before, past_first, 0)
    first = F.logical_and(zero, F.eq(zeros_so_far, 1))
    between = F.logical_and(F.eq(zeros_so_far, 1), F.logical_not(first))
    following = F.cumprod(F.masked_fill(input, F.logical_not(between), 1), dim)
    sums = F.sum(F.mul(following, F.masked_fill(g, F.ne(zeros_so_far, 1), 0)), dim, True)
    where = F.sum(F._to_copy(F.eq(zeros_so_far, 0), dtypes.int64), dim, True)  # the first zero
    ahead = F.masked_fill(F.gather(result, dim, F.relu(F.sub(where, 1))), F.eq(where, 0), 1)
    return F.where(first, F.expand(F.mul(sums, ahead), shape), before)


def cumprod_backward_by_definition(F, g, input, dim):
    """For each element, the products that contain it, without it: differentiable again where elements are zero."""
    length = input.shape[dim]
    parts = []
    for k in range(length):
        until = F.prod(F.narrow(input, dim, 0, k), dim, True) if k else ones_like(F, F.narrow(input, dim, 0, 1))
        products = until
        if k + 1 < length:
            after = F.cumprod(F.narrow(input, dim, k + 1, length - k - 1), dim)
            if k:
                after = F.mul(F.expand(until, tuple(after.shape)), after)
            products = F.cat([until, after], dim)
        parts.append(F.sum(F.mul(F.narrow(g, dim, k, length - k), products), dim))
    return F.stack(parts, dim)


def cumsum_backward(F, g, dim, dtype, input_dtype):
    if dtype is not None:
        g = F._to_copy(g, input_dtype)
    return reversed_cumsum(F, g, wrap_dim(dim, len(g.shape))) if g.shape else g


cumsum.derivative(input=lambda F, g, dim, dtype, input_dtype: cumsum_backward(F, g, dim, dtype, input_dtype))
cumprod.derivative(input=lambda F, g, input, dim, result, dtype, input_dtype: cumprod_backward(
    F, g, input, dim, result, dtype, input_dtype))


# -- extremes -----------------------------------------------------------------------------------------------------------------------
def declare_extreme(name, kernel):
    def forward(K, input: Array, dim):
        where = wrap_dim(dim, input.ndim)
        if not input.ndim:
            return K.copy(K.asarray(input)), K.zeros((), dtype=K.native_index)
        if 0 in input.shape:
            return K.copy(input), K.zeros(input.shape, dtype=K.native_index)
        if K.dtype_of(input) is dtypes.bool:
            values, indices = getattr(K, kernel)(K.astype(input, K.native[dtypes.uint8]), axis=where)
            return K.astype(values, K.native[dtypes.bool]), indices
        return getattr(K, kernel)(input, axis=where)

    forward.__doc__ = f"The cumulative {'maximum' if name == 'cummax' else 'minimum'} along `dim`, and where it (last) occurred."
    declared = op(name, kind=OTHER, outputs=("values", "indices"), nondifferentiable=("indices",),
                  out=exactly("expected scalar_type {result} but found {out}"))(forward)
    # Every place sends its gradient to where its extreme stands.
    return declared.derivative(input=lambda F, g, indices, input_shape, dim: F.scatter_add(
        F._new_zeros(g, input_shape), dim, indices, g) if 0 not in input_shape else F._new_zeros(g, input_shape))


cummax, cummin = declare_extreme("cummax", "cumulative_max"), declare_extreme("cummin", "cumulative_min")


# -- logcumsumexp -------------------------------------------------------------------------------------------------------------------
@op("logcumsumexp", kind=OTHER, out=exactly("expected scalar_type {result} but found {out}"))
def logcumsumexp(K, input: Array, dim):
    """The logarithm of the cumulative sum of exponentials along `dim`, without overflow."""
    where = wrap_dim(dim, input.ndim)
    if K.dtype_of(input).category < FLOAT:
        raise NotImplementedError(
            f"\"logcumsumexp_out_cpu\" not implemented for '{dtypes.SCALAR_NAMES[K.dtype_of(input).name]}'")
    if not input.ndim or 0 in input.shape:
        return K.copy(K.asarray(input))
    if K.dtype_of(input).is_complex:
        return complex_scan(K, input, where)
    return K.cumulative_logsumexp(input, axis=where)


def complex_scan(K, input, where):
    """logcumsumexp of complex numbers, one after the other: the imaginary part is not brought into (-pi, pi], as in torch."""
    before = (slice(None),) * where
    total = input[(*before, slice(0, 1), ...)]
    parts = [total]
    for i in range(1, input.shape[where]):
        term = input[(*before, slice(i, i + 1), ...)]
        smaller = K.less(K.real(total), K.real(term))
        high, low = K.where(smaller, term, total), K.where(smaller, total, term)
        none = K.equal(K.real(high), float("-inf"))
        total = K.where(none, low, K.add(K.log1p(K.exp(K.subtract(low, high))), high))
        parts.append(total)
    return K.concat(parts, axis=where)


def logcumsumexp_backward(F, g, input, result, dim, dtype):
    # d result_i / d x_j = exp(x_j - result_i) for j <= i, so the gradient is exp(x_j) times the reversed cumulative sum of
    # g_i exp(-result_i): a logcumsumexp again, of the positive and of the negative parts of g (a complex logarithm needs no parts).
    if not input.shape or 0 in input.shape:
        return g

    def term(log_g):
        return F.exp(F.add(F.flip(F.logcumsumexp(F.flip(F.sub(log_g, F.conj(result)), (dim,)), dim), (dim,)), F.conj(input)))

    if dtype.is_complex:
        return term(F.log(g))
    size = F.log(F.abs(g))
    none = dtypes.finfo(dtype).min  # rather than -inf, of which the second derivative would make nan
    positive = term(F.where(F.gt(g, 0), size, none))
    return F.sub(positive, term(F.where(F.lt(g, 0), size, none)))


logcumsumexp.derivative(input=lambda F, g, input, result, dim, input_dtype: logcumsumexp_backward(
    F, g, input, result, dim, input_dtype))


# -- differences and integrals --------------------------------------------------------------------------------------------------------
def diff_out(input, n=1, dim=-1, prepend=None, append=None):
    length = sum([part.shape[dim] if part.shape else 0 for part in (prepend, input, append) if part is not None])
    if n == 0 or length == 0:  # a copy
        return Out("diff", exactly("expected scalar_type {result} but found {out}"), KEPT, (1, 2))
    return "logical_xor" if input.dtype is dtypes.bool else "sub"


@composite("diff", out=diff_out)
def diff(F, input, n=1, dim=-1, prepend=None, append=None):
    """The `n`-th differences along `dim`."""
    if not input.shape:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    where = wrap_dim(dim, len(input.shape))
    parts = [part for part in (prepend, input, append) if part is not None]
    for part in parts:
        if len(part.shape) != len(input.shape):
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
        for d, (own, length) in enumerate(zip(part.shape, input.shape, strict=True)):
            if d != where and own != length:
                raise RuntimeError("diff expects the shape of tensor to prepend or append to match that of input except along the "
                                   f"differencing dimension; input.size({d}) = {length}, but got tensor.size({d}) = {own}")
    if len(parts) > 1 and n:  # torch: the differences of order 0 are the input, without what goes before or after
        input = F.cat(parts, where)
    n = min(n, input.shape[where])  # then nothing is left
    subtract = F.logical_xor if input.dtype is dtypes.bool else F.sub
    for _ in range(n):
        length = input.shape[where]
        input = subtract(F.narrow(input, where, 1, length - 1), F.narrow(input, where, 0, length - 1))
    return F.zeros_like(input).copy_(input) if n == 0 else input


def widths(F, y, x, dim):
    """The distances between the points `x`, ready to meet the trapezoids of `y`."""
    if len(x.shape) == 1:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError("trapezoid: There must be one `x` value for each sample point")
        shape = [1] * len(y.shape)
        shape[dim] = x.shape[0]
        x = F.view(x, shape)
    elif len(x.shape) < len(y.shape):
        x = F.view(x, (1,) * (len(y.shape) - len(x.shape)) + tuple(x.shape))
    length = x.shape[dim]
    return F.sub(F.narrow(x, dim, 1, length - 1), F.narrow(x, dim, 0, length - 1))


def check_not_bool(name, *tensors):
    if any(t is not None and t.dtype is dtypes.bool for t in tensors):
        raise RuntimeError(f"{name}: received a bool input for `x` or `y`, but bool is not supported")


@composite("trapezoid", method=False, aliases=("trapz",))
def trapezoid(F, y, x=None, *, dx=None, dim=-1):
    """The integral along `dim` by the trapezoidal rule, over points `x` or of spacing `dx`."""
    check_not_bool("trapezoid", y, x)
    where = wrap_dim(dim, len(y.shape))
    if y.shape[where] == 0:
        return F.zeros_like(F.select(F.movedim(F._new_zeros(y, [1 if d == where else n for d, n in enumerate(y.shape)]), where, 0), 0, 0))
    length = y.shape[where]
    left, right = F.narrow(y, where, 0, length - 1), F.narrow(y, where, 1, length - 1)
    if x is None:
        step = 1.0 if dx is None else dx
        if isinstance(step, Tensor):
            step = step.item()
        # torch: sum of all, less half of the ends
        ends = F.add(F.select(y, where, 0), F.select(y, where, -1))
        return F.mul_scalar(F.sub(F.sum(y, where), F.mul_scalar(ends, 0.5)), step)
    return F.div_scalar(F.sum(F.mul(F.add(left, right), widths(F, y, x, where)), where), 2.0)


@composite("cumulative_trapezoid", method=False)
def cumulative_trapezoid(F, y, x=None, *, dx=None, dim=-1):
    """The running integral along `dim` by the trapezoidal rule, over points `x` or of spacing `dx`."""
    check_not_bool("cumulative_trapezoid", y, x)
    where = wrap_dim(dim, len(y.shape))
    length = y.shape[where]
    left, right = F.narrow(y, where, 0, length - 1), F.narrow(y, where, 1, length - 1)
    if x is None:
        step = 1.0 if dx is None else dx
        if isinstance(step, Tensor):
            step = step.item()
        return F.cumsum(F.mul_scalar(F.add(left, right), step / 2.0), where)
    return F.div_scalar(F.cumsum(F.mul(F.add(left, right), widths(F, y, x, where)), where), 2.0)
