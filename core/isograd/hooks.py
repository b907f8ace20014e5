"""Removable hooks: the handle torch returns, and the order-keeping dictionaries hooks live in."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from itertools import count
from typing import Any

__all__ = ["RemovableHandle"]


class RemovableHandle:
    """A registered hook; ``remove()`` takes it out again, and a ``with`` block does so at its end."""

    __slots__ = ("id", "_hooks", "__weakref__")

    _next = count().__next__

    def __init__(self, hooks: dict[int, Callable[..., Any]]) -> None:
        self.id = RemovableHandle._next()
        self._hooks: Any = hooks

    @classmethod
    def add(cls, hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> RemovableHandle:
        """Append `hook` to `hooks` and return its handle."""
        handle = cls(hooks)
        hooks[handle.id] = hook
        return handle

    def remove(self) -> None:
        """Take the hook out; a second call does nothing."""
        if self._hooks is not None:
            self._hooks.pop(self.id, None)
            self._hooks = None

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


class RetainGrad:
    """What ``retain_grad()`` leaves on a node: writes the gradient of one output into its tensor, while that lives."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Any) -> None:
        self.tensor = weakref.ref(tensor)
