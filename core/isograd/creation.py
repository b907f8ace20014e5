"""Making tensors: from data, filled, ranges, and like others."""

from __future__ import annotations

from typing import Any

from isograd import dtypes
from isograd.backend.space import default_space
from isograd.dtypes import dtype as Dtype
from isograd.record import wrap
from isograd.tensor import Tensor

__all__ = ["tensor", "zeros"]


def infer(data: Any) -> tuple[list[Any], tuple[int, ...]]:
    """The numbers in nested sequences, laid flat, and their shape."""
    if not isinstance(data, (list, tuple)):
        return [data], ()
    if not data:
        return [], (0,)
    flat: list[Any] = []
    shape: tuple[int, ...] | None = None
    for item in data:
        numbers, own = infer(item)
        if shape is not None and own != shape:
            raise ValueError(f"expected sequence of length {shape[0]} at dim 1 (got {own[0] if own else 0})")
        shape = own
        flat.extend(numbers)
    assert shape is not None
    return flat, (len(data), *shape)


def tensor(data: Any, *, dtype: Dtype | None = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A new leaf tensor with a copy of `data`."""
    from isograd.promotion import number_dtype, promote_types

    flat, shape = infer(data)
    if dtype is None:
        dtype = dtypes.bool if flat else default_float()
        for value in flat:
            dtype = promote_types(dtype, number_dtype(value))
    space = default_space(dtype, device)
    out = wrap(space.backend.from_list(flat, shape, space.K.native[dtype]), space)
    if requires_grad:
        out.requires_grad = True
    return out


def default_float() -> Dtype:
    from isograd.defaults import get_default_dtype

    return get_default_dtype()


def zeros(*size: Any, dtype: Dtype | None = None) -> Tensor:
    space = default_space(dtype or default_float())
    return wrap(space.K.zeros(tuple(size[0] if len(size) == 1 and not isinstance(size[0], int) else size), dtype=space.K.native[space.dtype]), space)


def legacy_constructor(*args: Any) -> Tensor:
    return tensor(args[0], dtype=default_float())
