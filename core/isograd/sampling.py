"""Tensors of random numbers: torch's functions, whose streams are torch's on the CPU for the same seed."""

from __future__ import annotations

import math
from typing import Any

from isograd import drawing, dtypes
from isograd.arguments import make, native_device, size_of, wrong
from isograd.backend.space import Space
from isograd.creation import integer, made, named_size, similar
from isograd.drawing import chosen
from isograd.dtypes import FLOAT, SCALAR_NAMES, dtype
from isograd.grad_mode import grad_enabled, no_grad
from isograd.ops.declare import METHODS
from isograd.random import Generator
from isograd.shapes import broadcast_shapes, check_broadcast, contiguous_strides, numel
from isograd.tensor import Tensor

__all__ = [
    "multinomial", "normal", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm",
]

def arranged(flat: Any, space: Space, shape: tuple[int, ...], strides: Any = None) -> Any:
    """Drawn numbers as a native array of `space`."""
    return drawing.arranged(flat, space.K, shape, strides, native_device(space))


def strides_in(out: Tensor | None, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The strides of `out`, which is written in the order of its memory, if it has that shape already."""
    if out is None or tuple(out.array.shape) != shape:
        return None
    return tuple(out.space.backend.strides(out.array))


def uniform_array(space: Space, shape: tuple[int, ...], strides: Any, generator: Generator) -> Any:
    """Uniform numbers in [0, 1) as a native array."""
    kind = floating("check_uniform_bounds", space.dtype)
    if space.dtype is kind:
        return arranged(drawing.uniform(generator, numel(shape), kind), space, shape, strides)
    flat = drawing.uniform(generator, 2 * numel(shape), kind)
    return drawing.paired(flat, space.K, shape, strides, native_device(space))


def normal_array(space: Space, shape: tuple[int, ...], strides: Any, generator: Generator) -> Any:
    """Normal numbers of mean 0 and variance 1 as a native array; both parts of complex ones have half of it."""
    kind = floating("normal_kernel_cpu", space.dtype)
    dense = strides is None or strides == contiguous_strides(shape)
    if space.dtype is kind:
        flat = drawing.normal(generator, numel(shape), kind, dense=dense)
        return arranged(flat, space, shape, strides)
    flat = drawing.normal(generator, 2 * numel(shape), kind, 0.0, 1 / 2**0.5, dense)
    return drawing.paired(flat, space.K, shape, strides, native_device(space))


def floating(kernel: str, kind: dtype) -> dtype:
    """The real type in which numbers are drawn; raises torch's error, which names a kernel of its own."""
    if kind.category < FLOAT:
        raise NotImplementedError(f'"{kernel}" not implemented for \'{SCALAR_NAMES[kind.name]}\'')
    return kind.to_real()


def rand(
    *size: Any, generator: Generator | None = None, out: Tensor | None = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False, **named: Any,
) -> Tensor:
    """Numbers drawn uniformly from [0, 1).

    Parameters
    ----------
    *size : int or tuple of int
        The shape.
    generator : Generator, optional
        Where the random bits come from.
    out, dtype, layout, device, pin_memory, requires_grad
        As for `zeros`.

    Examples
    --------
    >>> import isograd as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.rand(3)
    tensor([0.4963, 0.7682, 0.0885])
    """
    shape, source = size_of("rand", size, named_size("rand", named)), chosen("rand", generator)
    return made("rand", out, dtype, requires_grad, lambda space: uniform_array(space, shape, strides_in(out, shape), source),
                (device, layout, pin_memory))


def randn(
    *size: Any, generator: Generator | None = None, out: Tensor | None = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False, **named: Any,
) -> Tensor:
    """Numbers drawn from the normal distribution of mean 0 and variance 1; the parameters are those of `rand`.

    Examples
    --------
    >>> import isograd as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randn(3)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    shape, source = size_of("randn", size, named_size("randn", named)), chosen("randn", generator)
    return made("randn", out, dtype, requires_grad, lambda space: normal_array(space, shape, strides_in(out, shape), source),
                (device, layout, pin_memory))


def randint(
    *bounds: Any, generator: Generator | None = None, out: Tensor | None = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False, **named: Any,
) -> Tensor:
    """Integers drawn uniformly from [low, high): ``randint(high, size)`` or ``randint(low, high, size)``.

    Parameters
    ----------
    low, high : int
        `low` is 0 when left out.
    size : tuple of int
        The shape.
    dtype : dtype, optional
        int64 when left out. The other parameters are those of `rand`.

    Examples
    --------
    >>> import isograd as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randint(10, (3,))
    tensor([4, 9, 3])
    """
    words = ("low", "high", "size")
    given = {word: named.pop(word) for word in words if word in named}
    for unknown in named:
        raise TypeError(f"randint() got an unexpected keyword argument '{unknown}'")
    count = len(bounds) + len(given)
    order = words[3 - count :] if count in (2, 3) and "low" not in given else words
    given |= dict(zip([word for word in order if word not in given], bounds))
    if "high" not in given or "size" not in given:
        missing = "size" if "high" in given else "high"
        raise TypeError(f'randint() missing 1 required positional arguments: "{missing}"')
    first = order.index("high") + 1
    low = integer("randint", "low", given.get("low", 0), 1)
    high = integer("randint", "high", given["high"], first)
    for bound in (low, high):
        if not -(2**63) <= bound < 2**63:
            raise ValueError("Overflow when unpacking long long")
    if not isinstance(given["size"], (tuple, list)):
        raise wrong("randint", "size", "tuple of ints", given["size"], first + 1)
    shape, source = size_of("randint", (given["size"],)), chosen("randint", generator)
    return made("randint", out, dtype, requires_grad,
                lambda space: integer_array(space, shape, strides_in(out, shape), low, high, source),
                (device, layout, pin_memory), dtypes.int64)


def integer_array(
    space: Space, shape: tuple[int, ...], strides: Any, low: int, high: int, generator: Generator
) -> Any:
    """Integers in [low, high) as a native array of any real type."""
    return arranged(drawing.bounded(generator, numel(shape), space.dtype, low, high), space, shape, strides)


def randperm(
    n: int, *, generator: Generator | None = None, out: Tensor | None = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:
    """The integers from 0 to ``n - 1`` in random order.

    Examples
    --------
    >>> import isograd as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randperm(4)
    tensor([0, 1, 3, 2])
    """
    count, source = integer("randperm", "n", n, 1), chosen("randperm", generator)
    if count < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {count}: [{count}]")

    def build(space: Space) -> Any:
        from isograd.arguments import fitting

        kind = space.dtype
        if kind is dtypes.bool or kind.is_complex:
            raise NotImplementedError(f'"randperm" not implemented for \'{SCALAR_NAMES[kind.name]}\'')
        if kind.category < FLOAT:
            fitting(count - 1, kind)
        K = drawing.host()
        flat = K.from_list(drawing.permutation(source, count), (count,), K.native[dtypes.int64])
        return arranged(K.astype(flat, K.native[kind]), space, (count,))

    return made("randperm", out, dtype, requires_grad, build, (device, layout, pin_memory), dtypes.int64)


# -- like another -------------------------------------------------------------------------------------------
def rand_like(
    input: Tensor, *, generator: Generator | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:
    """As `rand`, in the likeness of `input`; the parameters are those of `zeros_like`."""
    space, shape, strides = similar("rand_like", input, dtype, memory_format, (device, layout, pin_memory))
    array = uniform_array(space, shape, strides, chosen("rand_like", generator))
    return make(array, space, requires_grad, "rand_like")


def randn_like(
    input: Tensor, *, generator: Generator | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:
    """As `randn`, in the likeness of `input`; the parameters are those of `zeros_like`."""
    space, shape, strides = similar("randn_like", input, dtype, memory_format, (device, layout, pin_memory))
    array = normal_array(space, shape, strides, chosen("randn_like", generator))
    return make(array, space, requires_grad, "randn_like")


def randint_like(
    input: Tensor, *bounds: Any, generator: Generator | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
    **named: Any,
) -> Tensor:
    """As `randint`, in the likeness of `input`: ``randint_like(input, high)`` or ``randint_like(input, low, high)``."""
    space, shape, strides = similar("randint_like", input, dtype, memory_format, (device, layout, pin_memory))
    given = dict(zip(("high",) if len(bounds) == 1 and "high" not in named else ("low", "high"), bounds)) | named
    if "high" not in given:
        raise TypeError('randint_like() missing 1 required positional arguments: "high"')
    low = integer("randint_like", "low", given.get("low", 0), 2)
    high = integer("randint_like", "high", given["high"], 3 if "low" in given else 2)
    array = integer_array(space, shape, strides, low, high, chosen("randint_like", generator))
    return make(array, space, requires_grad, "randint_like")


# -- of parameters ------------------------------------------------------------------------------------------
def normal(
    mean: Any, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, out: Tensor | None = None,
    dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Normal numbers of the mean and standard deviation given, each a number or a tensor.

    Parameters
    ----------
    mean, std : number or Tensor
        Broadcast to each other.
    size : tuple of int
        The shape, where both are numbers. The other parameters are those of `rand`.

    Examples
    --------
    >>> import isograd as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.normal(torch.tensor([0., 10.]), torch.tensor([1., 2.]))
    tensor([1.5410, 9.4131])
    """
    source = chosen("normal", generator)
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        from isograd.ops.declare import RECORDED

        name = "both" if isinstance(mean, Tensor) and isinstance(std, Tensor) else "mean"
        name = name if isinstance(mean, Tensor) else "std"
        if out is not None:
            return normal_into(out, mean, std, source)
        return getattr(RECORDED, f"_normal_of_{name}")(mean, std, source)  # type: ignore[no-any-return]
    if size is None:
        raise TypeError(
            f"normal() received an invalid combination of arguments - got ({type(mean).__name__}, {type(std).__name__}), but expected "
            "one of:\n * (Tensor mean, Tensor std, *, torch.Generator generator = None, Tensor out = None)\n * (Tensor mean, float std "
            "= 1, *, torch.Generator generator = None, Tensor out = None)\n * (float mean, Tensor std, *, torch.Generator generator = "
            "None, Tensor out = None)\n * (float mean, float std, tuple of ints size, *, torch.Generator generator = None, Tensor out = "
            "None, torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool "
            "requires_grad = False)\n"
        )
    shape = size_of("normal", (size,))
    drawing.check_std(std)

    def build(space: Space) -> Any:
        kind = floating("normal_kernel_cpu", space.dtype)
        strides = strides_in(out, shape)
        dense = strides is None or strides == contiguous_strides(shape)
        flat = drawing.normal(source, numel(shape), kind, float(mean), float(std), dense)
        return arranged(flat, space, shape, strides)

    return made("normal", out, dtype, requires_grad, build, (device, layout, pin_memory))


def normal_into(out: Tensor, mean: Any, std: Any, source: Generator) -> Tensor:
    """Write normal numbers into `out` in steps, as torch does."""
    from isograd.ops.sampling import check_stds
    from isograd.record import check_overlap, fill_out

    tensors = [t for t in (mean, std) if isinstance(t, Tensor)]
    if grad_enabled() and any([t.requires_grad for t in (*tensors, out)]):
        raise RuntimeError(
            "normal(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    with no_grad():
        drawn = out.detach().clone()
        if isinstance(std, Tensor):
            check_stds(std.space.K, std.array)
            shape = broadcast_shapes(*[t.shape for t in tensors])
            if out.shape != shape:
                drawn = out.new_empty(shape)
        else:
            check_broadcast(mean.shape, out.shape)
        drawn.normal_(0.0, 1.0 if isinstance(std, Tensor) else std, generator=source)
        drawn = (drawn.mul_(std) if isinstance(std, Tensor) else drawn).add_(mean)
        check_overlap(out)
        fill_out(out, drawn)
    return out


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Indices drawn from each row of `input` with the probabilities it gives, up to a factor.

    Parameters
    ----------
    input : Tensor
        Of one or two dimensions, none negative.
    num_samples : int
        How many to draw.
    replacement : bool
        Whether an index may come twice.

    Examples
    --------
    >>> import isograd as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.multinomial(torch.tensor([0., 1., 0.]), 2, replacement=True)
    tensor([1, 1])
    """
    if not isinstance(input, Tensor):
        raise wrong("multinomial", "input", "Tensor", input, 1)
    count, source = integer("multinomial", "num_samples", num_samples, 2), chosen("multinomial", generator)
    shape, kind = tuple(input.array.shape), input.space.dtype
    if not 1 <= len(shape) <= 2:
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not kind.is_floating_point:
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {SCALAR_NAMES[kind.name]}"
        )
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if shape[-1] > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")
    if not replacement and count > shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if out is not None and out.space.dtype is not dtypes.int64:
        raise RuntimeError(f"multinomial expects Long tensor out, got: {SCALAR_NAMES[out.space.dtype.name]}")
    from isograd.interchange import crossed

    K, own = drawing.host(), input.space.K
    weights = own.astype(own.reshape(input.array, (-1, shape[-1])), own.native[dtypes.float64])
    rows = weights if own is K else crossed(weights, own, K)
    several = replacement and count > 1
    check_weights(K, rows, several)
    if several:
        found = with_replacement(K, rows, count, source)
    else:
        # the winners of a race whose waiting times have these rates
        times = drawing.exponential(source, numel(rows.shape), kind)
        ratio = K.divide(rows, K.astype(K.reshape(times, rows.shape), K.native[dtypes.float64]))
        found = K.argsort(ratio, axis=1, descending=True, stable=True)[:, :count]
    space = input.space.to(dtypes.int64)
    array = arranged(K.astype(K.reshape(found, (-1,)), K.native[dtypes.int64]), space, (*shape[:-1], count))
    drawn = make(array, space)
    if out is None:
        return drawn
    from isograd.record import fill_out

    fill_out(out, drawn)
    return out


def check_weights(K: Any, rows: Any, several: bool) -> None:
    """Raise torch's error for probabilities that are negative, infinite, nan, or all zero."""
    fine = K.logical_and(K.isfinite(rows), K.greater_equal(rows, 0.0))
    if not bool(K.all(fine)):
        if not several:
            raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
        first = float(rows[K.logical_not(fine)][0])  # torch's loop stops there; a nan is not >= 0
        kind = "entry = infinity or NaN" if first == math.inf else "entry < 0"
        raise RuntimeError(f"invalid multinomial distribution (encountering probability {kind})")
    if bool(K.any(K.equal(K.sum(rows, axis=1), 0.0))):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def with_replacement(K: Any, rows: Any, count: int, generator: Generator) -> Any:
    """Indices where uniform numbers fall among the cumulated probabilities of each row."""
    cumulated = K.cumulative_sum(rows, axis=1)
    found = []
    for i in range(rows.shape[0]):
        steps = K.divide(cumulated[i], cumulated[i][-1])
        found.append(K.searchsorted(steps, drawing.doubles(generator, count)))
    return K.stack(found, axis=0)


METHODS["multinomial"] = multinomial
