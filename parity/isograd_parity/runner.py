"""Runs the checks cell by cell.

The cells of an operator are fixed by what ``op_db`` declares of it, not by what the subject has; so the
denominator does not move.
"""

from __future__ import annotations

import functools
import shlex
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from multiprocessing import get_context
from typing import Any

from isograd_parity.cases.op_db import Case, Operator, operators, quiet
from isograd_parity.checks import CHECKS, Check, run
from isograd_parity.compare import Level, compare, matches, tolerance_for, torch_cannot
from isograd_parity.oracle import Unsupported, warm_up
from isograd_parity.subject import Missing, Subject

__all__ = ["BACKENDS", "Cell", "Plan", "declared", "run_all", "run_operator", "summary"]

BACKENDS = {"numpy": Level.ULP, "reference": Level.BITS}
WIDER = {
    "float16": "float64",
    "bfloat16": "float64",
    "float32": "float64",
    "complex64": "complex128",
}
NARROWER = {"float64": "float32", "complex128": "complex64"}


@dataclass(frozen=True, slots=True)
class Cell:
    """Operator × dtype × check × backend, and what came of it.

    ``status`` is one of pass, fail, missing (the subject lacks a name) and known (a listed divergence).
    """

    op: str
    dtype: str
    check: str
    backend: str
    status: str = ""
    message: str = ""
    reproducer: str = ""
    samples: int = 0

    def __str__(self) -> str:
        return f"{self.op} {self.dtype} {self.check} on {self.backend}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Attributes
    ----------
    subject : str
        Import name of the module under test.
    backends, checks : tuple of str
    dtypes, ops : str
        Globs, separated by commas.
    limit : int, optional
        At most so many samples of each operator and dtype.
    """

    subject: str = "isograd"
    backends: tuple[str, ...] = tuple(BACKENDS)
    ops: str = "*"
    dtypes: str = "*"
    checks: tuple[str, ...] = field(default_factory=lambda: tuple(CHECKS))
    limit: int | None = None

    def operators(self) -> list[Operator]:
        """The operators that the plan names."""
        return [o for name, o in operators().items() if matches(self.ops, name)]

    def __call__(self, name: str) -> list[Cell]:
        """Run one operator; a plan can be sent to another process and called there."""
        return run_operator(operators()[name], self)


@functools.cache
def torch_cannot_cells() -> list[dict[str, str]]:
    text = files("isograd_parity").joinpath("cases/torch_cannot.toml").read_text()
    return list(tomllib.loads(text)["cell"])


def is_cell(op: str, dtype: str, check: str) -> bool:
    """Whether torch can give a result for these."""
    return not any(
        matches(entry["ops"], op)
        and matches(entry["dtypes"], dtype)
        and matches(entry["checks"], check)
        for entry in torch_cannot_cells()
    )


def declared(operator: Operator, plan: Plan) -> Iterator[Cell]:
    """The cells of an operator within a plan, not yet run."""
    for backend in plan.backends:
        for check in plan.checks:
            for dtype in CHECKS[check].dtypes(operator):
                if (dtype == "any" or matches(plan.dtypes, dtype)) and is_cell(
                    operator.name, dtype, check
                ):
                    yield Cell(operator.name, dtype, check, backend)


def run_operator(operator: Operator, plan: Plan) -> list[Cell]:
    """Run every cell of an operator; what torch gives is computed once for all backends."""
    warm_up()
    subject, torch = Subject(plan.subject), Subject("torch")
    cells = list(declared(operator, plan))
    lacking = [path for path in operator.requirements() if not subject.has(path)]
    if lacking:
        return [
            replace(cell, status="missing", message=f"no {', '.join(lacking)}") for cell in cells
        ]
    results: dict[Cell, Cell] = {}
    with quiet():
        for dtype in dict.fromkeys(cell.dtype for cell in cells):
            try:
                cases = operator.errors() if dtype == "any" else operator.samples(dtype, plan.limit)
            except Unsupported as reason:
                results |= {
                    c: replace(c, status="missing", message=str(reason))
                    for c in cells
                    if c.dtype == dtype
                }
                continue
            for check in dict.fromkeys(cell.check for cell in cells if cell.dtype == dtype):
                todo = [cell for cell in cells if cell.dtype == dtype and cell.check == check]
                results |= run_check(CHECKS[check], operator, cases, todo, subject, torch)
    return [results[cell] for cell in cells]


def run_check(
    check: Check,
    operator: Operator,
    cases: Sequence[Case],
    todo: Sequence[Cell],
    subject: Subject,
    torch: Subject,
) -> dict[Cell, Cell]:
    """Run one check on one dtype's cases, on each backend until its first failure."""
    open_cells = list(todo)
    done: dict[Cell, Cell] = {}
    torch_can = not cases
    for case in cases:
        expected = run(check, torch, operator, case)
        torch_can = torch_can or not torch_cannot(expected)
        second = functools.cache(lambda case=case: in_other_precision(check, torch, operator, case))
        for cell in list(open_cells):
            tolerance = tolerance_for(
                cell.op, cell.dtype, check.name, elementwise=operator.elementwise
            )
            try:
                with subject.on(cell.backend):
                    actual = run(check, subject, operator, case)
                message = compare(
                    expected, actual, BACKENDS.get(cell.backend, Level.ULP), tolerance, second
                )
                status = "fail" if message else "pass"
            except Missing as name:
                status, message = "missing", f"no {name}"
            except TypeError as error:  # a dtype that the backend does not have, among what the case is made of
                if "has no dtype" not in str(error):
                    raise
                status, message = "missing", str(error).partition(";")[0]
            if status != "pass":
                open_cells.remove(cell)
                done[cell] = replace(
                    cell,
                    status=status,
                    message=message or "",
                    samples=len(cases),
                    reproducer=reproducer(cell, case, operator),
                )
    for cell in open_cells:
        passed = replace(cell, status="pass", samples=len(cases))
        unlisted = "torch implements none of it: list the cell in torch_cannot.toml"
        done[cell] = passed if torch_can else replace(passed, status="fail", message=unlisted)
    return done


