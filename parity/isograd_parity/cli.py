"""``isograd parity``: measure a subject against torch, and say what differs."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

__all__ = ["main"]

MOST_FAILURES = 20


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="isograd parity",
        description="Compare isograd with torch 2.13, cell by cell: operator × dtype × check × backend.",
    )
    p.add_argument(
        "--backend", default="numpy", help="a backend's name, names separated by commas, or all"
    )
    p.add_argument(
        "--ops", default="*", metavar="GLOB,…", help="names of operators, as in torch's op_db"
    )
    p.add_argument("--dtypes", default="*", metavar="GLOB,…")
    p.add_argument("--checks", default="*", metavar="GLOB,…")
    p.add_argument("--subject", default="isograd", metavar="MODULE", help="the module under test")
    p.add_argument(
        "--limit-samples",
        type=int,
        metavar="N",
        help="at most N samples of each operator and dtype",
    )
    p.add_argument("--jobs", type=int, default=1, metavar="N", help="processes")
    p.add_argument(
        "--known", type=Path, metavar="DIR", help="known divergences (default: those of isograd)"
    )
    p.add_argument("--json", type=Path, metavar="FILE", help="write every cell to this file")
    p.add_argument("--all-failures", action="store_true", help=f"show more than {MOST_FAILURES}")
    return p


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``isograd parity``.

    Returns
    -------
    int
        0 if everything passed, is missing, or is a known divergence; 1 otherwise.
    """
    options = parser().parse_args(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from isograd_parity import known
    from isograd_parity.checks import CHECKS
    from isograd_parity.compare import matches
    from isograd_parity.runner import BACKENDS, Cell, Plan, as_rows, declared, run_all, summary

    plan = Plan(
        subject=options.subject,
        backends=tuple(BACKENDS) if options.backend == "all" else tuple(options.backend.split(",")),
        ops=options.ops,
        dtypes=options.dtypes,
        checks=tuple(name for name in CHECKS if matches(options.checks, name)),
        limit=options.limit_samples,
    )
    entries = known.load(options.known) if options.known else known.load()
    console = Console(stderr=True)
    chosen = plan.operators()
    if not chosen or not plan.checks:
        console.print(
            f"[red]no operator matches {escape(plan.ops)}, or no check {escape(options.checks)}"
        )
        return 1
    cells: list[Cell] = []
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("parity", total=len(chosen))
        for name, result in run_all(plan, options.jobs):
            cells += known.apply(result, entries, strict=plan.limit is None)
            progress.update(task, advance=1, description=name)

    failures: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        if cell.status == "fail":
            failures.setdefault((cell.op, cell.backend, cell.message), []).append(cell)
    shown = list(failures.values())[: None if options.all_failures else MOST_FAILURES]
    for group in shown:
        checks, dtypes = (
            dict.fromkeys(names) for names in zip(*((c.check, c.dtype) for c in group), strict=True)
        )
        print(f"FAIL {group[0].op} on {group[0].backend}: {', '.join(checks)}: {', '.join(dtypes)}")
        print(f"{indented(group[0].message)}\n{indented(group[0].reproducer)}\n")
    if len(shown) < len(failures):
        print(f"… and {len(failures) - len(shown)} more (--all-failures shows them)")
    everything = [
        c for o in Plan().operators() for c in declared(o, Plan(backends=tuple(BACKENDS)))
    ]
    stale = known.unused(known.of_operators(entries), everything)
    for entry in stale:
        print(f"ERROR known divergence {entry.id!r} names no cell")
    if options.json:
        options.json.write_text(json.dumps(as_rows(cells), indent=0) + "\n")
    counts = summary(cells, plan)
    if plan.limit is not None:
        print(f"at most {plan.limit} samples of each operator and dtype were run")
    print(f"{counts['listed']} more differentiable ops differ only where known/*.toml lists it")
    print(", ".join(f"{n} {status}" for status, n in sorted(counts["statuses"].items())))
    print(
        f"{counts['operators']} of {counts['differentiable']} differentiable ops, "
        f"{counts['cells']} of {counts['all_cells']} cells"
    )
    return 1 if failures or stale else 0


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
