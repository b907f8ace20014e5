"""The semantic cases, on torch and on the subject, over each backend."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from isograd_parity import known
from isograd_parity.cases.op_db import quiet
from isograd_parity.cases.semantics import load
from isograd_parity.cases.semantics.table import record
from isograd_parity.compare import Level, Tolerance, compare
from isograd_parity.oracle import Raised, warm_up
from isograd_parity.plugin import known_directory, option
from isograd_parity.runner import BACKENDS, Cell
from isograd_parity.subject import Subject

CASES = load()
FAILED = "the case ends in"
# The cases compute little: sums of a handful of terms, functions at a few points. The version of a fresh gradient counts the
# engine's own writes (torch adds in place on the way), so versions are compared where a case returns them, not on every tensor.
TOLERANCE = Tolerance(ulp=4, norm=4, factor=0, ignore=frozenset({"version"}))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "semantic_case" in metafunc.fixturenames:
        metafunc.parametrize("backend", option(metafunc.config, "--isograd-backend").split(","))
        metafunc.parametrize("semantic_case", CASES)


def records(name: str, subject: Subject) -> Any:
    """What a case gives, as records; an exception that ends it is its result."""
    with quiet():
        try:
            return record(subject.module, CASES[name](subject.module))
        except Exception as error:  # compared like any other result
            return {FAILED: Raised.of(error)}


@functools.cache
def expected(name: str) -> Any:
    """What a case gives with torch."""
    warm_up()
    return records(name, Subject("torch"))


def difference(name: str, backend: str, subject: Subject) -> str | None:
    """The first difference between torch and the subject in words, or None."""
    with subject.on(backend):
        actual = records(name, subject)
    return compare(expected(name), actual, BACKENDS.get(backend, Level.ULP), TOLERANCE)


def test_case(semantic_case: str, backend: str, pytestconfig: pytest.Config) -> None:
    want = expected(semantic_case)
    assert not (isinstance(want, dict) and FAILED in want), f"this case needs correction, for torch says: {want}"
    directory = known_directory(pytestconfig)
    entries = known.load() if directory is None else known.load(directory)
    message = difference(semantic_case, backend, Subject(option(pytestconfig, "--isograd-subject")))
    status = "fail" if message else "pass"
    [cell] = known.apply([Cell(semantic_case, "any", "semantics", backend, status, message or "")], entries)
    if cell.status == "known":
        pytest.xfail(cell.message)
    assert cell.status == "pass", cell.message


def test_every_known_divergence_names_a_case(pytestconfig: pytest.Config) -> None:
    directory = known_directory(pytestconfig)
    entries = known.load() if directory is None else known.load(directory)
    cells = [Cell(name, "any", "semantics", backend, "pass", "") for name in CASES for backend in BACKENDS]
    mine = [entry for entry in entries if entry.checks == "semantics"]
    assert not known.unused(mine, cells)


def test_there_are_as_many_cases_as_we_say() -> None:
    assert len(CASES) >= 1400
