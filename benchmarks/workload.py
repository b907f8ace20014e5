"""What a row of the benchmarks is."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, ClassVar

Gradients = Sequence[Any]

#: Work in phases: yields the name of each phase as the phase ends, then returns the gradients.
Phases = Generator[str, None, Gradients]

#: One run of the timed work.
Step = Callable[[], Gradients] | Callable[[], Phases]


class Workload:
    """A computation, written once for each library.

    A subclass defines some of the methods ``numpy(np)``, ``torch(torch)``, ``autograd(autograd)``
    and ``mygrad(mg)``. Each gets the library's module, sets up what is not timed, and returns a
    `Step`. isograd runs the ``torch`` method: that it can is the point of it. All of them must
    compute the same gradients, which is checked before anything is timed.

    Attributes
    ----------
    name : str
        What the row is called; the first line of the class's docstring says more.
    rounds : int
        How often each library has its turn; the median over the rounds is reported.
    seconds : float
        How long a turn lasts at least: a quick step is repeated.
    per : int
        Times are divided by this, and `unit` says by what.
    without : dict
        Libraries that do not run this row though they could, and why.
    expected : sequence or None
        The gradients, where they are known; otherwise all libraries are compared with the first.
    tolerance : float
        Allowed difference between gradients, relative to the largest.
    memory : bool
        Whether to measure the peak memory of a step as well.
    """

    name: ClassVar[str]
    rounds: ClassVar[int] = 25
    seconds: ClassVar[float] = 0.02
    per: ClassVar[int] = 1
    unit: ClassVar[str] = ""
    without: ClassVar[dict[str, str]] = {}
    expected: ClassVar[Gradients | None] = None
    tolerance: ClassVar[float] = 1e-4
    memory: ClassVar[bool] = False

    def step(self, library: str, module: Any) -> Step | None:
        """The step for a library, or None if there is none."""
        if library in self.without:
            return None
        method = getattr(self, "torch" if library == "isograd" else library, None)
        return None if method is None else method(module)
