"""Making tensors of a size: zeros, ones, one value, nothing in particular; and such tensors like another."""

from __future__ import annotations

from typing import Any

from isograd.arguments import dtype_of, fitting, format_of, make, native_device, number_of, size_of, space_of, wrong
from isograd.backend.space import Space
from isograd.defaults import get_default_dtype
from isograd.dtypes import SCALAR_NAMES, float32
from isograd.grad_mode import grad_enabled
from isograd.layouts import format_strides
from isograd.ops.declare import METHODS
from isograd.promotion import common_dtype, number_dtype
from isograd.record import bump, write
from isograd.shapes import contiguous_strides, numel
from isograd.tensor import Tensor

__all__ = [
    "empty", "empty_like", "empty_permuted", "empty_strided", "eye", "full", "full_like", "ones", "ones_like",
    "scalar_tensor", "zeros", "zeros_like",
]


# -- arrays -------------------------------------------------------------------------------------------
def allocate(space: Space, shape: tuple[int, ...], strides: tuple[int, ...] | None) -> Any:
    """A native array of arbitrary values; row-major where `strides` is None, or the backend has none."""
    K = space.K
    native = K.native[space.dtype]
    if strides is None or not space.backend.capabilities.strides:
        return K.empty(shape, dtype=native, device=native_device(space))
    extent = 1 + sum([(n - 1) * s for n, s in zip(shape, strides)]) if numel(shape) else 0
    memory = K.empty((extent,), dtype=native, device=native_device(space))
    return K.as_strided(memory, shape, strides)


def filled(space: Space, shape: tuple[int, ...], value: Any, strides: Any = None) -> Any:
    """A native array of one value."""
    K = space.K
    native = K.native[space.dtype]
    if space.dtype.is_half and value.__class__ is not bool:
        # torch rounds a Python number to float32 first
        single = K.full((), value, dtype=K.native[float32], device=native_device(space))
        value = space.backend.item(K.astype(single, native))
    if strides is None or not space.backend.capabilities.strides:
        return K.full(shape, value, dtype=native, device=native_device(space))
    return K.fill(allocate(space, shape, strides), value)


def made(
    name: str, out: Tensor | None, dtype: Any, requires_grad: Any, build: Any, options: tuple[Any, Any, Any],
    inferred: Any = None,
) -> Tensor:
    """The tensor that ``build(space)`` fills, a new one or `out`.

    Parameters
    ----------
    dtype : dtype or None
        As given; when None, that of `out`, else `inferred`, else the default.
    options : tuple
        (device, layout, pin_memory), as given.
    """
    dtype = dtype_of(name, dtype)
    if out is None:
        if dtype is None:
            dtype = inferred or get_default_dtype()
        space = space_of(name, dtype, *options)
        return make(build(space), space, requires_grad, name)
    if not isinstance(out, Tensor):
        raise wrong(name, "out", "Tensor", out)
    space = out.space
    if dtype is not None and dtype is not space.dtype:
        raise RuntimeError(
            f"dtype {SCALAR_NAMES[dtype.name]} does not match dtype of out parameter "
            f"({SCALAR_NAMES[space.dtype.name]})"
        )
    space_of(name, space.dtype, *options, like=space)
    return put(name, out, build(space), requires_grad)


def put(name: str, out: Tensor, array: Any, requires_grad: Any = False) -> Tensor:
    """Write `array` into `out`, which takes its shape, as torch's functions that make tensors do."""
    from isograd.record import check_overlap

    if out.requires_grad:
        if name in ("empty", "randn"):
            raise RuntimeError("cannot resize variables that require grad")
        if grad_enabled():
            raise RuntimeError(
                f"aten::{name}(): functions with out=... arguments don't support automatic differentiation, but one "
                "of the arguments requires grad."
            )
    if tuple(out.array.shape) != tuple(array.shape):
        out.array = array
        bump(out)
        if name == "randn":  # torch resizes, then draws in place
            bump(out)
    elif name != "empty":
        if name not in ("full", "ones", "randperm", "zeros"):
            check_overlap(out)
        write(out, array)
    if requires_grad is not False:
        out.requires_grad = requires_grad
    return out


