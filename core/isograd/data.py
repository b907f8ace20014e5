"""Tensors from data: Python sequences, numbers, NumPy arrays, other tensors, buffers."""

from __future__ import annotations

from itertools import chain
from operator import index
from typing import Any

from isograd import defaults, dtypes
from isograd.arguments import dtype_of, in_range, make, native_device, space_of, wrapped
from isograd.backend.space import Space
from isograd.creation import allocate
from isograd.dtypes import COMPLEX, FLOAT, INTEGER, dtype
from isograd.interchange import warn_once
from isograd.ops.declare import METHODS
from isograd.promotion import number_dtype, promote_types
from isograd.shapes import Size
from isograd.tensor import Tensor

__all__ = ["as_tensor", "asarray", "frombuffer", "tensor"]

_SEQUENCES = frozenset((list, tuple, Size))
_NUMBERS = frozenset((bool, int, float, complex))
PLAIN = _SEQUENCES | _NUMBERS


# -- Python data --------------------------------------------------------------------------------------
def flattened(data: Any) -> tuple[list[Any], tuple[int, ...], set[type]] | None:
    """The numbers in regular nested lists and tuples, laid flat, their shape, and their types.

    None for data of any other kind, and for irregular data.
    """
    level, shape = [data], []
    while (kinds := set(map(type, level))) and kinds <= _SEQUENCES:
        lengths = set(map(len, level))
        if len(lengths) > 1:
            return None
        shape.append(lengths.pop())
        level = list(chain.from_iterable(level))
    return (level, tuple(shape), kinds) if kinds <= _NUMBERS else None


def is_array(value: Any) -> bool:
    """Whether `value` is a NumPy array, or one that looks like it; a NumPy number cannot be written to."""
    kind = type(value)
    return hasattr(kind, "__array__") and hasattr(kind, "__setitem__") and not isinstance(value, Tensor)


def is_typed_number(value: Any) -> bool:
    """Whether `value` is a NumPy number, which brings its own dtype."""
    kind = type(value)
    return hasattr(kind, "dtype") and hasattr(kind, "item") and not hasattr(kind, "__setitem__")


def is_sequence(value: Any) -> bool:
    """What torch walks into: all that has items but dicts, tensors and NumPy numbers."""
    if isinstance(value, (Tensor, dict)) or is_typed_number(value):
        return False
    return hasattr(type(value), "__getitem__")


def sizes(data: Any) -> tuple[int, ...]:
    """The shape that the first items at each level say."""
    shape: list[int] = []
    while is_sequence(data):
        shape.append(len(data))
        if len(shape) > 128:
            raise ValueError(f"too many dimensions '{type(data).__name__}'")
        if not shape[-1]:
            break
        data = data[0]
    return tuple(shape)


def inferred(data: Any) -> dtype:
    """The dtype that all numbers in `data` promote to.

    Raises
    ------
    TypeError, RuntimeError
        With torch's texts, for what is no number.
    """
    if isinstance(data, Tensor):
        return data.dtype
    if is_typed_number(data) or is_array(data):
        return native_dtype(data)
    if isinstance(data, (bool, int, float, complex)):
        return number_dtype(data)
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if not is_sequence(data):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    found: dtype | None = None
    for item in data:
        own = inferred(item)
        found = own if found is None else promote_types(found, own)
    return found or defaults.get_default_dtype()


def native_dtype(value: Any) -> dtype:
    """The dtype of a NumPy array or number."""
    found = dtypes.BY_NAME.get(str(value.dtype))
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{value.dtype.type.__name__}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, "
            "uint16, uint8, and bool."
        )
    return found


def collected(data: Any, shape: tuple[int, ...]) -> list[Any]:
    """The items of `data`, laid flat.

    Raises
    ------
    TypeError, ValueError
        With torch's texts, if `data` does not have that shape.
    """
    level = [data]
    for dim, length in enumerate(shape):
        below: list[Any] = []
        for sequence in level:
            try:
                items = list(sequence)
            except TypeError:
                raise TypeError("not a sequence") from None
            if len(items) != length:
                raise ValueError(f"expected sequence of length {length} at dim {dim} (got {len(items)})")
            below += items
        level = below
    return level


