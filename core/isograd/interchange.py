"""Exchange with other libraries: NumPy, DLPack, pickle. The backend does the work; nothing here imports an array library."""

from __future__ import annotations

from typing import Any

from isograd import dtypes
from isograd.arguments import make
from isograd.backend.discover import current, get_backend
from isograd.backend.space import default_space, space_for
from isograd.grad_mode import INFERENCE, inference_enabled
from isograd.graph import UNVERSIONED
from isograd.layouts import is_dense
from isograd.shapes import numel
from isograd.tensor import Tensor

__all__ = ["from_dlpack", "from_numpy", "to_numpy"]

new = object.__new__


_warned: set[str] = set()


def warn_once(text: str, stacklevel: int) -> None:
    """Warn the first time only, as torch does where a warning would come again and again."""
    if text not in _warned:
        import warnings

        _warned.add(text)
        warnings.warn(text, stacklevel=stacklevel)


def adopt(array: Any, K: Any, device: Any) -> Tensor:
    """A tensor that shares the native `array` of the backend whose kernels are `K`."""
    space = space_for(K.backend, K, device, K.dtype_of(array))
    out = new(Tensor)
    out.array = K.backend.rooted(array)
    out.space = space
    out._versions = UNVERSIONED if INFERENCE and inference_enabled() else None
    out._edge = None
    return out


def from_numpy(ndarray: Any) -> Tensor:
    """A tensor that shares the memory of a NumPy array.

    Raises
    ------
    TypeError
        With torch's text, for anything but an array of a supported dtype.

    Examples
    --------
    >>> import numpy, isograd as torch
    >>> torch.from_numpy(numpy.arange(3.))
    tensor([0., 1., 2.], dtype=torch.float64)
    """
    K = get_backend("numpy")
    array_type: Any = K.array_type
    if not isinstance(ndarray, array_type):
        kind = type(ndarray)
        raise TypeError(f"expected np.ndarray (got {'numpy.' if kind.__module__ == 'numpy' else ''}{kind.__name__})")
    try:
        dtype = K.dtype_of(ndarray if ndarray.dtype.isnative else ndarray.astype(ndarray.dtype.newbyteorder("=")))
    except TypeError:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{ndarray.dtype.type.__name__}. The only supported "
            "types are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, "
            "and bool.") from None
    if not ndarray.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is currently not "
            "supported.")
    for stride in ndarray.strides:
        if stride < 0:
            raise ValueError(
                "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. "
                "(You can probably work around this by making a copy of your array  with array.copy().) ")
    if not ndarray.flags.writeable:
        warn_once(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to this tensor "
            "will result in undefined behavior. You may want to copy the array to protect its data or make it writable before converting "
            "it to a tensor. This type of warning will be suppressed for the rest of this program.", 3)
    from isograd.devices import device

    own = current()
    tensor = adopt(ndarray, K, device("cpu"))
    if own is not K and "cpu" in own.backend.device_types:
        # The chosen backend serves the CPU with arrays of its own.
        space = default_space(dtype, "cpu")
        tensor = adopt(own.from_dlpack(ndarray), own, space.device)
    return tensor


def to_numpy(tensor: Tensor) -> Any:
    """The elements of `tensor` as a NumPy array, shared where the backend's memory allows."""
    K = get_backend("numpy")
    host = tensor.space.backend.to_host(tensor.array)
    return host if isinstance(host, K.array_type) else K.asarray(host)


def from_dlpack(ext_tensor: Any) -> Tensor:
    """A tensor that shares the memory of any object with ``__dlpack__``.

    Examples
    --------
    >>> import numpy, isograd as torch
    >>> torch.from_dlpack(numpy.ones(2, numpy.float32))
    tensor([1., 1.])
    """
    from isograd.backend.discover import serving
    from isograd.devices import device

    if isinstance(ext_tensor, Tensor):
        return ext_tensor.detach()
    code, index = ext_tensor.__dlpack_device__()
    type = {1: "cpu", 2: "cuda", 10: "cuda", 13: "cuda"}.get(int(code))
    if type is None:
        raise ValueError(f"Unsupported device_type: {int(code)}")
    K = serving(type)
    return adopt(K.from_dlpack(ext_tensor), K, device(type) if type == "cpu" else device(type, index))


def dlpack_of(tensor: Tensor, **options: Any) -> Any:
    """The DLPack capsule of `tensor`'s memory."""
    return tensor.array.__dlpack__(**options)


def dlpack_device_of(tensor: Tensor) -> Any:
    """DLPack's code and index of `tensor`'s device."""
    return tensor.array.__dlpack_device__()


