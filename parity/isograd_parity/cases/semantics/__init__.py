"""Semantic cases: small programs whose every visible consequence is compared, one file per subject.

To add a case, write a function of the module under test and decorate it::

    @case
    def detached_result_shares_memory(torch):
        x = torch.ones(3, requires_grad=True)
        return {"x": x, "y": x.detach()}
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from isograd_parity.cases.semantics.table import CASES

__all__ = ["load"]


def load() -> dict[str, Callable[[Any], Any]]:
    """All cases, by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return CASES
