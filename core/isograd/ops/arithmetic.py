"""Arithmetic: sums, products, quotients."""

from __future__ import annotations

from isograd.ops.declare import COMMON, ELEMENTWISE, FLOAT, Array, Scalar, composite, op


def scaled(F, g, alpha):
    """``g * conj(alpha)``, without a pass over memory when alpha is 1."""
    if alpha == 1:
        return g
    return F.mul(g, alpha.conjugate() if isinstance(alpha, complex) else alpha)


@op("add", kind=ELEMENTWISE, inplace=True, out=True)
def add(K, input: Array, other: Array | Scalar, *, alpha=1):
    """The sum of `input` and `other` times `alpha`."""
    return K.add(input, other if alpha == 1 else K.multiply(other, alpha))


add.derivative(input=lambda F, g: g, other=lambda F, g, alpha: scaled(F, g, alpha))


@op("sub", kind=ELEMENTWISE, inplace=True, out=True, aliases=("subtract",))
def sub(K, input: Array, other: Array | Scalar, *, alpha=1):
    """The difference of `input` and `other` times `alpha`."""
    return K.subtract(input, other if alpha == 1 else K.multiply(other, alpha))


sub.derivative(input=lambda F, g: g, other=lambda F, g, alpha: scaled(F, F.neg(g), alpha))


@op("rsub", kind=ELEMENTWISE, overload=lambda other: "RsubBackward1" if isinstance(other, (int, float, complex)) else "RsubBackward0")
def rsub(K, input: Array, other: Array | Scalar, *, alpha=1):
    """The difference of `other` and `input` times `alpha`."""
    return K.subtract(other, input if alpha == 1 else K.multiply(input, alpha))


rsub.derivative(input=lambda F, g, alpha: scaled(F, F.neg(g), alpha), other=lambda F, g: g)


@op("mul", kind=ELEMENTWISE, inplace=True, out=True, aliases=("multiply",))
def mul(K, input: Array, other: Array | Scalar):
    """The product of `input` and `other`."""
    return K.multiply(input, other)


def conj_number(F, x):
    """The conjugate of a tensor, array or Python number."""
    return x.conjugate() if isinstance(x, (int, float, complex)) else F.conj(x)


mul.derivative(
    input=lambda F, g, other: F.mul(g, conj_number(F, other)),
    other=lambda F, g, input: F.mul(g, conj_number(F, input)),
)


@op("neg", kind=ELEMENTWISE, inplace=True, out=True, aliases=("negative",))
def neg(K, input: Array):
    """The negative of each element."""
    return K.negative(input)


neg.derivative(input=lambda F, g: F.neg(g))


@op("sqrt", kind=ELEMENTWISE, promote=FLOAT, inplace=True, out=True)
def sqrt(K, input: Array):
    """The square root of each element."""
    return K.sqrt(input)


# d sqrt(x) = dx / (2 sqrt(x))
sqrt.derivative(input=lambda F, g, result: F.div(g, F.mul(F.conj(result), 2)))

@op("conj", kind=ELEMENTWISE, real_identity=True, function=False, method=False)
def conj(K, input: Array):
    """The complex conjugate of each element."""
    return K.conj(input)


conj.derivative(input=lambda F, g: F.conj(g))


@op("div", kind=ELEMENTWISE, promote=FLOAT, inplace=True, out=True)
def div(K, input: Array, other: Array | Scalar):
    return K.divide(input, other)

div.derivative(input=lambda F, g, other: F.div(g, conj_number(F, other)),
   other=lambda F, g, input, other: F.mul(F.neg(g), F.conj(F.div(F.div(input, other), other))))

@op("sum", kind="reduction", node="SumBackward0", overload=lambda dim: "SumBackward0" if dim is None else "SumBackward1")
def sum(K, input: Array, dim=None, keepdim=False, *, dtype=None):
    return K.sum(input, axis=dim, keepdims=keepdim)

sum.derivative(input=lambda F, g, input_shape, dim, keepdim: F.expand(g, input_shape))

@op("expand", kind="view")
def expand(K, input: Array, size):
    return K.broadcast_to(input, size)
@composite("sum_to_size")
def sum_to_size(F, input, size):
    n = len(input.shape) - len(size)
    if n:
       input = F.sum(input, tuple(range(n)))
    d = tuple(i for i, k in enumerate(size) if k == 1 and input.shape[i] != 1)
    if d: input = F.sum(input, d, True)
    return input
expand.derivative(input=lambda F, g, input_shape: F.sum_to_size(g, input_shape))
