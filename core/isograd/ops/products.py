"""Products of vectors and matrices, and `matmul`, which chooses among them."""

from __future__ import annotations

from isograd import dtypes
from isograd.dtypes import SCALAR_NAMES
from isograd.ops.arithmetic import scaled
from isograd.ops.declare import CONTRACTION, Array, composite, op
from isograd.ops.outputs import CPP_NAMES, Out, exact, exactly
from isograd.shapes import check_broadcast, numel
from isograd.tensor import Tensor, bad_argument


# -- checks -------------------------------------------------------------------------------------------------------------------------
def check_same_dtype(K, what, a, b):
    """Raise torch's error when two factors differ in dtype."""
    if a.dtype != b.dtype:
        raise RuntimeError(f"expected {what} to have the same dtype, but got: {CPP_NAMES.get(K.dtype_of(a).name)} != "
                           f"{CPP_NAMES.get(K.dtype_of(b).name)}")


def check_matrices(K, mat1, mat2, first="self"):
    if len(mat1.shape) != 2:
        raise RuntimeError(f"{first} must be a matrix")
    if len(mat2.shape) != 2:
        raise RuntimeError("mat2 must be a matrix")
    if mat1.shape[1] != mat2.shape[0]:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied "
                           f"({mat1.shape[0]}x{mat1.shape[1]} and {mat2.shape[0]}x{mat2.shape[1]})")
    if mat1.dtype != mat2.dtype:
        check_same_dtype(K, "m1 and m2", mat1, mat2)


def check_batches(batch1, batch2):
    for name, batch in (("batch1", batch1), ("batch2", batch2)):
        if len(batch.shape) != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    b, _, m = batch1.shape
    if tuple(batch2.shape[:2]) != (b, m):
        raise RuntimeError(f"Expected size for first two dimensions of batch2 tensor to be: [{b}, {m}] but got: "
                           f"[{batch2.shape[0]}, {batch2.shape[1]}].")


def check_vectors(name, a, b):
    if len(a.shape) != 1 or len(b.shape) != 1:
        raise RuntimeError(f"1D tensors expected, but got {len(a.shape)}D and {len(b.shape)}D tensors")
    if a.shape[0] != b.shape[0]:
        raise RuntimeError("inconsistent tensor size, expected tensor "
                           f"[{a.shape[0]}] and src [{b.shape[0]}] to have the same number of elements, but got {a.shape[0]} and "
                           f"{b.shape[0]} elements respectively")


# -- products -----------------------------------------------------------------------------------------------------------------------
def column_major(shape, strides):
    return strides[0] == 1 and strides[1] == shape[0]


def left_gradient(F, g, mat2, shape, strides, alpha=1):
    """The gradient of the left factor of a matrix product: in that factor's own memory order, as torch."""
    if column_major(shape, strides):
        return scaled(F, F.t(F.mm(F.conj(mat2), F.t(g))), alpha)
    return scaled(F, F.mm(g, F.t(F.conj(mat2))), alpha)


def right_gradient(F, g, mat1, shape, strides, alpha=1):
    """The gradient of the right factor of a matrix product: in that factor's own memory order, as torch."""
    if column_major(shape, strides):
        return scaled(F, F.t(F.mm(F.t(g), F.conj(mat1))), alpha)
    return scaled(F, F.mm(F.t(F.conj(mat1)), g), alpha)


@op("mm", kind=CONTRACTION, out=exact)
def mm(K, input: Array, mat2: Array):
    """The product of two matrices.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.mm(torch.ones(2, 3), torch.ones(3, 2))
    tensor([[3., 3.],
            [3., 3.]])
    """
    check_matrices(K, input, mat2)
    return K.matmul(input, mat2)


mm.derivative(
    input=lambda F, g, mat2, input_shape, input_strides: left_gradient(F, g, mat2, input_shape, input_strides),
    mat2=lambda F, g, input, mat2_shape, mat2_strides: right_gradient(F, g, input, mat2_shape, mat2_strides),
)


@op("mv", kind=CONTRACTION, out=exactly("addmv input tensors must have the same dtype, but got {out}, {result}, and {result}"))
def mv(K, input: Array, vec: Array):
    """The product of a matrix and a vector."""
    if len(input.shape) != 2 or len(vec.shape) != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {len(input.shape)}, {len(vec.shape)}")
    if input.shape[1] != vec.shape[0]:
        raise RuntimeError(f"size mismatch, got input ({input.shape[0]}), mat ({input.shape[0]}x{input.shape[1]}), vec ({vec.shape[0]})")
    check_same_dtype(K, "mat and vec", input, vec)
    return K.matmul(input, vec)