#: What Python calls the types that a memoryview can be cast to.
FORMATS = {
    "bool": "?", "uint8": "B", "int8": "b", "uint16": "H", "int16": "h", "uint32": "I", "int32": "i", "uint64": "Q", "int64": "q",
    "float16": "e", "float32": "f", "float64": "d",
}


def from_bytes(memory: memoryview, dtype: dtypes.dtype) -> Tensor:
    """A 1-d tensor that reads `memory`, whole elements of bytes, as `dtype`."""
    if dtype is dtypes.bfloat16:
        found: Tensor = from_bytes(memory, dtypes.int16).view(dtype)
        return adopt(found.array, found.space.K, found.device)
    if dtype.is_complex:
        from isograd.ops.declare import RECORDED

        parts = from_bytes(memory, dtype.to_real())
        found = RECORDED.view_as_complex(parts.reshape(-1, 2))
        return adopt(found.array, found.space.K, found.device)
    K = get_backend("numpy")
    from isograd.devices import device

    format: Any = FORMATS[dtype.name]
    tensor = adopt(K.asarray(memory.cast(format)), K, device("cpu"))
    own = current()
    if own is not K and "cpu" in own.backend.device_types:
        tensor = adopt(own.from_dlpack(tensor.array), own, tensor.device)
    return tensor


def transferred(tensor: Tensor, space: Any) -> Any:
    """The array of `tensor` in another space: its own where that is the same, else a cast or a copy from device to device."""
    source, array = tensor.space, tensor.array
    if source.K is not space.K or source.device is not space.device:
        device = space.backend.native_device(space.device.type, space.device.index)
        array = crossed(array, source.K, space.K, device)
        source = space.to(source.dtype)
    return array if source is space else space.K.astype(array, space.K.native[space.dtype])


def crossed(array: Any, source: Any, target: Any, device: Any = None) -> Any:
    """A copy of a native array of the backend with kernels `source` as one of the backend with kernels `target`."""
    dtype = source.dtype_of(array)
    try:
        foreign = target.from_dlpack(source.to_host(array))
        return target.asarray(foreign, dtype=target.native[dtype], device=device, copy=True)
    except (AttributeError, BufferError, RuntimeError, TypeError, ValueError):  # a library, or a dtype, that takes no foreign memory
        return target.from_list(_flat(source.tolist(array)), tuple(array.shape), target.native[dtype], device)


def _flat(values: Any) -> list[Any]:
    if not isinstance(values, list):
        return [values]
    return [number for item in values for number in _flat(item)]


class Memory:
    """All the memory that a tensor lies in, laid flat.

    Attributes
    ----------
    key : int
        What tells this memory from other memory that is alive.
    """

    __slots__ = ("flat", "space", "owner", "key")

    def __init__(self, flat: Any, space: Any, owner: Any) -> None:
        self.flat, self.space = flat, space
        self.owner, self.key = owner, id(owner)

    def __reduce__(self) -> Any:
        return restored, (self.space.backend.tolist(self.flat), self.space.dtype.name)


def placed(tensor: Tensor) -> tuple[Memory, tuple[Any, ...]]:
    """The memory of `tensor`, and its shape, strides and offset there.

    The memory is a copy of its own elements where the backend does not tell where they lie.
    """
    space, array = tensor.space, tensor.array
    backend, K = space.backend, space.K
    shape = tuple(array.shape)
    if not backend.capabilities.strides:
        return Memory(K.reshape(array, (-1,)), space, array), (shape, None, 0)
    owner, offset = backend.owner(array), int(backend.storage_offset(array))
    strides = tuple(backend.strides(array))
    if K.dtype_of(owner) is not space.dtype or not is_dense(tuple(owner.shape), backend.strides(owner)):
        owner, offset = K.copy(array), 0
        strides = tuple(backend.strides(owner))
    return Memory(K.as_strided(owner, (numel(owner.shape),), (1,), 0), space, owner), (shape, strides, offset)


def read(flat: Any, space: Any, shape: tuple[int, ...], strides: tuple[int, ...] | None, offset: int) -> Any:
    """An array that reads `flat` memory."""
    if strides is None or not space.backend.capabilities.strides:
        return space.K.reshape(flat, shape)
    return space.K.as_strided(flat, shape, strides, offset)


def restored(values: list[Any], dtype: str) -> Tensor:
    """Unpickle memory, on the backend chosen in this process."""
    from isograd.data import tensor

    return tensor(values, dtype=dtypes.BY_NAME[dtype])


def rebuild(memory: Tensor, shape: tuple[int, ...], strides: tuple[int, ...] | None, offset: int, requires_grad: bool) -> Tensor:
    """Unpickle a tensor that reads `memory`."""
    return make(read(memory.array, memory.space, shape, strides, offset), memory.space, requires_grad)
