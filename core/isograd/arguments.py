"""What the functions that make tensors accept: sizes, dtype, device and the like, with torch's errors."""

from __future__ import annotations

from operator import index
from typing import Any

from isograd import defaults, dtypes
from isograd.backend.space import Space, default_space
from isograd.devices import device as Device
from isograd.dtypes import COMPLEX, INTEGER, dtype
from isograd.grad_mode import INFERENCE, inference_enabled
from isograd.graph import LEAF, UNVERSIONED
from isograd.layouts import layout as Layout
from isograd.layouts import memory_format as MemoryFormat
from isograd.layouts import strided
from isograd.tensor import Tensor, is_number

__all__ = ["size_of", "space_of", "dtype_of", "format_of", "number_of", "fitting", "make"]

new = object.__new__

#: Python's own types, as torch takes them for a dtype.
_BUILTIN = {float: dtypes.float64, int: dtypes.int64, bool: dtypes.bool, complex: dtypes.complex128}


def wrong(name: str, argument: str, expected: str, value: Any, position: int | None = None) -> TypeError:
    """torch's error for an argument of the wrong type."""
    where = "" if position is None else f" (position {position})"
    return TypeError(f"{name}(): argument '{argument}'{where} must be {expected}, not {type(value).__name__}")


# -- sizes --------------------------------------------------------------------------------------------
def size_of(name: str, given: tuple[Any, ...], named: Any = None) -> tuple[int, ...]:
    """A size, given as separate integers, as one sequence, or by name.

    Raises
    ------
    TypeError, RuntimeError
        With torch's texts.
    """
    size: Any = given
    if len(given) == 1 and given[0].__class__ is not int:
        size = given[0]
        if not isinstance(size, (tuple, list)):
            return (_length(name, size, 1, True),)
    elif not given:
        if named is None:
            raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
        size = named
        if not isinstance(size, (tuple, list)):
            raise wrong(name, "size", "tuple of ints", size)
    for length in size:
        if length.__class__ is not int or length < 0:
            if size is given and isinstance(size[0], (tuple, list)):
                raise TypeError(f"{name}() takes 1 positional argument but {len(given)} were given")
            return _sizes(name, size)
    return tuple(size)


def _sizes(name: str, size: Any) -> tuple[int, ...]:
    lengths = tuple([_length(name, length, i + 1) for i, length in enumerate(size)])
    for length in lengths:
        if length < 0:
            if name == "zeros":
                raise RuntimeError("zeros: Dimension size must be non-negative.")
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {length}: {list(lengths)}"
            )
    return lengths


def _length(name: str, value: Any, position: int, alone: bool = False) -> int:
    """One length, which may be an integer of any kind, a 0-d integer tensor too."""
    try:
        if isinstance(value, bool) and alone or getattr(value, "shape", ()) != ():
            raise TypeError
        length = index(value)
    except TypeError:
        if alone:
            raise wrong(name, "size", "tuple of ints", value, position) from None
        raise TypeError(
            f"{name}(): argument 'size' failed to unpack the object at pos {position} with error "
            f'"type must be tuple of ints,but got {type(value).__name__}"'
        ) from None
    return _sizes(name, (length,))[0] if alone else length


# -- options ------------------------------------------------------------------------------------------
def dtype_of(name: str, given: Any) -> dtype | None:
    """A dtype argument; Python's own types stand for their widest dtype."""
    if given is None or given.__class__ is dtype:
        return given
    found = _BUILTIN.get(given) if isinstance(given, type) else None
    if found is None:
        raise wrong(name, "dtype", "torch.dtype", given)
    return found


def format_of(name: str, given: Any) -> MemoryFormat | None:
    """A memory_format argument."""
    if given is not None and not isinstance(given, MemoryFormat):
        raise wrong(name, "memory_format", "torch.memory_format", given)
    return given


