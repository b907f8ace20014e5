"""Every family of ops; importing this module registers them all."""

from isograd.ops import (
    arithmetic,
    filling,
    linear_algebra,
    reductions,
    scans,
    softmax,
    views,
)

__all__ = [
    "arithmetic",
    "filling",
    "linear_algebra",
    "reductions",
    "scans",
    "softmax",
    "views",
]
