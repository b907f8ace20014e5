"""isograd on array-api-strict, which implements the Array API standard and nothing else.

What a backend author writes: the library, a name, and what the library can do beyond the standard.
The arrays are used as values here (no views, no writing), so that every default of isograd has to
work.
"""

from __future__ import annotations

import warnings
from typing import Any

import array_api_strict

from isograd.backend.array_api import ArrayAPIBackend

__all__ = ["StrictBackend"]

# The library computes with NumPy, which warns of 1/0; a kernel does not.
warnings.filterwarnings("ignore", category=RuntimeWarning, module="array_api_strict")


class StrictBackend(ArrayAPIBackend):
    """array-api-strict on its CPU device."""

    def __init__(self) -> None:
        super().__init__(array_api_strict, name="strict", device_types=("strict",))

    def to_host(self, array: Any) -> Any:
        return array.to_device(array_api_strict.Device("CPU_DEVICE"))
