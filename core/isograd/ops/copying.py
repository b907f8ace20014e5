"""Copies and conversions: clone, contiguous, to, and the operations that overwrite a tensor."""

from __future__ import annotations

from typing import Any

from isograd import dtypes
from isograd.devices import device as Device
from isograd.dtypes import dtype
from isograd.layouts import contiguous_format, format_strides, memory_format, preserve_format
from isograd.ops.declare import (
    FUNCTIONS,
    METHODS,
    MOVEMENT,
    Array,
    Scalar,
    composite,
    op,
)
from isograd.shapes import check_broadcast, contiguous_strides, numel


def in_format(K, array, format):
    """A copy of `array` whose dimensions lie in memory as `format` says; in the order they do, if None."""
    if (format is None or format is preserve_format) and K.is_contiguous(array) and 1 not in array.shape:
        return K.copy(array)
    strides = None
    if K.capabilities.strides:
        strides = format_strides(array.shape, K.strides(array), format or preserve_format)
    if strides is None:
        return K.assign(K.empty(tuple(array.shape), dtype=array.dtype), array)
    memory = K.empty((numel(array.shape),), dtype=array.dtype)
    return K.assign(K.as_strided(memory, tuple(array.shape), strides, 0), array)


@op("clone", kind=MOVEMENT)
def clone(K, input: Array, *, memory_format=None):
    """A copy in memory of its own, through which gradients pass.

    Examples
    --------
    >>> import isograd as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> x.clone()
    tensor([1., 1.], grad_fn=<CloneBackward0>)
    """
    return in_format(K, input, memory_format)


clone.derivative(input=lambda F, g: g)


@composite("contiguous", function=False, raw=lambda K, input: K.ascontiguous(input))
def contiguous(F, input, *, memory_format=contiguous_format):
    """`input` itself if it lies densely in row-major order, else a copy that does."""
    if input.is_contiguous(memory_format=memory_format):
        return input
    return F.clone(input, memory_format=memory_format)


def cast(K, array, dtype):
    """`array` in a native dtype; converting complex to real numbers drops the imaginary part."""
    native = K.native[dtype]
    if K.dtype_of(array).is_complex and not dtype.is_complex:
        if dtype is dtypes.bool:
            return K.not_equal(array, 0)
        warn_of_discarded()
        array = K.real(array)
    return K.astype(array, native)


def warn_of_discarded() -> None:
    import warnings

    warnings.warn("Casting complex values to real discards the imaginary part", stacklevel=5)


@op("_to_copy", kind=MOVEMENT, function=False, method=False, changes_dtype=True)
def _to_copy(K, input: Array, dtype=None, *, memory_format=None):
    """A copy in another dtype."""
    if dtype is None or dtype is K.dtype_of(input):
        return in_format(K, input, memory_format)
    array = cast(K, input, dtype)
    if memory_format is None or memory_format is preserve_format:
        return array
    return in_format(K, array, memory_format)


_to_copy.derivative(input=lambda F, g, input_dtype: F._to_copy(g, input_dtype))


def to(self: Any, *args: Any, **options: Any) -> Any:
    """The tensor in another dtype or on another device; itself if it is there already.

    Parameters
    ----------
    dtype : dtype, optional
    device : device or str, optional
    other : Tensor, optional
        Take both from it.
    non_blocking : bool
        Accepted; the copy blocks.
    copy : bool
        Copy in any case.
    memory_format : memory_format
        In which order the dimensions shall lie in memory.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([1, 2]).to(torch.float32)
    tensor([1., 2.])
    """
    wanted, device = options.pop("dtype", None), options.pop("device", None)
    other = options.pop("other", None)
    flags = []
    for value in args:
        if isinstance(value, dtype):
            wanted = value
        elif isinstance(value, (str, Device)):
            device = value
        elif hasattr(value, "space"):
            other = value
        elif isinstance(value, memory_format):
            options["memory_format"] = value
        elif isinstance(value, bool):
            flags.append(value)
        elif value is not None:
            raise TypeError("to() received an invalid combination of arguments - got "
                            f"({', '.join(type(a).__name__ for a in args)})")
    if other is not None:
        wanted, device = other.space.dtype, other.space.device
    copy = options.pop("copy", len(flags) > 1 and flags[1])
    options.pop("non_blocking", None)
    format = options.pop("memory_format", preserve_format)
    if options:
        raise TypeError(f"to() got an unexpected keyword argument '{next(iter(options))}'")
    space = self.space
    wanted = space.dtype if wanted is None else wanted
    if device is not None:
        from isograd.backend.space import default_space

        target = default_space(wanted, device)
        if target.device != space.device:
            return transferred(self, target)
    reordered = format is not preserve_format and not self.is_contiguous(memory_format=format)
    if wanted is space.dtype and not copy and not reordered:
        return self
    if format is preserve_format:
        return _to_copy.function(self, wanted)
    return _to_copy.function(self, wanted, memory_format=format)


