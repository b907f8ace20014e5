"""What tensors get when nothing is said: the dtype of Python floats, and the device."""

from __future__ import annotations

from contextvars import ContextVar

from isograd import dtypes
from isograd.dtypes import dtype

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from isograd.devices import device

__all__ = ["get_default_dtype", "set_default_dtype", "get_default_device", "set_default_device"]

_default = dtypes.float32
_device: device | None = None
_scoped_device: ContextVar[device | None] = ContextVar("isograd.default_device", default=None)


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
        raise TypeError(
            "invalid dtype object: only floating-point types are supported as the default type"
        )
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _default = d


def default_complex() -> dtype:
    """The complex type Python complex numbers become: the default type's."""
    return _default.to_complex()


def chosen_device() -> device | None:
    """The device of the innermost ``with device``, else that of `set_default_device`, else None."""
    return _scoped_device.get() or _device


def get_default_device() -> device:
    """Where tensors are made unless ``device=`` says otherwise.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.get_default_device()
    device(type='cpu')
    """
    found = chosen_device()
    if found is not None:
        return found
    from isograd.backend.discover import current
    from isograd.devices import device

    return device(current().backend.device_types[0])


def set_default_device(device: Any) -> None:
    """Set where tensors are made unless ``device=`` says otherwise; None undoes it."""
    global _device
    from isograd.devices import device as Device

    _device = None if device is None else Device(device)
