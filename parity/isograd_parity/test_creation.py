"""Making tensors, side by side: each expression gives the same tensor, the same error and the same warnings in both.

Random numbers too: the same seed gives the same stream of bits, so values are equal but for the last bits of log, cos and sin.

Left out are the errors of functions with several forms, where torch lists every signature.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

import isograd
from isograd_parity.cases.semantics.table import record, warned
from isograd_parity.compare import Level, Tolerance, compare

EXACT = Tolerance(ulp=0, norm=0, factor=0)
# The NumPy plug-in's float32 log, cos and sin are within 2 units of torch's each.
RANDOM = Tolerance(ulp=4, norm=4, factor=0)


class Items:
    """A sequence that is no list."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, i: int) -> int:
        return [1, 2][i]


def outcome(module: Any, expression: str, before: str = "") -> Any:
    """What an expression gives in a module: records of result or error, and of warnings."""
    names: dict[str, Any] = {"torch": module, "np": np, "Items": Items, "inf": float("inf"), "nan": float("nan")}

    def evaluate() -> Any:
        module.manual_seed(1234)
        exec(before, names)
        return eval(expression, names)

    return record(module, warned(evaluate))


def check(expression: str, before: str = "", tolerance: Tolerance = EXACT) -> None:
    difference = compare(outcome(torch, expression, before), outcome(isograd, expression, before), Level.ULP, tolerance)
    assert difference is None, f"{expression}\n{difference}"


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


DATA = """
[[1, 2], [3]]
[[1, 2], 3]
[1, [2, 3]]
[[[1], [2]], [[3], [4, 5]]]
[[1, 2], [[3], [4]]]
[[[1]], [2]]
[[], [1]]
[]
[[], []]
()
(1, 2.5)
[True, 2]
[True, 2.5]
[1, 2j]
[True, False]
[[1, 2], (3, 4.)]
1
2.5
True
1j
2**63
[2**63]
[-2**63 - 1]
[10**400]
1e39
'abc'
['a', 'b']
b'ab'
None
[None]
[1, None]
{}
{1: 2}
{1, 2}
object
range(3)
Items()
np.float32(1)
np.float64(1)
np.int8(1)
np.bool_(True)
np.float32('nan')
[np.float32(1), np.float32(2)]
[np.float32(1.5), 2]
[np.float64(1.5), 2.]
[np.int8(1)]
[np.int16(1), 2]
[True, np.int16(1)]
[np.bool_(True), 2]
[np.uint16(1), 2]
[np.uint16(1), np.int8(3)]
[np.bool_(True)]
[np.complex64(1)]
np.arange(3)
np.arange(3)[::-1]
np.ones((2, 3)).T
np.ones((2, 6))[:, ::2]
np.array(['a'])
np.array([1, 2], dtype=object)
np.arange(3).astype('>i4')
[np.arange(3.), np.arange(3.)]
torch.ones(2)
torch.ones(2, requires_grad=True)
torch.ones(2, 3).t()
[torch.tensor(1.), torch.tensor(2.)]
[torch.tensor(1), 2.]
[1, torch.tensor(2.5)]
[torch.tensor(1, dtype=torch.int8)]
[torch.tensor(1., dtype=torch.float64)]
[torch.ones(2), torch.ones(2)]
[torch.ones(1), torch.ones(1)]
[[1, 2], torch.tensor([3, 4])]
[[torch.tensor(1.)]]
"""


@pytest.mark.parametrize("data", lines(DATA))
@pytest.mark.parametrize("call", ["torch.tensor({})", "torch.as_tensor({})", "torch.ones(1, dtype=torch.int64).new_tensor({})"])
def test_data(data: str, call: str) -> None:
    check(call.format(data))


DTYPES = (
    "uint8 int8 int16 int32 int64 uint16 uint32 uint64 bool float16 float32 float64 bfloat16 complex64 complex128".split()
)
NUMBERS = (
    "-1 -129 -2**33 300 2**33 2**63 2**64 -2**63-1 1e30 -1.5 -0.5 255.5 1e5 1e39 1e300 0.1 65520. inf nan 1j 3+0j True"
).split()