def in_other_precision(check: Check, torch: Subject, operator: Operator, case: Case) -> Any:
    """torch's record of the same call in a wider type; in a narrower one where there is none."""
    if case.dtype in WIDER:
        return run(check, torch, operator, case.cast(WIDER))
    if case.dtype in NARROWER:
        return run(check, torch, operator, case.cast(NARROWER))
    return None


def reproducer(cell: Cell, case: Case, operator: Operator) -> str:
    """A few lines that repeat the failure."""
    command = [
        "isograd",
        "parity",
        "--backend",
        cell.backend,
        "--ops",
        cell.op,
        "--checks",
        cell.check,
    ]
    command += [] if cell.dtype == "any" else ["--dtypes", cell.dtype]
    load = "errors()" if cell.dtype == "any" else f"samples({cell.dtype!r})"
    return "\n".join(
        (
            f"# {shlex.join(command)}",
            "from isograd_parity.cases.op_db import operators",
            "from isograd_parity.checks import CHECKS, run; from isograd_parity.subject import Subject",
            f"op = operators()[{cell.op!r}]; case = next(c for c in op.{load} if c.index == {case.index})",
            f"for name in ('torch', 'isograd'): print(run(CHECKS[{cell.check!r}], Subject(name), op, case))",
        )
    )


def run_all(plan: Plan, jobs: int = 1) -> Iterator[tuple[str, list[Cell]]]:
    """Run the plan, operator by operator, as they finish."""
    names = [operator.name for operator in plan.operators()]
    if jobs == 1:
        for name in names:
            yield name, plan(name)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=warm_up) as pool:
        yield from zip(names, pool.map(plan, names), strict=True)


def summary(cells: Iterable[Cell], plan: Plan) -> dict[str, Any]:
    """Count: operators and cells, by status; over all of ``op_db``'s differentiable operators, run or not.

    An operator counts when every one of its cells passes; one whose other cells are all listed divergences counts under ``listed``. Cells
    of a dtype that the subject does not have (complex32: two float16, which no array library here has) are no ground against an
    operator, but they stay in the count of all cells, as missing.
    """
    subject = Subject(plan.subject)
    differentiable = [o for o in operators().values() if o.differentiable]
    everything = replace(plan, ops="*", dtypes="*", checks=tuple(CHECKS))
    total = {o.name: list(declared(o, everything)) for o in differentiable}
    judged = {name: sum(subject.has(c.dtype) for c in declared_cells) for name, declared_cells in total.items()}
    statuses: dict[str, int] = {}
    passed: dict[str, int] = {}
    accepted: dict[str, int] = {}
    for cell in cells:
        statuses[cell.status] = statuses.get(cell.status, 0) + 1
        if cell.status == "pass":
            passed[cell.op] = passed.get(cell.op, 0) + 1
        if cell.status in ("pass", "known") and subject.has(cell.dtype):
            accepted[cell.op] = accepted.get(cell.op, 0) + 1
    return {
        "statuses": statuses,
        "operators": sum(0 < count == passed.get(name, 0) for name, count in judged.items()),
        "listed": sum(passed.get(name, 0) < count == accepted.get(name, 0) for name, count in judged.items()),
        "differentiable": len(differentiable),
        "cells": sum(passed.get(name, 0) for name in total),
        "all_cells": sum(map(len, total.values())),
    }


def as_rows(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """Cells as plain data, for JSON."""
    return [asdict(cell) for cell in cells]
