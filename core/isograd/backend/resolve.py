"""Binding the kernels of one backend: each name native or default, decided once.

The result is a `Kernels` instance whose attributes are the kernels. Nothing is looked up, wrapped
or tested afterwards: reading an attribute is one dictionary hit, and a default is a bound method of
the `Kernels`, which the interpreter calls as cheaply as a plain function.
"""

from __future__ import annotations

from isograd import config, dtypes

from . import contract
from .contract import Backend, BackendError

__all__ = ["Kernels", "resolve"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Kernels:
    """The kernels of one backend, and the facts about it that ops need.

    Every name of the contract is an attribute. The class has no methods and no ``__getattr__``:
    both would make the interpreter's specialised attribute access impossible.

    Attributes
    ----------
    backend : Backend
        The object that supplied the native kernels.
    native : dict
        isograd dtype to native dtype; a missing key is an unsupported dtype.
    native_index : object
        The native dtype of indices, int64.
    dtype_of : callable
        The isograd dtype of a native array.
    array_type : type
        What kernels return.
    capabilities : Capabilities
        The backend's.
    origins : dict
        Kernel name to ``"native"``, ``"default"`` (composed of other kernels) or ``"host"``
        (computed by NumPy on the host when asked for).
    """

    backend: Backend
    native: dict[dtypes.dtype, Any]
    native_index: Any
    dtype_of: Callable[[Any], dtypes.dtype]
    array_type: Any  # a type
    capabilities: contract.Capabilities
    origins: dict[str, str]

    if TYPE_CHECKING:  # the kernels themselves

        def __getattr__(self, name: str) -> Any: ...

    def __repr__(self) -> str:
        return f"<kernels of {self.backend.name}>"


def resolve(backend: Backend, supplier: str | None = None) -> Kernels:
    """Bind every kernel of a backend.

    Parameters
    ----------
    backend : Backend
        The backend; its library is loaded already.
    supplier : str, optional
        The distribution and version it came from, for error texts.

    Returns
    -------
    Kernels
        With the setting ``force_defaults`` (``ISOGRAD_FORCE_DEFAULTS=1``), every optional name is
        its default: a way to test them.

    Raises
    ------
    BackendError
        If the backend was written for another contract, or lacks a required kernel or attribute.
    """
    _check(backend, supplier)
    kernels = Kernels()
    kernels.backend = backend
    kernels.array_type = backend.array_type
    kernels.capabilities = backend.capabilities
    kernels.origins = origins = {}
    kernels.native = {dtypes.BY_NAME[name]: native for name, native in backend.dtypes.items()}
    kernels.native_index = backend.dtypes["int64"]
    kernels.dtype_of = _dtype_reader(backend)
    names = kernels.__dict__
    for name in contract.MEMORY:
        names[name] = getattr(backend, name)
    names["on_host"] = _host_caller(kernels, supplier)

    forced = config.setting("force_defaults")
    namespace = backend.namespace
    for name in contract.REQUIRED:
        names[name] = getattr(namespace, name)
        origins[name] = "native"
    for name, (default, origin) in contract.OPTIONAL.items():
        native = None if forced else getattr(namespace, name, None)
        names[name] = native or default.__get__(kernels)
        origins[name] = "native" if native else origin
    return kernels


def _check(backend: Backend, supplier: str | None) -> None:
    name = getattr(backend, "name", None) or type(backend).__name__
    distribution = supplier.split()[0] if supplier else "the backend"
    upgrade = f"upgrade {distribution}, or report this to its authors"
    attributes = (
        "name",
        "device_types",
        "dtypes",
        "array_type",
        "namespace",
        "capabilities",
        "contract_version",
    )
    if absent := [attribute for attribute in attributes if not hasattr(backend, attribute)]:
        raise BackendError(name, f"it has no attribute {_enumerate(absent)}", upgrade, supplier)
    if backend.contract_version != contract.CONTRACT_VERSION:
        newer = backend.contract_version > contract.CONTRACT_VERSION
        raise BackendError(
            name,
            f"it was written for version {backend.contract_version} of the backend contract, "
            f"this isograd has version {contract.CONTRACT_VERSION}",
            "upgrade isograd" if newer else upgrade,
            supplier,
        )
    if absent := [kernel for kernel in contract.REQUIRED if not hasattr(backend.namespace, kernel)]:
        listed = _enumerate([kernel + contract.REQUIRED[kernel] for kernel in absent])
        raise BackendError(name, f"its kernels lack the required {listed}", upgrade, supplier)
    if absent := [attribute for attribute in contract.MEMORY if not hasattr(backend, attribute)]:
        raise BackendError(
            name,
            f"it has no method {_enumerate(absent)}",
            "subclass isograd.backend.contract.Backend",
            supplier,
        )
    if unknown := [dtype for dtype in backend.dtypes if dtype not in dtypes.BY_NAME]:
        raise BackendError(
            name,
            f"its dtypes have the unknown name {_enumerate(unknown)}",
            f"use {_enumerate(list(dtypes.BY_NAME))}",
            supplier,
        )


def _enumerate(words: list[str]) -> str:
    return ", ".join(repr(word) for word in words)


def _dtype_reader(backend: Backend) -> Callable[[Any], dtypes.dtype]:
    table = {native: dtypes.BY_NAME[name] for name, native in backend.dtypes.items()}
    native_of = None if type(backend).dtype_of is Backend.dtype_of else backend.dtype_of
    supported = ", ".join(backend.dtypes)

    def unsupported(native: Any) -> TypeError:
        return TypeError(
            f"backend {backend.name!r} has no isograd dtype for {native}. "
            f"The supported types are: {supported}."
        )

    if native_of is None:  # the common case, one attribute and one dictionary hit

        def dtype_of(array: Any) -> dtypes.dtype:
            try:
                return table[array.dtype]
            except KeyError:
                raise unsupported(array.dtype) from None
    else:

        def dtype_of(array: Any) -> dtypes.dtype:
            native = native_of(array)
            try:
                return table[native]
            except KeyError:
                raise unsupported(native) from None

    return dtype_of


def _host_caller(kernels: Kernels, supplier: str | None) -> Callable[..., Any]:
    """The last resort of the ``host`` defaults: NumPy's kernel of that name, with both transfers,
    when asked for."""
    backend = kernels.backend

    def on_host(name: str, *arrays: Any) -> Any:
        if not config.setting("host_fallback"):
            raise BackendError(
                backend.name,
                f"it has no kernel {name!r}, and no composition of others gives it",
                "set ISOGRAD_HOST_FALLBACK=1, or host_fallback = true in the configuration, "
                "to compute it with SciPy on the host",
                supplier,
            )
        from .discover import get_backend

        host = get_backend("numpy").backend
        moved = [
            host.namespace.asarray(backend.to_host(array))
            if isinstance(array, backend.array_type)
            else array
            for array in arrays
        ]
        result = host.namespace.asarray(getattr(host.namespace, name)(*moved))
        if isinstance(result, backend.array_type):
            return result
        try:
            return kernels.from_dlpack(result)
        except (BufferError, TypeError):  # a library that takes no foreign memory
            dtype = kernels.native[dtypes.BY_NAME[str(result.dtype)]]
            return kernels.from_list(result.reshape(-1).tolist(), result.shape, dtype)

    return on_host