@pytest.mark.parametrize(("dtype", "number"), list(itertools.product(DTYPES, NUMBERS)))
def test_numbers(dtype: str, number: str) -> None:
    check(f"torch.tensor([{number}], dtype=torch.{dtype})")
    check(f"torch.full((2,), {number}, dtype=torch.{dtype})")


OPTIONS = """
torch.tensor(1, requires_grad=True)
torch.tensor(1., requires_grad=1)
torch.tensor(1., requires_grad=None)
torch.tensor(1., 2)
torch.tensor(1., foo=2)
torch.tensor(1., dtype='float32')
torch.tensor(1., dtype=float)
torch.tensor([1, 2], dtype=bool)
torch.tensor([1, 2], dtype=complex)
torch.tensor(1., device='cpu')
torch.tensor(1., device='cpu:0').device
torch.tensor(1., device=1.5)
torch.tensor(1., pin_memory=False)
torch.zeros(2, dtype='int')
torch.zeros(2, dtype=float)
torch.zeros(2, device=3.5)
torch.zeros(2, requires_grad=True)
torch.zeros(2, requires_grad=True, dtype=torch.int32)
torch.zeros(2, requires_grad=1)
torch.zeros(2, layout=torch.strided)
torch.zeros(2, layout=3)
torch.zeros(2, pin_memory=True)
torch.zeros(2, names=None)
torch.zeros(2, foo=1)
torch.strided, torch.contiguous_format, torch.channels_last, type(torch.strided), type(torch.channels_last)
torch.layout()
"""
SIZES = """
2, 3
(2, 3)
[2, 3]
torch.Size([2, 3])
size=(2,)
size=2
()
0
2, 0
-1
2, -3
(2, -3)
2.5
2, 2.5
(2, 2.5)
(2, None)
(2, 'a')
'a'
2, (3,)
(2,), 3
(2,), (3,)
torch.tensor(2)
torch.tensor(2), 3
(torch.tensor(2), 3)
torch.tensor([2, 3])
torch.tensor(2.)
np.int64(2)
(np.int64(2), 3)
True
2, True
(2, True)
None
"""
FILLED = """
torch.full((2,), 3)
torch.full((2,), 3.)
torch.full((2,), True)
torch.full((2,), 1j)
torch.full(2, 3)
torch.full([2], fill_value=3)
torch.full((2,), torch.tensor(3))
torch.full((2,), torch.tensor(3.5, dtype=torch.float64))
torch.full((2,), torch.tensor([3.]))
torch.full((2,), np.float64(3))
torch.full((2,), np.int8(3))
torch.full((2,), 'a')
torch.full((2,), 2**64)
torch.full((), 5)
torch.full((-1,), 5)
torch.full((2,), 1, requires_grad=True)
torch.scalar_tensor(3)
torch.scalar_tensor(3, dtype=torch.int32)
torch.scalar_tensor(True)
torch.scalar_tensor(1j)
torch.scalar_tensor('a')
torch.eye(2)
torch.eye(2, 3)
torch.eye(3, 2, dtype=torch.int8)
torch.eye(2, dtype=torch.bool)
torch.eye(torch.tensor(2))
torch.eye(0)
torch.eye(-1)
torch.eye(2, -1)
torch.eye(2.5)
torch.eye(n=2, m=3)
torch.empty_strided((2, 3), (1, 2)).fill_(0)
torch.empty_strided((2, 3), (10, 1)).fill_(0)
torch.empty_strided((2, 3), (1,))
torch.empty_strided((2, 3), (-1, 2))
torch.empty_permuted((2, 3, 4), (1, 0, 2)).fill_(0)
torch.empty_permuted((2, 3), (1, 1))
torch.empty(1, 2, 3, 4, memory_format=torch.channels_last).fill_(0)
torch.empty(2, memory_format=torch.channels_last)
torch.empty(2, memory_format=torch.preserve_format)
torch.is_tensor(3), torch.is_tensor(torch.ones(1)), torch.is_storage(3)
torch.is_floating_point(torch.ones(1)), torch.is_complex(torch.ones(1)), torch.numel(torch.ones(2, 3))
torch.is_floating_point(3)
torch.is_nonzero(torch.tensor(2.))
torch.is_nonzero(torch.ones(2))
torch.is_nonzero(torch.ones(0))
torch.set_default_dtype(torch.int32)
torch.set_default_dtype('a')
torch.get_default_device()
"""


