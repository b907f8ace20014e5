"""Rows where the arrays are large, so that what is timed is memory and kernels."""

from __future__ import annotations

from typing import Any

import numpy

from .workload import Step, Workload


class Elementwise(Workload):
    """``y = tanh(a * y + b)`` three times from four million float32, then the sum of squares.

    By hand it is written as one writes NumPy: expressions, not a script of ``out=`` into recycled buffers.
    """

    name = "elementwise 4M"
    rounds = 7
    memory = True
    a, b, length = 0.75, 0.125, 3

    def data(self) -> Any:
        return numpy.linspace(-3, 3, 4_000_000, dtype=numpy.float32)

    def numpy(self, np: Any) -> Step:
        x = self.data()

        def step() -> list[Any]:
            y, saved = x, []
            for _ in range(self.length):
                y = np.tanh(self.a * y + self.b)
                saved.append(y)
            (y * y).sum()
            g = 2 * y
            while saved:
                y = saved.pop()
                g = self.a * (g * (1 - y * y))
            return [g]

        return step

    def loss(self, tanh: Any, x: Any) -> Any:
        y = x
        for _ in range(self.length):
            y = tanh(self.a * y + self.b)
        return (y * y).sum()

    def torch(self, torch: Any) -> Step:
        x = torch.from_numpy(self.data()).requires_grad_()

        def step() -> list[Any]:
            x.grad = None
            self.loss(torch.tanh, x).backward()
            return [x.grad]

        return step

    def autograd(self, autograd: Any) -> Step:
        x = self.data()
        np = autograd.numpy
        gradient = autograd.grad(lambda x: np.sum(self.loss(np.tanh, x)))
        return lambda: [gradient(x)]

    def mygrad(self, mg: Any) -> Step:
        x = mg.tensor(self.data())

        def step() -> list[Any]:
            self.loss(mg.tanh, x).backward()
            gradient = x.grad
            x.null_grad()
            return [gradient]

        return step