mv.derivative(
    input=lambda F, g, vec: F.outer(g, F.conj(vec)),
    vec=lambda F, g, input: F.mv(F.t(F.conj(input)), g),
)


@op("bmm", kind=CONTRACTION, out=exact)
def bmm(K, input: Array, mat2: Array):
    """The products of two batches of matrices."""
    check_batches(input, mat2)
    check_same_dtype(K, "batch1 and batch2", input, mat2)
    return K.matmul(input, mat2)


bmm.derivative(
    input=lambda F, g, mat2: F.bmm(g, F.conj(F.transpose(mat2, 1, 2))),
    mat2=lambda F, g, input: F.bmm(F.conj(F.transpose(input, 1, 2)), g),
)


def check_dot(K, name, input, tensor):
    if len(input.shape) != 1 or len(tensor.shape) != 1:
        check_vectors(name, input, tensor)
    if input.dtype != tensor.dtype:
        raise RuntimeError(f"dot : expected both vectors to have same dtype, but found "
                           f"{SCALAR_NAMES[K.dtype_of(input).name]} and {SCALAR_NAMES[K.dtype_of(tensor).name]}")
    check_vectors(name, input, tensor)


@op("dot", kind=CONTRACTION, out=exactly("result dtype {out} does not match input dtype {result}"))
def dot(K, input: Array, tensor: Array):
    """The sum of products of two vectors."""
    check_dot(K, "dot", input, tensor)
    return K.matmul(input, tensor)


dot.derivative(input=lambda F, g, tensor: F.mul(g, F.conj(tensor)), tensor=lambda F, g, input: F.mul(g, F.conj(input)))


@op("vdot", kind=CONTRACTION, out=exactly("result dtype {out} does not match input dtype {result}"))
def vdot(K, input: Array, other: Array):
    """The inner product of two vectors, the first one conjugated."""
    check_dot(K, "vdot" if K.dtype_of(input).is_complex else "dot", input, other)
    return K.matmul(K.conj(input), other)


vdot.derivative(input=lambda F, g, other: F.mul(F.conj(g), other), other=lambda F, g, input: F.mul(g, input))


def combined(K, input, product, beta, alpha):
    """``beta * input + alpha * product``; an `input` with beta 0 does not count, not even its nan."""
    if K.dtype_of(product).category < dtypes.FLOAT:  # torch brings the factors to the type of the elements
        beta, alpha = int(beta), int(alpha)
    if alpha != 1:
        product = K.multiply(product, alpha)
    if beta == 0:
        return product
    return K.add(input if beta == 1 else K.multiply(input, beta), product)


def fitted(F, g, shape):
    """`g` summed to the shape of an operand that was broadcast."""
    return g if tuple(g.shape) == tuple(shape) else F.sum_to_size(g, tuple(shape))


def check_expandable(input, shape):
    own = tuple(input.shape)
    if len(own) > len(shape):
        raise RuntimeError(f"expand({{{own_type(input)}{list(own)}}}, size={list(shape)}): the number of sizes provided ({len(shape)}) "
                           f"must be greater or equal to the number of dimensions in the tensor ({len(own)})")
    for i, (have, want) in enumerate(zip(reversed(own), reversed(shape), strict=False)):
        if have not in (1, want):
            raise RuntimeError(f"The expanded size of the tensor ({want}) must match the existing size ({have}) at non-singleton dimension "
                               f"{len(shape) - 1 - i}.  Target sizes: {list(shape)}.  Tensor sizes: {list(own)}")


def own_type(input):
    return f"torch.{type(input).__name__}"


@op("addmm", kind=CONTRACTION, inplace=True, out=exact)
def addmm(K, input: Array, mat1: Array, mat2: Array, *, beta=1, alpha=1):
    """``beta * input + alpha * (mat1 @ mat2)``."""
    check_matrices(K, mat1, mat2, "mat1")
    shape = (mat1.shape[0], mat2.shape[1])
    if input.shape != shape:
        check_expandable(input, shape)
    if input.dtype != mat1.dtype:
        raise RuntimeError("self and mat2 must have the same dtype, but got "
                           f"{SCALAR_NAMES[K.dtype_of(input).name]} and {SCALAR_NAMES[K.dtype_of(mat2).name]}")
    if beta == 1 and alpha == 1:
        return K.add(input, K.matmul(mat1, mat2))
    return combined(K, input, K.matmul(mat1, mat2), beta, alpha)