@pytest.mark.parametrize("expression", lines(OPTIONS + FILLED))
def test_expression(expression: str) -> None:
    check(expression)


@pytest.mark.parametrize("size", lines(SIZES))
@pytest.mark.parametrize("call", ["torch.zeros({})", "torch.ones({})", "torch.ones(1, dtype=torch.int8).new_zeros({})"])
def test_sizes(call: str, size: str) -> None:
    check(call.format(size))


LIKE = """
torch.ones(2, 3)
torch.ones(2, 3).t()
torch.ones(2, 6)[:, ::2]
torch.ones(1, 3).expand(4, 3)
torch.ones(5, 1).expand(5, 3)
torch.ones(5, 1, 2).expand(5, 3, 2).permute(2, 1, 0)
torch.ones(2, 3, 4).permute(2, 0, 1)
torch.ones(2, 3, 4).permute(2, 0, 1)[::2]
torch.ones(2, 3, 4)[:, :, ::2].permute(2, 0, 1)
torch.ones(2, 1, 4).permute(2, 0, 1)
torch.ones(4, 1, 5).transpose(0, 1)[:, ::2]
torch.ones(2, 3, dtype=torch.int32)
torch.ones(2, 3, requires_grad=True)
torch.ones(())
torch.ones(0)
"""
NO_TENSORS = ["[1, 2]", "3"]
LIKES = """
torch.zeros_like({})
torch.ones_like({})
torch.full_like({}, 3.5)
torch.full_like({}, 1j)
torch.empty_like({}).fill_(0)
torch.zeros_like({}, dtype=torch.float64)
torch.zeros_like({}, requires_grad=True)
torch.zeros_like({}, memory_format=torch.contiguous_format)
torch.zeros_like({}, memory_format=3)
torch.zeros_like({}, 5)
"""
RANDOM_LIKES = """
torch.rand_like({})
torch.randn_like({}, dtype=torch.float64)
torch.randint_like({}, 10)
torch.randint_like({}, -3, 5)
"""


@pytest.mark.parametrize("like", [*lines(LIKE), *NO_TENSORS])
@pytest.mark.parametrize("call", lines(LIKES))
def test_like(call: str, like: str) -> None:
    check(call.format(like))


@pytest.mark.parametrize("like", lines(LIKE))
@pytest.mark.parametrize("call", lines(RANDOM_LIKES))
def test_random_like(call: str, like: str) -> None:
    check(call.format(like), tolerance=RANDOM)


