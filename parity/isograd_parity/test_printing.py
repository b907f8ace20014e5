"""Printing, side by side: the same tensor, under the same options, has the same text in both."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from math import inf, nan
from typing import Any

import pytest
import torch

import isograd

BOTH: tuple[Any, Any] = (torch, isograd)
Build = Callable[[Any], Any]  # from either module to a tensor of its own

INEXACT = ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]

FLOATS: dict[str, Any] = {
    "scalar": -3.14159,
    "scalar integer": 7.0,
    "scalar nan": nan,
    "empty": [],
    "empty rows": [[], [], []],
    "integers": [1.0, -20.0, 300.0],
    "integers at the ratio": [1.0, 1000.0],
    "integers past the ratio": [1.0, 1001.0],
    "large integers": [1e8, 1e6],
    "larger integers": [1e8 + 8, 1e6],
    "zeros": [0.0, -0.0],
    "fractions": [0.5, -1.25, 30.0],
    "ratio": [0.1, 100.0],
    "past the ratio": [0.1, 100.1],
    "small": [1e-4, 0.05],
    "smaller": [9.9e-5, 0.05],
    "rounding up": [9.99995, 0.99995, 0.125, 2.5],
    "rounding to even": [0.5, 1.5, 2.5, 0.00005, 0.00015],
    "subnormal": [1e-45, 1e-310, 6e-8],
    "extremes": [6.5504e4, 3.3e38, 1e308, -1e-300],
    "not finite": [inf, -inf, nan],
    "integers, not finite": [inf, 1.0, nan, -20.0],
    "fractions, not finite": [nan, 0.5, -inf, 0.0],
    "scientific, not finite": [nan, 1e-7, -inf, -0.0],
    "long": [i / 8 for i in range(50)],
    "matrix": [[i / 8 + j for i in range(13)] for j in range(4)],
    "cube": [[[float(i * j * k) for i in range(8)] for j in range(2)] for k in range(7)],
    "deep": [[[[[1.5, 2.5]]], [[[0.0, -1.0]]]]],
    "outliers in the middle": [0.5] * 8 + [1e9, 1e-9, nan] + [0.5] * 8,
}
INTEGERS: dict[str, Any] = {
    "scalar": 5,
    "empty": [],
    "empty rows": [[[]], [[]]],
    "vector": [1, 20, 127],
    "long": list(range(40)),
    "matrix": [[i * j for i in range(11)] for j in range(11)],
    "cube": [[[i * j + k for i in range(5)] for j in range(3)] for k in range(5)],
}
LIMITS: dict[str, Any] = {
    name: [torch.iinfo(getattr(torch, name)).min, torch.iinfo(getattr(torch, name)).max, 0]
    for name in ("uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64")
}
BOOLEANS: dict[str, Any] = {
    "scalar": True,
    "empty": [],
    "true": [True, True],
    "mixed": [[True, False, True], [True, True, True]],
    "long": [i % 3 == 0 for i in range(40)],
}


def turned(values: Any) -> Any:
    """Complex numbers: `values` backwards in the real part, another scale in the imaginary one."""
    if isinstance(values, list):
        return [turned(value) for value in reversed(values)]
    return complex(values, 0.5 - values / 16)


def cases() -> Iterator[tuple[str, str, Any]]:
    """A name, a dtype, and the values to print."""
    for name, values in FLOATS.items():
        for dtype in INEXACT:
            yield name, dtype, turned(values) if dtype.startswith("complex") else values
    for dtype, limits in LIMITS.items():
        yield "limits", dtype, limits
        for name, values in INTEGERS.items():
            yield name, dtype, values
    for name, values in BOOLEANS.items():
        yield name, "bool", values


OPTIONS: list[dict[str, Any]] = [
    {},
    {"profile": "short"},
    {"profile": "full", "linewidth": 120},
    {"precision": 0},
    {"precision": 10, "linewidth": 50},
    {"sci_mode": True},
    {"sci_mode": False, "precision": 2},
    {"linewidth": 20},
    {"linewidth": 1},
    {"threshold": 10},
    {"threshold": 4, "edgeitems": 1},
    {"threshold": 0, "edgeitems": 2, "linewidth": 40, "sci_mode": True},
    {"edgeitems": 0},
    {"threshold": 2, "edgeitems": 0},
    {"profile": "full", "threshold": 5},
    {"profile": "no such profile"},
]


def text(module: Any, build: Build, options: dict[str, Any]) -> str:
    """What `module` prints under `options` alone, or the error that it raises."""
    try:
        module.set_printoptions(profile="default")
        module.set_printoptions(**options)
        return repr(build(module))
    except (TypeError, ValueError, OverflowError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        module.set_printoptions(profile="default")


def assert_equal_text(build: Build, options: dict[str, Any]) -> None:
    expected, actual = (text(module, build, options) for module in BOTH)
    assert actual == expected


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name, dtype, values", list(cases()))
def test_values(name: str, dtype: str, values: Any, options: dict[str, Any]) -> None:
    assert_equal_text(lambda m: m.tensor(values, dtype=getattr(m, dtype)), options)


@pytest.mark.parametrize("default", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("dtype", [*INEXACT, "int64", "bool"])
@pytest.mark.parametrize("values", [1, [], [[]]], ids=str)
def test_default_dtype(default: str, dtype: str, values: Any) -> None:
    for module in BOTH:
        module.set_default_dtype(getattr(module, default))
    try:
        assert_equal_text(lambda m: m.tensor(values, dtype=getattr(m, dtype)), {})
    finally:
        for module in BOTH:
            module.set_default_dtype(module.float32)


@pytest.mark.parametrize("seed", range(200))
def test_random(seed: int) -> None:
    draw = random.Random(seed)
    dtype = draw.choice(INEXACT)
    shape = [draw.choice([1, 2, 3, 7, 9]) for _ in range(draw.randrange(5))]
    scale, spread = draw.uniform(-9, 9), draw.choice([0.0, 0.5, 1.0, 3.0])
    digits = draw.choice([0, 1, 4, 20])
    odd = draw.choice([0.0, 0.2])

    def number() -> float:
        if draw.random() < odd:
            return draw.choice([0.0, -0.0, inf, -inf, nan])
        return round(draw.gauss(0, 1) * 10 ** draw.gauss(scale, spread), digits)

    def nested(shape: list[int]) -> Any:
        if shape:
            return [nested(shape[1:]) for _ in range(shape[0])]
        return complex(number(), number()) if dtype.startswith("complex") else number()

    values = nested(shape)
    for options in draw.sample(OPTIONS, 4):
        assert_equal_text(lambda m: m.tensor(values, dtype=getattr(m, dtype)), options)


def leaf(m: Any) -> Any:
    return m.tensor([[1.0, 4.0, 9.5]] * 3, dtype=m.float64, requires_grad=True)


def written_view(m: Any) -> Any:
    base = m.zeros(4, 2)
    base[1] = m.ones(2, requires_grad=True)
    return base


def view_without_history(m: Any) -> Any:
    base = m.zeros(2)
    with m.no_grad():
        view = base.view(-1)
    base.mul_(m.ones(2, requires_grad=True))
    return view


def custom_function(m: Any) -> Any:
    class Double(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 2

    return Double.apply(leaf(m))


def subclass(m: Any) -> Any:
    class Temperature(m.Tensor):
        pass

    return leaf(m).detach().as_subclass(Temperature)


def parameter_subclass(m: Any) -> Any:
    class Weight(m.nn.Parameter):
        pass

    return Weight(leaf(m).detach())


BUILDERS: dict[str, Build] = {
    "leaf": leaf,
    "result": lambda m: leaf(m).sqrt(),
    "scalar result": lambda m: leaf(m).sum(),
    "empty result": lambda m: leaf(m)[:0],
    "selection": lambda m: leaf(m)[1],
    "transpose": lambda m: leaf(m).t(),
    "expanded": lambda m: leaf(m)[0].expand(300, 3),
    "strided": lambda m: leaf(m).detach()[:, ::2],
    "conjugate": lambda m: m.tensor([1 + 2j, -3j]).conj(),
    "written view": written_view,
    "view of a written base": lambda m: written_view(m)[1],
    "view without history": view_without_history,
    "custom function": custom_function,
    "subclass": subclass,
    "parameter": lambda m: m.nn.Parameter(leaf(m).detach()),
    "parameter subclass": parameter_subclass,
    "large": lambda m: m.ones(2000, 3, requires_grad=True) * 2,
}


@pytest.mark.parametrize("options", [{}, {"linewidth": 30}, {"threshold": 4}], ids=str)
@pytest.mark.parametrize("name", BUILDERS)
def test_history(name: str, options: dict[str, Any]) -> None:
    assert_equal_text(BUILDERS[name], options)


@pytest.mark.parametrize("value", [0.5, 2.0, 1.5 - 2j])
def test_every_length_of_line(value: complex) -> None:
    # Where a line breaks, and whether a suffix has one of its own, is decided to the column.
    def vector(count: int) -> Build:
        return lambda m: m.tensor([value] * count, requires_grad=True)

    for count, linewidth in itertools.product(range(1, 16, 2), range(20, 100)):
        assert_equal_text(vector(count), {"linewidth": linewidth})


@pytest.mark.parametrize(
    "options",
    [
        {"precision": -1},
        {"precision": 2.5},
        {"precision": "3"},
        {"linewidth": inf},
        {"edgeitems": 1.5, "threshold": 1},
        {"edgeitems": -1, "threshold": 1},
        {"digits": 3},
    ],
    ids=str,
)
def test_unusable_options(options: dict[str, Any]) -> None:
    assert_equal_text(lambda m: m.tensor([0.5, 1.0, 1.5]), options)
