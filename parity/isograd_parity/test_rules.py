"""The rules, each a small program, with torch and with the subject."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from isograd_parity import known
from isograd_parity.cases import rules
from isograd_parity.cases.op_db import quiet
from isograd_parity.compare import Level, Tolerance, compare
from isograd_parity.oracle import Raised, Recorder, warm_up
from isograd_parity.plugin import known_directory, option
from isograd_parity.runner import BACKENDS, Cell
from isograd_parity.subject import Subject

CASES = rules.load()
# The cases compute little: sums of a handful of terms, and functions of a few points.
# A fresh gradient's version counts torch's own additions on the way, and whether it is a view is no promise: cases return what they mean.
TOLERANCE = Tolerance(ulp=4, norm=4, factor=0, ignore=frozenset(["version", "view_of"]))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "semantic_case" in metafunc.fixturenames:
        backends = option(metafunc.config, "--isograd-backend").split(",")
        metafunc.parametrize("backend", backends)
        metafunc.parametrize("semantic_case", CASES)


def records(function: Callable[[Any], Any], subject: Subject) -> Any:
    """What a case gives, as records; an exception that the case did not expect is its result."""
    with quiet():
        try:
            return Recorder(subject.module).record(function(subject.module))
        except Exception as error:  # compared like any other result
            return {"the case ends in": Raised.of(error)}


@functools.cache
def expected(name: str) -> Any:
    warm_up()
    return records(CASES[name], Subject("torch"))


def difference(name: str, backend: str, subject: Subject) -> str | None:
    with subject.on(backend):
        actual = records(CASES[name], subject)
    return compare(expected(name), actual, BACKENDS.get(backend, Level.ULP), TOLERANCE)


def test_case(semantic_case: str, backend: str, pytestconfig: pytest.Config) -> None:
    want = expected(semantic_case)
    assert not (isinstance(want, dict) and "the case ends in" in want), (
        f"the case does not run on torch: {want}"
    )
    directory = known_directory(pytestconfig)
    entries = known.load() if directory is None else known.load(directory)
    message = difference(semantic_case, backend, Subject(option(pytestconfig, "--isograd-subject")))
    cell = Cell(
        semantic_case,
        "any",
        "rules",
        backend,
        "fail" if message else "pass",
        message or "",
    )
    [cell] = known.apply([cell], entries)
    if cell.status == "known":
        pytest.xfail(cell.message)
    assert cell.status == "pass", cell.message


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 150


def test_every_known_divergence_names_a_case(pytestconfig: pytest.Config) -> None:
    directory = known_directory(pytestconfig)
    entries = known.load() if directory is None else known.load(directory)
    cells = [Cell(name, "any", "rules", backend, "pass", "") for name in CASES for backend in BACKENDS]
    assert not known.unused([entry for entry in entries if entry.checks == "rules"], cells)
