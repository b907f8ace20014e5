"""Rows that take one step of plain gradient descent on a multilayer perceptron."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from .workload import Step, Workload

RATE = 1e-3


def weights_and_biases(sizes: Sequence[int]) -> list[Any]:
    """Fresh float32 parameters: weight, bias, weight, bias, …"""
    generator = numpy.random.default_rng(0)
    parameters = []
    for rows, columns in zip(sizes, sizes[1:]):
        parameters.append(generator.normal(0, rows**-0.5, (rows, columns)))
        parameters.append(generator.normal(0, 0.1, columns))
    return [p.astype(numpy.float32) for p in parameters]


class SmallNetwork(Workload):
    """tanh network 32-32-32-1, one example, squared error: a step of gradient descent."""

    name = "MLP 32-32-32-1, batch 1"
    sizes = (32, 32, 32, 1)

    def data(self) -> tuple[Any, Any]:
        x = numpy.random.default_rng(1).normal(size=(1, 32))
        return x.astype(numpy.float32), numpy.ones((1, 1), numpy.float32)

    def numpy(self, np: Any) -> Step:
        x, target = self.data()
        parameters = weights_and_biases(self.sizes)

        def step() -> list[Any]:
            w1, b1, w2, b2, w3, b3 = parameters
            h1 = np.tanh(x @ w1 + b1)
            h2 = np.tanh(h1 @ w2 + b2)
            difference = h2 @ w3 + b3 - target
            (difference * difference).mean()
            g3 = 2 * difference
            g2 = g3 @ w3.T * (1 - h2 * h2)
            g1 = g2 @ w2.T * (1 - h1 * h1)
            gradients = [x.T @ g1, g1[0], h1.T @ g2, g2[0], h2.T @ g3, g3[0]]
            for p, g in zip(parameters, gradients):
                p -= RATE * g
            return gradients

        return step

    def torch(self, torch: Any) -> Step:
        x, target = map(torch.from_numpy, self.data())
        parameters = [torch.from_numpy(p).requires_grad_() for p in weights_and_biases(self.sizes)]

        def step() -> list[Any]:
            w1, b1, w2, b2, w3, b3 = parameters
            h1 = torch.tanh(x @ w1 + b1)
            h2 = torch.tanh(h1 @ w2 + b2)
            difference = h2 @ w3 + b3 - target
            (difference * difference).mean().backward()
            gradients = [p.grad for p in parameters]
            with torch.no_grad():
                for p in parameters:
                    p.sub_(p.grad, alpha=RATE)
                    p.grad = None
            return gradients

        return step

    def autograd(self, autograd: Any) -> Step:
        np = autograd.numpy
        x, target = self.data()
        parameters = weights_and_biases(self.sizes)

        def loss(parameters: Any) -> Any:
            w1, b1, w2, b2, w3, b3 = parameters
            h1 = np.tanh(np.dot(x, w1) + b1)
            h2 = np.tanh(np.dot(h1, w2) + b2)
            difference = np.dot(h2, w3) + b3 - target
            return np.mean(difference * difference)

        gradient = autograd.grad(loss)

        def step() -> list[Any]:
            gradients = gradient(parameters)
            for p, g in zip(parameters, gradients):
                p -= RATE * g
            return list(gradients)

        return step

    def mygrad(self, mg: Any) -> Step:
        x, target = self.data()
        parameters = [mg.tensor(p) for p in weights_and_biases(self.sizes)]

        def step() -> list[Any]:
            w1, b1, w2, b2, w3, b3 = parameters
            h1 = mg.tanh(x @ w1 + b1)
            h2 = mg.tanh(h1 @ w2 + b2)
            difference = h2 @ w3 + b3 - target
            (difference * difference).mean().backward()
            gradients = [p.grad for p in parameters]
            for p in parameters:
                p.data -= RATE * p.grad
                p.null_grad()
            return gradients

        return step


class LargeNetwork(Workload):
    """ReLU network 784-512-512-10, 256 examples, cross entropy: a step of gradient descent."""

    name = "MLP 784-512-512-10, batch 256"
    sizes = (784, 512, 512, 10)
    rounds = 11

    def data(self) -> tuple[Any, Any]:
        generator = numpy.random.default_rng(1)
        x = generator.normal(size=(256, 784)).astype(numpy.float32)
        return x, generator.integers(0, 10, 256)

    def numpy(self, np: Any) -> Step:
        x, classes = self.data()
        rows = np.arange(256)
        parameters = weights_and_biases(self.sizes)

        def step() -> list[Any]:
            w1, b1, w2, b2, w3, b3 = parameters
            h1 = x @ w1
            h1 += b1
            np.maximum(h1, 0, out=h1)
            h2 = h1 @ w2
            h2 += b2
            np.maximum(h2, 0, out=h2)
            z = h2 @ w3
            z += b3
            z -= z.max(1, keepdims=True)
            z -= np.log(np.exp(z).sum(1, keepdims=True))
            -z[rows, classes].mean()
            g3 = np.exp(z)
            g3[rows, classes] -= 1
            g3 *= np.float32(1 / 256)
            g2 = g3 @ w3.T
            g2 *= h2 > 0
            g1 = g2 @ w2.T
            g1 *= h1 > 0
            gradients = [x.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g3, g3.sum(0)]
            for p, g in zip(parameters, gradients):
                p -= RATE * g
            return gradients

        return step

    def torch(self, torch: Any) -> Step:
        x, classes = map(torch.from_numpy, self.data())
        column = classes.reshape(-1, 1)
        parameters = [torch.from_numpy(p).requires_grad_() for p in weights_and_biases(self.sizes)]

        def step() -> list[Any]:
            w1, b1, w2, b2, w3, b3 = parameters
            h1 = torch.relu(x @ w1 + b1)
            h2 = torch.relu(h1 @ w2 + b2)
            logits = torch.log_softmax(h2 @ w3 + b3, dim=1)
            (-logits.gather(1, column).mean()).backward()
            gradients = [p.grad for p in parameters]
            with torch.no_grad():
                for p in parameters:
                    p.sub_(p.grad, alpha=RATE)
                    p.grad = None
            return gradients

        return step

    def autograd(self, autograd: Any) -> Step:
        np = autograd.numpy
        x, classes = self.data()
        rows = np.arange(256)
        parameters = weights_and_biases(self.sizes)

        def loss(parameters: Any) -> Any:
            w1, b1, w2, b2, w3, b3 = parameters
            h1 = np.maximum(np.dot(x, w1) + b1, 0)
            h2 = np.maximum(np.dot(h1, w2) + b2, 0)
            z = np.dot(h2, w3) + b3
            z = z - np.max(z, axis=1, keepdims=True)
            z = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
            return -np.mean(z[rows, classes])

        gradient = autograd.grad(loss)

        def step() -> list[Any]:
            gradients = gradient(parameters)
            for p, g in zip(parameters, gradients):
                p -= RATE * g
            return list(gradients)

        return step

    def mygrad(self, mg: Any) -> Step:
        from mygrad.nnet.activations import relu
        from mygrad.nnet.losses import softmax_crossentropy

        x, classes = self.data()
        parameters = [mg.tensor(p) for p in weights_and_biases(self.sizes)]

        def step() -> list[Any]:
            w1, b1, w2, b2, w3, b3 = parameters
            h1 = relu(x @ w1 + b1)
            h2 = relu(h1 @ w2 + b2)
            softmax_crossentropy(h2 @ w3 + b3, classes).backward()
            gradients = [p.grad for p in parameters]
            for p in parameters:
                p.data -= RATE * p.grad
                p.null_grad()
            return gradients

        return step
