"""The default dtype: what Python floats become."""

from __future__ import annotations

from isograd import dtypes
from isograd.dtypes import dtype

__all__ = ["get_default_dtype", "set_default_dtype"]

_default = dtypes.float32


def get_default_dtype() -> dtype:
    """The dtype given to tensors made from Python floats (float32 unless changed)."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the dtype given to tensors made from Python floats.

    Raises
    ------
    TypeError
        When `d` is not a floating point type, with torch's text.
    """
    global _default
    if not isinstance(d, dtype):
        raise TypeError(f"invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _default = d


def default_complex() -> dtype:
    """The complex type Python complex numbers become: the default type's."""
    return _default.to_complex()
