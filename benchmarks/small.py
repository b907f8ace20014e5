"""Rows where the arrays are tiny, so that what is timed is the framework."""

from __future__ import annotations

from typing import Any

import numpy

from .workload import Phases, Step, Workload


class SqrtSum(Workload):
    """The reference example: ``sqrt(T).sum()`` of a 2x2, and its backward."""

    name = "sqrt-sum 2×2"
    data = [[1.0, 2.0], [2.0, 3.0]]

    def numpy(self, np: Any) -> Step:
        x = np.array(self.data, np.float32)

        def step() -> list[Any]:
            root = np.sqrt(x)
            root.sum()
            return [np.float32(0.5) / root]

        return step

    def torch(self, torch: Any) -> Step:
        x = torch.tensor(self.data, requires_grad=True)

        def step() -> list[Any]:
            x.grad = None
            torch.sqrt(x).sum().backward()
            return [x.grad]

        return step

    def autograd(self, autograd: Any) -> Step:
        np = autograd.numpy
        x = np.array(self.data, np.float32)
        gradient = autograd.grad(lambda x: np.sum(np.sqrt(x)))
        return lambda: [gradient(x)]

    def mygrad(self, mg: Any) -> Step:
        x = mg.tensor(self.data, dtype=numpy.float32)

        def step() -> list[Any]:
            mg.sqrt(x).sum().backward()
            return [x.grad]

        return step


class Chain(Workload):
    """1000 ops on one number, ``x * c * c * …``: the price of one op, forward and backward."""

    name = "chain of 1000"
    per = 1000
    unit = "op"
    factor = 1.001

    def numpy(self, np: Any) -> Step:
        x, c = np.ones(1, np.float32), np.full(1, self.factor, np.float32)

        def step() -> Phases:
            y = x
            for _ in range(1000):
                y = y * c
            yield "forward"
            g = np.ones(1, np.float32)
            for _ in range(1000):
                g = g * c
            yield "backward"
            return [g]

        return step

    def torch(self, torch: Any) -> Step:
        x = torch.ones(1, requires_grad=True)
        c = torch.full((1,), self.factor)

        def step() -> Phases:
            x.grad = None
            y = x
            for _ in range(1000):
                y = y * c
            yield "forward"
            y.backward()
            del y
            yield "backward"
            return [x.grad]

        return step

    def autograd(self, autograd: Any) -> Step:
        np = autograd.numpy
        x, c = np.ones(1, np.float32), np.full(1, self.factor, np.float32)

        def chain(y: Any) -> Any:
            for _ in range(1000):
                y = y * c
            return y

        def step() -> Phases:
            backward, y = autograd.make_vjp(chain)(x)
            yield "forward"
            g = backward(np.ones(1, np.float32))
            del backward, y
            yield "backward"
            return [g]

        return step

    def mygrad(self, mg: Any) -> Step:
        x = mg.tensor(numpy.ones(1, numpy.float32))
        c = numpy.full(1, self.factor, numpy.float32)

        def step() -> Phases:
            y = x
            for _ in range(1000):
                y = y * c
            yield "forward"
            y.backward()
            del y
            yield "backward"
            return [x.grad]

        return step


class ChainOfThreeLeaves(Workload):
    """1000 ops on three leaves, ``y = y * a + b``: two gradients are summed up along the way."""

    name = "chain of 1000, 3 leaves"
    per = 1000
    unit = "op"
    values = (1.0, 0.999, 0.001)

    def numpy(self, np: Any) -> Step:
        x, a, b = (np.full(1, value, np.float32) for value in self.values)

        def step() -> Phases:
            y, saved = x, []
            for _ in range(500):
                saved.append(y)
                y = y * a + b
            yield "forward"
            g, of_a, of_b = (np.full(1, value, np.float32) for value in (1.0, 0.0, 0.0))
            for y in reversed(saved):
                of_b += g
                of_a += g * y
                g = g * a
            yield "backward"
            return [g, of_a, of_b]

        return step

    def torch(self, torch: Any) -> Step:
        leaves = [torch.full((1,), value, requires_grad=True) for value in self.values]
        x, a, b = leaves

        def step() -> Phases:
            for leaf in leaves:
                leaf.grad = None
            y = x
            for _ in range(500):
                y = y * a + b
            yield "forward"
            y.backward()
            del y
            yield "backward"
            return [leaf.grad for leaf in leaves]

        return step

    def autograd(self, autograd: Any) -> Step:
        np = autograd.numpy
        leaves = tuple(np.full(1, value, np.float32) for value in self.values)

        def chain(leaves: Any) -> Any:
            y, a, b = leaves
            for _ in range(500):
                y = y * a + b
            return y

        def step() -> Phases:
            backward, y = autograd.make_vjp(chain)(leaves)
            yield "forward"
            gradients = backward(np.ones(1, np.float32))
            del backward, y
            yield "backward"
            return list(gradients)

        return step

    def mygrad(self, mg: Any) -> Step:
        leaves = [mg.tensor(numpy.full(1, value, numpy.float32)) for value in self.values]
        x, a, b = leaves

        def step() -> Phases:
            y = x
            for _ in range(500):
                y = y * a + b
            yield "forward"
            y.backward()
            del y
            yield "backward"
            return [leaf.grad for leaf in leaves]

        return step