RANGES = """
torch.arange(5)
torch.arange(5.)
torch.arange(1, 5, 2)
torch.arange(1, 5, 0.5)
torch.arange(0, 1, 0.1)
torch.arange(5, 0, -1)
torch.arange(5, 0)
torch.arange(0, 5, 0)
torch.arange(0, 5, -1)
torch.arange(1j)
torch.arange(2.5, dtype=torch.int64)
torch.arange(0.5, 3, dtype=torch.int64)
torch.arange(0, 1, 0.5, dtype=torch.int64)
torch.arange(0, 3, 1.5, dtype=torch.int32)
torch.arange(-5.5, 5, 2, dtype=torch.int8)
torch.arange(torch.tensor(5))
torch.arange(torch.tensor(5., dtype=torch.float64))
torch.arange(0, torch.tensor(5), 2)
torch.arange(True)
torch.arange(start=1, end=4)
torch.arange(end=4)
torch.arange(start=4)
torch.arange()
torch.arange('a')
torch.arange(1, 2, 3, 4)
torch.arange(nan)
torch.arange(inf)
torch.arange(3, requires_grad=True)
torch.arange(3., requires_grad=True)
torch.arange(np.float64(3))
torch.arange(2**53, 2**53 + 3)
torch.arange(0, 300, 100, dtype=torch.uint8)
torch.arange(0, 1e20)
torch.linspace(0, 1)
torch.linspace(0, 1, 2.5)
torch.linspace(0, 1, True)
torch.linspace('a', 1, 3)
torch.linspace(0, 1, -1)
torch.linspace(0, inf, 5)
torch.linspace(1j, 1, 3)
torch.linspace(1j, 1, 3, dtype=torch.float32)
torch.linspace(torch.tensor(0.), torch.tensor(1.), 3)
torch.linspace(torch.tensor([0.]), 1., 3)
torch.linspace(start=0, end=1, steps=3)
torch.linspace(-5, 5, steps=4, dtype=torch.int64)
torch.logspace(0, 2, 3)
torch.logspace(0, 2, 3, base=2)
torch.logspace(0, 2, 1)
torch.logspace(0, 2, 0)
torch.logspace(0, 2, -1)
torch.logspace(0, 4, 5, base=2, dtype=torch.int64)
torch.logspace(0, 2, 3, base=-2)
torch.range(0, 3)
torch.range(0, 3, 0.5)
torch.range(3)
torch.range(1, 4, 2, dtype=torch.int64)
torch.range(0, -1)
torch.tril_indices(3, 4, 1)
torch.tril_indices(3, 4, -1)
torch.tril_indices(3, 3, offset=1, dtype=torch.int32)
torch.tril_indices(-1, 3)
torch.tril_indices(3, 3, dtype=torch.float32)
torch.triu_indices(4, 3, 1)
torch.triu_indices(4, 3, -10)
torch.triu_indices(0, 3)
torch.triu_indices(3, 2.5)
"""


@pytest.mark.parametrize("expression", lines(RANGES))
def test_range(expression: str) -> None:
    check(expression)


@pytest.mark.parametrize("dtype", DTYPES)
def test_range_of(dtype: str) -> None:
    check(f"torch.arange(5, dtype=torch.{dtype})")
    check(f"torch.linspace(0, 100, 7, dtype=torch.{dtype})")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"])
def test_bits_of_ranges(dtype: str) -> None:
    numbers = np.random.default_rng(0)
    for _ in range(100):
        start, step, end = [float(x) for x in numbers.normal(size=3) * 10.0 ** numbers.integers(-2, 3, size=3)]
        count = int(numbers.integers(1, 100))
        check(f"torch.linspace({start}, {end}, {count}, dtype=torch.{dtype})")
        if "complex" not in dtype:
            check(f"torch.arange({start}, {start + step * count}, {step}, dtype=torch.{dtype})")


OUT = """
torch.zeros(2, {})
torch.ones(2, {})
torch.full((2,), 3, {})
torch.arange(2, {})
torch.linspace(0, 1, 2, {})
torch.range(0, 1, {})
torch.eye(2, {})
torch.rand(2, {})
torch.randn(2, {})
torch.randint(3, (2,), {})
torch.randperm(2, {})
torch.normal(0., 1., (2,), {})
torch.normal(torch.zeros(2), torch.ones(2), {})
torch.bernoulli(torch.full((2,), .5), {})
"""
TARGETS = """
torch.ones(0)
torch.ones(2)
torch.ones(3)
torch.ones(0, dtype=torch.float64)
torch.ones(0, dtype=torch.int64)
torch.ones(2, 2).t()[0]
torch.ones(2, requires_grad=True)
"""


@pytest.mark.parametrize("call", "zeros(2 ones(2 rand(2 randn(2 arange(2 linspace(0,1,2 normal(0.,1.,(2,)".split())
def test_overlapping_out(call: str) -> None:
    check(f"torch.{call}, out=torch.ones(1).expand(2))", tolerance=RANDOM)


@pytest.mark.parametrize("target", lines(TARGETS))
@pytest.mark.parametrize("call", lines(OUT))
def test_out(call: str, target: str) -> None:
    check(call.format(f"out={target}"), tolerance=RANDOM)


