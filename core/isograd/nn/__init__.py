"""Neural networks: torch.nn's names."""

from __future__ import annotations

from isograd.nn import functional
from isograd.nn.parameter import Parameter

__all__ = ["Parameter", "functional"]