def transferred(tensor: Any, space: Any) -> Any:
    """A copy of `tensor` in a space of another device, through which gradients pass."""
    from isograd.autograd import Function
    from isograd.record import wrap

    class ToCopyBackward0(Function):  # shows torch's name of the node
        @staticmethod
        def forward(ctx, input):
            ctx.home = input.space
            return moved(input, space)

        @staticmethod
        def backward(ctx, g):
            return moved(g, ctx.home)

    def moved(source: Any, target: Any) -> Any:
        host = source.space.backend.to_host(source.array)
        array = target.K.asarray(host, device=target.backend.native_device(
            target.device.type, target.device.index))
        return wrap(target.K.astype(array, target.K.native[target.dtype]), target)

    return ToCopyBackward0.apply(tensor)


METHODS["to"] = to


def converter(name: str, wanted: dtype) -> None:
    def convert(self: Any, memory_format: Any = preserve_format) -> Any:
        return to(self, wanted, memory_format=memory_format)

    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"The tensor in {wanted!r}; itself if it is that already."
    METHODS[name] = convert


for _name, _dtype in {
    "float": dtypes.float32, "double": dtypes.float64, "half": dtypes.float16, "bfloat16": dtypes.bfloat16,
    "long": dtypes.int64, "int": dtypes.int32, "short": dtypes.int16, "char": dtypes.int8,
    "byte": dtypes.uint8, "bool": dtypes.bool, "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
}.items():
    converter(_name, _dtype)


@composite("type_as", function=False)
def type_as(F, input, other):
    """`input` in the dtype and on the device of `other`."""
    return input.to(other)


@composite("cpu", function=False)
def cpu(F, input, memory_format=preserve_format):
    """`input` on the CPU."""
    return input.to("cpu", memory_format=memory_format)


@composite("cuda", function=False)
def cuda(F, input, device=None, non_blocking=False, memory_format=preserve_format):
    """`input` on a CUDA device, the first unless told otherwise."""
    wanted = "cuda" if device is None else f"cuda:{device}" if isinstance(device, int) else device
    return input.to(wanted, memory_format=memory_format)


# -- overwriting ----------------------------------------------------------------------------------
@op("copy", kind=MOVEMENT, node="CopyBackwards", function=False, method=False, inplace=True)
def copy(K, input: Array, src: Array | Scalar, non_blocking=False):
    """`src`, broadcast to the size of `input` and in its dtype."""
    wanted = K.dtype_of(input)
    if not hasattr(src, "shape"):
        if isinstance(src, complex) and not wanted.is_complex:
            warn_of_discarded()
            src = src.real
        return K.broadcast_to(scalar_array(K, src, input), tuple(input.shape))
    if K.dtype_of(src) is not wanted:
        src = cast(K, src, wanted)
    if src.shape == input.shape:
        return src
    shape = check_broadcast(tuple(input.shape), tuple(src.shape))
    if shape != tuple(input.shape):
        raise RuntimeError(f"output with shape {list(input.shape)} doesn't match the broadcast shape {list(shape)}")
    return K.broadcast_to(src, tuple(input.shape))


copy.derivative(input=lambda F, g: F.zeros_like(g), src=lambda F, g: g)


@op("_fill", kind=MOVEMENT, public="fill", node="FillBackward3", numbers={"value": "FillBackward2"},
    function=False, method=False, inplace=True, overlap=True)
