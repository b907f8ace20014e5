"""Finding the installed backends and choosing the one that serves.

Backends are entry points of the group ``isograd.backends``. Scanning reads metadata and imports
nothing; a backend is loaded when it is first used. One that fails is remembered with its cause and
troubles nobody else.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar

from isograd import config

from .contract import Backend, BackendError
from .resolve import Kernels, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Any

__all__ = [
    "Chosen",
    "Found",
    "GROUP",
    "backend",
    "chosen",
    "current",
    "discovered",
    "get_backend",
    "register_backend",
    "rescan",
    "serving",
    "set_default_backend",
]

GROUP = "isograd.backends"

#: What supplies a backend or a device type that is not installed.
_EXTRAS = {"cupy": "cuda12", "cuda": "cuda12"}


class Found:
    """A backend that is installed or registered, loaded or not.

    Attributes
    ----------
    backend_name, distribution, version : str
        Its name, and the distribution that supplies it.
    kernels : Kernels or None
        Its kernels, once loaded.
    failure : BackendError or None
        Why it cannot be used, once tried.
    """

    __slots__ = (
        "backend_name",
        "distribution",
        "version",
        "kernels",
        "failure",
        "_load",
        "_target",
    )

    def __init__(
        self,
        backend_name: str,
        distribution: str,
        version: str,
        load: Callable[[], Any],
        target: Any = None,
    ) -> None:
        self.backend_name, self.distribution, self.version = backend_name, distribution, version
        self.kernels: Kernels | None = None
        self.failure: BackendError | None = None
        self._load, self._target = load, target

    @property
    def supplier(self) -> str:
        """The distribution and its version."""
        return f"{self.distribution} {self.version}".strip()

    def __repr__(self) -> str:
        state = "loaded" if self.kernels else "failed" if self.failure else "not loaded"
        return f"<backend {self.backend_name!r} from {self.supplier}, {state}>"

    def use(self) -> Kernels:
        """The kernels; loads the backend if nobody did, and raises BackendError if it cannot."""
        if self.kernels is not None:
            return self.kernels
        with _lock:  # two threads must not bind two sets of kernels
            if self.kernels is None and self.failure is None:
                try:
                    self.kernels = self._resolve()
                except BackendError as error:
                    self.failure = error
        if self.kernels is None:
            failed = self.failure
            assert failed is not None
            # a fresh error each time: one that is raised again collects tracebacks, and they keep
            # frames alive
            raise BackendError(
                failed.backend, failed.cause, failed.next_step, failed.supplier
            ) from failed.__cause__
        return self.kernels

    def _resolve(self) -> Kernels:
        name = self.backend_name
        try:
            made = self._load()
            made = (
                made()
                if isinstance(made, type) or not hasattr(made, "namespace") and callable(made)
                else made
            )
            if getattr(made, "name", name) != name:
                cause, step = (
                    f"the object it names calls itself {made.name!r}",
                    "report this to its authors",
                )
                raise BackendError(name, cause, step, self.supplier)
            reason = made.available()
        except BackendError:
            raise
        except Exception as error:
            raise BackendError(
                name,
                f"loading it failed: {type(error).__name__}: {error}",
                self._remedy(error),
                self.supplier,
            ) from error.with_traceback(None)
        if reason is not None:
            step = "run `isograd backends` to see what is installed, and choose another"
            raise BackendError(name, f"it is not available here: {reason}", step, self.supplier)
        return resolve(made, self.supplier)

    def _remedy(self, error: Exception) -> str:
        if self.backend_name in _EXTRAS:
            return f'pip install "isograd[{_EXTRAS[self.backend_name]}]"'
        if isinstance(error, ModuleNotFoundError) and error.name:
            return f"pip install {error.name.partition('.')[0]}"
        return f"repair or upgrade {self.distribution}, or choose another backend"


class Chosen:
    """The backend that serves now, and why.

    Attributes
    ----------
    backend_name, distribution, version : str
        Its name and supplier.
    source : str
        Who chose it, in words.
    kernels : Kernels
        Its kernels.
    passed_over : tuple of BackendError
        Why those before it in an ordered fallback could not be used.
    """

    __slots__ = ("backend_name", "distribution", "version", "source", "kernels", "passed_over")

    def __init__(
        self, found: Found, source: str, passed_over: tuple[BackendError, ...] = ()
    ) -> None:
        self.backend_name, self.distribution, self.version = (
            found.backend_name,
            found.distribution,
            found.version,
        )
        self.kernels, self.source, self.passed_over = found.use(), source, passed_over

    def __repr__(self) -> str:
        supplier = f"{self.distribution} {self.version}"
        return f"<backend {self.backend_name!r} from {supplier}, chosen by {self.source}>"


_lock = threading.RLock()
_found: dict[str, Found] | None = None
_registered: dict[str, Found] = {}
_scoped: ContextVar[Chosen | None] = ContextVar("isograd_backend", default=None)
_default: Chosen | None = None
_serving: dict[str, Found] = {}


def _table() -> dict[str, Found]:
    global _found
    if _found is None:
        with _lock:
            if _found is None:
                _found = {**_scan(), **_registered}
    return _found


def _scan() -> dict[str, Found]:
    from importlib.metadata import entry_points

    by_name: dict[str, dict[str, Found]] = {}
    for point in entry_points(group=GROUP):
        source = point.dist
        name, version = (
            (source.name, source.version) if source is not None else ("an unknown distribution", "")
        )
        # the same distribution may be on the path twice: the first shadows the second, as in
        # imports
        by_name.setdefault(point.name, {}).setdefault(
            name, Found(point.name, name, version, point.load)
        )
    table = {}
    for backend_name, candidates in sorted(by_name.items()):
        first, *others = candidates.values()
        if others:
            suppliers = " and ".join(found.supplier for found in candidates.values())
            first.failure = BackendError(
                backend_name,
                f"{suppliers} both supply it",
                "uninstall all but one of them",
                suppliers,
            )
        table[backend_name] = first
    return table


def rescan() -> None:
    """Forget what was found, loaded and chosen, except registered backends and the scope of a
    ``with``."""
    global _found, _default
    with _lock:
        _found, _default = None, None
        _serving.clear()


def discovered() -> list[Found]:
    """Every installed or registered backend, by name; nothing is imported for it."""
    return [found for _, found in sorted(_table().items())]


def get_backend(name: str) -> Kernels:
    """The kernels of a backend by name.

    Raises
    ------
    BackendError
        If none of that name is installed, or it cannot be loaded.
    """
    return _get(name).use()


def _get(name: str) -> Found:
    table = _table()
    found = table.get(name)
    if found is None:
        hint = config.suggest(name, [*table, "cupy"]).replace("known are", "backends are")
        step = f'pip install "isograd[{_EXTRAS[name]}]"' if name in _EXTRAS else hint
        raise BackendError(name, "no installed distribution supplies it", step)
    return found


def register_backend(
    backend: Backend, *, distribution: str = "this program", version: str = ""
) -> Kernels:
    """Make a backend known without an entry point, for this process; it replaces one of the same
    name.

    Returns
    -------
    Kernels
        Its kernels, as `get_backend` gives them.
    """
    found = Found(backend.name, distribution, version, lambda: backend)
    kernels = found.use()
    with _lock:
        _table()[backend.name] = _registered[backend.name] = found
        _serving.clear()
    return kernels


def _choose(names: str | Sequence[str], source: str) -> Chosen:
    """The first of the names that can be used; a single name never falls back."""
    failures: list[BackendError] = []
    wanted = config.parse_names(names)
    for name in wanted:
        try:
            return Chosen(_get(name), source, tuple(failures))
        except BackendError as error:
            failures.append(error)
    for failure in failures:
        failure.add_note(f"chosen by {source}")
    if len(failures) == 1:
        raise failures[0]
    causes = "".join(f"\n  - {failure}" for failure in failures)
    raise BackendError(
        ",".join(wanted), f"none of them can be used{causes}", "add one that can, such as numpy"
    )


def current() -> Kernels:
    """The kernels of the backend that serves now: of the innermost ``with``, else the default."""
    scoped = _scoped.get()
    if scoped is not None:
        return scoped.kernels
    return _default.kernels if _default is not None else chosen().kernels


def chosen() -> Chosen:
    """The backend that serves now, and who chose it."""
    global _default
    scoped = _scoped.get()
    if scoped is not None:
        return scoped
    if _default is None:
        names, source = config.lookup("backend")
        _default = _choose(names, source)
    return _default


def set_default_backend(name: str | Sequence[str]) -> None:
    """Choose the backend for everything outside a ``with isograd.backend(...)``.

    Parameters
    ----------
    name : str or sequence of str
        A name, or several in order of preference (``"cupy,numpy"``). A single name never falls
        back.
    """
    global _default
    _default = _choose(name, "set_default_backend()")


class backend:
    """Choose the backend inside a ``with``, in this thread or task only.

    Parameters
    ----------
    name : str or sequence of str
        A name, or several in order of preference (``"cupy,numpy"``). A single name never falls
        back.

    Examples
    --------
    >>> import isograd as torch
    >>> with torch.backend("numpy"):
    ...     torch.zeros(2).device
    device(type='cpu')
    """

    def __init__(self, name: str | Sequence[str]) -> None:
        self._chosen = _choose(name, f"with isograd.backend({name!r})")
        self._outer: list[Chosen | None] = []

    def __enter__(self) -> None:
        self._outer.append(_scoped.get())
        _scoped.set(self._chosen)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _scoped.set(self._outer.pop())


def serving(device_type: str) -> Kernels:
    """The kernels of the backend that serves a device type: the current one if it does, else the
    first that does.

    Loads backends one after the other until one serves it, the default and the loaded first.

    Raises
    ------
    BackendError
        If none does. It tells which could not be asked.
    """
    kernels = current()
    if device_type in kernels.backend.device_types:
        return kernels
    found = _serving.get(device_type)
    if found is None:
        found = _serving[device_type] = _search(device_type)
    return found.use()


def _search(device_type: str) -> Found:
    failures = []
    for found in sorted(
        _table().values(), key=lambda found: (found.kernels is None, found.backend_name)
    ):
        try:
            if device_type in found.use().backend.device_types:
                return found
        except BackendError as error:
            failures.append(error)
    causes = "".join(f"\n  - {failure}" for failure in failures)
    step = (
        f'pip install "isograd[{_EXTRAS[device_type]}]"'
        if device_type in _EXTRAS
        else "install a backend for it"
    )
    raise BackendError(
        "any", f"none that can be used here serves the device type {device_type!r}{causes}", step
    )


def device_types() -> set[str]:
    """The device types of the backends that are loaded; asks the others only through `serving`."""
    return {
        word
        for found in _table().values()
        if found.kernels
        for word in found.kernels.backend.device_types
    }
