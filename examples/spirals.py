"""A network trained with plain gradient descent: which of two spirals does a point lie on?"""

from __future__ import annotations

import isograd as torch

torch.manual_seed(0)
POINTS = 100

turn = torch.linspace(0, 2.5 * torch.pi, POINTS)
radius = torch.linspace(0.1, 1, POINTS)
spiral = torch.stack([radius * torch.cos(turn), radius * torch.sin(turn)], dim=1)
x = torch.cat([spiral, -spiral])
target = torch.cat([torch.zeros(POINTS, dtype=torch.int64), torch.ones(POINTS, dtype=torch.int64)])

sizes = [2, 32, 32, 2]
weights = [torch.randn(m, n) / m**0.5 for m, n in zip(sizes, sizes[1:])]
biases = [torch.zeros(n) for n in sizes[1:]]
parameters = [p.requires_grad_() for p in weights + biases]


def network(x):
    for weight, bias in zip(weights[:-1], biases[:-1]):
        x = torch.tanh(x @ weight + bias)
    return x @ weights[-1] + biases[-1]


for step in range(1500):
    loss = -torch.log_softmax(network(x), dim=1).gather(1, target.reshape(-1, 1)).mean()
    loss.backward()
    if step % 250 == 0:
        print(f"step {step:4d}: loss {loss.item():.4f}")
    with torch.no_grad():
        for p in parameters:
            p.sub_(p.grad, alpha=0.5)
            p.grad = None

with torch.no_grad():
    right = (network(x).argmax(dim=1) == target).sum().item()
print(f"loss {loss.item():.4f}; {right} of {2 * POINTS} points on the right spiral")
assert right == 2 * POINTS
