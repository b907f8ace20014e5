"""How a row is measured: gradients first, then time, in turns, then memory, in a process each."""

from __future__ import annotations

import gc
import inspect
import itertools
import multiprocessing
import os
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy

from . import libraries
from .workload import Gradients, Step, Workload

STATUS = Path("/proc/self/status")

Times = dict[str, list[float]]  # by phase ("" when there is one), a number for each round


class Disagreement(Exception):
    """A library computed other gradients than the rest, so its time means nothing."""


def run(step: Callable[[], Any]) -> tuple[Gradients, dict[str, float]]:
    """Run a step once: its gradients, and the seconds of each of its phases."""
    seconds: dict[str, float] = {}
    if not inspect.isgeneratorfunction(step):
        start = perf_counter()
        gradients = step()
        return gradients, {"": perf_counter() - start}
    phases = step()
    while True:
        start = perf_counter()
        try:
            phase = next(phases)
        except StopIteration as end:
            return end.value, seconds
        seconds[phase] = perf_counter() - start


def turn(step: Step, times: int) -> dict[str, float]:
    """The seconds of one step, by phase, in a turn of `times` steps."""
    gc.collect()  # what the others left behind is not this library's to clean up
    if not inspect.isgeneratorfunction(step):
        start = perf_counter()
        for _ in itertools.repeat(None, times):
            step()
        return {"": (perf_counter() - start) / times}
    totals: dict[str, float] = defaultdict(float)
    for _ in range(times):
        for phase, seconds in run(step)[1].items():
            totals[phase] += seconds / times
    return totals


def check(workload: Workload, steps: dict[str, Step]) -> None:
    """Raise `Disagreement` unless all libraries compute the same gradients."""
    wanted, source = workload.expected, "mathematics"
    for library, step in steps.items():
        gradients = [
            g.detach().numpy() if hasattr(g, "detach") else numpy.asarray(g) for g in run(step)[0]
        ]
        if wanted is None:
            wanted, source = gradients, library
        for mine, theirs in zip(gradients, wanted):
            largest = float(numpy.abs(theirs).max())
            if mine.shape != theirs.shape or not numpy.allclose(
                mine, theirs, rtol=0, atol=workload.tolerance * largest
            ):
                raise Disagreement(f"{workload.name}: {library} and {source} differ in a gradient")


def time(workload: Workload, modules: dict[str, Any]) -> dict[str, Times]:
    """The times of a row, by library and phase; the libraries take turns."""
    made = {library: workload.step(library, module) for library, module in modules.items()}
    steps = {library: step for library, step in made.items() if step is not None}
    check(workload, steps)

    repeats = {}
    for library, step in steps.items():
        once = min(sum(run(step)[1].values()) for _ in range(2))
        repeats[library] = max(1, int(workload.seconds / once))

    times: dict[str, Times] = {library: defaultdict(list) for library in steps}
    for number in range(workload.rounds):
        order = list(steps)
        for library in order[number % len(order) :] + order[: number % len(order)]:
            for phase, seconds in turn(steps[library], repeats[library]).items():
                times[library][phase].append(seconds / workload.per)
    return times


def medians(times: dict[str, Times]) -> dict[str, dict[str, float]]:
    """The median of each phase, by library."""
    return {
        library: {phase: median(rounds) for phase, rounds in phases.items()}
        for library, phases in times.items()
    }


def status(field: str) -> int:
    """A field of this process's status, in bytes."""
    found = re.search(rf"^{field}:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def peak(workload: Workload, library: str) -> int | None:
    """The bytes by which a step raises this process's memory at most; None if there is no step.

    Runs in a process of its own, and reads the kernel's count, which sees all libraries alike.
    """
    step = workload.step(library, libraries.load(library))
    if step is None:
        return None
    run(step)  # threads, code pages, caches
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts from here
    before = status("VmRSS")
    run(step)
    return status("VmHWM") - before


def memory(workload: Workload, modules: dict[str, Any]) -> dict[str, int]:
    """The peak memory of a step for each library, where the system can tell (Linux)."""
    if not STATUS.exists():
        return {}
    os.environ["MALLOC_MMAP_THRESHOLD_"] = "1000000"  # freed arrays leave the process at once
    found = {}
    for library in modules:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            peak_of_library = process.apply(peak, (workload, library))
        if peak_of_library is not None:
            found[library] = peak_of_library
    return found
