"""Neural networks: torch.nn's names."""

from __future__ import annotations

from isograd.nn import functional

__all__ = ["functional"]
