"""The text of a tensor, byte for byte what torch 2.13 prints.

Everything is decided on Python numbers: ``tolist`` widens every floating type to double precision,
which is where torch decides too. Only the elements that are shown are ever read from the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import floor, inf, isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from isograd.tensor import Tensor

__all__ = ["tensor_str", "parameter_str", "set_printoptions", "printoptions"]


class Options(NamedTuple):
    """What `set_printoptions` sets; the defaults are torch's."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=inf),
}

_options = Options()  # replaced as a whole, so that a text is made under one consistent set

Format = tuple[Callable[[Any], str], int]  # the text of an element, and the columns it fills


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed; an option left out keeps its value, but for `sci_mode`.

    Parameters
    ----------
    precision : int, optional
        Digits after the point, 4 at first.
    threshold : float, optional
        With more elements than this, only the edges of each dimension are shown; 1000 at first.
    edgeitems : int, optional
        How many elements an edge has, 3 at first.
    linewidth : int, optional
        Characters in a line, 80 at first.
    profile : {"default", "short", "full"}, optional
        A set of values for the four above, each of which can still be given. As in torch, a name
        it does not know changes nothing.
    sci_mode : bool, optional
        Whether to use scientific notation. Left out, the values decide, whatever was set before.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.set_printoptions(precision=2)
    >>> torch.tensor([1.12345])
    tensor([1.12])
    >>> torch.set_printoptions(profile="default")
    >>> torch.tensor([1.12345])
    tensor([1.1235])
    """
    global _options
    options = _options if profile is None else PROFILES.get(profile, _options)
    given: dict[str, Any] = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    given = {name: value for name, value in given.items() if value is not None}
    _options = options._replace(sci_mode=sci_mode, **given)


@contextmanager
def printoptions(**kwargs: Any) -> Iterator[None]:
    """Print under other options within a ``with``; the arguments are those of `set_printoptions`.

    Examples
    --------
    >>> import isograd as torch
    >>> from isograd.printing import printoptions
    >>> with printoptions(precision=1, sci_mode=True):
    ...     print(torch.tensor([0.5, 20.0]))
    tensor([5.0e-01, 2.0e+01])
    """
    global _options
    before = _options
    set_printoptions(**kwargs)
    try:
        yield
    finally:
        _options = before


def tensor_str(tensor: Tensor) -> str:
    """The text of `tensor`: its values, and what cannot be seen from them.

    Parameters
    ----------
    tensor : Tensor

    Returns
    -------
    str
        What ``repr`` of the equal torch tensor gives.

    Examples
    --------
    >>> import isograd as torch
    >>> from isograd.printing import tensor_str
    >>> tensor_str(torch.tensor([[1, 2], [3, 40]], dtype=torch.int32))
    'tensor([[ 1,  2],\\n        [ 3, 40]], dtype=torch.int32)'
    """
    options = _options
    name = type(tensor).__name__  # shown when it is a subclass
    prefix = "tensor(" if name in ("Tensor", "Parameter") else f"{name}("
    text = prefix + _values(tensor, len(prefix), options)

    # The room for a suffix is counted as torch counts it: two columns too many after the values,
    # and the closing parenthesis not at all.
    column = len(text) - text.rfind("\n") + 1
    for suffix in _suffixes(tensor, options):
        if column + len(suffix) + 2 > options.linewidth:
            text += ",\n" + " " * len(prefix) + suffix
            column = len(prefix) + len(suffix)
        else:
            text += ", " + suffix
            column += len(suffix) + 2
    return text + ")"


def parameter_str(parameter: Tensor) -> str:
    """The text of an ``nn.Parameter``: that of the tensor, announced.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.nn.Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """
    text = tensor_str(parameter)
    if type(parameter).__name__ != "Parameter":  # torch announces a subclass of Parameter twice
        text = f"Parameter({text})"
    return "Parameter containing:\n" + text


def _suffixes(tensor: Tensor, options: Options) -> Iterator[str]:
    """What follows the values, in torch's order: what ``torch.tensor(values)`` would not imply."""
    from isograd.defaults import get_default_dtype

    default = get_default_dtype().name
    implied = {default}
    if tensor.numel() > 0:  # without values, only the default type is implied
        implied |= {"int64", "bool", "complex128" if default == "float64" else "complex64"}

    if tensor.device.type != "cpu":
        yield f"device='{tensor.device}'"
    if (tensor.ndim != 1) if tensor.numel() == 0 else not options.edgeitems:
        yield f"size={tuple(tensor.shape)}"
    if tensor.dtype.name not in implied:
        yield f"dtype={tensor.dtype!r}"

    try:
        grad_fn = tensor.grad_fn
    except RuntimeError:  # a view made under no_grad, whose base was then written to in grad mode
        yield "grad_fn=<Invalid>"
        return
    if grad_fn is not None:
        name = grad_fn.name().rsplit("::", 1)[-1]  # CopySlices of torch::autograd::CopySlices
        yield f"grad_fn=<{name}>"
    elif tensor.requires_grad:
        yield "requires_grad=True"


