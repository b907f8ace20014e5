"""What torch composes of products of vectors and matrices: contractions, covariances, cross products."""

from __future__ import annotations

from isograd import dtypes
from isograd.dtypes import SCALAR_NAMES
from isograd.ops.declare import CONTRACTION, Array, composite, op
from isograd.ops.outputs import KEPT, Out, exact, exactly
from isograd.ops.products import fitted
from isograd.shapes import broadcast_shapes, numel, wrap_dim


# -- compositions -------------------------------------------------------------------------------------------------------------------
@composite("outer", aliases=("ger",), out="mul")
def outer(F, input, vec2):
    """The outer product of two vectors."""
    for name, vec in (("self", input), ("vec2", vec2)):
        if len(vec.shape) != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {len(vec.shape)}-D")
    return F.mul(F.reshape(input, (input.shape[0], 1)), vec2)


#: torch computes the result first and copies it.
CONTRACTED = Out("tensordot", exactly("tensordot: Expected the output tensor to have dtype {result}, but got an output tensor with dtype "
                                      "{out}"), KEPT)


@composite("tensordot", method=False, out=CONTRACTED)
def tensordot(F, a, b, dims=2):
    """The contraction of `a` and `b` over `dims`: that many last and first dimensions, or two lists of dimensions."""
    if hasattr(dims, "tolist"):
        dims = dims.tolist()
    if isinstance(dims, (tuple, list)):
        dims_a, dims_b = [list(d) if isinstance(d, (tuple, list)) else [d] for d in dims]
    else:
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(len(a.shape), len(b.shape)):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims_a, dims_b = list(range(len(a.shape) - dims, len(a.shape))), list(range(dims))
    if len(dims_a) != len(dims_b):
        raise RuntimeError("both dimension lists should have same length")
    if a.dtype is not b.dtype:
        raise RuntimeError("both inputs should have same dtype")
    dims_a = [wrap_dim(d, len(a.shape)) for d in dims_a]
    dims_b = [wrap_dim(d, len(b.shape)) for d in dims_b]
    inner = 1
    for i, j in zip(dims_a, dims_b, strict=True):
        m, n = a.shape[i], b.shape[j]
        if m == 1:  # a dimension to broadcast: the other one is summed first
            b = F.sum(b, (j,), True, dtype=b.dtype)
        elif n == 1:
            a = F.sum(a, (i,), True, dtype=a.dtype)
        else:
            if m != n:
                raise RuntimeError(f"contracted dimensions need to match, but first has size {m} in dim {i} and second has size {n} in "
                                   f"dim {j}")
            inner *= m
    free_a = [d for d in range(len(a.shape)) if d not in dims_a]
    free_b = [d for d in range(len(b.shape)) if d not in dims_b]
    shape_a, shape_b = tuple([a.shape[d] for d in free_a]), tuple([b.shape[d] for d in free_b])
    a, b = F.permute(a, (*free_a, *dims_a)), F.permute(b, (*dims_b, *free_b))
    if numel(shape_a) == numel(shape_b) == 1:  # as torch: a scalar needs no matrices
        if a.is_contiguous() and b.is_contiguous():
            a, b = (F.reshape(x, (inner,)) if len(x.shape) != 1 else x for x in (a, b))
            product = F.dot(a, b)
        else:
            product = F.sum(F.mul(F.squeeze(a), F.squeeze(b)), dtype=a.dtype)
    else:
        product = F.mm(F.reshape(a, (numel(shape_a), inner)), F.reshape(b, (inner, numel(shape_b))))
    return F.reshape(product, (*shape_a, *shape_b))


@composite("inner", out=lambda input, other: CONTRACTED if input.shape and other.shape else "mul")
def inner(F, input, other):
    """The inner product along the last dimensions."""
    if not input.shape or not other.shape:
        return F.mul(input, other)
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(f"inner() the last dimension must match on both input tensors but got shapes {list(input.shape)} and "
                           f"{list(other.shape)}")
    return F.tensordot(input, other, [[-1], [-1]])


@composite("kron", out=Out("mul", changes=(0, 0)))  # torch writes through a view it has made by hand
def kron(F, input, other):
    """The Kronecker product."""
    n = max(len(input.shape), len(other.shape))
    a, b = (1,) * (n - len(input.shape)) + tuple(input.shape), (1,) * (n - len(other.shape)) + tuple(other.shape)
    spread_a = tuple([k for length in a for k in (length, 1)])
    spread_b = tuple([k for length in b for k in (1, length)])
    product = F.mul(F._unsafe_view(input, spread_a), F._unsafe_view(other, spread_b))
    return F._unsafe_view(product, tuple([m * k for m, k in zip(a, b, strict=True)]))