ARRAYS = """
torch.asarray([1, 2])
torch.asarray([1, 2], dtype=torch.float32)
torch.asarray([1., 2], requires_grad=True)
torch.asarray(np.arange(3))
torch.asarray(np.float32(3))
torch.asarray(torch.ones(2), copy=True)
torch.asarray(torch.ones(2, requires_grad=True))
torch.asarray(torch.ones(2, requires_grad=True), requires_grad=True)
torch.asarray([1, 2], copy=False)
torch.asarray(torch.ones(2), dtype=torch.int8, copy=False)
torch.asarray(bytearray([1, 2, 3]))
torch.asarray(bytearray([1, 2, 3, 4]), dtype=torch.int32)
torch.asarray(5)
torch.asarray('a')
torch.asarray(None)
torch.frombuffer(bytearray([0] * 8), dtype=torch.float32)
torch.frombuffer(bytearray(range(16)), dtype=torch.complex64)
torch.frombuffer(bytearray(range(16)), dtype=torch.bfloat16)
torch.frombuffer(bytearray(8), dtype=torch.int8, count=3, offset=2)
torch.frombuffer(bytearray(8), dtype=torch.int32, offset=1)
torch.frombuffer(bytearray(7), dtype=torch.int32)
torch.frombuffer(bytearray(8), dtype=torch.int32, count=3)
torch.frombuffer(bytearray(8), dtype=torch.int32, count=0)
torch.frombuffer(bytearray(8), dtype=torch.int32, offset=9)
torch.frombuffer(bytearray(0), dtype=torch.int32)
torch.frombuffer(3, dtype=torch.int8)
torch.from_numpy(3)
torch.from_numpy(np.arange(3))
torch.from_numpy(np.array('a'))
torch.Tensor()
torch.Tensor(2, 3).fill_(0)
torch.Tensor([1, 2])
torch.Tensor([[1, 2], [3, 4]])
torch.Tensor((1, 2))
torch.Tensor(torch.ones(2))
torch.Tensor(torch.ones(2, dtype=torch.int32))
torch.Tensor(torch.Size([2, 3])).fill_(0)
torch.Tensor(2.5)
torch.Tensor('a')
torch.Tensor(None)
torch.Tensor(np.arange(3))
torch.Tensor([1, 2], dtype=torch.int32)
torch.Tensor([1, 2], device='cpu')
torch.Tensor(np.float32(3))
torch.Tensor(True)
torch.Tensor(-1)
torch.Tensor(range(3))
torch.Tensor(data=torch.ones(1))
torch.LongTensor([1, 2.5])
torch.LongTensor(torch.ones(2))
torch.LongTensor(torch.ones(2).long())
torch.DoubleTensor(2).dtype
torch.BoolTensor([1, 0])
torch.ByteTensor([1, 300])
torch.HalfTensor([1.5]), torch.BFloat16Tensor([1.5]), torch.IntTensor([1]), torch.ShortTensor([1]), torch.CharTensor([1])
isinstance(torch.ones(1), torch.FloatTensor), isinstance(torch.ones(1), torch.DoubleTensor)
torch.FloatTensor
torch.ones(1).new(2, 3).fill_(0)
torch.ones(1, dtype=torch.int8).new([1, 2])
"""


@pytest.mark.parametrize("expression", lines(ARRAYS))
def test_array(expression: str) -> None:
    check(expression)


def test_as_tensor_shares() -> None:
    for module in (torch, isograd):
        memory = np.zeros(3)
        module.as_tensor(memory)[0] = 1
        module.asarray(memory)[1] = 2
        buffer = bytearray(2)
        module.frombuffer(buffer, dtype=module.uint8)[0] = 3
        assert memory.tolist() == [1, 2, 0]
        assert buffer == bytearray([3, 0])


