"""Rows where the arrays are large, so that what is timed is memory and kernels."""

from __future__ import annotations

from typing import Any

import numpy

from .workload import Step, Workload


class Elementwise(Workload):
    """``(exp(-t) * t + x).sum()`` with ``t = tanh(x / 2)``, on four million float32."""

    name = "elementwise 4M"
    rounds = 7
    memory = True

    def data(self) -> Any:
        return numpy.linspace(-3, 3, 4_000_000, dtype=numpy.float32)

    def numpy(self, np: Any) -> Step:
        x, half = self.data(), np.float32(0.5)

        def step() -> list[Any]:
            t = x * half
            np.tanh(t, out=t)
            e = np.negative(t)
            np.exp(e, out=e)
            y = e * t
            y += x
            y.sum()
            # d/dt of e * t is e - e * t; then times dt/dx = (1 - t²) / 2, and the 1 of the + x
            g = np.multiply(e, t, out=y)
            np.subtract(e, g, out=g)
            np.multiply(t, t, out=t)
            np.subtract(1, t, out=t)
            g *= t
            g *= half
            g += 1
            return [g]

        return step

    def torch(self, torch: Any) -> Step:
        x = torch.from_numpy(self.data()).requires_grad_()

        def step() -> list[Any]:
            x.grad = None
            t = torch.tanh(x * 0.5)
            (torch.exp(-t) * t + x).sum().backward()
            return [x.grad]

        return step

    def autograd(self, autograd: Any) -> Step:
        np = autograd.numpy
        x, half = self.data(), numpy.float32(0.5)

        def value(x: Any) -> Any:
            t = np.tanh(x * half)
            return np.sum(np.exp(-t) * t + x)

        gradient = autograd.grad(value)
        return lambda: [gradient(x)]

    def mygrad(self, mg: Any) -> Step:
        x, half = mg.tensor(self.data()), numpy.float32(0.5)

        def step() -> list[Any]:
            t = mg.tanh(x * half)
            (mg.exp(-t) * t + x).sum().backward()
            return [x.grad]

        return step