addmm.derivative(
    input=lambda F, g, beta: scaled(F, g, beta),  # the engine sums it to the operand's shape
    mat1=lambda F, g, mat2, mat1_shape, mat1_strides, alpha: left_gradient(F, g, mat2, mat1_shape, mat1_strides, alpha),
    mat2=lambda F, g, mat1, mat2_shape, mat2_strides, alpha: right_gradient(F, g, mat1, mat2_shape, mat2_strides, alpha),
)


@op("addmv", kind=CONTRACTION, inplace=True, out=exact)
def addmv(K, input: Array, mat: Array, vec: Array, *, beta=1, alpha=1):
    """``beta * input + alpha * (mat @ vec)``."""
    if len(mat.shape) != 2 or len(vec.shape) != 1 or len(input.shape) > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {len(input.shape)}, {len(mat.shape)}, {len(vec.shape)}")
    if mat.shape[1] != vec.shape[0] or tuple(input.shape) not in ((), (1,), (mat.shape[0],)):
        raise RuntimeError(f"size mismatch, got input ({input.shape[0] if input.shape else 1}), mat ({mat.shape[0]}x{mat.shape[1]}), "
                           f"vec ({vec.shape[0]})")
    return combined(K, input, K.matmul(mat, vec), beta, alpha)


addmv.derivative(
    input=lambda F, g, beta: scaled(F, g, beta),  # the engine sums it to the operand's shape
    mat=lambda F, g, vec, alpha: scaled(F, F.outer(g, F.conj(vec)), alpha),
    vec=lambda F, g, mat, alpha: scaled(F, F.mv(F.conj(F.t(mat)), g), alpha),
)


def addr_refusal(own, shape):
    if len(own) != 2:
        return f"2D tensor expected, got {len(own)}D tensor for input"
    return f"size mismatch, input: {list(own)}, v1: [{shape[0]}], v2: [{shape[1]}]"


@op("addr", kind=CONTRACTION, inplace=addr_refusal, out=True, promote="common")
def addr(K, input: Array, vec1: Array, vec2: Array, *, beta=1, alpha=1):
    """``beta * input + alpha * outer(vec1, vec2)``."""
    if len(vec1.shape) != 1 or len(vec2.shape) != 1:
        name, vec = ("vec1", vec1) if len(vec1.shape) != 1 else ("vec2", vec2)
        raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {len(vec.shape)}-D")
    check_expandable(input, (vec1.shape[0], vec2.shape[0]))
    if K.dtype_of(input) is dtypes.bool:
        product = K.logical_and(K.reshape(vec1, (-1, 1)), vec2)
        product = product if alpha else K.zeros(product.shape, dtype=product.dtype)
        return K.logical_or(input, product) if beta else product
    return combined(K, input, K.multiply(K.reshape(vec1, (-1, 1)), vec2), beta, alpha)


addr.derivative(
    input=lambda F, g, beta: scaled(F, g, beta),  # the engine sums it to the operand's shape
    vec1=lambda F, g, vec2, alpha: scaled(F, F.mv(g, F.conj(vec2)), alpha),
    vec2=lambda F, g, vec1, alpha: scaled(F, F.mv(F.t(g), F.conj(vec1)), alpha),
)


@op("addbmm", kind=CONTRACTION, inplace=True, out=exactly("self and mat2 must have the same dtype, but got {out} and {result}"))
def addbmm(K, input: Array, batch1: Array, batch2: Array, *, beta=1, alpha=1):
    """``beta * input + alpha * sum(batch1 @ batch2)``, summed over the batch."""
    check_batches(batch1, batch2)
    check_expandable(input, (batch1.shape[1], batch2.shape[2]))
    b, n, m = batch1.shape
    # The sum over the batch is one product of matrices that are b times as long.
    rows = K.reshape(K.permute_dims(batch1, (1, 0, 2)), (n, b * m))
    return combined(K, input, K.matmul(rows, K.reshape(batch2, (b * m, batch2.shape[2]))), beta, alpha)


def repeated(F, g, batch):
    return F.expand(F.unsqueeze(g, 0), (batch, *g.shape))


