"""Random operations that torch records: writing random numbers into a tensor, and drawing with tensors as parameters.

Their derivative is zero. How numbers are drawn is said in `isograd.drawing`.
"""

from __future__ import annotations

from typing import Any

from isograd import drawing, dtypes
from isograd.drawing import chosen
from isograd.dtypes import FLOAT, SCALAR_NAMES
from isograd.graph import TYPE_NAMES
from isograd.ops.declare import METHODS, OTHER, Array, composite, op
from isograd.shapes import check_broadcast, contiguous_strides, numel


def zero(F, g):
    return F.zeros_like(g)


def placed(K, input, flat):
    """Drawn numbers in the shape of `input`, in the order of its memory."""
    return drawing.arranged(flat, K, tuple(input.shape), tuple(K.strides(input)))


def real(name, kind):
    """Raise torch's error, which names a kernel, for a dtype that is not floating."""
    if kind.category < FLOAT:
        raise NotImplementedError(f"\"{name}\" not implemented for '{SCALAR_NAMES[kind.name]}'")


def continuous(word, kind, spelling=None):
    if not kind.is_floating_point:
        raise RuntimeError(f"{word} distribution is a continuous probability distribution. dtype must be a floating point but you "
                           f"specified {spelling or SCALAR_NAMES[kind.name]}")


def in_place(name: str, **options: Any) -> Any:
    """An op that exists in place only."""
    return op(name, kind=OTHER, rounds=False, changes_dtype=False, inplace=True, function=False, method=False, **options)


@in_place("uniform")
def uniform(K, input: Array, from_=0.0, to=1.0, *, generator=None):
    """Numbers drawn uniformly from [`from_`, `to`)."""
    kind = K.dtype_of(input)
    real("check_uniform_bounds", kind)
    low, high, limit = float(from_), float(to), dtypes.finfo(kind).max
    for word, bound in (("from", low), ("to", high)):
        if not -limit <= bound <= limit:
            raise RuntimeError(f"{word} is out of bounds for {drawing.C_TYPES[kind.to_real().name]}")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    source, count = chosen("uniform_", generator), numel(input.shape)
    if kind.is_complex:
        drawn = drawing.uniform(source, 2 * count, kind.to_real(), low, high)
        return drawing.paired(drawn, K, tuple(input.shape), tuple(K.strides(input)))
    return placed(K, input, drawing.uniform(source, count, kind, low, high))


@in_place("normal")
def normal(K, input: Array, mean=0.0, std=1.0, *, generator=None):
    """Numbers drawn from the normal distribution."""
    kind = K.dtype_of(input)
    drawing.check_std(std)
    real("normal_kernel_cpu", kind)
    source, count = chosen("normal_", generator), numel(input.shape)
    dense = tuple(K.strides(input)) == contiguous_strides(input.shape)
    if kind.is_complex:
        drawn = drawing.normal(source, 2 * count, kind.to_real(), float(mean), float(std) / 2**0.5, dense)
        return drawing.paired(drawn, K, tuple(input.shape), tuple(K.strides(input)))
    return placed(K, input, drawing.normal(source, count, kind, float(mean), float(std), dense))


@in_place("exponential")
def exponential(K, input: Array, lambd=1.0, *, generator=None):
    """Waiting times of rate `lambd`."""
    kind = K.dtype_of(input)
    continuous("Exponential", kind)
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    source = chosen("exponential_", generator)
    return placed(K, input, drawing.exponential(source, numel(input.shape), kind, float(lambd)))


@in_place("cauchy")
def cauchy(K, input: Array, median=0.0, sigma=1.0, *, generator=None):
    """Numbers drawn from the Cauchy distribution."""
    kind = K.dtype_of(input)
    continuous("Cauchy", kind, {"int64": "long int"}.get(kind.name, drawing.C_TYPES.get(kind.name)))
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    source = chosen("cauchy_", generator)
    return placed(K, input, drawing.cauchy(source, numel(input.shape), kind, float(median), float(sigma)))


@in_place("log_normal")
def log_normal(K, input: Array, mean=1.0, std=2.0, *, generator=None):
    """Numbers whose logarithms are normal."""
    kind = K.dtype_of(input)
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    real("log_normal_cpu", kind)
    source = chosen("log_normal_", generator)
    return placed(K, input, drawing.log_normal(source, numel(input.shape), kind, float(mean), float(std)))


