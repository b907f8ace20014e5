"""Which operands an op refuses, with torch's errors: for ``supports=`` and ``check=`` of a declaration.

torch's kernels are compiled for some dtypes; what they say about the others names the kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isograd.dtypes import BOOL, COMPLEX, FLOAT, INTEGER, SCALAR_NAMES, dtype

__all__ = ["BITS", "INEXACT", "NUMERIC", "REAL", "kernel", "not_derivable", "refusing"]

NUMERIC = (INTEGER, FLOAT, COMPLEX)
REAL = (BOOL, INTEGER, FLOAT)
INEXACT = (FLOAT, COMPLEX)
BITS = (BOOL, INTEGER)


def kernel(name: str, categories: tuple[int, ...]) -> Callable[[dtype], None]:
    """Refuse the dtypes of other categories as torch's kernel `name` does."""

    def supports(dtype: dtype) -> None:
        if dtype.category not in categories:
            raise NotImplementedError(f"\"{name}\" not implemented for '{SCALAR_NAMES[dtype.name]}'")

    return supports


def refusing(categories: int | tuple[int, ...], error: type[Exception], text: str) -> Callable[[dtype], None]:
    """Refuse the dtypes of these categories with an error of its own."""
    refused = (categories,) if isinstance(categories, int) else categories

    def supports(dtype: dtype) -> None:
        if dtype.category in refused:
            raise error(text)

    return supports


def not_derivable(name: str) -> Callable[..., Any]:
    """The formula of an operand for which torch has no derivative: it is recorded, and backward raises."""

    def formula(F: Any, g: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return formula