FLOATING = ["float16", "bfloat16", "float32", "float64"]
DRAWS = """
torch.rand(5, dtype=torch.{})
torch.rand(7, 9, dtype=torch.{})
torch.randn(5, dtype=torch.{})
torch.randn(16, dtype=torch.{})
torch.randn(7, 9, dtype=torch.{})
torch.randn(1000, dtype=torch.{})
torch.empty(3, 8, dtype=torch.{}).t().normal_()
torch.empty(3, 4, 5, dtype=torch.{}).permute(2, 0, 1).uniform_()
torch.empty(4, 6, 2, dtype=torch.{})[:, ::2].normal_(-1.3, 2.7)
torch.empty(300, dtype=torch.{}).uniform_(-1.3, 2.7)
"""
DRAWS_OF_FLOATS = """
torch.empty(300, dtype=torch.{}).exponential_(2.5)
torch.empty(300, dtype=torch.{}).cauchy_(1, 2)
torch.empty(300, dtype=torch.{}).log_normal_(0.2, .5)
torch.bernoulli(torch.linspace(0, 1, 50, dtype=torch.{}))
torch.normal(1.5, torch.linspace(0, 1, 50, dtype=torch.{}))
torch.normal(torch.linspace(0, 1, 5, dtype=torch.{0}), torch.linspace(0, 1, 4, dtype=torch.{0}).reshape(4, 1))
torch.multinomial(torch.linspace(0, 1, 50, dtype=torch.{}), 20)
torch.multinomial(torch.linspace(0, 1, 50, dtype=torch.{}).reshape(5, 10), 20, True)
"""
DRAWS_OF_ALL = """
torch.empty(300, dtype=torch.{}).random_()
torch.empty(300, dtype=torch.{}).random_(2)
torch.empty(300, dtype=torch.{}).random_(0, 2)
torch.empty(300, dtype=torch.{}).random_(0, None)
torch.empty(300, dtype=torch.{}).bernoulli_(.3)
torch.empty(300, dtype=torch.{}).geometric_(.3)
torch.randint(2, (5, 6), dtype=torch.{})
torch.randperm(2, dtype=torch.{})
torch.randperm(100, dtype=torch.{})
"""
DRAWN = """
torch.randint(-2**63, 2**63 - 1, (50,))
torch.randint(2**28, (50,))
torch.randint(2**28 - 1, (50,))
torch.randint(-5, 2**40, (50,))
torch.empty(40, dtype=torch.int64).random_(-2**63, None)
torch.empty(9, dtype=torch.float16).random_(0, 5000)
torch.empty(9, dtype=torch.bfloat16).random_(-4999, 7)
torch.empty(2, dtype=torch.float16).random_(0, 70000)
torch.randperm(3000)
torch.randint(10, size=(2,))
torch.randint(low=0, high=10, size=(2,))
torch.randint(0, 300, (2,), dtype=torch.uint8)
torch.randint(5, 3, (2,))
torch.randint(3.5, (2,))
torch.randint(3, 2)
torch.randint(2, [])
torch.randint(3, (2,), dtype=torch.complex64)
torch.randperm(-1)
torch.randperm(2.5)
torch.randperm(300, dtype=torch.uint8)
torch.normal(0., -1., (2,))
torch.normal(torch.zeros(2), torch.tensor([-1., 1]))
torch.normal(torch.zeros(2), torch.ones(3))
torch.normal(torch.zeros(2, dtype=torch.int64), 1.)
torch.normal(0., 1.)
torch.normal(torch.zeros(2))
torch.bernoulli(torch.tensor([1.5]))
torch.bernoulli(torch.tensor([1]))
torch.bernoulli(3)
torch.bernoulli(torch.ones(20), p=0.5)
torch.empty(2).bernoulli_(1.5)
torch.empty(2).bernoulli_(torch.ones(2, 3))
torch.empty(20).bernoulli_(torch.full((20,), .3, dtype=torch.float64))
torch.empty(2).uniform_(2, 1)
torch.empty(2).uniform_(0, inf)
torch.empty(2).uniform_(to=3)
torch.empty(2, dtype=torch.int64).uniform_()
torch.empty(2, dtype=torch.int64).normal_()
torch.empty(2).normal_(0, -1)
torch.empty(2).normal_(nan, 1)
torch.empty(2).random_(3, 3)
torch.empty(2).exponential_(0)
torch.empty(2, dtype=torch.int64).exponential_()
torch.empty(2, dtype=torch.int64).cauchy_()
torch.empty(2).cauchy_(0, -1)
torch.empty(2).log_normal_(0, -1)
torch.empty(2).geometric_(0)
torch.empty(1).expand(3).uniform_()
torch.empty(2, requires_grad=True).normal_()
torch.rand(2, dtype=torch.int64)
torch.randn(2, dtype=torch.int64)
torch.rand_like(torch.ones(2, dtype=torch.int64))
torch.multinomial(torch.tensor([1., -1]), 1)
torch.multinomial(torch.tensor([0., 0.]), 1)
torch.multinomial(torch.tensor([1., 1.]), 3)
torch.multinomial(torch.tensor(1.), 1)
torch.multinomial(torch.tensor([1, 2]), 1)
torch.multinomial(torch.ones(2), 0)
torch.multinomial(torch.ones(2), 1, out=torch.ones(1))
(torch.ones(2, requires_grad=True) * 1).normal_()
(torch.ones(2, requires_grad=True) * 1).uniform_()
(torch.ones(2, requires_grad=True) * 1).bernoulli_(0.5)
(torch.ones(2, requires_grad=True) * 1).bernoulli_(torch.ones(2))
(torch.ones(2, requires_grad=True) * 1).exponential_()
(torch.ones(2, requires_grad=True) * 1).random_()
(torch.ones(2, requires_grad=True) * 1).random_(5)
(torch.ones(2, requires_grad=True) * 1).random_(1, 5)
(torch.ones(2, requires_grad=True) * 1).cauchy_()
(torch.ones(2, requires_grad=True) * 1).log_normal_()
(torch.ones(2, requires_grad=True) * 1).geometric_(.5)
torch.bernoulli(torch.ones(2, requires_grad=True))
torch.normal(torch.ones(2, requires_grad=True))
torch.normal(torch.ones(2, requires_grad=True), torch.ones(2))
torch.normal(1., torch.ones(2, requires_grad=True))
torch.rand_like(torch.ones(2, requires_grad=True))
torch.manual_seed('a')
torch.manual_seed(2**64)
torch.manual_seed(2.7).initial_seed()
torch.manual_seed(-5).initial_seed()
torch.Generator().initial_seed()
torch.Generator().device
torch.Generator('cpu').manual_seed(3).get_state()
torch.set_rng_state(torch.get_rng_state())
torch.set_rng_state(3)
torch.set_rng_state(torch.zeros(3))
torch.set_rng_state(torch.zeros(5056, dtype=torch.uint8))
torch.rand(3, generator=torch.Generator().manual_seed(3)), torch.rand(3)
"""
EVERY_DRAW = [
    *[d.format(t) for d in lines(DRAWS) for t in (*FLOATING, "complex64", "complex128")],
    *[d.format(t) for d in lines(DRAWS_OF_FLOATS) for t in FLOATING],
    *[d.format(t) for d in lines(DRAWS_OF_ALL) for t in (*FLOATING, "uint8", "int8", "int16", "int32", "int64", "bool")],
    *lines(DRAWN),
]


