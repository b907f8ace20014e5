"""A derivative of your own: the cube root, whose textbook formula fails at zero."""

from __future__ import annotations

import isograd as torch


class CubeRoot(torch.autograd.Function):
    """``cbrt(x)`` for any sign; its derivative is kept finite at zero, where the slope is not."""

    @staticmethod
    def forward(ctx, x):
        result = torch.sign(x) * torch.abs(x) ** (1 / 3)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, grad):
        (result,) = ctx.saved_tensors
        return grad / (3 * result * result).clamp(min=1e-6)


x = torch.tensor([-8.0, -1.0, 0.0, 1.0, 27.0], dtype=torch.float64, requires_grad=True)
y = CubeRoot.apply(x)
y.sum().backward()
print(y)
print(x.grad)

away_from_zero = torch.tensor([-8.0, -1.0, 1.0, 27.0], dtype=torch.float64, requires_grad=True)
(exact,) = torch.autograd.grad(CubeRoot.apply(away_from_zero).sum(), away_from_zero)
with torch.no_grad():
    step = 1e-6
    quotient = (CubeRoot.apply(away_from_zero + step) - CubeRoot.apply(away_from_zero - step)) / (2 * step)
print("largest difference from a difference quotient:", (exact - quotient).abs().max().item())
assert torch.allclose(exact, quotient)
assert bool(torch.isfinite(x.grad).all())
