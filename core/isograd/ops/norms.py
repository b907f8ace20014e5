"""Norms and distances."""

from __future__ import annotations

from math import inf

from isograd.dtypes import FLOAT, SCALAR_NAMES, bfloat16, complex64, complex128, float16, float32, float64
from isograd.ops.declare import COMMON, OTHER, RECORDED, REDUCTION, Array, composite, op
from isograd.ops.outputs import KEPT, Out, exact, exactly
from isograd.ops.reductions import in_dtype, restored
from isograd.shapes import broadcast_shapes, wrap_dim, wrap_dims


# -- of vectors -----------------------------------------------------------------------------------------------------------------------
def vector_norm(K, x, ord, axis, keepdim):
    """The `ord`-norm over `axis`, real also of complex elements."""
    size = K.abs(x)
    if ord == 2:
        return K.sqrt(K.sum(K.multiply(size, size), axis=axis, keepdims=keepdim))
    if ord == 1:
        return K.sum(size, axis=axis, keepdims=keepdim)
    if ord == 0:
        return K.sum(K.astype(K.not_equal(size, 0), size.dtype), axis=axis, keepdims=keepdim)
    if ord in (inf, -inf):
        return (K.max if ord > 0 else K.min)(size, axis=axis, keepdims=keepdim)
    return K.pow(K.sum(K.pow(size, ord), axis=axis, keepdims=keepdim), 1.0 / ord)


def norm_backward(F, g, input, p, result, dim, keepdim, dtype):
    """The gradient of a `p`-norm: 0 where the norm is 0, a subgradient of least norm."""
    p = 2.0 if p is None else p
    shape = tuple(input.shape)
    g, result = restored(F, g, dim, keepdim, len(shape)), restored(F, result, dim, keepdim, len(shape))
    if p == 0:
        return None
    if p == 1:
        return F.mul(F.sgn(input), g)
    if p == 2:
        return F.mul(F.masked_fill(F.div(input, result), F.eq(result, 0), 0), g)
    size = F.abs(input)
    if p in (inf, -inf):
        # Ties share evenly; a nan norm goes to the nan elements.
        extreme = F.logical_or(F.eq(size, result), F.isnan(size))
        count = F.sum(extreme, dtype=dtype) if dim is None else F.sum(extreme, dim, True, dtype=dtype)
        part = F.mul(F.div(g, count), F._to_copy(extreme, dtype))
        return F.mul(F.sgn(input), part)
    if p < 1:
        scaled = F.mul(F.sgn(input), F.masked_fill(F.pow(size, p - 1), F.eq(input, 0), 0))
        return F.mul(F.mul(scaled, g), F.pow(result, 1 - p))
    scaled = F.mul(F.sgn(input), F.pow(size, p - 1)) if p < 2 else F.mul(input, F.pow(size, p - 2))
    return F.mul(scaled, F.masked_fill(F.div(g, F.pow(result, p - 1)), F.eq(result, 0), 0))


