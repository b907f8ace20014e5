"""Every operator of ``op_db`` that the subject has, on every backend: its cells against torch.

An operator that the subject lacks makes no test here; ``isograd parity`` counts it as missing.
"""

from __future__ import annotations

import functools

import pytest

from isograd_parity import known
from isograd_parity.cases.op_db import operators
from isograd_parity.plugin import known_directory, option
from isograd_parity.runner import Cell, Plan, declared, run_operator
from isograd_parity.subject import Subject


def plan_of(config: pytest.Config) -> Plan:
    limit = option(config, "--isograd-limit-samples")
    return Plan(
        subject=option(config, "--isograd-subject"),
        backends=tuple(option(config, "--isograd-backend").split(",")),
        ops=option(config, "--isograd-ops"),
        dtypes=option(config, "--isograd-dtypes"),
        limit=None if limit is None else int(limit),
    )


def entries_of(config: pytest.Config) -> list[known.Divergence]:
    directory = known_directory(config)
    return known.load() if directory is None else known.load(directory)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "operator" not in metafunc.fixturenames:
        return
    plan = plan_of(metafunc.config)
    subject = Subject(plan.subject)
    metafunc.parametrize(
        ("operator", "backend"),
        [
            pytest.param(
                o.name, backend, id=f"{o.name}-{backend}", marks=pytest.mark.xdist_group(o.name)
            )
            for o in plan.operators()
            if all(subject.has(path) for path in o.requirements()) and next(declared(o, plan), None)
            for backend in plan.backends
        ],
    )


@functools.lru_cache(maxsize=8)
def cells_of(operator: str, plan: Plan) -> list[Cell]:
    """All backends at once, so that torch computes once; the next test reads the rest of it."""
    return run_operator(operators()[operator], plan)


def test_operator(
    operator: str, backend: str, pytestconfig: pytest.Config, record_property
) -> None:
    plan = plan_of(pytestconfig)
    cells = [c for c in cells_of(operator, plan) if c.backend == backend]
    cells = known.apply(cells, entries_of(pytestconfig), strict=plan.limit is None)
    for status in ("pass", "fail", "missing", "known"):
        record_property(status, sum(cell.status == status for cell in cells))
    failures = [cell for cell in cells if cell.status == "fail"]
    report = "\n\n".join(f"{cell}\n{cell.message}\n{cell.reproducer}" for cell in failures[:5])
    assert not failures, f"{len(failures)} of {len(cells)} cells fail\n\n{report}"


def test_every_known_divergence_names_a_cell(pytestconfig: pytest.Config) -> None:
    everything = [cell for o in operators().values() for cell in declared(o, Plan())]
    assert not known.unused(known.of_operators(entries_of(pytestconfig)), everything)