addbmm.derivative(
    input=lambda F, g, beta: scaled(F, g, beta),  # the engine sums it to the operand's shape
    batch1=lambda F, g, batch2, batch1_shape, alpha: scaled(
        F, F.bmm(repeated(F, g, batch1_shape[0]), F.conj(F.transpose(batch2, 1, 2))), alpha),
    batch2=lambda F, g, batch1, batch1_shape, alpha: scaled(
        F, F.bmm(F.conj(F.transpose(batch1, 1, 2)), repeated(F, g, batch1_shape[0])), alpha),
)


@op("baddbmm", kind=CONTRACTION, inplace=True, out=exact)
def baddbmm(K, input: Array, batch1: Array, batch2: Array, *, beta=1, alpha=1):
    """``beta * input + alpha * (batch1 @ batch2)``."""
    check_batches(batch1, batch2)
    check_expandable(input, (*batch1.shape[:2], batch2.shape[2]))
    return combined(K, input, K.matmul(batch1, batch2), beta, alpha)


baddbmm.derivative(
    input=lambda F, g, beta: scaled(F, g, beta),  # the engine sums it to the operand's shape
    batch1=lambda F, g, batch2, alpha: scaled(F, F.bmm(g, F.conj(F.transpose(batch2, 1, 2))), alpha),
    batch2=lambda F, g, batch1, alpha: scaled(F, F.bmm(F.conj(F.transpose(batch1, 1, 2)), g), alpha),
)


# -- matmul -------------------------------------------------------------------------------------------------------------------------
def strides_of(F, x):
    """Strides in elements, of a tensor or of a raw array."""
    return x.stride() if hasattr(x, "stride") else F.backend.strides(x)


def can_fold(F, larger, smaller, transposed):
    """Whether a product of a batch of matrices with one matrix or vector becomes one product of matrices, as torch decides."""
    if not (len(larger.shape) >= 3 and len(smaller.shape) <= 2):
        return False
    if getattr(smaller, "requires_grad", False):
        return True  # else backward would expand the gradient of the smaller one to a batch
    if transposed and len(smaller.shape) == 2:
        return False  # the result would have to be copied into order
    shape = tuple(larger.shape)
    if 0 in shape:
        return True
    strides = strides_of(F, larger)
    return all(strides[i] == strides[i + 1] * shape[i + 1] for i in range(len(shape) - 2))


def matmul_out(input, other):
    n1, n2 = getattr(input, "ndim", 0), getattr(other, "ndim", 0)
    if n2 == 1:
        return Out("matmul", dot.check_out if n1 == 1 else mv.check_out)
    return Out("matmul", exact, changes=(2, 2) if n1 == 1 and n2 == 2 else (1, 1))


@composite("matmul", out=matmul_out)
def matmul(F, input, other):
    """The matrix product, batched over leading dimensions; of vectors, the inner product.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.matmul(torch.ones(4, 2, 3), torch.ones(3)).shape
    torch.Size([4, 2])
    """
    for position, (name, operand) in enumerate((("input", input), ("other", other))):
        if not isinstance(operand, Tensor):
            raise bad_argument("matmul", name, position, operand)
    n1, n2 = input.ndim, other.ndim
    if n1 == 2 and n2 == 2:
        return F.mm(input, other)
    if n1 == 0 or n2 == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {n1}D and {n2}D")
    if n1 == 1 and n2 == 1:
        return F.dot(input, other)
    if n1 == 2 and n2 == 1:
        return F.mv(input, other)
    if n1 == 1 and n2 == 2:
        return F.mm(F.unsqueeze(input, 0), other).squeeze_(0)
    transposed = n2 > n1
    larger, smaller = (F.transpose(other, -2, -1), input) if transposed else (input, other)
    if can_fold(F, larger, smaller, transposed):
        if transposed and n1 == 2:
            smaller = F.t(input)
        shape = tuple(larger.shape)
        rows = F.reshape(larger, (numel(shape[:-1]), shape[-1]))
        if len(smaller.shape) == 1:
            return F._unsafe_view(F.mv(rows, smaller), shape[:-1])
        product = F._unsafe_view(F.mm(rows, smaller), (*shape[:-1], smaller.shape[1]))
        return F.contiguous(F.transpose(product, -2, -1)) if transposed else product
    return batched(F, input, other)


