"""isograd on NumPy: the backend of the CPU. It has no privilege that another plug-in lacks."""

from __future__ import annotations

__all__ = ["NumPyBackend"]

from .backend import NumPyBackend