@in_place("geometric")
def geometric(K, input: Array, p, *, generator=None):
    """How many trials the first success takes, each succeeding with probability `p`."""
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    kind, source = K.dtype_of(input), chosen("geometric_", generator)
    if kind is dtypes.bool or kind.is_complex:
        raise NotImplementedError(f"\"geometric_cpu\" not implemented for '{SCALAR_NAMES[kind.name]}'")
    return placed(K, input, drawing.geometric(source, numel(input.shape), kind, float(p)))


def random_overload(from_, to):
    return f"RandomBackward{2 if from_ is None else 1 if to is ... else 0}"


@in_place("random", overload=random_overload)
def random(K, input: Array, from_=None, to=..., *, generator=None):
    """Integers: all that the dtype holds exactly, those below `from_`, or those in [`from_`, `to`).

    None for `to` means up to the largest.
    """
    kind, source, count = K.dtype_of(input), chosen("random_", generator), numel(input.shape)
    if from_ is None:
        return placed(K, input, drawing.unbounded(source, count, kind))
    low, high = (0, from_) if to is ... else (from_, drawing.largest(kind) + 1 if to is None else to)
    return placed(K, input, drawing.bounded(source, count, kind, int(low), int(high)))


@in_place("_bernoulli", node="BernoulliBackward2", public="bernoulli")
def _bernoulli(K, input: Array, p, generator):
    """1 with probability `p`, else 0."""
    kind, source = K.dtype_of(input), chosen("bernoulli_", generator)
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    if kind.is_complex:
        raise NotImplementedError(f"\"bernoulli_scalar_cpu_\" not implemented for '{SCALAR_NAMES[kind.name]}'")
    H = drawing.host()
    drawn = H.less(drawing.doubles(source, numel(input.shape)), float(p))
    return placed(K, input, H.astype(drawn, H.native[kind]))


@in_place("_bernoulli_tensor", node="BernoulliBackward1", public="bernoulli")
def _bernoulli_tensor(K, input: Array, p: Array, generator):
    """1 with the probabilities `p`, else 0."""
    return trials(K, input, p, chosen("bernoulli_", generator))


def bernoulli_(self, p=0.5, *, generator=None):
    """Write 1 with probability `p`, a number or a tensor, else 0."""
    write = METHODS["_bernoulli_tensor_" if hasattr(p, "space") else "_bernoulli_"]
    return write(self, p, generator)


METHODS["bernoulli_"] = bernoulli_


def trials(K, input, p, source):
    """1 in the shape and dtype of `input` with the probabilities `p`, else 0."""
    kind, odds = K.dtype_of(input), K.dtype_of(p)
    if kind.is_complex:
        raise NotImplementedError(f"\"bernoulli_tensor_cpu_self_\" not implemented for '{SCALAR_NAMES[kind.name]}'")
    if not odds.is_floating_point:
        raise NotImplementedError(f"\"bernoulli_tensor_cpu_p_\" not implemented for '{SCALAR_NAMES[odds.name]}'")
    single = K.native[dtypes.float32]
    wide = K.astype(p, single) if odds.is_half else p
    if numel(p.shape) and not bool(K.all(K.logical_and(K.greater_equal(wide, 0.0), K.less_equal(wide, 1.0)))):
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, "
                           "please report an enhancement request to PyTorch.)")
    if len(p.shape) > len(input.shape):
        raise RuntimeError(f"expand(torch.{TYPE_NAMES[odds.name]}{{{list(p.shape)}}}, size={list(input.shape)}): the number of sizes "
                           f"provided ({len(input.shape)}) must be greater or equal to the number of dimensions in the tensor "
                           f"({len(p.shape)})")
    draw = drawing.doubles if odds is dtypes.float64 else drawing.singles
    drawn = placed(K, input, draw(source, numel(input.shape)))
    return K.astype(K.less(drawn, K.broadcast_to(wide, tuple(input.shape))), input.dtype)


@op("_bernoulli_of", kind=OTHER, rounds=False, changes_dtype=False, node="BernoulliBackward0", public="bernoulli", function=False,
    method=False)
