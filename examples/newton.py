"""Second derivatives: Newton's method on the Rosenbrock function."""

from __future__ import annotations

import isograd as torch


def rosenbrock(p):
    x, y = p[0], p[1]
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


p = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
for step in range(10):
    value = rosenbrock(p)
    # create_graph records the first derivatives, so that they can be differentiated again.
    (gradient,) = torch.autograd.grad(value, p, create_graph=True)
    a, b = (torch.autograd.grad(g, p, retain_graph=True)[0].tolist() for g in gradient)
    print(f"step {step}: f{tuple(round(v, 6) for v in p.tolist())} = {value.item():.3e}")
    if value.item() < 1e-20:
        break
    # The Newton step solves [a; b] d = gradient: Cramer's rule does for two unknowns.
    g = gradient.tolist()
    determinant = a[0] * b[1] - a[1] * b[0]
    d = [(g[0] * b[1] - a[1] * g[1]) / determinant, (a[0] * g[1] - g[0] * b[0]) / determinant]
    with torch.no_grad():
        p -= torch.tensor(d, dtype=torch.float64)

assert value.item() < 1e-20
