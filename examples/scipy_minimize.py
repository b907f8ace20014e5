"""Gradients for code that lives in NumPy: fit a damped oscillation with SciPy's L-BFGS."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

import isograd as torch

TRUE = np.array([2.0, 0.3, 1.7, 0.5])  # amplitude, damping, frequency, phase

times = np.linspace(0, 10, 200)
noise = np.random.default_rng(0).normal(0, 0.02, times.size)
measured = TRUE[0] * np.exp(-TRUE[1] * times) * np.cos(TRUE[2] * times + TRUE[3]) + noise

t, y = torch.from_numpy(times), torch.from_numpy(measured)


def loss_and_gradient(parameters: np.ndarray) -> tuple[float, np.ndarray]:
    p = torch.tensor(parameters.tolist(), dtype=torch.float64, requires_grad=True)
    amplitude, damping, frequency, phase = p.unbind()
    fitted = amplitude * torch.exp(-damping * t) * torch.cos(frequency * t + phase)
    loss = ((fitted - y) ** 2).sum()
    loss.backward()
    return loss.item(), p.grad.numpy()


found = minimize(loss_and_gradient, x0=[1.0, 0.1, 1.5, 0.0], jac=True, method="L-BFGS-B")
for name, value, true in zip(
    ("amplitude", "damping", "frequency", "phase"), found.x, TRUE
):
    print(f"{name:<10} {value:.3f}  (true {true})")
print(f"{found.nfev} evaluations")
assert np.allclose(found.x, TRUE, atol=0.02)
