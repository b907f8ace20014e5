"""Automatic differentiation: torch.autograd's names."""

from __future__ import annotations

from typing import Any

from isograd.engine import backward, grad
from isograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled
from isograd.tensor import Tensor

from . import graph
from .function import Function

__all__ = [
    "backward", "grad", "enable_grad", "no_grad", "set_grad_enabled", "inference_mode", "Function", "Variable", "graph",
]


class VariableType(type):
    """``Variable(t)`` returns a tensor, and every tensor is an instance of Variable, as in torch."""

    def __call__(cls, data: Any = None, requires_grad: bool = False, volatile: Any = None) -> Tensor:
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        out = data.detach()
        if requires_grad:
            out.requires_grad_()
        return out

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=VariableType):
    """The old name of a tensor that takes part in differentiation; kept because old programs use it.

    Examples
    --------
    >>> import isograd as torch
    >>> from isograd.autograd import Variable
    >>> Variable(torch.ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    """
