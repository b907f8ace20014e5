"""Parameters: the tensors a model learns."""

from __future__ import annotations

from typing import Any

from isograd.tensor import Tensor

__all__ = ["Parameter"]


class Parameter(Tensor):
    """A leaf tensor that requires a gradient, shown as a parameter.

    Parameters
    ----------
    data : Tensor, optional
        Its elements, shared; an empty tensor when left out.
    requires_grad : bool
        Whether gradients are wanted.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.nn.Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __slots__ = ()

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Any:
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Creating a Parameter from an instance of type {type(data).__name__} requires that detach() returns an "
                            "instance of the same type")
        return data.detach().as_subclass(cls).requires_grad_(requires_grad)

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        from isograd.printing import parameter_str

        return parameter_str(self)
