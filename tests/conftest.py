"""The suite runs on whichever backend ``ISOGRAD_BACKEND`` names; what that backend cannot express is skipped, with the reason counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isograd.backend.contract import BackendError
from isograd.backend.discover import current


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(capability): the backend must have it: views, mutable, strides or out")


@pytest.fixture(autouse=True)
def _capabilities(request: pytest.FixtureRequest) -> None:
    for marker in request.node.iter_markers("needs"):
        for capability in marker.args:
            if not getattr(current().capabilities, capability):
                pytest.skip(f"backend {current().backend.name!r} has no {capability}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A dtype or kernel that the backend says it lacks ends a test as skipped; NumPy lacks none, so there it is a failure."""
    try:
        return (yield)
    except (TypeError, BackendError) as error:
        name = current().backend.name
        if name != "numpy" and str(error).startswith((f"backend {name!r} has no dtype", f"backend {name!r} (supplied by")):
            pytest.skip(str(error).partition("\n")[0])
        raise


