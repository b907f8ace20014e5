"""What the benchmarks print and write."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from .libraries import LIBRARIES

TITLES = {"numpy": "NumPy by hand", "mygrad": "MyGrad"}
RATIOS = (("isograd", "torch"), ("isograd", "numpy"))

Cells = tuple[str, ...]


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def heading(result: dict[str, Any]) -> str:
    """Where and when the numbers were taken, and with what."""
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lines = [f"{result['machine']}; {result['date']}", f"Python {result['python']}, {versions}"]
    if result["missing"]:
        lines.append(f"not installed: {', '.join(result['missing'])}")
    return "\n".join(lines)


def table(result: dict[str, Any]) -> Iterator[Cells]:
    """The rows of the table, the header first."""
    columns = [library for library in LIBRARIES if library in result["versions"]]
    ratios = [pair for pair in RATIOS if set(pair) <= set(columns)]
    yield (
        "",
        *(TITLES.get(library, library) for library in columns),
        *(f"isograd / {TITLES.get(other, other).split()[0]}" for _, other in ratios),
    )
    for row in result["rows"]:
        phases = dict.fromkeys(phase for times in row["seconds"].values() for phase in times)
        for phase in phases:
            name = f"{row['name']}, {phase}" if phase else row["name"]
            unit = f" (per {row['unit']})" if row["unit"] else ""
            seconds = {library: t[phase] for library, t in row["seconds"].items() if phase in t}
            yield _cells(name + unit, seconds, columns, ratios, duration)
        if row["peak_bytes"]:
            yield _cells(
                f"{row['name']}, peak memory",
                row["peak_bytes"],
                columns,
                ratios,
                lambda size: f"{size / 2**20:.0f} MiB",
            )


def _cells(
    name: str,
    values: dict[str, float],
    columns: list[str],
    ratios: list[tuple[str, str]],
    show: Any,
) -> Cells:
    return (
        name,
        *(show(values[library]) if library in values else "—" for library in columns),
        *(
            f"{values[a] / values[b]:.2f}" if a in values and values.get(b) else "—"
            for a, b in ratios
        ),
    )


def markdown(result: dict[str, Any]) -> str:
    """The table as the README holds it."""
    header, *rows = table(result)
    lines = [header, ("---",) + ("---:",) * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    from rich.console import Console
    from rich.table import Table

    header, *rows = table(result)
    drawn = Table(title="Medians", title_justify="left")
    drawn.add_column(header[0], no_wrap=True)
    for name in header[1:]:
        drawn.add_column(name, justify="right", style="bold" if name == "isograd" else "")
    for row in rows:
        drawn.add_row(*row)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(heading(result), markup=False)
    console.print(drawn)