@pytest.mark.parametrize("draw", EVERY_DRAW)
def test_draw(draw: str) -> None:
    check(draw, tolerance=RANDOM)


@pytest.mark.parametrize("draw", EVERY_DRAW[::3])
def test_the_stream_goes_on(draw: str) -> None:
    rest = "torch.rand(3), torch.rand(2, dtype=torch.float64), torch.get_rng_state()"
    check(rest, before=f"try: {draw}\nexcept Exception: pass")


@pytest.mark.parametrize("seed", [0, 5, 2**40 + 3, -7])
def test_state(seed: int) -> None:
    draws = ["None", "torch.rand(3)", "torch.randn(1)", "torch.rand(624)", "torch.rand(625)", "torch.randn(3), torch.rand(1)"]
    for draw in draws:
        states = []
        for module in (torch, isograd):
            module.manual_seed(seed)
            eval(draw, {"torch": module})
            states.append(bytes(module.get_rng_state().tolist()))
        assert states[0] == states[1], draw
        numbers = []
        for module, state in zip((torch, isograd), reversed(states), strict=True):  # each goes on from the other's
            module.set_rng_state(module.tensor(list(state), dtype=module.uint8))
            numbers.append([*module.randn(3, dtype=module.float64).tolist(), *module.rand(3).tolist()])
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-15)