def _bernoulli_of(K, input: Array, generator=None):
    """1 with the probability that each element of `input` is, else 0."""
    return trials(K, K.empty(tuple(input.shape), dtype=input.dtype), input, chosen("bernoulli", generator))


@composite("bernoulli")
def bernoulli(F, input, p=None, *, generator=None, out=None):
    """1 with the probability that each element of `input` is (or with probability `p`), else 0.

    Examples
    --------
    >>> import isograd as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.bernoulli(torch.tensor([0., 0.5, 1.]))
    tensor([0., 0., 1.])
    """
    if out is not None:
        return bernoulli_into(out, input, p, generator)
    if p is None:
        return F._bernoulli_of(input, generator)
    return F._bernoulli(input, p, generator)


def bernoulli_into(out, input, p, generator):
    """Write the draws into `out`, in whatever dtype it has."""
    from isograd.grad_mode import grad_enabled, no_grad

    if grad_enabled() and (input.requires_grad or out.requires_grad):
        raise RuntimeError("bernoulli(): functions with out=... arguments don't support automatic differentiation, but one of the "
                           "arguments requires grad.")
    with no_grad():
        version = out._version
        out.resize_(input.shape).bernoulli_(input if p is None else p, generator=generator)
        out._versions[0] = version + 1  # torch counts once
    return out


def normal_op(name: str, node: str) -> Any:
    return op(name, kind=OTHER, rounds=False, changes_dtype=False, node=node, public="normal", function=False, method=False)


@normal_op("_normal_of_mean", "NormalBackward1")
def _normal_of_mean(K, mean: Array, std, generator):
    """Normal numbers around each of `mean`."""
    drawing.check_std(std)
    kind, shape = K.dtype_of(mean), tuple(mean.shape)
    real("normal_kernel_cpu", kind)
    flat = drawing.normal(chosen("normal", generator), numel(shape), kind, 0.0, float(std))
    return added(K, drawing.arranged(flat, K, shape), mean)


@normal_op("_normal_of_std", "NormalBackward2")
def _normal_of_std(K, mean, std: Array, generator):
    """Normal numbers of each standard deviation."""
    check_stds(K, std)
    return scaled(K, std, mean, std, chosen("normal", generator))


@normal_op("_normal_of_both", "NormalBackward3")
def _normal_of_both(K, mean: Array, std: Array, generator):
    """Normal numbers of each mean and standard deviation."""
    check_stds(K, std)
    return scaled(K, mean, mean, std, chosen("normal", generator))


def check_stds(K: Any, std: Any) -> None:
    if K.dtype_of(std).is_complex:
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if numel(std.shape) and not bool(K.all(K.greater_equal(std, K.zeros((), dtype=std.dtype)))):
        raise RuntimeError("normal expects all elements of std >= 0.0")


def scaled(K, like, mean, std, source):
    """Standard normal numbers times `std`, plus `mean`: two operations, each rounded."""
    kind = K.dtype_of(like)
    real("normal_kernel_cpu", kind)
    shape = check_broadcast(tuple(getattr(mean, "shape", ())), tuple(std.shape))
    drawn = drawing.arranged(drawing.normal(source, numel(shape), kind), K, shape)
    if kind.is_half:
        single = K.native[dtypes.float32]
        product = K.astype(K.multiply(K.astype(drawn, single), K.astype(std, single)), like.dtype)
    else:
        product = K.multiply(drawn, std)
    return added(K, product, mean)


def added(K, drawn, mean):
    if not K.dtype_of(drawn).is_half:
        return K.add(drawn, mean)
    single = K.native[dtypes.float32]
    mean = K.astype(mean, single) if hasattr(mean, "shape") else mean
    return K.astype(K.add(K.astype(drawn, single), mean), drawn.dtype)


for _op in (uniform, normal, exponential, cauchy, log_normal, geometric, random, _bernoulli, _bernoulli_of):
    _op.derivative(input=zero)
_bernoulli_tensor.derivative(input=zero, p=lambda F, g, p: F.zeros_like(p))
_normal_of_mean.derivative(mean=lambda F, g, mean: F.zeros_like(mean))
_normal_of_std.derivative(std=lambda F, g, std: F.zeros_like(std))
_normal_of_both.derivative(mean=lambda F, g, mean: F.zeros_like(mean), std=lambda F, g, std: F.zeros_like(std))