def plain(item: Any, dtype: dtype) -> Any:
    """One item as a Python number.

    Raises
    ------
    TypeError, ValueError
        With torch's texts, for what is no number, and for NumPy's and tensors' where they are no integers and should be.
    """
    kind: Any
    for kind in (bool, int, float, complex):
        if isinstance(item, kind):
            return kind(item)
    whole = dtype.category < FLOAT
    if dtype is dtypes.uint64:
        raise TypeError("an integer is required")
    if isinstance(item, Tensor):
        if whole:
            return item.item() if dtype is dtypes.bool and item.dtype is dtypes.bool else index(item)
        if item.numel() != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return plain_float(item)
    if is_typed_number(item):
        value = item.item()
        if not whole or isinstance(value, int) and not isinstance(value, bool) or dtype is dtypes.bool and value in (True, False):
            return value
    name = spelled(item)
    if whole:
        raise TypeError(f"'{name}' object cannot be interpreted as an integer")
    raise TypeError(f"must be real number, not {name}")


def plain_float(item: Tensor) -> Any:
    """The number in a tensor; torch warns if it has a history."""
    if item.requires_grad:
        import warnings

        warnings.warn(
            "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
            "Consider using tensor.detach() first.",
            stacklevel=6,
        )
    return item.item()


def spelled(value: Any) -> str:
    """The name of a value's type as Python's own errors write it."""
    kind = type(value)
    return kind.__name__ if kind.__module__ in ("builtins", "isograd.tensor") else f"{kind.__module__}.{kind.__name__}"


def stored(numbers: list[Any], kinds: set[type], dtype: dtype) -> list[Any]:
    """Python numbers as `dtype` can hold them.

    Raises
    ------
    TypeError, ValueError, RuntimeError, OverflowError
        With torch's texts, for one that does not fit.
    """
    category = dtype.category
    if category < INTEGER:
        return numbers if kinds <= {bool} else [bool(number) for number in numbers]
    if category == COMPLEX:
        return numbers
    if category == FLOAT:
        if complex in kinds:
            raise TypeError("must be real number, not complex")
        return [float(number) for number in numbers] if int in kinds else numbers
    if kinds <= {bool}:
        return numbers
    if dtype is dtypes.uint64:
        if not kinds <= {bool, int}:
            raise TypeError("an integer is required")
        if numbers and min(numbers) < 0:
            raise OverflowError("can't convert negative int to unsigned")
        if numbers and max(numbers) >= 2**64:
            raise OverflowError("int too big to convert")
        return numbers
    if complex in kinds:
        raise TypeError("'complex' object cannot be interpreted as an integer")
    if kinds <= {bool, int} and numbers and dtype.is_signed:
        if in_range(min(numbers), dtype) and in_range(max(numbers), dtype):
            return numbers
    return [integral(number, dtype) for number in numbers]


def integral(number: Any, dtype: dtype) -> int:
    """One number as an integer type other than uint64 holds it: towards zero, and no further than it reaches."""
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise ValueError("Overflow when unpacking long long")
    if not in_range(number, dtype):
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
    return wrapped(int(number), dtype)


def native_array(data: Any, wanted: dtype | None, space_for: Any) -> tuple[Any, Space]:
    """Python data as a native array; ``space_for(dtype)`` says where.

    `wanted` is the dtype asked for; None means that of the data.
    """
    regular = flattened(data)
    if regular is not None:
        numbers, shape, kinds = regular
        if wanted is None:
            wanted = dtypes.bool if numbers else defaults.get_default_dtype()
            for kind in kinds:
                wanted = promote_types(wanted, number_dtype(kind()))
    else:
        if isinstance(data, (str, bytes)):
            raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
        shape = sizes(data)
        if isinstance(data, (list, tuple)) and data and is_array(data[0]):
            warn_once(
                "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the "
                "list to a single numpy.ndarray with numpy.array() before converting to a tensor.", 5,
            )
        if wanted is None:
            wanted = inferred(data)
        numbers = [plain(item, wanted) for item in collected(data, shape)] if 0 not in shape else []
        kinds = set(map(type, numbers))
    space: Space = space_for(wanted)
    numbers = stored(numbers, kinds, wanted)
    K, backend = space.K, space.backend
    # torch rounds a Python number to float32 before it rounds to half precision
    first = dtypes.float32 if wanted.is_half else wanted
    array = backend.from_list(numbers, shape, K.native[first], native_device(space))
    return (K.astype(array, K.native[wanted]) if first is not wanted else array), space