@op("linalg_vector_norm", kind=REDUCTION, out=exact, function=False, method=False)
def linalg_vector_norm(K, input: Array, ord=2, dim=None, keepdim=False, *, dtype=None):
    """The `ord`-norm of all elements, or over the dimensions `dim`."""
    own = K.dtype_of(input)
    if own.category < FLOAT:
        raise RuntimeError(f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {SCALAR_NAMES[own.name]}")
    check_norm_dtype(own, dtype)
    axis = None if dim is None else wrap_dims(dim, input.ndim)
    if (ord < 0 or ord == inf) and 0 in input.shape:
        check_order(input, ord, dim)
    input, wide, wanted = in_dtype(K, input, dtype)
    result = vector_norm(K, input, ord, axis, keepdim)
    return result if wide is wanted else K.astype(result, K.native[wanted.to_real()])


def check_norm_dtype(own, dtype):
    if dtype is None:
        return
    if dtype.category < FLOAT:
        raise RuntimeError(f"linalg.vector_norm: dtype should be floating point or complex. Got {SCALAR_NAMES[dtype.name]}")
    if dtype.is_complex != own.is_complex:
        kind = "complex" if own.is_complex else "real"
        raise RuntimeError(f"linalg.vector_norm: dtype should be {kind} for {kind} inputs, but got {SCALAR_NAMES[dtype.name]}")
    if dtype is not own and dtype.itemsize < own.itemsize:
        raise RuntimeError(f"linalg.vector_norm: the dtype of the input ({SCALAR_NAMES[own.name]}) should be convertible without narrowing "
                           f"to the specified dtype ({SCALAR_NAMES[dtype.name]})")


def check_order(input, ord, dim):
    text = int(ord) if ord not in (inf, -inf) and ord == int(ord) else ord
    if dim is None:
        raise RuntimeError(f"linalg.vector_norm cannot compute the {text} norm on an empty tensor because the operation does not have an "
                           "identity")
    for d in wrap_dims(dim, len(input.shape)):
        if input.shape[d] == 0:
            raise RuntimeError(f"linalg.vector_norm cannot compute the {text} norm on the dimension {d} because this dimension is empty "
                               "and the operation does not have an identity")


def vector_norm_backward(F, g, input, ord, result, dim, keepdim, dtype, input_dtype):
    if dtype is not None and dtype is not input_dtype:
        input = F._to_copy(input, dtype)
    return norm_backward(F, g, input, ord, result, dim, keepdim, (dtype or input_dtype).to_real())


linalg_vector_norm.derivative(input=lambda F, g, input, ord, result, dim, keepdim, dtype, input_dtype: vector_norm_backward(
    F, g, input, ord, result, dim, keepdim, dtype, input_dtype))


@op("norm_dim", kind=REDUCTION, function=False, method=False, node="NormBackward1", public="norm")
def norm_dim(K, input: Array, p, dim, keepdim=False):
    """``at::norm`` over one dimension, of which torch's distances are made."""
    return vector_norm(K, input, 2.0 if p is None else p, wrap_dims(dim, input.ndim), keepdim)


norm_dim.derivative(input=lambda F, g, input, p, result, dim, keepdim, input_dtype: norm_backward(
    F, g, input, p, result, dim, keepdim, input_dtype.to_real()))


@composite("norm")
def norm(F, input, p="fro", dim=None, keepdim=False, out=None, dtype=None):
    """The `p`-norm of all elements, or over `dim`: a number, ``"fro"`` or ``"nuc"``.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([3., 4.]).norm()
    tensor(5.)
    """
    extra = {} if out is None else {"out": out}
    dims = [dim] if isinstance(dim, int) else dim
    if isinstance(p, str):
        if p == "fro" and (dims is None or len(dims) <= 2):
            return F.linalg_vector_norm(input, 2, dims, keepdim, dtype=dtype, **extra)
        if p == "nuc":
            converted = input if dtype is None else F._to_copy(input, dtype)
            return F.linalg_matrix_norm(converted, "nuc", dims or (-2, -1), keepdim)
        raise RuntimeError(f"only valid string values are 'fro' and 'nuc', found {p}")
    return F.linalg_vector_norm(input, 2.0 if p is None else p, dims, keepdim, dtype=dtype, **extra)


# -- of matrices ----------------------------------------------------------------------------------------------------------------------
@composite("linalg_matrix_norm", function=False, method=False, out=Out("linalg_matrix_norm", exactly(
    "linalg.matrix_norm expected out tensor dtype {result} but got: {out}"), KEPT))
def linalg_matrix_norm(F, A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None):
    """A norm of matrices: ``"fro"``, ``"nuc"``, inf, -inf, 1, -1, 2 or -2."""
    check_matrix_input("linalg.matrix_norm", A)
    n = len(A.shape)
    if len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    rows, columns = (wrap_dim(d, n) for d in dim)
    if rows == columns:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if isinstance(ord, str):
        if ord == "fro":
            return F.linalg_vector_norm(A, 2, [rows, columns], keepdim, dtype=dtype)
        if ord != "nuc":
            raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    elif abs(ord) not in (1, 2, inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if ord == "nuc" or abs(ord) == 2:
        if dtype is not None:
            A = F._to_copy(A, dtype)
        order = [d for d in range(n) if d not in (rows, columns)] + [rows, columns]
        values = F.linalg_svdvals(F.permute(A, order))
        if ord == "nuc":
            result = F.sum(values, -1, keepdim)
        else:
            result = (F.amax if ord > 0 else F.amin)(values, -1, keepdim)
        if keepdim:
            result = F.unsqueeze(result, -1)
            back = [order.index(d) for d in range(n)]
            result = F.permute(result, back)
        return result
    first, second = (rows, columns) if abs(ord) == 1 else (columns, rows)
    if second > first and not keepdim:
        second -= 1
    sums = F.linalg_vector_norm(A, 1.0, [first], keepdim, dtype=dtype)
    return (F.amax if ord > 0 else F.amin)(sums, second, keepdim)


def check_matrix_input(name, A):
    if A.dtype.category < FLOAT:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {SCALAR_NAMES[A.dtype.name]}")
    if len(A.shape) < 2:
        raise RuntimeError(f"{name}: The input tensor A must have at least 2 dimensions.")


@composite("linalg_norm", function=False, method=False, out=Out("linalg_norm", exactly(
    "linalg.norm expected out tensor dtype {result} but got: {out}"), KEPT))
def linalg_norm(F, A, ord=None, dim=None, keepdim=False, *, dtype=None):
    """A vector norm, or a matrix norm where `A` or `dim` has two dimensions and `ord` is given."""
    if ord is not None:
        if dim is not None and not isinstance(dim, int) and len(dim) not in (1, 2):
            raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}")
        if dim is None and len(A.shape) not in (1, 2):
            raise RuntimeError("linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. "
                               f"Got {len(A.shape)}D.")
        one = isinstance(dim, int) or (dim is not None and len(dim) == 1) or (dim is None and len(A.shape) == 1)
        if not one:
            return F.linalg_matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
        if isinstance(ord, str):
            raise TypeError("linalg_vector_norm(): argument 'ord' (position 2) must be Number, not str")
    dims = [dim] if isinstance(dim, int) else dim
    return F.linalg_vector_norm(A, 2 if ord is None else ord, dims, keepdim, dtype=dtype)


# -- distances ------------------------------------------------------------------------------------------------------------------------
@op("dist", kind=OTHER, promote=COMMON)
def dist(K, input: Array, other: Array, p=2):
    """The `p`-norm of the difference."""
    return vector_norm(K, K.subtract(input, other), p, None, False)


def dist_backward(F, g, input, other, p, result, dtype, shape, sign=1):
    part = norm_backward(F, g, F.sub(input, other), p, result, None, False, dtype.to_real())
    if part is None:
        return None
    part = part if sign > 0 else F.neg(part)
    return part if tuple(part.shape) == tuple(shape) else F.sum_to_size(part, tuple(shape))


dist.derivative(
    input=lambda F, g, input, other, p, result, input_dtype, input_shape: dist_backward(
        F, g, input, other, p, result, input_dtype, input_shape),
    other=lambda F, g, input, other, p, result, other_dtype, other_shape: dist_backward(
        F, g, input, other, p, result, other_dtype, other_shape, -1),
)


WIDER = {float16: float32, bfloat16: float32, float32: float64, complex64: complex128}


@op("renorm", kind=OTHER, inplace=True, out=exact, changes_dtype=False)
def renorm(K, input: Array, p, dim, maxnorm):
    """`input` with its slices along `dim` scaled down to a `p`-norm of `maxnorm` at most."""
    if len(input.shape) < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {len(input.shape)} dimensions")
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    where = wrap_dim(dim, input.ndim)
    lengths = vector_norm(K, input, p, tuple([d for d in range(input.ndim) if d != where]), True)
    factor = K.where(K.greater(lengths, maxnorm), K.divide(float(maxnorm), K.add(lengths, 1e-7)), 1.0)
    return K.multiply(input, factor)


def renorm_backward(F, g, input, p, dim, maxnorm, dtype):
    shape = tuple(input.shape)
    where = wrap_dim(dim, len(shape))
    others = [d for d in range(len(shape)) if d != where]
    wide = WIDER.get(dtype, dtype)  # what torch computes this one derivative in
    length = F.linalg_vector_norm(input, p, others, True, dtype=wide)
    # x m / (|x| + e): the factor varies with the norm, by -m / (|x| + e)², times d|x|/dx
    product = F.mul(F.conj(input), g)
    product = F.sum(F.real(product) if dtype.is_complex else product, others, True, dtype=wide.to_real())
    if p == 1:
        by_norm = F.mul(F._to_copy(F.sgn(input), wide), product)  # whose signs torch takes before it widens
    else:
        by_norm = norm_backward(F, product, F._to_copy(input, wide), p, length, others, True, wide.to_real())
    inverse = F.reciprocal(F.add(length, 1e-7))
    rest = F.sub(F._to_copy(g, wide), F.mul(inverse, by_norm))
    scaled = F._to_copy(F.mul(F.mul(inverse, maxnorm), rest), dtype)
    beyond = (F if F is RECORDED else F.of(length)).gt(length, maxnorm)  # lengths are real where F is complex
    return F.where(beyond, scaled, g)


renorm.derivative(input=lambda F, g, input, p, dim, maxnorm, input_dtype: renorm_backward(F, g, input, p, dim, maxnorm, input_dtype))


@composite("cosine_similarity", method=False)
def cosine_similarity(F, x1, x2, dim=1, eps=1e-8):
    """The cosines of the angles between vectors along `dim`; norms count as `eps` at least."""
    from isograd.promotion import promote_types

    common = promote_types(x1.dtype, x2.dtype)
    if common.category < FLOAT:
        raise RuntimeError(f"expected common dtype to be floating point, yet common dtype is {SCALAR_NAMES[common.name]}")
    shape = tuple(broadcast_shapes(x1.shape, x2.shape))
    x1, x2 = (F._to_copy(x, common) if x.dtype is not common else x for x in (x1, x2))
    x1, x2 = F.expand(x1, shape) if tuple(x1.shape) != shape else x1, F.expand(x2, shape) if tuple(x2.shape) != shape else x2
    norms = [F.clone(F.linalg_vector_norm(x, 2, [dim], True)) for x in (x1, x2)]
    from isograd.grad_mode import no_grad

    with no_grad():  # as torch: the bound has no part in the gradient
        for length in norms:
            length.clamp_min_(eps)
    return F.sum(F.mul(F.div(x1, norms[0]), F.div(x2, norms[1])), dim)


def pair_norm(K, gap, p):
    """The `p`-norms of differences along the last axis."""
    return vector_norm(K, gap, p, (gap.ndim - 1,), False)


@op("_cdist_forward", kind=OTHER, function=False, method=False, node="CdistBackward0", changes_dtype=False)
def _cdist_forward(K, x1: Array, x2: Array, p, compute_mode):
    """The `p`-norm distances of all pairs of rows."""
    gap = K.subtract(K.expand_dims(x1, axis=-2), K.expand_dims(x2, axis=-3))
    return pair_norm(K, gap, p)


def cdist_side(F, g, x1, x2, p, result, dtype, side):
    gap = F.sub(F.unsqueeze(x1, -2), F.unsqueeze(x2, -3))
    part = norm_backward(F, g, gap, p, result, -1, False, dtype)
    if part is None:
        return F.zeros_like(x1 if side == 0 else x2)
    part = F.sum(part, -2) if side == 0 else F.neg(F.sum(part, -3))
    return part


_cdist_forward.derivative(
    x1=lambda F, g, x1, x2, p, result, x1_dtype, x1_shape: fit_batch(F, cdist_side(F, g, x1, x2, p, result, x1_dtype, 0), x1_shape),
    x2=lambda F, g, x1, x2, p, result, x2_dtype, x2_shape: fit_batch(F, cdist_side(F, g, x1, x2, p, result, x2_dtype, 1), x2_shape),
)


def fit_batch(F, g, shape):
    return g if tuple(g.shape) == tuple(shape) else F.sum_to_size(g, tuple(shape))


@composite("cdist", method=False)
def cdist(F, x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """The `p`-norm distances of all pairs of rows of `x1` and `x2`."""
    for number, x in ((1, x1), (2, x2)):
        if len(x.shape) < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, X{number} got: {len(x.shape)}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    modes = {"use_mm_for_euclid_dist_if_necessary": 0, "use_mm_for_euclid_dist": 1, "donot_use_mm_for_euclid_dist": 2}
    if compute_mode not in modes:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    return F._cdist_forward(x1, x2, float(p), modes[compute_mode])


@op("_pdist_forward", kind=OTHER, function=False, method=False, node="PdistBackward0", changes_dtype=False)
def _pdist_forward(K, input: Array, p=2):
    """The `p`-norm distances of all pairs of different rows."""
    rows, columns = upper_pairs(input.shape[0])
    gap = K.subtract(K.take(input, K.asarray(rows, dtype=K.native_index), axis=0),
                     K.take(input, K.asarray(columns, dtype=K.native_index), axis=0))
    return pair_norm(K, gap, p)


def upper_pairs(n):
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    return [i for i, _ in pairs], [j for _, j in pairs]


def pdist_backward(F, g, input, p, result, dtype):
    n = input.shape[0]
    if p == 0:
        return F.zeros_like(input)
    start = 0
    total = F.zeros_like(input)
    for i in range(n - 1):
        count = n - 1 - i
        gap = F.sub(F.narrow(input, 0, i, 1), F.narrow(input, 0, i + 1, count))
        part = norm_backward(F, F.narrow(g, 0, start, count), gap, p, F.narrow(result, 0, start, count), 1, False, dtype)
        start += count
        parts = [F.sum(part, 0, True), F.neg(part)]
        if i:
            parts = [F.zeros_like(F.narrow(input, 0, 0, i)), *parts]
        total = F.add(total, F.cat(parts, 0))
    return total


_pdist_forward.derivative(input=lambda F, g, input, p, result, input_dtype: pdist_backward(F, g, input, p, result, input_dtype))


@composite("pdist", method=False)
def pdist(F, input, p=2):
    """The `p`-norm distances of all pairs of different rows."""
    if len(input.shape) != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {len(input.shape)}D")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return F._pdist_forward(F.contiguous(input), float(p))
