"""The NumPy backend object: dtypes, memory, transfers."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from isograd.backend.contract import Backend, Capabilities
from isograd.shapes import contiguous_strides

from . import kernels
from .memory import owner, rooted
from .silence import silence

__all__ = ["NumPyBackend", "backend"]

_NAMES = (
    "bool", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
    "float16", "float32", "float64", "complex64", "complex128",
)


class NumPyBackend(Backend):
    """NumPy arrays, on the CPU."""

    name = "numpy"
    device_types = ("cpu",)
    dtypes = {name: np.dtype(name) for name in _NAMES} | {"bfloat16": np.dtype(ml_dtypes.bfloat16)}
    array_type = np.ndarray
    namespace = kernels
    capabilities = Capabilities(views=True, mutable=True, strides=True, out=True)

    def owns_memory(self, array: np.ndarray) -> bool:
        return array.flags.owndata

    def owner(self, array: np.ndarray) -> np.ndarray:
        return owner(array)

    def rooted(self, array: np.ndarray) -> np.ndarray:
        return rooted(array)

    def is_contiguous(self, array: np.ndarray) -> bool:
        return array.flags.c_contiguous

    def strides(self, array: np.ndarray) -> tuple[int, ...]:
        size, strides = array.itemsize, array.strides
        if not array.size and not any(strides):  # NumPy gives a new empty array no strides
            return contiguous_strides(array.shape)
        return tuple([stride // size for stride in strides])

    def storage_offset(self, array: np.ndarray) -> int:
        if array.base is None:
            return 0
        return (self.data_ptr(array) - self.data_ptr(owner(array))) // array.itemsize

    def data_ptr(self, array: np.ndarray) -> int:
        return array.__array_interface__["data"][0]

    def item(self, array: np.ndarray) -> Any:
        value = array.item()
        # bfloat16 has a scalar of its own
        return value if type(value) in (int, float, bool, complex) else float(value)

    def tolist(self, array: np.ndarray) -> Any:
        return (array.astype(np.float32) if array.dtype.kind == "V" else array).tolist()

    def from_list(
        self, values: list[Any], shape: tuple[int, ...], dtype: np.dtype, device: Any = None
    ) -> np.ndarray:
        silence()
        return np.array(values, dtype).reshape(shape)


backend = NumPyBackend()