# -- of a size ----------------------------------------------------------------------------------------
def zeros(
    *size: Any, out: Tensor | None = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, **named: Any,
) -> Tensor:
    """A tensor of zeros.

    Parameters
    ----------
    *size : int or tuple of int
        The shape, as separate integers or one sequence.
    out : Tensor, optional
        Written to, and given this size, instead.
    dtype : dtype, optional
        The default dtype when left out.
    layout : layout
        ``torch.strided``.
    device : device or str, optional
        Where to make it.
    pin_memory : bool
        Must be False.
    requires_grad : bool
        Whether operations on it are recorded.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    shape = size_of("zeros", size, named_size("zeros", named))

    def build(space: Space) -> Any:
        return space.K.zeros(shape, dtype=space.K.native[space.dtype], device=native_device(space))

    return made("zeros", out, dtype, requires_grad, build, (device, layout, pin_memory))


def named_size(name: str, named: dict[str, Any]) -> Any:
    """The one keyword that separate arguments leave: ``size=``."""
    if not named:
        return None
    size = named.pop("size", None)
    for unknown in named:
        raise TypeError(f"{name}() got an unexpected keyword argument '{unknown}'")
    return size


def ones(
    *size: Any, out: Tensor | None = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, **named: Any,
) -> Tensor:
    """A tensor of ones; the parameters are those of `zeros`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.ones(2, dtype=torch.int8)
    tensor([1, 1], dtype=torch.int8)
    """
    shape = size_of("ones", size, named_size("ones", named))

    def build(space: Space) -> Any:
        return space.K.ones(shape, dtype=space.K.native[space.dtype], device=native_device(space))

    return made("ones", out, dtype, requires_grad, build, (device, layout, pin_memory))


def empty(
    *size: Any, out: Tensor | None = None, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None, **named: Any,
) -> Tensor:
    """A tensor of arbitrary values; the parameters are those of `zeros`.

    Parameters
    ----------
    memory_format : memory_format, optional
        ``torch.channels_last`` orders the dimensions of its memory otherwise.
    """
    shape = size_of("empty", size, named_size("empty", named))
    strides = format_strides(shape, None, format_of("empty", memory_format))
    return made("empty", out, dtype, requires_grad, lambda space: allocate(space, shape, strides),
                (device, layout, pin_memory))


def full(
    size: Any, fill_value: Any, *, out: Tensor | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:
    """A tensor of one value, whose kind decides the dtype unless `dtype` does.

    Parameters
    ----------
    size : tuple of int
        The shape.
    fill_value : number
        A 0-d tensor will do. The other parameters are those of `zeros`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.full((2,), 7), torch.full((2,), 7.)
    (tensor([7, 7]), tensor([7., 7.]))
    """
    if not isinstance(size, (tuple, list)):
        raise wrong("full", "size", "tuple of ints", size, 1)
    shape = size_of("full", (size,))
    value = number_of("full", "fill_value", fill_value, 2)
    return made("full", out, dtype, requires_grad,
                lambda space: filled(space, shape, fitting(value, space.dtype, numel(shape) == 1)),
                (device, layout, pin_memory), number_dtype(value))


def scalar_tensor(
    s: Any, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A 0-d tensor of a number, of the default dtype unless `dtype` says otherwise.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.scalar_tensor(3)
    tensor(3.)
    """
    value = number_of("scalar_tensor", "s", s, 1)
    return made("scalar_tensor", None, dtype, requires_grad,
                lambda space: filled(space, (), fitting(value, space.dtype, True)),
                (device, layout, pin_memory))


def scalar_like(number: Any, tensor: Tensor) -> Tensor:
    """A 0-d tensor for a number that meets `tensor` in an operation.

    Its dtype is that of the operation's result, so that promotion finds nothing more to do: a number never
    changes the other operand's dtype within its category.
    """
    value = number_of("scalar_tensor", "s", number)
    space = tensor.space.to(common_dtype((value, tensor)))
    return make(filled(space, (), value), space)


