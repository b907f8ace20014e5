"""Backends: what an array library gives to isograd, and how one is found and chosen.

`contract` is the reference for authors, `resolve` binds the kernels of one backend, `defaults` fills what it leaves
out, `discover` finds installed backends and decides which one serves. The package itself can be called:
``with isograd.backend("cupy"):`` chooses a backend for a block (`discover.backend`).
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

__all__: list[str] = []


class _Callable(ModuleType):
    def __call__(self, name: Any) -> Any:
        from isograd.backend.discover import backend

        return backend(name)


sys.modules[__name__].__class__ = _Callable
