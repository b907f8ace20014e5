"""Tensors of regular numbers: ranges, evenly spaced values, the indices of triangles.

The values are torch's to the last bit, also where they are not the nearest to the exact ones. torch's loops round
a multiplication and an addition once (fused multiply-add), and ``arange`` counts from the first element of each
vector register of 32 bytes.
"""

from __future__ import annotations

import builtins
from math import ceil, inf, isfinite, nan
from math import pow as pow_of_c
from typing import Any

from isograd import defaults, dtypes
from isograd.arguments import dtype_of, fitting, native_device, number_of, wrong
from isograd.backend.space import Space
from isograd.creation import integer, made
from isograd.dtypes import COMPLEX, FLOAT, INTEGER, SCALAR_NAMES, dtype, float32, float64
from isograd.rounding import multiply_add
from isograd.tensor import Tensor

__all__ = ["arange", "linspace", "logspace", "range", "tril_indices", "triu_indices"]


# -- arithmetic ---------------------------------------------------------------------------------------
def counting(space: Space, count: int) -> Any:
    """0, 1, 2, ... in float64."""
    K = space.K
    return K.arange(0, count, 1, dtype=K.native[float64], device=native_device(space))


def rounded(space: Space, array: Any) -> Any:
    """A float64 array as the space's dtype; half precision goes through float32, as in torch."""
    K = space.K
    if space.dtype.is_half:
        array = K.astype(array, K.native[float32])
    return K.astype(array, K.native[space.dtype])


def number_in(space: Space, value: float) -> float:
    """A float as the space's dtype holds it."""
    K = space.K
    array = K.full((), value, dtype=K.native[float64], device=native_device(space))
    return float(space.backend.item(rounded(space, array)))


# -- ranges -------------------------------------------------------------------------------------------
def arange(
    *numbers: Any, out: Tensor | None = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, **named: Any,
) -> Tensor:
    """The numbers from `start` (0) to `end`, `step` (1) apart, without `end`.

    Parameters
    ----------
    start, end, step : number
        ``arange(end)``, ``arange(start, end)`` or ``arange(start, end, step)``.
    dtype : dtype, optional
        int64 if all are integers, else the default dtype, when left out. The other parameters are those of `zeros`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.arange(1, 2.5, 0.5)
    tensor([1.0000, 1.5000, 2.0000])
    """
    start, end, step = bounds("arange", numbers, named)
    given = (start, end, step)
    inferred = dtypes.int64 if all([isinstance(n, int) for n in given]) else defaults.get_default_dtype()

    def build(space: Space) -> Any:
        own = space.dtype
        if own.category not in (INTEGER, FLOAT) or not own.is_signed and own is not dtypes.uint8:
            raise NotImplementedError(f'"arange_cpu" not implemented for \'{SCALAR_NAMES[own.name]}\'')
        first, stride, count = checked(start, end, step, own)
        if out is not None and out.numel() not in (0, count):
            warn_of_resizing(out, count)
        return stepped(space, first, stride, count)

    return made("arange", out, dtype, requires_grad, build, (device, layout, pin_memory), inferred)


def warn_of_resizing(out: Tensor, count: int) -> None:
    """Warn as torch does when a range has another length than its ``out=``."""
    import warnings

    warnings.warn(
        f"The number of elements in the out tensor of shape {list(out.shape)} is {out.numel()} which does not match the "
        f"computed number of elements {count}. Note that this may occur as a result of rounding error. The out tensor "
        f"will be resized to a tensor of shape ({count},).",
        stacklevel=5,
    )


