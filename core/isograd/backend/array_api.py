"""Any library of the Array API standard as a backend."""

from __future__ import annotations

from types import SimpleNamespace

from isograd import dtypes

from . import contract
from .contract import Backend, Capabilities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["ArrayAPIBackend"]


class ArrayAPIBackend(Backend):
    """A backend whose kernels are the functions of an Array API namespace.

    Only names that the standard defines are taken from it: what else a library has may mean
    something else under the same name. Override the methods of `isograd.backend.contract.Backend`
    for what the library can do beyond the standard.

    Parameters
    ----------
    xp : namespace
        The library.
    name : str
        The backend's name.
    device_types : tuple of str
        The device types it serves.
    kernels : mapping of str to callable, optional
        Kernels that the library lacks, or optional ones that it does better than the default.
    capabilities : Capabilities, optional
        The standard promises none: whether arrays have views or can be written to is the library's
        affair.

    Examples
    --------
    >>> import array_api_strict
    >>> ArrayAPIBackend(array_api_strict, name="strict").dtypes["float32"]
    array_api_strict.float32
    """

    def __init__(
        self,
        xp: Any,
        *,
        name: str,
        device_types: tuple[str, ...] = ("cpu",),
        kernels: Mapping[str, Any] | None = None,
        capabilities: Capabilities | None = None,
    ) -> None:
        self.xp = xp
        self.name = name
        self.device_types = device_types
        self.capabilities = capabilities or Capabilities()
        self.dtypes = {dtype: getattr(xp, dtype) for dtype in dtypes.BY_NAME if hasattr(xp, dtype)}
        self.array_type = type(xp.asarray(0.0))
        standard = {
            kernel: getattr(xp, kernel) for kernel in contract.STANDARD if hasattr(xp, kernel)
        }
        self.namespace = SimpleNamespace(**{**standard, **(kernels or {})})