# -- tensors ------------------------------------------------------------------------------------------
def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A new leaf with a copy of `data`.

    Parameters
    ----------
    data : number, sequence, NumPy array, Tensor or object with ``__dlpack__``
        Nested sequences must be regular.
    dtype : dtype, optional
        That of the data when left out: Python floats become the default dtype, integers int64.
    device : device or str, optional
        Where to make it.
    requires_grad : bool
        Whether operations on it are recorded.
    pin_memory : bool
        Must be False.

    Raises
    ------
    ValueError, TypeError, RuntimeError
        With torch's texts, for data that is irregular, of no numeric type, or out of the dtype's range.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([[1, 2], [3, 4.5]])
    tensor([[1.0000, 2.0000],
            [3.0000, 4.5000]])
    """
    if isinstance(data, Tensor):
        warn_copy("torch.tensor(sourceTensor)")
    return from_data("tensor", data, dtype, device, requires_grad, pin_memory)


def warn_copy(call: str) -> None:
    import warnings

    warnings.warn(
        "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
        f"sourceTensor.detach().clone().requires_grad_(True), rather than {call}.",
        stacklevel=3,
    )


def from_data(
    name: str, data: Any, dtype: Any, device: Any, requires_grad: Any, pin_memory: Any = False,
    like: Space | None = None, copy: bool = True,
) -> Tensor:
    """A tensor of any data, in `dtype` and on `device` where given.

    With ``copy=False``, a tensor or array that has both already is shared.
    """
    wanted = dtype_of(name, dtype)

    def place(dtype: dtypes.dtype) -> Space:
        return space_of(name, dtype, device, None, pin_memory, like)

    source = None if data.__class__ in PLAIN else shared(data)
    if source is None:
        if is_typed_number(data) and wanted is None:
            wanted = native_dtype(data)
        return make(*native_array(data, wanted, place), requires_grad, name)
    wanted = wanted or source.space.dtype
    if device is None and like is None and isinstance(data, Tensor):
        like = source.space
    space = place(wanted)
    if copy or space is not source.space:
        return make(copied(source, space), space, requires_grad, name)
    if requires_grad is True:
        source.requires_grad_()
    return source


def shared(data: Any) -> Tensor | None:
    """A tensor on the memory of `data`, or None if that is not an array of any kind."""
    if isinstance(data, Tensor):
        return data.detach()
    from isograd import interchange

    if is_array(data):
        return interchange.from_numpy(data) if is_numpy(data) else interchange.from_dlpack(data)
    return interchange.from_dlpack(data) if hasattr(type(data), "__dlpack__") else None


def is_numpy(data: Any) -> bool:
    from isograd.backend.discover import get_backend

    return isinstance(data, get_backend("numpy").array_type)


def copied(source: Tensor, space: Space) -> Any:
    """A copy of the elements of `source` in `space`, with its order of dimensions in memory."""
    from isograd.creation import similar
    from isograd.interchange import transferred

    K = space.K
    array = transferred(source, space)
    if array is source.array:
        _, shape, strides = similar("clone", source, None, None, (None, None, False))
        return K.copy(array) if strides is None else K.assign(allocate(space, shape, strides), array)
    return array


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor, without a copy where dtype and device allow it; a Tensor keeps its history.

    Examples
    --------
    >>> import isograd as torch
    >>> x = torch.ones(2)
    >>> torch.as_tensor(x) is x
    True
    """
    if isinstance(data, Tensor):
        wanted = dtype_of("as_tensor", dtype) or data.space.dtype
        space = space_of("as_tensor", wanted, device, like=data.space)
        return data if space is data.space else data.to(space.device, wanted)
    return from_data("as_tensor", data, dtype, device, False, copy=False)


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """`obj` as a tensor; `copy` says whether it must (True), must not (False) or may (None) be copied.

    Parameters
    ----------
    obj : Tensor, NumPy array, buffer, number or sequence
        A buffer is read as `dtype`, by default the default dtype.
    dtype, device
        As for `tensor`.
    copy : bool, optional
        False shares memory or raises.
    requires_grad : bool, optional
        That of `obj` if it is a tensor, else False, when left out.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.asarray([1, 2])
    tensor([1, 2])
    """
    wanted = dtype_of("asarray", dtype)
    source = obj if isinstance(obj, Tensor) else shared(obj)
    if source is None and is_buffer(obj):
        source = frombuffer(obj, dtype=wanted or defaults.get_default_dtype())
    if source is None:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return from_data("asarray", obj, wanted, device, requires_grad or False)
    if requires_grad is None:
        requires_grad = source.requires_grad
        if requires_grad:
            import warnings

            warnings.warn(
                "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of "
                "False. Pass requires_grad=False explicitly to get the old behavior and silence this "
                "warning.",
                stacklevel=2,
            )
    like = source.space if isinstance(obj, Tensor) else None
    space = space_of("asarray", wanted or source.space.dtype, device, like=like)
    if copy is False and space is not source.space:
        words = dtypes.SCALAR_NAMES
        if space.device is not source.space.device:
            raise ValueError(
                f"can't alias tensor from device '{source.device}' to '{space.device}'."
            )
        raise ValueError(
            f"can't alias tensor with dtype '{words[source.dtype.name]}' into dtype "
            f"'{words[space.dtype.name]}'."
        )
    result = source
    if copy or space is not source.space:
        result = source.to(space.device, space.dtype, copy=True)
    if not requires_grad:
        return result.detach() if result.requires_grad else result
    return result if result.requires_grad else result.detach().requires_grad_()