def bounds(name: str, numbers: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Start, end and step, given by position or name."""
    if not named and 0 < len(numbers) < 4 and {*map(type, numbers)} <= {int, float}:
        return (0, numbers[0], 1) if len(numbers) == 1 else numbers if len(numbers) == 3 else (*numbers, 1)
    words = ("end",) if len(numbers) == 1 and "end" not in named else ("start", "end", "step")
    found = dict(zip(words, numbers))
    for word in list(named):
        if word not in ("start", "end", "step"):
            raise TypeError(f"{name}() got an unexpected keyword argument '{word}'")
        if word in found:
            raise TypeError(f"{name}() got multiple values for argument '{word}'")
        found[word] = named[word]
    if len(numbers) > 3 or not found or "step" in found and "start" not in found:
        raise no_form(name, numbers, named)
    if "end" not in found:
        raise TypeError(f'{name}() missing 1 required positional arguments: "end"')
    order = [word for word in ("start", "end", "step") if word in found]
    values = {word: number_of(name, word, found[word], order.index(word) + 1) for word in order}
    return values.get("start", 0), values["end"], values.get("step", 1)


_OPTIONS = (
    "torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool requires_grad = "
    "False)"
)
_FORMS = {
    "arange": (
        f"(Number end, *, Tensor out = None, {_OPTIONS}", f"(Number start, Number end, *, {_OPTIONS}",
        f"(Number start, Number end, Number step = 1, *, Tensor out = None, {_OPTIONS}",
    ),
    "linspace": tuple(
        [f"({start} start, {end} end, int steps, *, Tensor out = None, {_OPTIONS}"
         for end, start in (("Tensor", "Tensor"), ("Tensor", "Number"), ("Number", "Tensor"), ("Number", "Number"))]
    ),
    "logspace": tuple(
        [f"({start} start, {end} end, int steps, float base = 10.0, *, Tensor out = None, {_OPTIONS}"
         for end, start in (("Tensor", "Tensor"), ("Tensor", "Number"), ("Number", "Tensor"), ("Number", "Number"))]
    ),
}


def no_form(name: str, numbers: tuple[Any, ...], named: dict[str, Any]) -> TypeError:
    """torch's error for arguments that fit none of the forms."""
    got = [type(n).__name__ for n in numbers] + [f"{word}={type(n).__name__}" for word, n in named.items()]
    end = ", " if named else ""
    forms = "".join([f" * {form}\n" for form in _FORMS[name]])
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({', '.join(got)}{end}), but expected one of:\n"
        + forms
    )


