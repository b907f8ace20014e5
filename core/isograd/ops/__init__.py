"""The ops: one file per family, each op declared once."""

from isograd.ops.declare import ops

__all__ = ["ops"]