def is_buffer(obj: Any) -> bool:
    if isinstance(obj, (str, list, tuple, int, float, complex)) or is_typed_number(obj):
        return False
    try:
        memoryview(obj)
    except TypeError:
        return False
    return True


def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A 1-d tensor on the memory of an object with Python's buffer protocol.

    Parameters
    ----------
    buffer : object
        Bytes, bytearray, array.array, mmap and the like.
    dtype : dtype
        What its bytes are read as.
    count : int
        How many elements to read; -1 means all.
    offset : int
        How many bytes to skip first.
    requires_grad : bool
        Whether operations on it are recorded.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.frombuffer(bytearray([1, 2, 3]), dtype=torch.uint8)
    tensor([1, 2, 3], dtype=torch.uint8)
    """
    wanted = dtype_of("frombuffer", dtype)
    assert wanted is not None
    try:
        memory = memoryview(buffer)
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    size, length = wanted.itemsize, memory.nbytes
    if memory.readonly:
        warn_once(
            "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means "
            "you can write to the underlying (supposedly non-writable) buffer using the tensor. You may want "
            "to copy the buffer to protect its data or make it writable before converting it to a tensor. This "
            "type of warning will be suppressed for the rest of this program.", 3,
        )
    if length == 0 or count == 0:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) "
            "minus 1"
        )
    if count < 0:
        if (length - offset) % size:
            raise ValueError(
                f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of "
                f"element size ({size})"
            )
        count = (length - offset) // size
    if offset + count * size > length:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be "
            f"greater than actual buffer length ({length} bytes)"
        )
    from isograd.interchange import from_bytes

    out = from_bytes(memory.cast("B")[offset : offset + count * size], wanted)
    return out.requires_grad_() if requires_grad else out


def new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    layout: Any = None, pin_memory: bool = False,
) -> Tensor:
    """A new leaf with a copy of `data`, of this tensor's dtype and device unless others are given."""
    if isinstance(data, Tensor):
        warn_copy("tensor.new_tensor(sourceTensor)")
    dtype = dtype_of("new_tensor", dtype) or self.space.dtype
    return from_data("new_tensor", data, dtype, device, requires_grad, pin_memory, like=self.space)


METHODS["new_tensor"] = new_tensor