def checked(start: Any, end: Any, step: Any, own: dtype, inclusive: bool = False) -> tuple[Any, Any, int]:
    """Start, step and length of a range of dtype `own`, with torch's errors."""
    start, end, step = [real(number) for number in (start, end, step)]
    if not step:
        raise RuntimeError("step must be nonzero")
    if own is dtypes.int64 and not start.__class__ is end.__class__ is step.__class__ is int:
        start, end, step = [fitting(number, own) for number in (start, end, step)]
        if not step:
            raise ValueError("step must be nonzero")
    if not isfinite(start) or not isfinite(end):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if inclusive:
        count = int((end - start) / step + 1)
    elif own is dtypes.int64:
        count = -((start - end) // step)
    else:
        length = (float(end) - float(start)) / float(step)
        if not length < 2**63:
            raise RuntimeError("invalid size, possible overflow?")
        count = ceil(length)
    if own.category == INTEGER and own is not dtypes.int64:
        start, step = fitting(start, dtypes.int64), fitting(step, dtypes.int64)  # the values wrap
    return start, step, count


def real(value: Any) -> Any:
    """A number that is not complex, and no bool."""
    if isinstance(value, complex):
        if value.imag:
            raise RuntimeError("value cannot be converted to type double without overflow")
        return value.real
    return int(value) if isinstance(value, bool) else value


def stepped(space: Space, start: Any, step: Any, count: int) -> Any:
    """``start + step * i`` for the first `count` i, rounded as torch's loop rounds."""
    K, own = space.K, space.dtype
    native, where = K.native[own], native_device(space)
    start, step = (start, step) if own.category == INTEGER else (float(start), float(step))
    whole = own.category == INTEGER or start.is_integer() and step.is_integer()
    if whole and (own.category == INTEGER or abs(start) + abs(step) * count < 2**24 and not own.is_half):
        first, stride = int(start), int(step)
        wide = K.native[dtypes.int64]
        array = K.arange(first, first + stride * count, stride, dtype=wide, device=where)
        return array if own is dtypes.int64 else K.astype(array, native)
    if own.is_half:
        single = space.to(float32)
        start, step = number_in(single, start), number_in(single, step)
    lanes = 32 // own.itemsize
    tail = count % (2 * lanes)  # what two registers do not fill is computed one by one
    whole, pieces = count - tail, []
    if whole:
        index = counting(space, whole)
        lane = K.remainder(index, float(lanes))
        first = K.astype(rounded(space, multiply_add(K, K.subtract(index, lane), step, start)), K.native[float64])
        pieces.append(rounded(space, multiply_add(K, lane, step, first)))
    if tail or not whole:
        index = K.add(counting(space, tail), float(whole))
        pieces.append(rounded(space, multiply_add(K, index, step, start)))
    return pieces[0] if len(pieces) == 1 else K.concat(pieces, axis=0)


def range(
    start: Any = 0, end: Any = None, step: Any = 1, *, out: Tensor | None = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:
    """As `arange`, with `end` included and in the default dtype. Deprecated in torch, and here."""
    import warnings

    if end is None:
        raise TypeError('range() missing 1 required positional arguments: "end"')
    if out is not None and not isinstance(out, Tensor):
        raise wrong("range", "out", "Tensor", out)
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent "
        "with Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
        stacklevel=2,
    )
    first, last, stride = [number_of("range", word, n) for word, n in (("start", start), ("end", end), ("step", step))]

    def build(space: Space) -> Any:
        return stepped(space, *checked(first, last, stride, space.dtype, inclusive=True))

    return made("range", out, dtype, requires_grad, build, (device, layout, pin_memory))


# -- evenly spaced ------------------------------------------------------------------------------------
def linspace(
    start: Any, end: Any, steps: int | None = None, *, out: Tensor | None = None, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:
    """`steps` evenly spaced numbers from `start` to `end`, both included.

    Parameters
    ----------
    start, end : number or 0-d Tensor
    steps : int
        The number of elements. The other parameters are those of `zeros`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.linspace(0, 1, 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    first, last, count, inferred = ends("linspace", start, end, steps, dtype)

    def build(space: Space) -> Any:
        own = space.dtype
        if own.category < INTEGER or not own.is_signed and own is not dtypes.uint8:
            raise NotImplementedError(f'"linspace_cpu" not implemented for \'{SCALAR_NAMES[own.name]}\'')
        return spaced(space, first, last, count)

    return made("linspace", out, dtype, requires_grad, build, (device, layout, pin_memory), inferred)


def ends(name: str, start: Any, end: Any, steps: Any, given: Any) -> tuple[Any, Any, int, dtype]:
    """Both ends, the length, and the dtype they suggest, with torch's errors."""
    if isinstance(steps, Tensor) and not steps.array.shape:
        steps = steps.item()
    numbers = (start, end) if steps is None else (start, end, steps)
    if not isinstance(steps, int) or isinstance(steps, bool) or not all(map(is_numeric, (start, end))):
        raise no_form(name, numbers, {})
    large = {word: end for word, end in (("start", start), ("end", end)) if isinstance(end, Tensor) and end.ndim}
    if large:
        got = " and ".join([f"{word} with {end.ndim} dimension(s)" for word, end in large.items()])
        raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got {got}.")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    first, last = number_of(name, "start", start), number_of(name, "end", end)
    inferred = defaults.get_default_dtype()
    if isinstance(first, complex) or isinstance(last, complex):
        inferred = inferred.to_complex()
        wanted = dtype_of(name, given)
        if wanted is not None and not wanted.is_complex:
            word = {"complex64": "c10::complex<float>"}.get(inferred.name, "c10::complex<double>")
            raise RuntimeError(
                f"torch.{name}(): inferred dtype {word} can't be safely cast to passed dtype "
                f"{SCALAR_NAMES[wanted.name]}"
            )
    return first, last, steps, inferred


def is_numeric(value: Any) -> bool:
    return isinstance(value, Tensor) or hasattr(value, "__float__") or isinstance(value, complex)


def spaced(space: Space, first: Any, last: Any, count: int) -> Any:
    """`count` evenly spaced values, each half counted from its own end."""
    own = space.dtype
    if own.category == COMPLEX:
        real = space.to(own.to_real())
        first, last = complex(first), complex(last)
        parts = [spaced(real, a, b, count) for a, b in ((first.real, last.real), (first.imag, last.imag))]
        K = space.K
        imaginary = K.multiply(K.astype(parts[1], K.native[own]), 1j)
        return K.add(K.astype(parts[0], K.native[own]), imaginary)
    first, last = float(fitting(first, own)), float(fitting(last, own))
    integral = own.category == INTEGER
    if not integral:
        first, last = number_in(space, first), number_in(space, last)
    if count < 2:
        return rounded(space, space.K.add(counting(space, count), first))
    step = last - first
    if not integral:
        step = number_in(space, step)
    step = step / (count - 1)
    if not integral:
        step = number_in(space, step)
    middle = count // 2
    K = space.K
    up, down = counting(space, middle), K.flip(counting(space, count - middle), axis=0)
    return K.concat([advanced(space, first, step, up), advanced(space, last, -step, down)], axis=0)


def advanced(space: Space, start: float, step: float, index: Any) -> Any:
    """``start + step * index``, rounded once; in half precision the product is rounded too."""
    K = space.K
    if space.dtype.is_half:
        product = K.astype(rounded(space, K.multiply(index, step)), K.native[float64])
        return rounded(space, K.add(product, start))
    if not isfinite(start) or not isfinite(step):
        return rounded(space, K.add(K.multiply(index, step), start))
    return rounded(space, multiply_add(K, index, step, start))


def logspace(
    start: Any, end: Any, steps: int | None = None, base: float = 10.0, *, out: Tensor | None = None,
    dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """`base` to the power of `steps` evenly spaced exponents from `start` to `end`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    first, last, count, inferred = ends("logspace", start, end, steps, dtype)

    def build(space: Space) -> Any:
        K, own = space.K, space.dtype
        if own.category < INTEGER:
            raise NotImplementedError(f'"logspace_cpu" not implemented for \'{SCALAR_NAMES[own.name]}\'')
        if own.category == COMPLEX:
            return K.pow(K.full((count,), base, dtype=K.native[own]), spaced(space, first, last, count))
        begin, stop = float(fitting(first, own)), float(fitting(last, own))
        exponents = [float(real(first))] * count  # torch rounds the one end of one element only after the power
        if count > 1:
            begin, stop = number_in(space, begin), number_in(space, stop)
            span = stop - begin if own.category == INTEGER else number_in(space, stop - begin)
            step, middle = span / (count - 1), count // 2
            exponents = [begin + step * i if i < middle else stop - step * (count - 1 - i) for i in builtins.range(count)]
        powers = [power(float(base), exponent) for exponent in exponents]
        return rounded(space, space.backend.from_list(powers, (count,), K.native[float64], native_device(space)))

    return made("logspace", out, dtype, requires_grad, build, (device, layout, pin_memory), inferred)


def power(base: float, exponent: float) -> float:
    """The C library's ``pow``, with IEEE 754's answers where Python raises."""
    try:
        return pow_of_c(base, exponent)
    except OverflowError:
        return inf if base > 0 or exponent % 2 == 0 else -inf
    except ValueError:
        return inf if base == 0 else nan


# -- triangles ----------------------------------------------------------------------------------------
def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """The row and column indices of the elements on and below a diagonal, row by row.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return triangle("tril_indices", row, col, offset, dtype, (device, layout, pin_memory))


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None, layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """The row and column indices of the elements on and above a diagonal, row by row."""
    return triangle("triu_indices", row, col, offset, dtype, (device, layout, pin_memory))


def triangle(name: str, row: Any, col: Any, offset: Any, given: Any, options: tuple[Any, ...]) -> Tensor:
    """The indices of a triangle of a matrix."""
    rows, columns = integer(name, "row", row, 1), integer(name, "col", col, 2)
    shift = integer(name, "offset", offset, 3)
    for word, length in (("row", rows), ("col", columns)):
        if length < 0:
            raise RuntimeError(f"{word} must be non-negative, got{length}")

    def build(space: Space) -> Any:
        if space.dtype.category != INTEGER:
            raise NotImplementedError(f'"{name}" not implemented for \'{SCALAR_NAMES[space.dtype.name]}\'')
        K = space.K
        whole = K.ones((rows, columns), dtype=K.native[dtypes.bool], device=native_device(space))
        half = K.tril(whole, k=shift) if name == "tril_indices" else K.triu(whole, k=shift)
        return K.astype(K.stack(list(K.nonzero(half)), axis=0), K.native[space.dtype])

    return made(name, None, given or dtypes.int64, False, build, options)
