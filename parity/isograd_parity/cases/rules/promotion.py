"""Which dtype comes out: every pair of dtypes, each as a tensor, a 0-d tensor and a Python number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isograd_parity.cases.rules import case, raises

DTYPES = (
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
    "bool",
    "bfloat16",
    "uint16",
    "uint32",
    "uint64",
)
NUMBERS = (True, 2, 2.0, 2j)


def promote(torch: Any, function: Callable[[Any, Any], Any]) -> dict[str, Any]:
    """The result, or the refusal, for each pair of operands."""

    def result(a: Any, b: Any) -> Any:
        value = raises(function, a, b)
        return value[1] if isinstance(value, tuple) else value

    table: dict[str, Any] = {}
    for left in DTYPES:
        a = torch.ones(2, dtype=getattr(torch, left))
        for right in DTYPES:
            b = torch.ones(2, dtype=getattr(torch, right))
            table[f"{left}, {right}"] = result(a, b)
            table[f"{left}, 0-d {right}"] = result(a, b[0])
            table[f"0-d {left}, 0-d {right}"] = result(a[0], b[0])
        for number in NUMBERS:
            table[f"{left}, {number}"] = result(a, number)
            table[f"0-d {left}, {number}"] = result(a[0], number)
    return table


@case
def add(torch: Any) -> Any:
    return promote(torch, lambda a, b: a + b)


@case
def mul(torch: Any) -> Any:
    return promote(torch, lambda a, b: a * b)


@case
def sub(torch: Any) -> Any:
    return promote(torch, lambda a, b: a - b)


@case
def reflected_sub(torch: Any) -> Any:
    return promote(torch, lambda a, b: b - a)


@case
def div(torch: Any) -> Any:
    return promote(torch, lambda a, b: a / b)


@case
def floor_divide(torch: Any) -> Any:
    return promote(torch, lambda a, b: a // b)


@case
def power(torch: Any) -> Any:
    return promote(torch, lambda a, b: a**b)


@case
def reflected_power(torch: Any) -> Any:
    return promote(torch, lambda a, b: b**a)


@case
def maximum(torch: Any) -> Any:
    return promote(torch, lambda a, b: torch.maximum(a, b) if isinstance(b, torch.Tensor) else None)


@case
def less(torch: Any) -> Any:
    return promote(torch, lambda a, b: a < b)


@case
def bitwise_and(torch: Any) -> Any:
    return promote(torch, lambda a, b: a & b)


@case
def where(torch: Any) -> Any:
    return promote(torch, lambda a, b: torch.where(torch.tensor([True, False]), a, b))


@case
def cat(torch: Any) -> Any:
    return promote(
        torch,
        lambda a, b: (
            torch.cat([a, b]) if isinstance(b, torch.Tensor) and a.ndim and b.ndim else None
        ),
    )


@case
def in_place_add(torch: Any) -> Any:
    return promote(torch, lambda a, b: a.clone().add_(b))


@case
def result_type(torch: Any) -> Any:
    return promote(torch, torch.result_type)


@case
def promote_types_and_can_cast(torch: Any) -> Any:
    pairs = [(getattr(torch, a), getattr(torch, b)) for a in DTYPES for b in DTYPES]
    return [raises(torch.promote_types, a, b) for a, b in pairs], [
        torch.can_cast(a, b) for a, b in pairs
    ]


@case
def unary_functions_of_integers(torch: Any) -> Any:
    names = (
        "sqrt",
        "exp",
        "sin",
        "neg",
        "abs",
        "sigmoid",
        "floor",
        "reciprocal",
        "square",
        "sign",
        "isnan",
        "logical_not",
    )
    return {
        f"{name} {dtype}": raises(getattr(torch, name), torch.ones(2, dtype=getattr(torch, dtype)))
        for name in names
        for dtype in DTYPES
    }


@case
def reductions(torch: Any) -> Any:
    names = ("sum", "prod", "mean", "amax", "any", "all", "cumsum", "argmax", "std")
    return {
        f"{name} {dtype}": raises(
            lambda name=name, dtype=dtype: getattr(
                torch.ones(2, 2, dtype=getattr(torch, dtype)), name
            )(*((0,) if name in ("cumsum", "amax") else ()))
        )
        for name in names
        for dtype in DTYPES
    }


@case
def the_default_dtype_decides_for_integers(torch: Any) -> Any:
    try:
        torch.set_default_dtype(torch.float64)
        i = torch.ones(2, dtype=torch.int32)
        seen = [
            torch.get_default_dtype(),
            i / 2,
            i.sqrt(),
            i + 1.5,
            torch.ones(2),
            torch.tensor(1.5),
            torch.tensor(1j),
            torch.arange(0, 1, 0.5),
        ]
    finally:
        torch.set_default_dtype(torch.float32)
    return seen, torch.get_default_dtype(), raises(lambda: torch.set_default_dtype(torch.int64))


@case
def integers_wrap_around(torch: Any) -> Any:
    return [
        torch.tensor([200], dtype=torch.uint8) + 100,
        torch.tensor([127], dtype=torch.int8) + 1,
        -torch.tensor([1], dtype=torch.uint8),
        torch.tensor([2**62]) * 4,
        torch.tensor([-128], dtype=torch.int8).abs(),
    ]


@case
def integer_division_by_zero(torch: Any) -> Any:
    i = torch.tensor([1, 0, -1])
    return (
        i / 0,
        raises(lambda: i // 0),
        raises(lambda: i % 0),
        torch.tensor([1.0, 0.0, -1.0]) // 0,
        torch.tensor([1.0, -1.0]) % 0,
    )


@case
def numbers_out_of_range(torch: Any) -> Any:
    return [
        raises(lambda: torch.ones(1, dtype=torch.int8) + 1000),
        raises(lambda: torch.tensor([1000], dtype=torch.int8)),
        raises(lambda: torch.full((1,), 1000, dtype=torch.int8)),
        raises(lambda: torch.ones(1) + 1e300),
        raises(lambda: torch.tensor(2**64)),
    ]


@case
def floor_division_and_remainder_signs(torch: Any) -> Any:
    a = torch.tensor([7.0, -7.0, 7.0, -7.0])
    b = torch.tensor([2.0, 2.0, -2.0, -2.0])
    return (
        a // b,
        a % b,
        torch.fmod(a, b),
        a.long() // b.long(),
        a.long() % b.long(),
        torch.div(a, b, rounding_mode="trunc"),
    )