def _values(tensor: Tensor, indent: int, options: Options) -> str:
    """The values in nested brackets, the lines after the first indented by `indent`."""
    if tensor.numel() == 0:
        return "[]"
    if tensor.numel() <= options.threshold or tensor.ndim == 0:
        data = tensor.tolist()
    elif options.edgeitems:
        data = _edges(tensor.detach(), options.edgeitems)
    else:
        return "[...]"

    values = [data]
    for _ in range(tensor.ndim):
        values = [value for row in values if row is not ... for value in row]
    values = [value for value in values if value is not ...]

    if tensor.dtype.is_complex:
        format = _complex_format(values, options)
    elif tensor.dtype.is_floating_point:
        format = _float_format(values, options)
    else:
        format = _aligned(str, values)
    return _brackets(data, tensor.ndim, format, indent, options)


def _edges(tensor: Tensor, edge: int, dim: int = 0) -> Any:
    """The first and last `edge` elements of each dimension, with ``...`` for those left out."""
    if dim == tensor.ndim:
        return tensor.tolist()
    if tensor.shape[dim] <= 2 * edge:
        return _edges(tensor, edge, dim + 1)
    outer = (slice(None),) * dim
    head = _edges(tensor[(*outer, slice(edge))], edge, dim + 1)
    tail = _edges(tensor[(*outer, slice(-edge, None))], edge, dim + 1)

    def join(head: Any, tail: Any, depth: int) -> Any:
        if depth == 0:
            return [*head, ..., *tail]
        return [join(h, t, depth - 1) for h, t in zip(head, tail, strict=True)]

    return join(head, tail, dim)


def _brackets(data: Any, ndim: int, format: Format, indent: int, options: Options) -> str:
    """Lay `data` out: lines as full as `linewidth` lets them be, blank lines between matrices."""
    show, width = format
    if ndim == 0:
        return show(data)
    if ndim == 1:
        items = [" ..." if value is ... else show(value) for value in data]
        count = max(1, floor((options.linewidth - indent) / (width + 2)))
        rows = [", ".join(items[i : i + count]) for i in range(0, len(items), count)]
    else:
        rows = [
            "..." if row is ... else _brackets(row, ndim - 1, format, indent + 1, options)
            for row in data
        ]
    separator = "," + "\n" * max(1, ndim - 1) + " " * (indent + 1)
    return "[" + separator.join(rows) + "]"


def _aligned(text: Callable[[Any], str], measured: list[Any]) -> Format:
    """`text` right-aligned to the longest of `measured`, and that width."""
    width = max(map(len, map(text, measured)), default=1)
    return (lambda value: text(value).rjust(width)), width


def _float_format(values: list[float], options: Options) -> Format:
    """How to print each of `values`, and in how many columns.

    Zeros, infinities and NaN have no say in either, as in torch, and may be wider than the rest.
    """
    measured = [value for value in values if value and isfinite(value)]
    sizes = [abs(value) for value in measured] or [1.0]
    low, high = min(sizes), max(sizes)

    scientific = options.sci_mode
    if scientific is None:
        scientific = high / low > 1000.0 or high > 1.0e8 or low < 1.0e-4

    def exponential(value: float) -> str:
        return f"{value:.{options.precision}e}"

    def integral(value: float) -> str:
        return f"{value:.0f}." if isfinite(value) else str(value)

    def fixed(value: float) -> str:
        return f"{value:.{options.precision}f}"

    if measured and scientific:
        return _aligned(exponential, measured)
    return _aligned(integral if all(value.is_integer() for value in measured) else fixed, measured)


def _complex_format(values: list[complex], options: Options) -> Format:
    """As `_float_format`: each part is printed as if it stood alone."""
    real, real_width = _float_format([value.real for value in values], options)
    imag, imag_width = _float_format([value.imag for value in values], options)

    def show(value: complex) -> str:
        imaginary = imag(value.imag).lstrip()
        sign = "" if imaginary[0] in "+-" else "+"
        return f"{real(value.real)}{sign}{imaginary}j"

    return show, real_width + imag_width + len("j")
