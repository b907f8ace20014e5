"""Every family of ops; importing this module registers them all."""

from isograd.ops import arithmetic

__all__ = ["arithmetic"]
