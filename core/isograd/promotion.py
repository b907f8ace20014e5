"""Type promotion: torch's rules.

Operands fall into three classes: tensors with dimensions, tensors without (0-d), and Python numbers. The result has the highest
category (bool < integer < floating < complex) of all operands; its precision comes from the first class, in that order, that holds an
operand of that category. (https://docs.pytorch.org/docs/stable/tensor_attributes.html, "torch.dtype".)
"""

from __future__ import annotations

from typing import Any

from isograd import defaults, dtypes
from isograd.dtypes import COMPLEX, FLOAT, INTEGER, dtype

__all__ = ["promote_types", "result_type", "can_cast"]

_SIGNED = {1: dtypes.int8, 2: dtypes.int16, 4: dtypes.int32, 8: dtypes.int64}


def _barebones(d: dtype) -> bool:
    """Whether `d` is one of uint16, uint32 and uint64, which torch promotes with floating point types only."""
    return d.category == INTEGER and not d.is_signed and d.itemsize > 1


def _promote(a: dtype, b: dtype) -> dtype:
    if a is b:
        return a
    if (_barebones(a) and b.category != FLOAT) or (_barebones(b) and a.category != FLOAT):
        raise RuntimeError(f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
                           f"{dtypes.SCALAR_NAMES[a.name]} and {dtypes.SCALAR_NAMES[b.name]}")
    if a.category < b.category:
        a, b = b, a
    if a.category == COMPLEX:
        wide = dtypes.complex128 in (a, b) or b is dtypes.float64
        return dtypes.complex128 if wide else dtypes.complex64
    if a.category == FLOAT:
        if b.category < FLOAT:
            return a
        if a.is_half and b.is_half:
            return dtypes.float32  # float16 with bfloat16: neither holds the other
        return a if a.itemsize > b.itemsize else b
    if b.category < INTEGER:
        return a
    if a.is_signed == b.is_signed:
        return a if a.itemsize > b.itemsize else b
    return _SIGNED[max(a.itemsize, b.itemsize, 2)]


_table: dict[tuple[dtype, dtype], dtype] = {}


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest type to which both convert.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.promote_types(torch.int32, torch.float16), torch.promote_types(torch.uint8, torch.int8)
    (torch.float16, torch.int16)
    """
    found = _table.get((type1, type2))
    if found is None:
        found = _table[type1, type2] = _promote(type1, type2)
    return found


def number_dtype(value: Any) -> dtype:
    """The dtype a Python number stands for in promotion."""
    if value is True or value is False:
        return dtypes.bool
    if isinstance(value, int):
        return dtypes.int64
    if isinstance(value, float):
        return defaults.get_default_dtype()
    return defaults.default_complex()


def common_dtype(operands: Any) -> dtype:
    """The dtype of the result of an operation on `operands`: tensors and Python numbers."""
    with_dims: dtype | None = None
    without: dtype | None = None
    numbers: dtype | None = None
    for operand in operands:
        space = getattr(operand, "space", None)
        if space is None:
            own = number_dtype(operand)
            numbers = own if numbers is None else promote_types(numbers, own)
        elif operand.array.ndim:
            with_dims = space.dtype if with_dims is None else promote_types(with_dims, space.dtype)
        else:
            without = space.dtype if without is None else promote_types(without, space.dtype)
    result = _combine(with_dims, _combine(without, numbers))
    assert result is not None
    return result


def _combine(higher: dtype | None, lower: dtype | None) -> dtype | None:
    """Join two classes of operands: the higher class decides the precision, the lower at most raises the category."""
    if higher is None or lower is None:
        return higher or lower
    if higher.category == COMPLEX:
        return higher
    if higher.category == FLOAT:
        return higher.to_complex() if lower.category == COMPLEX else higher
    if higher.category < INTEGER or lower.category >= FLOAT:
        return promote_types(higher, lower)
    return higher


def result_type(tensor1: Any, tensor2: Any) -> dtype:
    """The dtype that an arithmetic operation on the two operands (tensors or numbers) gives.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.result_type(torch.tensor([1, 2], dtype=torch.int), 1.0)
    torch.float32
    """
    return common_dtype((tensor1, tensor2))


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether torch's casting rules allow a conversion: never to a lower category.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.can_cast(torch.double, torch.float), torch.can_cast(torch.float, torch.int)
    (True, False)
    """
    return from_.category <= to.category
