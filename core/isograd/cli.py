"""The ``isograd`` command."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable, Sequence

import isograd

DESCRIPTION = "PyTorch's autograd on the arrays you already have."


def parser() -> argparse.ArgumentParser:
    """The command line: one subcommand for each function below."""
    root = argparse.ArgumentParser(prog="isograd", description=DESCRIPTION)
    root.add_argument("--version", action="version", version=f"isograd {isograd.__version__}")
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(
        name: str, run: Callable[[argparse.Namespace], int], help: str, more: str = ""
    ) -> argparse.ArgumentParser:
        text = f"{help[0].upper()}{help[1:]}. {more}".strip()
        command = commands.add_parser(name, help=help, description=text)
        command.set_defaults(run=run)
        return command

    add(
        "demo",
        run_demo,
        "show isograd at work, beside torch where torch is installed",
        "Prints which backend was chosen and why, runs the reference example as an interactive "
        "session, and trains a small network; takes a few seconds and writes nothing.",
    )
    add(
        "backends",
        run_backends,
        "list the array backends that are installed, and say which one is chosen and why",
        "Reads the installed distributions' metadata; only the chosen backend is loaded.",
    )
    ops = add("ops", run_ops, "list the ops, by name")
    ops.add_argument("pattern", nargs="?", default="", help="only names that contain this")
    # Its arguments are the harness's own, which prints their help too (`isograd parity --help`).
    commands.add_parser("parity", help="compare isograd, on any backend, with torch")
    return root


def run_demo(arguments: argparse.Namespace) -> int:
    """``isograd demo``."""
    from isograd import demo

    return demo.main()


def run_parity(arguments: list[str]) -> int:
    """``isograd parity``: hand everything to the harness, which needs torch."""
    if importlib.util.find_spec("torch") is None:
        print(
            "isograd parity compares with torch, which is not installed here.\n"
            "Next step: pip install 'isograd[parity]'",
            file=sys.stderr,
        )
        return 2
    from isograd_parity.cli import main

    status: int = main(arguments)
    return status


def run_backends(arguments: argparse.Namespace) -> int:
    """``isograd backends``."""
    from rich.console import Console
    from rich.table import Table

    from isograd.backend import discover
    from isograd.backend.contract import BackendError

    chosen, failure = None, None
    try:
        chosen = discover.chosen()
    except BackendError as error:  # the table below helps to see why
        failure = error
    table = Table()
    for heading in ("", "backend", "distribution", "version"):
        table.add_column(heading)
    for found in discover.discovered():
        mark = "→" if chosen and found.backend_name == chosen.backend_name else ""
        table.add_row(mark, found.backend_name, found.distribution, found.version)
    console = Console(highlight=False)
    console.print(table)
    if chosen is None:
        assert failure is not None
        raise failure
    for passed_over in chosen.passed_over:
        console.print(str(passed_over), markup=False)
    console.print(f"{chosen.backend_name} is used; chosen by: {chosen.source}", markup=False)
    return 0


def run_ops(arguments: argparse.Namespace) -> int:
    """``isograd ops``."""
    from isograd.ops import ops

    names = [name for name in ops() if arguments.pattern in name]
    print(*names, sep="\n")
    print(f"{len(names)} ops", file=sys.stderr)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process when left out.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["parity"]:
        return run_parity(words[1:])
    arguments = parser().parse_args(words)
    from isograd.backend.contract import BackendError
    from isograd.config import ConfigError

    try:
        status: int = arguments.run(arguments)
    except (BackendError, ConfigError) as error:  # their texts name the cause and the next step
        print(f"isograd: {error}", file=sys.stderr)
        return 2
    return status