def batched(F, input, other):
    """The product as one `bmm` over the broadcast batch."""
    n1, n2 = len(input.shape), len(other.shape)
    rows, inner1 = (input.shape[-2] if n1 > 1 else 1), input.shape[-1]
    inner2, columns = (other.shape[-2], other.shape[-1]) if n2 > 1 else (other.shape[-1], 1)
    batch1, batch2 = tuple(input.shape[:-2]), tuple(other.shape[:-2])
    if n1 == 3 and n2 == 3 and batch1[0] != batch2[0]:
        if batch1[0] == 1 and getattr(input, "requires_grad", False):
            return matmul(F, F.squeeze(input, 0), other)
        if batch2[0] == 1 and getattr(other, "requires_grad", False):
            return matmul(F, input, F.squeeze(other, 0))
    batch = tuple(check_broadcast(batch1, batch2))
    count = numel(batch)
    left = F.reshape(F.expand(input, (*batch, rows, inner1)), (count, rows, inner1))
    if n2 == 1:
        right = F.unsqueeze(F.reshape(F.expand(other, (*batch, inner2)), (count, inner2)), 2)
    else:
        right = F.reshape(F.expand(other, (*batch, inner2, columns)), (count, inner2, columns))
    shape = (*batch, *((rows,) if n1 > 1 else ()), *((columns,) if n2 > 1 else ()))
    product = F.bmm(left, right)
    return F._unsafe_view(F.squeeze(product, -1) if n2 == 1 else product, shape)


@composite("linear", function=False, method=False, out=Out("linear", exact))
def linear(F, input, weight, bias=None):
    """``input @ weight.T + bias``."""
    n = input.ndim
    if bias is not None and weight.ndim == 2 and bias.ndim == 1:
        if n == 2:
            return F.addmm(bias, input, F.t(weight))
        if input.is_contiguous() and n != 0:
            shape = tuple(input.shape)
            flat = F.reshape(input, (numel(shape[:-1]), shape[-1]))
            return F.view(F.addmm(bias, flat, F.t(weight)), (*shape[:-1], weight.shape[0]))
    product = F.matmul(input, F.t(weight))
    return product if bias is None else product.add_(bias)


# -- bilinear ---------------------------------------------------------------------------------------------------------------------------
@op("_trilinear", kind=CONTRACTION, method=False)
def _trilinear(K, i1: Array, i2: Array, i3: Array, expand1, expand2, expand3, sumdim, unroll_dim=1):
    """The product of three arrays, given the dimensions each is to be expanded along, summed over `sumdim`."""
    factors = []
    for array, places in ((i1, expand1), (i2, expand2), (i3, expand3)):
        for place in sorted(places):
            array = K.expand_dims(array, axis=place)
        factors.append(array)
    # Two factors first, then the third: over the summed dimensions that only two share, the sum comes early.
    product = K.multiply(K.multiply(factors[0], factors[1]), factors[2])
    return K.sum(product, axis=tuple(sumdim), dtype=product.dtype)


def trilinear_backward(F, g, needs, factors, places, sumdim):
    # The gradient takes the place of the factor sought: expanded where the product was summed, summed where the factor was expanded.
    found = []
    for i in range(3):
        others = [g if j == i else F.conj(factors[j]) for j in range(3)]
        along = [sumdim if j == i else places[j] for j in range(3)]
        found.append(F._trilinear(*others, *along, places[i]) if needs[i] else None)
    return tuple(found)


_trilinear.joint_derivative(lambda F, g, needs, i1, i2, i3, expand1, expand2, expand3, sumdim: trilinear_backward(
    F, g, needs, (i1, i2, i3), (expand1, expand2, expand3), sumdim))


@composite("bilinear", method=False)
def bilinear(F, input1, input2, weight, bias=None):
    """``input1 @ weight @ input2 + bias`` for each output feature."""
    if len(input1.shape) != len(input2.shape):
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {len(input1.shape)} and {len(input2.shape)}")
    for i in range(len(input1.shape) - 1):
        if input1.shape[i] != input2.shape[i]:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {i}: got {input1.shape[i]} and {input2.shape[i]}")
    for number, (x, d) in enumerate(((input1, 1), (input2, 2)), 1):
        if x.shape[-1] != weight.shape[d]:
            raise RuntimeError(f"bilinear(): input{number} size does not match weight size: got {x.shape[-1]} but expected "
                               f"{weight.shape[d]}")
    shape = (*input1.shape[:-1], weight.shape[0])
    first, second = F.reshape(input1, (-1, input1.shape[-1])), F.reshape(input2, (-1, input2.shape[-1]))
    output = F.reshape(F._trilinear(first, weight, second, [1, 3], [0], [1, 2], [2, 3]), shape)
    return output if bias is None else F.add(output, bias)