def eye(
    n: int, m: int | None = None, *, out: Tensor | None = None, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:
    """A matrix with ones on its diagonal and zeros elsewhere.

    Parameters
    ----------
    n, m : int
        Rows, and columns (as many when left out). The other parameters are those of `zeros`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.eye(2, 3)
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    rows = integer("eye", "n", n, 1)
    columns = rows if m is None else integer("eye", "m", m, 2)
    for word, length in (("n", rows), ("m", columns)):
        if length < 0:
            raise RuntimeError(f"{word} must be greater or equal to 0, got {length}")

    def build(space: Space) -> Any:
        native = space.K.native[space.dtype]
        return space.K.eye(rows, columns, dtype=native, device=native_device(space))

    return made("eye", out, dtype, requires_grad, build, (device, layout, pin_memory))


def integer(name: str, argument: str, value: Any, position: int) -> int:
    """An integer argument of any kind."""
    from operator import index

    try:
        if isinstance(value, bool):
            raise TypeError
        return index(value)
    except TypeError:
        raise wrong(name, argument, "int", value, position) from None


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:
    """A tensor of arbitrary values with the strides given, where the backend has strides.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    shape, strides = strided_size("empty_strided", size, stride)
    return made("empty_strided", None, dtype, requires_grad,
                lambda space: allocate(space, shape, strides), (device, layout, pin_memory))


def strided_size(name: str, size: Any, stride: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A size and strides, checked against each other."""
    for position, (word, given) in enumerate((("size", size), ("stride", stride)), 1):
        if not isinstance(given, (tuple, list)):
            raise wrong(name, word, "tuple of ints", given, position)
    shape = size_of(name, (size,))
    strides = tuple([integer(name, "stride", step, 2) for step in stride])
    if len(shape) != len(strides):
        raise RuntimeError(
            f"dimensionality of sizes ({len(shape)}) must match dimensionality of strides ({len(strides)})"
        )
    if strides and min(strides) < 0:
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(shape)} and strides={list(strides)}"
        )
    return shape, strides


def empty_permuted(
    size: Any, physical_layout: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:
    """A dense tensor of arbitrary values whose dimensions lie in memory in the order given, outermost first.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.empty_permuted((2, 3), (1, 0)).stride()
    (1, 2)
    """
    from isograd.layouts import dense_strides

    shape = size_of("empty_permuted", (size,))
    order = [integer("empty_permuted", "physical_layout", dim, 2) for dim in physical_layout]
    if len(order) != len(shape):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) "
            f"= {len(shape)} is not equal to len(physical_layout) = {len(order)}"
        )
    for position, dim in enumerate(order):
        if not 0 <= dim < len(shape):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(shape) - 1}, but got {dim} at "
                f"index {position}).  NB: negative dims not currently supported; file an issue if you want "
                "it."
            )
    if len(set(order)) != len(order):
        raise RuntimeError("Duplicate dim not allowed")
    strides = dense_strides(shape, order[::-1])
    return made("empty_permuted", None, dtype, requires_grad,
                lambda space: allocate(space, shape, strides), (device, layout, pin_memory))


# -- like another -------------------------------------------------------------------------------------
def similar(
    name: str, input: Any, dtype: Any, memory_format: Any, options: tuple[Any, Any, Any]
) -> tuple[Space, tuple[int, ...], tuple[int, ...] | None]:
    """The space, shape and strides (None if row-major) of a tensor like `input`."""
    if not isinstance(input, Tensor):
        raise wrong(name, "input", "Tensor", input, 1)
    own = input.space
    space = space_of(name, dtype_of(name, dtype) or own.dtype, *options, like=own)
    shape = tuple(input.array.shape)
    if memory_format is None and own.backend.is_contiguous(input.array) and 1 not in shape:
        return space, shape, None
    strides = tuple(own.backend.strides(input.array)) if numel(shape) else contiguous_strides(shape)
    return space, shape, format_strides(shape, strides, format_of(name, memory_format))


def zeros_like(
    input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:
    """Zeros in the shape of `input`, and of its dtype, on its device, with its order of dimensions.

    Parameters
    ----------
    input : Tensor
        The tensor to be like.
    dtype : dtype, optional
        Another dtype.
    layout, device, pin_memory, requires_grad
        As for `zeros`.
    memory_format : memory_format, optional
        Another order of dimensions in memory.
    """
    space, shape, strides = similar("zeros_like", input, dtype, memory_format, (device, layout, pin_memory))
    if strides is None:
        K = space.K
        array = K.zeros(shape, dtype=K.native[space.dtype], device=native_device(space))
    else:
        array = filled(space, shape, 0, strides)
    return make(array, space, requires_grad, "zeros_like")


def ones_like(
    input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:
    """Ones in the likeness of `input`; the parameters are those of `zeros_like`."""
    space, shape, strides = similar("ones_like", input, dtype, memory_format, (device, layout, pin_memory))
    return make(filled(space, shape, 1, strides), space, requires_grad, "ones_like")


def empty_like(
    input: Tensor, *, dtype: Any = None, layout: Any = None, device: Any = None, pin_memory: bool = False,
    requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:
    """Arbitrary values in the likeness of `input`; the parameters are those of `zeros_like`."""
    space, shape, strides = similar("empty_like", input, dtype, memory_format, (device, layout, pin_memory))
    return make(allocate(space, shape, strides), space, requires_grad, "empty_like")


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, memory_format: Any = None,
) -> Tensor:
    """One value in the likeness of `input`; the parameters are those of `zeros_like`."""
    space, shape, strides = similar("full_like", input, dtype, memory_format, (device, layout, pin_memory))
    value = fitting(number_of("full_like", "fill_value", fill_value, 2), space.dtype, numel(shape) == 1)
    return make(filled(space, shape, value, strides), space, requires_grad, "full_like")


# -- new, of a tensor's dtype and device --------------------------------------------------------------
def own_space(self: Tensor, name: str, dtype: Any, options: tuple[Any, Any, Any]) -> Space:
    """The space of a new tensor of `self`'s dtype and device, unless others are given."""
    return space_of(name, dtype_of(name, dtype) or self.space.dtype, *options, like=self.space)


def new_zeros(
    self: Tensor, *size: Any, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, **named: Any,
) -> Tensor:
    """Zeros of this tensor's dtype and device."""
    shape = size_of("new_zeros", size, named_size("new_zeros", named))
    space = own_space(self, "new_zeros", dtype, (device, layout, pin_memory))
    return make(filled(space, shape, 0), space, requires_grad, "new_zeros")


def new_ones(
    self: Tensor, *size: Any, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, **named: Any,
) -> Tensor:
    """Ones of this tensor's dtype and device."""
    shape = size_of("new_ones", size, named_size("new_ones", named))
    space = own_space(self, "new_ones", dtype, (device, layout, pin_memory))
    return make(filled(space, shape, 1), space, requires_grad, "new_ones")


def new_empty(
    self: Tensor, *size: Any, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, **named: Any,
) -> Tensor:
    """Arbitrary values of this tensor's dtype and device."""
    shape = size_of("new_empty", size, named_size("new_empty", named))
    space = own_space(self, "new_empty", dtype, (device, layout, pin_memory))
    return make(allocate(space, shape, None), space, requires_grad, "new_empty")


def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None, layout: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:
    """One value, of this tensor's dtype and device."""
    if not isinstance(size, (tuple, list)):
        raise wrong("new_full", "size", "tuple of ints", size, 1)
    shape = size_of("new_full", (size,))
    space = own_space(self, "new_full", dtype, (device, layout, pin_memory))
    value = fitting(number_of("new_full", "fill_value", fill_value, 2), space.dtype, numel(shape) == 1)
    return make(filled(space, shape, value), space, requires_grad, "new_full")


def new_empty_strided(
    self: Tensor, size: Any, stride: Any, *, dtype: Any = None, layout: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:
    """Arbitrary values of this tensor's dtype and device, with the strides given."""
    shape, strides = strided_size("new_empty_strided", size, stride)
    space = own_space(self, "new_empty_strided", dtype, (device, layout, pin_memory))
    return make(allocate(space, shape, strides), space, requires_grad, "new_empty_strided")


for _method in (new_zeros, new_ones, new_empty, new_full, new_empty_strided):
    METHODS[_method.__name__] = _method