def _fill(K, input: Array, value: Array | Scalar):
    """`value` expanded to the size of `input`: what ``fill_`` writes."""
    if not hasattr(value, "shape"):
        return K.broadcast_to(scalar_array(K, value, input), tuple(input.shape))
    if len(value.shape):
        raise RuntimeError("fill_ only supports 0-dimension value tensor but got tensor with "
                           f"{len(value.shape)} dimensions.")
    return K.broadcast_to(K.asarray(cast(K, value, K.dtype_of(input))), tuple(input.shape))


@op("fill", kind=MOVEMENT, node="FillBackward1", numbers={"value": "FillBackward0"}, method=False)
def fill(K, input: Array, value: Array | Scalar):
    """A tensor like `input` with `value` everywhere."""
    return K.assign(K.empty_like(input), _fill.forward(K, input, value))


for _op in (fill, _fill):
    _op.derivative(input=lambda F, g: F.zeros_like(g), value=lambda F, g: F.sum(g))
METHODS["fill_"] = FUNCTIONS["fill_"] = METHODS.pop("_fill_")


def scalar_array(K, value, like):
    """A Python number as a 0-d array of the dtype of `like`.

    Raises
    ------
    RuntimeError
        With torch's text, where the dtype has no such number.
    """
    check_number(K.dtype_of(like), value)
    wanted = K.dtype_of(like)
    if wanted.is_complex:
        value = complex(value)
    elif wanted.is_floating_point:
        value = float(value.real if isinstance(value, complex) else value)
    elif wanted is dtypes.bool:
        value = bool(value)
    else:
        value = int(value.real if isinstance(value, complex) else value)
    return K.asarray(value, dtype=like.dtype)


C_NAMES = {
    "uint8": "uint8_t", "int8": "int8_t", "int16": "short", "int32": "int", "int64": "int64_t",
    "float16": "at::Half", "bfloat16": "at::BFloat16", "float32": "float", "float64": "double", "bool": "bool",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
    "uint16": "unsigned short", "uint32": "unsigned int", "uint64": "uint64_t",
}


def check_number(wanted: dtype, value: Any) -> None:
    """Raise torch's error if `value` does not fit in `wanted`."""
    fits = True
    if wanted.is_complex or wanted is dtypes.bool:
        return
    if isinstance(value, complex):
        fits = value.imag == 0
        value = value.real
    if fits and not wanted.is_floating_point:
        info = dtypes.iinfo(wanted)
        low = -info.max if not wanted.is_signed else info.min  # torch lets negatives wrap
        fits = value == value and low <= value <= info.max
    elif fits and value == value and abs(value) != float("inf"):
        fits = abs(value) <= dtypes.finfo(wanted).max
    if not fits:
        raise RuntimeError(f"value cannot be converted to type {C_NAMES[wanted.name]} without overflow")


@op("zero", kind=MOVEMENT, function=False, method=False, inplace=True, overlap=True)
def zero(K, input: Array):
    """Zeros in the likeness of `input`."""
    return K.broadcast_to(K.zeros((), dtype=input.dtype), tuple(input.shape))


zero.derivative(input=lambda F, g: F.zeros_like(g))
FUNCTIONS["zero_"] = METHODS["zero_"]


def resize_(self: Any, *size: Any, memory_format: Any = contiguous_format) -> Any:
    """Change the size in place; what the memory holds stays, and what is added is arbitrary."""
    from isograd.record import bump

    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    wanted = tuple(size[0]) if len(size) == 1 and not hasattr(size[0], "__index__") else size
    K, old = self.space.K, self.array
    held = numel(K.owner(old).shape)
    if wanted != tuple(old.shape):
        if numel(wanted) + self.storage_offset() <= held and K.capabilities.strides:
            self.array = K.as_strided(old, wanted, contiguous_strides(wanted), self.storage_offset())
        else:
            memory = K.zeros((numel(wanted),), dtype=old.dtype)
            kept = min(numel(old.shape), numel(wanted))
            memory = K.setitem(memory, slice(0, kept), K.reshape(old, (-1,))[:kept])
            self.array = K.reshape(memory, wanted)
        bump(self)
    return self


def resize_as_(self: Any, the_template: Any, *, memory_format: Any = None) -> Any:
    """Change the size in place to that of another tensor."""
    return resize_(self, the_template.shape)


METHODS["resize_"], METHODS["resize_as_"] = resize_, resize_as_
FUNCTIONS["resize_as_"] = resize_as_
