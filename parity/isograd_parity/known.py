"""Known divergences: entries in ``known/*.toml``, applied as strict expected failures.

Each entry has ``id``, ``ops``, ``reason`` and ``link``, and may narrow itself by ``dtypes``, ``checks``, ``backends`` (globs,
separated by commas; all by default) and say at which ``level`` the difference is. A cell that an entry names and that
passes (with all its samples) is an error, and so is an entry that names no cell: the list cannot outlive what it describes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from isograd_parity.compare import matches
from isograd_parity.runner import Cell

__all__ = ["Divergence", "apply", "load", "of_operators", "unused"]

DIRECTORY = Path(str(files("isograd_parity").joinpath("known")))


@dataclass(frozen=True, slots=True)
class Divergence:
    """One entry."""

    id: str
    ops: str
    reason: str
    link: str
    dtypes: str = "*"
    checks: str = "*"
    backends: str = "*"
    level: str = ""

    def covers(self, cell: Cell) -> bool:
        """Whether the entry names this cell."""
        return (
            matches(self.ops, cell.op)
            and matches(self.dtypes, cell.dtype)
            and matches(self.checks, cell.check)
            and matches(self.backends, cell.backend)
        )


def load(directory: Path = DIRECTORY) -> list[Divergence]:
    """Read every entry of a directory; ids are unique."""
    entries: list[Divergence] = []
    for path in sorted(directory.glob("*.toml")):
        rows: list[dict[str, Any]] = tomllib.loads(path.read_text()).get("known", [])
        entries += [Divergence(**row) for row in rows]
    ids = [entry.id for entry in entries]
    if repeated := {i for i in ids if ids.count(i) > 1}:
        raise ValueError(f"known divergences with the same id: {sorted(repeated)}")
    return entries


def apply(cells: Iterable[Cell], entries: Sequence[Divergence], *, strict: bool = True) -> list[Cell]:
    """Turn expected failures into ``known``, and unexpected successes into ``fail``.

    Not `strict`, for a run over some of the samples only, a success stays one: the sample that fails may not be among them. So does a
    success of an entry about values (level L1 or L2): one cell was seen to
    differ in one run and agree in the next, for a reason not yet found.
    """
    result = []
    for cell in cells:
        entry = next((e for e in entries if e.covers(cell)), None)
        if entry is not None and cell.status == "fail":
            cell = replace(cell, status="known", message=f"{entry.id}: {entry.reason}")
        elif entry is not None and cell.status == "pass" and strict and entry.level not in ("L1", "L2"):
            cell = replace(
                cell, status="fail", message=f"listed as known divergence {entry.id!r}, but passes"
            )
        result.append(cell)
    return result


def of_operators(entries: Sequence[Divergence]) -> list[Divergence]:
    """The entries about op_db's cells; the semantic cases and the rules look after theirs."""
    return [entry for entry in entries if entry.checks not in ("semantics", "rules")]


def unused(entries: Sequence[Divergence], cells: Sequence[Cell]) -> list[Divergence]:
    """The entries that name none of the cells."""
    return [entry for entry in entries if not any(entry.covers(cell) for cell in cells)]
