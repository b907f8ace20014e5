"""The pytest plug-in: which subject, backends and known divergences the parity tests use.

Loaded through the entry point ``pytest11``, or with ``-p isograd_parity.plugin``. It imports no torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

__all__ = ["OPTIONS", "option"]

# option: (default, help)
OPTIONS: dict[str, tuple[Any, str]] = {
    "--isograd-subject": ("isograd", "module to compare with torch"),
    "--isograd-backend": ("numpy,reference", "backends to compare on, separated by commas"),
    "--isograd-ops": ("*", "globs of operators, separated by commas"),
    "--isograd-dtypes": ("*", "globs of dtypes, separated by commas"),
    "--isograd-limit-samples": (None, "at most so many samples of each operator and dtype"),
    "--isograd-known": (None, "directory of known divergences (default: those of isograd)"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("isograd parity")
    for name, (default, text) in OPTIONS.items():
        group.addoption(name, default=default, help=text)


def option(config: pytest.Config, name: str) -> Any:
    """The value of an option; its default when the plug-in is not loaded."""
    return config.getoption(name, default=OPTIONS[name][0])


def known_directory(config: pytest.Config) -> Path | None:
    """Where the known divergences are, if not in the usual place."""
    value = option(config, "--isograd-known")
    return None if value is None else Path(value)