@composite("chain_matmul", method=False, out=True)
def chain_matmul(F, *matrices):
    """The product of several matrices in the cheapest order."""
    if len(matrices) == 1:
        return matrices[0]
    return F.linalg_multi_dot(matrices)


@composite("linalg_multi_dot", function=False, method=False, out=Out("mm", exactly(
    "multi_dot(): expected out tensor to have dtype {result} but got {out}", cpp=True)))
def linalg_multi_dot(F, tensors):
    """The product of several matrices in the cheapest order; the first and the last may be vectors."""
    tensors = list(tensors)
    n = len(tensors)
    if n < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {n}")
    first, last = tensors[0], tensors[-1]
    shape = []
    for i, (tensor, at_end) in enumerate([(first, True), *[(t, False) for t in tensors[1:-1]], (last, True)]):
        if at_end and len(tensor.shape) not in (1, 2) or not at_end and len(tensor.shape) != 2:
            place = "the first tensor must be 1D or 2D" if i == 0 else "the last tensor must be 1D or 2D" if at_end else (
                f"tensor {i} must be 2D")
            raise RuntimeError(f"multi_dot(): {place} but got {len(tensor.shape)}D")
    if len(first.shape) == 1:
        tensors[0] = F.unsqueeze(first, 0)
    else:
        shape.append(first.shape[0])
    if len(last.shape) == 1:
        tensors[-1] = F.unsqueeze(last, -1)
    else:
        shape.append(last.shape[1])
    for i, tensor in enumerate(tensors[1:], 1):
        if tensor.dtype is not tensors[0].dtype:
            raise RuntimeError("multi_dot(): all tensors must have be the same dtype but tensor 0 is "
                               f"{SCALAR_NAMES[tensors[0].dtype.name]} and tensor {i} {SCALAR_NAMES[tensor.dtype.name]}")
        if tensors[i - 1].shape[1] != tensor.shape[0]:
            raise RuntimeError(f"multi_dot(): tensors {i - 1} and {i} with shapes {list(tensors[i - 1].shape)} and {list(tensor.shape)} "
                               "cannot be multiplied")
    return F.view(multiplied(F, tensors), shape)