def space_of(
    name: str, dtype: dtype, device: Any, layout: Any = None, pin_memory: Any = False,
    like: Space | None = None,
) -> Space:
    """Where a new tensor goes: on `device`, else where `like` is, else on the default device.

    Raises
    ------
    TypeError, RuntimeError, NotImplementedError
        For an option of the wrong type, or one that has no meaning here.
    """
    if device is None and layout is None and not pin_memory and like is None:
        return default_space(dtype, defaults.chosen_device())
    if layout is not None and layout is not strided:
        if not isinstance(layout, Layout):
            raise wrong(name, "layout", "torch.layout", layout)
        raise NotImplementedError(f"isograd has strided tensors only, not {layout}")
    if pin_memory:
        raise RuntimeError(
            "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory "
            "allocator is available on this system."
        )
    if device is None:
        if like is not None:
            return like if like.dtype is dtype else like.to(dtype)
        device = defaults.chosen_device()
    elif not isinstance(device, (str, Device, int)) or isinstance(device, bool):
        raise wrong(name, "device", "torch.device", device)
    elif like is not None and (device is like.device or Device(device) is like.device):
        return like if like.dtype is dtype else like.to(dtype)
    return default_space(dtype, device)


def native_device(space: Space) -> Any:
    """What the backend's creation kernels take as ``device=``."""
    facts = space.__dict__
    if "native_device" not in facts:
        facts["native_device"] = space.backend.native_device(space.device.type, space.device.index)
    return facts["native_device"]


def make(array: Any, space: Space, requires_grad: Any = False, name: str = "tensor") -> Tensor:
    """The new leaf of a native `array`."""
    out = new(Tensor)
    out.array = array if array.__class__ is space.array_type else space.K.asarray(array)
    out.space = space
    out._versions = UNVERSIONED if INFERENCE and inference_enabled() else None
    out._edge = None
    if requires_grad is not False:
        if requires_grad is not True:
            raise wrong(name, "requires_grad", "bool", requires_grad)
        require_grad(out)
    return out


def require_grad(out: Tensor) -> None:
    """Make a new tensor a leaf that requires a gradient."""
    if out.space.category < dtypes.FLOAT:
        raise RuntimeError(
            "Only Tensors of floating point and complex dtype can require gradients"
        )
    out._edge = LEAF


# -- numbers ------------------------------------------------------------------------------------------
def number_of(name: str, argument: str, value: Any, position: int | None = None) -> Any:
    """A number argument as a plain Python number; a 0-d tensor and a NumPy scalar are numbers too."""
    if value.__class__ in (float, bool, complex):
        return value
    if value.__class__ is int:
        if value >= 2**64:
            raise OverflowError("int too big to convert")
        if value < -(2**63):
            raise OverflowError("can't convert negative int to unsigned")
        return value
    if isinstance(value, Tensor) and not value.array.shape or is_number(value):
        kind: Any
        for kind in (bool, int, float, complex):
            if isinstance(value, kind):
                return kind(value)
        return value.item()
    raise wrong(name, argument, "Number", value, position)


#: How torch's texts call the C++ type of an element.
_C_NAMES = {
    "int32": "int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}


def fitting(value: Any, dtype: dtype, alone: bool = False) -> Any:
    """The Python number `value` as an element of `dtype` holds it, as torch's ``Scalar::to`` does.

    `alone` says that it is for one element: there torch rounds to half precision without a look at its range.

    Raises
    ------
    RuntimeError
        With torch's text, if it does not fit.
    """
    category = dtype.category
    if category < INTEGER:
        return bool(value)
    unbounded = alone and dtype.is_half or dtype.itemsize == (16 if category == COMPLEX else 8)
    if category != COMPLEX and isinstance(value, complex) and not value.imag:
        value = value.real
    if category == COMPLEX or not isinstance(value, complex):
        if category == INTEGER:
            if in_range(value, dtype):
                return wrapped(int(value), dtype)
        elif unbounded:
            return value
        else:
            limit = dtypes.finfo(dtype).max
            if not any([limit < abs(part) < float("inf") for part in (value.real, value.imag)]):
                return value
    word = "double" if alone and dtype.is_half else _C_NAMES.get(dtype.name, f"{dtype.name}_t")
    raise RuntimeError(f"value cannot be converted to type {word} without overflow")


def in_range(value: Any, dtype: dtype) -> bool:
    """Whether an integer type holds the real number `value`; unsigned types wrap negative integers."""
    limits = dtypes.iinfo(dtype)
    low = limits.min
    if not dtype.is_signed and isinstance(value, int):
        low = -limits.max
    return low <= value <= limits.max  # type: ignore[no-any-return]


def wrapped(value: int, dtype: dtype) -> int:
    """`value` modulo the range of an unsigned type."""
    return value & dtypes.iinfo(dtype).max if value < 0 and not dtype.is_signed else value
