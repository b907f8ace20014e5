"""The module under test, and torch itself seen the same way: finding names in it, making tensors of it."""

from __future__ import annotations

import contextlib
import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from isograd_parity.oracle import RAW_BITS, Frozen, FrozenSparse, aligned_copy, strided

__all__ = ["Attribute", "Device", "Instance", "Missing", "Subject"]


class Missing(Exception):
    """The subject lacks a name that the case needs."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something of the module, by path: ``float32``, ``channels_last``, ``nn.functional.relu``."""

    path: str


@dataclass(frozen=True, slots=True)
class Device:
    """A device, by its string."""

    name: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the module, by path and constructor arguments."""

    path: str
    kwargs: dict[str, Any]


class Subject:
    """A module with torch's API.

    Parameters
    ----------
    module : module or str
        The module, or its import name.

    Examples
    --------
    >>> torch_itself = Subject("torch")
    >>> torch_itself.find("nn.functional.relu").__name__
    'relu'
    """

    def __init__(self, module: ModuleType | str) -> None:
        self.module = importlib.import_module(module) if isinstance(module, str) else module
        self.name = self.module.__name__
        self.is_torch = self.name == "torch"

    def on(self, backend: str) -> contextlib.AbstractContextManager[Any]:
        """A context in which the subject computes on this backend; nothing for a module that has no backends."""
        if not hasattr(self.module, "backend"):
            return contextlib.nullcontext()
        if backend == "reference":
            importlib.import_module("isograd_parity.torch_arrays")
        return self.module.backend(backend)

    def find(self, path: str) -> Any:
        """The attribute at a dotted path; raises `Missing`."""
        value: Any = self.module
        for name in path.split("."):
            try:
                value = getattr(value, name)
            except AttributeError:
                raise Missing(path) from None
        return value

    def has(self, path: str) -> bool:
        """Whether the path leads to something."""
        try:
            self.find(path)
        except Missing:
            return False
        return True

    def seed(self, number: int) -> None:
        """Seed the random generator."""
        if self.is_torch:  # torch.manual_seed formats the whole call stack for CUDA's sake, which takes a millisecond
            self.module.default_generator.manual_seed(number)
        elif hasattr(self.module, "manual_seed"):
            self.module.manual_seed(number)

    def tensor(self, frozen: Frozen) -> tuple[Any, np.ndarray]:
        """Make a tensor that owns a fresh copy of the memory; also returns that memory."""
        memory = aligned_copy(frozen.bits)
        tensor = self.module.from_numpy(strided(memory, frozen.shape, frozen.strides))
        if frozen.dtype in RAW_BITS:
            tensor = tensor.view(self.find(frozen.dtype))
        if frozen.requires_grad:
            tensor.requires_grad_()
        return tensor, memory


class Thawing:
    """Makes live arguments of frozen ones; one tensor that stands twice stays one tensor.

    Attributes
    ----------
    tensors : list of Tensor
        The tensors made so far, in order.
    memories : list of (numpy.ndarray, numpy.ndarray)
        For each, its memory and what was in it at first.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.tensors: list[Any] = []
        self.memories: list[tuple[np.ndarray, np.ndarray]] = []
        self.made: dict[int, Any] = {}

    def thaw(self, value: Any) -> Any:
        """The live form of a frozen value of any nesting."""
        kind = type(value)
        if kind is Frozen:
            if id(value) not in self.made:
                tensor, memory = self.subject.tensor(value)
                self.made[id(value)] = tensor
                self.tensors.append(tensor)
                self.memories.append((memory, value.bits))
            return self.made[id(value)]
        if kind is tuple or kind is list:
            return kind(self.thaw(item) for item in value)
        if kind is dict:
            return {key: self.thaw(item) for key, item in value.items()}
        if kind is Attribute:
            return self.subject.find(value.path)
        if kind is Device:
            return self.subject.find("device")(value.name)
        if kind is Instance:
            return self.subject.find(value.path)(**self.thaw(value.kwargs))
        if kind is slice:
            return slice(self.thaw(value.start), self.thaw(value.stop), self.thaw(value.step))
        if kind is FrozenSparse:
            make = self.subject.find(value.constructor)
            tensor = make(*(self.thaw(part) for part in value.parts), size=value.shape)
            del self.tensors[-len(value.parts) :], self.memories[-len(value.parts) :]
            tensor.requires_grad_(value.requires_grad)
            self.tensors.append(tensor)
            return tensor
        return value

    def untouched(self) -> bool:
        """Whether the memory of every input still holds what it held."""
        return all(memory.tobytes() == first.tobytes() for memory, first in self.memories)
