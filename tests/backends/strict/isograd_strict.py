"""isograd on array-api-strict, which implements the Array API standard and nothing else.

What a backend author writes: the library, a name, and what the library can do beyond the standard.
Its arrays wrap NumPy's, so basic indexing and transposition alias memory and assignment writes in
place; there are no strides to be had, and of dtypes only the standard's. Every optional kernel is
isograd's default.
"""

from __future__ import annotations

import warnings
from typing import Any

import array_api_strict

from isograd.backend.array_api import ArrayAPIBackend
from isograd.backend.contract import Capabilities

__all__ = ["StrictBackend"]

# The library computes with NumPy, which warns of 1/0; a kernel does not.
warnings.filterwarnings("ignore", category=RuntimeWarning, module="array_api_strict")


class StrictBackend(ArrayAPIBackend):
    """array-api-strict on its CPU device."""

    def __init__(self) -> None:
        super().__init__(array_api_strict, name="strict", capabilities=Capabilities(views=True, mutable=True))

    def to_host(self, array: Any) -> Any:
        return array.to_device(array_api_strict.Device("CPU_DEVICE"))
