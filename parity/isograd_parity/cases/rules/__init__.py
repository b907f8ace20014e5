"""Semantic cases: small programs about one rule each, run with torch and with the subject and compared record by record.

A case is a function of the module, named ``torch`` so that it reads as one would write it. It returns whatever shall be equal:
tensors are compared in every visible respect, exceptions by type and text, graphs by names and edges. Together the
cases are the project's statement of what "same semantics" means.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import Any

from isograd_parity.oracle import Raised

__all__ = ["CASES", "case", "load", "raises"]

CASES: dict[str, Callable[[ModuleType], Any]] = {}


def case(function: Callable[[ModuleType], Any]) -> Callable[[ModuleType], Any]:
    """Register a case under ``file.function``."""
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
    if name in CASES:
        raise ValueError(f"two cases are named {name}")
    CASES[name] = function
    return function


def raises(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The exception that a call raises, or what it gives if it raises none."""
    try:
        return ("no exception", function(*args, **kwargs))
    except Exception as error:  # to be compared, whatever it is
        return Raised.of(error)


def load() -> dict[str, Callable[[ModuleType], Any]]:
    """Every case, by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return CASES
