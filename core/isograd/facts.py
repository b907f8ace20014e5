"""Questions about tensors that need no place on the class: functions, and methods that go with them."""

from __future__ import annotations

from typing import Any

from isograd.arguments import wrong
from isograd.layouts import memory_order
from isograd.ops.declare import METHODS
from isograd.tensor import Tensor

__all__ = [
    "is_complex", "is_conj", "is_floating_point", "is_inference", "is_neg", "is_nonzero", "is_same_size", "is_signed",
    "get_device", "is_storage", "is_tensor", "numel",
]


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.is_tensor(torch.ones(1)), torch.is_tensor([1.])
    (True, False)
    """
    return isinstance(obj, Tensor)


def is_storage(obj: Any) -> bool:
    """Always False: there are no storage objects here."""
    return False


def tensor_in(name: str, input: Any) -> Tensor:
    """The argument, if it is a tensor; else torch's error."""
    if not isinstance(input, Tensor):
        raise wrong(name, "input", "Tensor", input, 1)
    return input


def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype of `input` is floating."""
    return tensor_in("is_floating_point", input).is_floating_point()


def is_complex(input: Tensor) -> bool:
    """Whether the dtype of `input` is complex."""
    return tensor_in("is_complex", input).is_complex()


def is_signed(input: Tensor) -> bool:
    """Whether the dtype of `input` has negative numbers."""
    return tensor_in("is_signed", input).is_signed()


def is_conj(input: Tensor) -> bool:
    """Whether `input` is a conjugate yet to be computed: never, here."""
    return tensor_in("is_conj", input).is_conj()


def is_neg(input: Tensor) -> bool:
    """Whether `input` is a negative yet to be computed: never, here."""
    return tensor_in("is_neg", input).is_neg()


def is_inference(input: Tensor) -> bool:
    """Whether `input` was made in inference mode."""
    return tensor_in("is_inference", input).is_inference()


def is_nonzero(input: Tensor) -> bool:
    """Whether the one element of `input` differs from zero."""
    return bool(tensor_in("is_nonzero", input))


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether both have one shape."""
    return tensor_in("is_same_size", input).is_same_size(other)


def numel(input: Tensor) -> int:
    """The number of elements."""
    return tensor_in("numel", input).numel()


def get_device(input: Tensor) -> int:
    """The index of the device, -1 on the CPU."""
    return tensor_in("get_device", input).get_device()


def dim_order(self: Tensor) -> tuple[int, ...]:
    """The dimensions from the outermost in memory to the innermost."""
    return tuple(reversed(memory_order(self.array.shape, self.stride())))


def never(self: Tensor) -> bool:
    """Always False: no tensor here is."""
    return False


def no_coalescing(self: Tensor) -> bool:
    """For sparse tensors, which do not exist here."""
    raise RuntimeError(f"is_coalesced expected sparse coordinate tensor layout but got {str(self.layout).removeprefix('torch.').title()}")


def to_dense(self: Tensor, dtype: Any = None, *, masked_grad: bool = True) -> Tensor:
    """The tensor itself: it is dense."""
    return self if dtype is None else self.to(dtype)


METHODS.update(is_nonzero=is_nonzero, dim_order=dim_order, to_dense=to_dense, is_coalesced=no_coalescing)
METHODS.update(is_pinned=never, is_shared=never, is_distributed=never)
METHODS["grad_dtype"] = property(lambda self: self.dtype)
METHODS["name"] = property(lambda self: None)
