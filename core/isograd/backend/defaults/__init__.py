"""Defaults for every optional kernel, composed of other kernels.

A module is a family. A public function of it whose first parameter is ``xp`` *is* the optional
kernel of that name: the rest of its signature is the kernel's, its docstring says what it means,
and ``xp`` is the kernels it is bound to. Nothing needs registering. Functions of the family
``host`` need the host: see there.

A default imports nothing; it may call any other kernel, required or optional, and must end in
required ones.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["registry"]

_registry: dict[str, tuple[Callable[..., Any], str]] = {}


def registry() -> dict[str, tuple[Callable[..., Any], str]]:
    """Every optional kernel: its name to its default and the default's origin, ``"default"`` or
    ``"host"``."""
    if not _registry:
        from importlib import import_module
        from pkgutil import iter_modules

        for _, family, _ in iter_modules(__path__):
            module = import_module(f"{__name__}.{family}")
            for name, function in vars(module).items():
                code = getattr(function, "__code__", None)
                if code is None or name.startswith("_") or code.co_varnames[:1] != ("xp",):
                    continue
                if function.__module__ != module.__name__:
                    continue
                if name in _registry:
                    raise ImportError(
                        f"two defaults are named {name!r}: the second is in {module.__name__}"
                    )
                _registry[name] = function, "host" if family == "host" else "default"
    return _registry
