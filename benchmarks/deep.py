"""Rows that build, run and free a very deep graph: nothing may recurse."""

from __future__ import annotations

from typing import Any

import numpy

from .workload import Phases, Step, Workload


class Deep(Workload):
    """100,000 additions, one upon the other: building, running and freeing the graph."""

    name = "deep chain of 100,000"
    per = depth = 100_000
    unit = "op"
    rounds = 3
    expected = [numpy.ones(1, numpy.float32)]

    def torch(self, torch: Any) -> Step:
        x = torch.ones(1, requires_grad=True)
        c = torch.full((1,), 1e-3)

        def step() -> Phases:
            x.grad = None
            y = x
            for _ in range(self.depth):
                y = y + c
            yield "build"
            y.backward()
            yield "backward"
            del y
            yield "free"
            return [x.grad]

        return step

    def autograd(self, autograd: Any) -> Step:
        np = autograd.numpy
        x, c = np.ones(1, np.float32), np.full(1, 1e-3, np.float32)

        def chain(y: Any) -> Any:
            for _ in range(self.depth):
                y = y + c
            return y

        def step() -> Phases:
            backward, y = autograd.make_vjp(chain)(x)
            yield "build"
            g = backward(np.ones(1, np.float32))
            yield "backward"
            del backward, y
            yield "free"
            return [g]

        return step

    def mygrad(self, mg: Any) -> Step:
        x = mg.tensor(numpy.ones(1, numpy.float32))
        c = numpy.full(1, 1e-3, numpy.float32)

        def step() -> Phases:
            y = x
            for _ in range(self.depth):
                y = y + c
            yield "build"
            y.backward()
            yield "backward"
            del y
            yield "free"
            return [x.grad]

        return step


class Deeper(Deep):
    """A million additions, one upon the other."""

    name = "deep chain of 1,000,000"
    per = depth = 1_000_000
    rounds = 2
    without = dict.fromkeys(("torch", "autograd", "mygrad"), "left out to keep the run short")