def multiplied(F, tensors):
    """The product in the order that takes the fewest multiplications (Cormen et al., "Introduction to Algorithms", 15.2)."""
    n = len(tensors)
    if n == 2:
        return F.mm(*tensors)
    sizes = [tensors[0].shape[0], *[t.shape[1] for t in tensors]]
    if n == 3:
        a, b, c, d = sizes
        if a * c * (b + d) <= b * d * (a + c):
            return F.mm(F.mm(tensors[0], tensors[1]), tensors[2])
        return F.mm(tensors[0], F.mm(tensors[1], tensors[2]))
    cost = {(i, i): (0, i) for i in range(n)}
    for width in range(1, n):
        for i in range(n - width):
            j = i + width
            cost[i, j] = min([(cost[i, k][0] + cost[k + 1, j][0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)])

    def chain(i, j):
        if i == j:
            return tensors[i]
        k = cost[i, j][1]
        return F.mm(chain(i, k), chain(k + 1, j))

    return chain(0, n - 1)


@composite("cov")
def cov(F, input, *, correction=1, fweights=None, aweights=None):
    """The covariance matrix of variables (rows) from observations (columns)."""
    if len(input.shape) > 2:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions but got an input with {len(input.shape)} dimensions")
    if input.dtype is dtypes.bool:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = F.view(input, (1, -1)) if len(input.shape) < 2 else input
    count = rows.shape[1]
    weights = check_weights(F, count, fweights, aweights)
    total = count if weights is None else F.sum(weights)
    if weights is not None and (not count or total.item() == 0):
        raise ZeroDivisionError("cov(): weights sum to zero, can't be normalized")
    mean = F.div(F.sum(rows if weights is None else F.mul(rows, weights), 1), total)
    if correction == 0:
        freedom = total
    elif aweights is None:
        freedom = count - correction if weights is None else F.sub(total, correction)
    else:
        shrunk = F.sum(F.mul(weights, aweights)) if weights is not None else 0
        freedom = F.sub(total, F.div(F.mul_scalar(shrunk, correction), total))
    negative = (freedom if isinstance(freedom, (int, float)) else freedom.item()) <= 0
    if negative:
        from warnings import warn

        warn("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.", stacklevel=3)
        freedom = 0 if isinstance(freedom, (int, float)) else F.zeros_like(freedom)
    centred = F.sub(rows, F.unsqueeze(mean, 1))
    other = F.t(centred) if weights is None else F.t(F.mul(centred, weights))
    product = F.mm(centred, F.conj(other))
    if product.dtype.is_complex and rows.shape[0] == 1:  # a variance is real
        product = F.complex(F.real(product), F.zeros_like(F.real(F.detach(product))))
    return F.squeeze(F.div(product, freedom))


def check_weights(F, count, fweights, aweights):
    """The joint weights of observations, or None."""
    weights = None
    for name, given_weights in (("fweights", fweights), ("aweights", aweights)):
        if given_weights is None:
            continue
        if len(given_weights.shape) > 1:
            raise RuntimeError(f"cov(): expected {name} to have one or fewer dimensions but got {name} with "
                               f"{len(given_weights.shape)} dimensions")
        whole = not (given_weights.dtype.is_floating_point or given_weights.dtype.is_complex or given_weights.dtype is dtypes.bool)
        if (name == "fweights") != whole:
            wanted = "integral" if name == "fweights" else "floating point"
            raise RuntimeError(f"cov(): expected {name} to have {wanted} dtype but got {name} with "
                               f"{SCALAR_NAMES[given_weights.dtype.name]} dtype")
        if numel(given_weights.shape) != count:
            raise RuntimeError(f"cov(): expected {name} to have the same numel as there are observations in the input but got "
                               f"{numel(given_weights.shape)} != {count}")
        if count and F.min(given_weights).item() < 0:
            raise RuntimeError(f"cov(): {name} cannot be negative")
        weights = given_weights if weights is None else F.mul(weights, given_weights)
    return weights


@composite("corrcoef")
def corrcoef(F, input):
    """The matrix of correlation coefficients of variables (rows) from observations (columns)."""
    if len(input.shape) > 2:
        raise RuntimeError("corrcoef(): expected input to have two or fewer dimensions but got an input with "
                           f"{len(input.shape)} dimensions")
    c = F.cov(input)
    if not c.shape:
        return F.div(c, c)
    d = F.diagonal(c)
    deviation = F.sqrt(F.real(d) if c.dtype.is_complex else d)
    c = F.div(c, F.view(deviation, (-1, 1)))
    c = F.div(c, F.view(deviation, (1, -1)))
    if c.dtype.is_complex:
        return F.complex(F.clamp(F.real(c), -1, 1), F.clamp(F.imag(c), -1, 1))
    return F.clamp(c, -1, 1)


# -- cross ----------------------------------------------------------------------------------------------------------------------------
@op("linalg_cross", kind=CONTRACTION, promote="common", out=exact, function=False, method=False)
def linalg_cross(K, input: Array, other: Array, *, dim=-1):
    """The cross product along `dim`."""
    if len(input.shape) != len(other.shape):
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    where = wrap_dim(dim, len(input.shape))
    if input.shape[where] != 3 or other.shape[where] != 3:
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.shape[where]} and {other.shape[where]}")
    shape = tuple(broadcast_shapes(input.shape, other.shape))
    input, other = K.broadcast_to(input, shape), K.broadcast_to(other, shape)
    turned = [K.take(x, K.asarray(order), axis=where) for order in ([1, 2, 0], [2, 0, 1]) for x in (input, other)]
    return K.subtract(K.multiply(turned[0], turned[3]), K.multiply(turned[2], turned[1]))


linalg_cross.derivative(
    input=lambda F, g, other, dim, input_shape: fitted(F, F.linalg_cross(F.conj(other), g, dim=dim), input_shape),
    other=lambda F, g, input, dim, other_shape: fitted(F, F.linalg_cross(g, F.conj(input), dim=dim), other_shape),
)


@composite("cross", out=Out("linalg_cross", exact))
def cross(F, input, other, dim=None):
    """The cross product along `dim` (by default the first dimension of length 3)."""
    if dim is None:
        from warnings import warn

        warn("Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or simply use "
             "torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in a future release.",
             stacklevel=3)
        dim = next((d for d, n in enumerate(input.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return F.linalg_cross(input, other, dim=dim)


def vecdot_out(x, y, *, dim=-1):
    return Out("vdot" if len(x.shape) == len(y.shape) == 1 else "sum",
               exactly("linalg.vecdot: Expected out of dtype{result} but found {out}"))


@composite("linalg_vecdot", function=False, method=False, out=vecdot_out)
def linalg_vecdot(F, x, y, *, dim=-1):
    """The inner products of vectors along `dim`, the first ones conjugated."""
    if not (x.dtype.is_floating_point or x.dtype.is_complex):
        raise RuntimeError("linalg.vecdot: Expected a floating point or complex tensor as input. Got "
                           f"{SCALAR_NAMES[x.dtype.name]}")
    if len(x.shape) == 1 and len(y.shape) == 1:
        return F.vdot(x, y)
    return F.sum(F.mul(F.conj(x), y), dim)
