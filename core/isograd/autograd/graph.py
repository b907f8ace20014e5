"""What a graph is made of: torch.autograd.graph's names."""

from __future__ import annotations

from isograd.graph import Node

__all__ = ["Node"]
