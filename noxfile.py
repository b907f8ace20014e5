"""What is checked, and how: ``nox -l`` lists it, ``nox`` runs what a change must pass."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
PROJECT = nox.project.load_toml("pyproject.toml")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

nox.needs_version = ">=2024.10"
nox.options.error_on_missing_interpreters = False  # skipped, and the summary says so, in CI too
nox.options.download_python = "never"
nox.options.reuse_venv = "no"


def enable_every_pyenv_python() -> None:
    """Let the versions that pyenv has installed, but not activated, answer to ``pythonX.Y``."""
    if shutil.which("pyenv") and "PYENV_VERSION" not in os.environ:
        listed = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True)
        active = subprocess.run(["pyenv", "version-name"], capture_output=True, text=True)
        versions = [*active.stdout.strip().split(":"), *listed.stdout.split()]
        os.environ["PYENV_VERSION"] = ":".join(dict.fromkeys(filter(None, versions)))


enable_every_pyenv_python()


def install_group(session: nox.Session, group: str) -> None:
    """Install a dependency group of pyproject.toml, where every requirement is declared."""
    session.install(*nox.project.dependency_groups(PROJECT, group))


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and likely mistakes with ruff."""
    install_group(session, "lint")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy: strict for the framework, lenient for what stands around it."""
    install_group(session, "types")
    session.install("-e", ".")
    session.run("mypy")


@nox.session
def layering(session: nox.Session) -> None:
    """Check who may import whom: the core no array library, the engine no op, an op no backend."""
    install_group(session, "layering")
    session.install("-e", ".")
    session.run("lint-imports")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests that need no torch, every example in docs and docstrings, and examples/."""
    install_group(session, "test")
    session.install(".", "./tests/backends/strict")
    session.run("pytest", "tests", *session.posargs, env=ONE_THREAD)
    if not session.posargs:
        session.run("pytest", "--doctest-modules", "--pyargs", "isograd", env=ONE_THREAD)
        session.run("pytest", "--doctest-glob=*.md", "README.md", "docs", env=ONE_THREAD)
        for example in sorted(Path("examples").glob("*.py")):
            session.run("python", str(example), env=ONE_THREAD)


@nox.session
def strict(session: nox.Session) -> None:
    """Run the tests on array-api-strict, a backend that refuses whatever the Array API standard does not name."""
    install_group(session, "test")
    session.install(".", "./tests/backends/strict")
    session.run("pytest", "tests", *session.posargs, env=ONE_THREAD | {"ISOGRAD_BACKEND": "strict"})


@nox.session
def parity(session: nox.Session) -> None:
    """Compare every op, dtype, grad mode and graph with the pinned torch."""
    [torch] = [
        requirement
        for requirement in PROJECT["project"]["optional-dependencies"]["parity"]
        if requirement.startswith("torch=")
    ]
    said = session.run("python", "-m", "pip", "install", torch, silent=True, success_codes=[0, 1])
    if isinstance(said, str) and "No matching distribution found for torch" in said:
        session.skip(f"no {torch} is to be had for this Python")
    session.install(".[parity]")
    arguments = session.posargs or ["-n", "2", "--dist", "loadgroup"]
    session.run("pytest", "-p", "isograd_parity.plugin", *arguments, "--pyargs", "isograd_parity", env=ONE_THREAD)


@nox.session(default=False)
def demo(session: nox.Session) -> None:
    """Build the wheel from the sdist, install it in a fresh environment and run the demo."""
    session.install("build")
    out = session.create_tmp()
    session.run("python", "-m", "build", "--outdir", out)
    [wheel] = [name for name in os.listdir(out) if name.endswith(".whl")]
    session.install("--force-reinstall", "--no-deps", os.path.join(out, wheel))
    session.install(os.path.join(out, wheel))
    session.chdir(out)
    session.run("isograd", "demo")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Time isograd beside NumPy, torch, autograd and MyGrad; arguments go to the benchmarks."""
    install_group(session, "bench")
    session.install(".[parity]")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    session.install("-e", ".[docs]")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")
