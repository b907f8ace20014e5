"""Making tensors. What torch gives for hundreds of calls is compared in isograd_parity; here is what each function is for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import isograd as torch
from isograd.creation import scalar_like
from isograd.layouts import preserved_strides
from isograd.rounding import multiply_add


@pytest.fixture(params=["numpy", "strict"])
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    with torch.backend(request.param):
        yield request.param


def test_on_every_backend(backend: str) -> None:
    made = {
        "zeros": (torch.zeros(2, 2), [[0.0, 0.0], [0.0, 0.0]]),
        "ones": (torch.ones((2,), dtype=torch.int8), [1, 1]),
        "full": (torch.full((2,), 7), [7, 7]),
        "eye": (torch.eye(2, dtype=torch.bool), [[True, False], [False, True]]),
        "arange": (torch.arange(0, 1, 0.25), [0.0, 0.25, 0.5, 0.75]),
        "linspace": (torch.linspace(0, 1, 5), [0.0, 0.25, 0.5, 0.75, 1.0]),
        "logspace": (torch.logspace(0, 2, 3, base=2), [1.0, 2.0, 4.0]),
        "tensor": (torch.tensor([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        "as_tensor": (torch.as_tensor(np.arange(3)), [0, 1, 2]),
        "asarray": (torch.asarray(np.arange(3), dtype=torch.float32), [0.0, 1.0, 2.0]),
        "full_like": (torch.full_like(torch.zeros(2), 3), [3.0, 3.0]),
        "new_full": (torch.zeros(2).new_full((1,), 3), [3.0]),
        "new_tensor": (torch.zeros(2).new_tensor([1, 2]), [1.0, 2.0]),
        "Tensor": (torch.Tensor([1, 2]), [1.0, 2.0]),
        "LongTensor": (torch.LongTensor([1, 2]), [1, 2]),
        "tril_indices": (torch.tril_indices(2, 2), [[0, 1, 1], [0, 0, 1]]),
        "scalar_tensor": (torch.scalar_tensor(3), 3.0),
    }
    for name, (found, values) in made.items():
        assert found.tolist() == values, name
        assert found.space.backend.name == backend, name
    assert torch.empty(3, 2).shape == (3, 2)
    assert torch.empty_like(torch.zeros(3, 2)).shape == (3, 2)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        ([True], "bool"),
        ([1, True], "int64"),
        ([1, 2.0], "float32"),
        ([1, 2j], "complex64"),
        ([], "float32"),
        (np.float64(1), "float64"),
        ([np.int8(1), True], "int8"),
        (np.arange(2, dtype=np.int16), "int16"),
    ],
)
def test_inferred_dtype(data: Any, dtype: str) -> None:
    assert torch.tensor(data).dtype is getattr(torch, dtype)


def test_default_dtype() -> None:
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.tensor([1.0, 2j]).dtype is torch.complex128
        assert torch.zeros(2).dtype is torch.float64
        assert torch.arange(2.0).dtype is torch.float64
        assert torch.ones(1, dtype=torch.int32).new_zeros(1).dtype is torch.int32
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize(
    ("expression", "error", "text"),
    [
        ("tensor([[1, 2], [3]])", ValueError, "expected sequence of length 2 at dim 1 (got 1)"),
        ("tensor([[1, 2], 3])", TypeError, "not a sequence"),
        ("tensor('a')", TypeError, "new(): invalid data type 'str'"),
        ("tensor([None])", RuntimeError, "Could not infer dtype of NoneType"),
        ("tensor([300], dtype=torch.uint8)", RuntimeError, "value cannot be converted to type uint8 without overflow"),
        ("tensor([2**63])", ValueError, "Overflow when unpacking long long"),
        ("tensor(1, requires_grad=True)", RuntimeError, "Only Tensors of floating point and complex dtype can require gradients"),
        ("zeros(-1)", RuntimeError, "zeros: Dimension size must be non-negative."),
        ("zeros(2.5)", TypeError, "zeros(): argument 'size' (position 1) must be tuple of ints, not float"),
        ("zeros(2, dtype='int')", TypeError, "zeros(): argument 'dtype' must be torch.dtype, not str"),
        ("zeros(2, layout=torch.sparse_coo)", NotImplementedError, "isograd has strided tensors only, not torch.sparse_coo"),
        ("full((2,), 1e39)", RuntimeError, "value cannot be converted to type float without overflow"),
        ("arange(5, 0)", RuntimeError, "upper bound and lower bound inconsistent with step sign"),
        ("linspace(0, 1, -1)", RuntimeError, "number of steps must be non-negative"),
        ("Tensor(2.5)", TypeError, "new(): data must be a sequence (got float)"),
    ],
)
def test_errors(expression: str, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as caught:
        eval(f"torch.{expression}", {"torch": torch})
    assert str(caught.value) == text


def test_buffer() -> None:
    buffer = bytearray([1, 2])
    x = torch.frombuffer(buffer, dtype=torch.uint8)
    x[0] = 3
    assert buffer == bytearray([3, 2])
    assert torch.frombuffer(bytearray(8), dtype=torch.complex64).tolist() == [0j]
    assert torch.frombuffer(bytearray(8), dtype=torch.bfloat16, offset=2, count=2).shape == (2,)


def test_copy_and_share() -> None:
    memory = np.zeros(3)
    shared, copied = torch.as_tensor(memory), torch.tensor(memory)
    memory[0] = 1
    assert shared.tolist() == [1, 0, 0]
    assert copied.tolist() == [0, 0, 0]
    x = torch.ones(2, requires_grad=True)
    assert torch.as_tensor(x) is x
    with pytest.warns(UserWarning, match="To copy construct from a tensor"):
        assert not torch.tensor(x).requires_grad


def test_legacy_types() -> None:
    assert isinstance(torch.ones(1), torch.FloatTensor)
    assert not isinstance(torch.ones(1), torch.LongTensor)
    assert torch.DoubleTensor(2).dtype is torch.float64


def test_out() -> None:
    out = torch.ones(2)
    assert torch.zeros(2, out=out) is out
    assert out.tolist() == [0, 0] and out._version == 1
    torch.arange(3, out=out.resize_(0))
    assert out.tolist() == [0, 1, 2]
    with pytest.raises(RuntimeError, match="dtype Int does not match dtype of out parameter"):
        torch.zeros(2, out=out, dtype=torch.int32)


def test_default_device() -> None:
    assert str(torch.get_default_device()) == "cpu"
    torch.set_default_device("cpu")
    try:
        assert torch.get_default_device() is torch.device("cpu")
    finally:
        torch.set_default_device(None)


@pytest.mark.parametrize(
    ("number", "dtype", "wanted"),
    [
        (2, "float32", "float32"),
        (2.5, "float32", "float32"),
        (2.5, "float64", "float64"),
        (2.5, "int32", "float32"),
        (2, "int8", "int8"),
        (True, "int8", "int8"),
        (2, "bool", "int64"),
        (2j, "float32", "complex64"),
        (2.5, "float16", "float16"),
    ],
)
def test_a_number_takes_the_dtype_of_the_result(number: Any, dtype: str, wanted: str) -> None:
    assert scalar_like(number, torch.ones(2, dtype=getattr(torch, dtype))).dtype is getattr(torch, wanted)


def test_reflected_operators() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for result, name in ((2**x, "PowBackward2"), (5 / x, "MulBackward0"), (5 - x, "RsubBackward1")):
        assert result.dtype is torch.float32
        assert result.grad_fn.name() == name
    i = torch.tensor([1, 2], dtype=torch.int8)
    for result in (1 << i, 5 // i, 5 % i, 2**i, 5 & i):
        assert result.dtype is torch.int8


def test_bits_of_ranges() -> None:
    # torch's loops round a product and a sum once: 0.1 added three times to 0 is 0.30000001192092896 in float32
    assert torch.arange(0, 1, 0.1).tolist()[3] == 0.30000001192092896
    third = torch.linspace(0, 1, 4, dtype=torch.float64).tolist()[1:3]
    assert third == [0.3333333333333333, 0.6666666666666667]


def test_multiply_add_rounds_once() -> None:
    from fractions import Fraction

    from isograd.backend.discover import get_backend

    numbers = np.random.default_rng(0).normal(size=(3, 200))
    found = multiply_add(get_backend("numpy"), *numbers)
    exact = [float(Fraction(x) * Fraction(y) + Fraction(z)) for x, y, z in numbers.T]
    assert found.tolist() == exact


@pytest.mark.parametrize(
    ("shape", "strides", "kept"),
    [
        ((2, 3), (3, 1), (3, 1)),
        ((2, 3), (1, 2), (1, 2)),
        ((2, 3), (6, 2), (3, 1)),  # gaps
        ((4, 3), (0, 1), (3, 1)),  # expanded
        ((2, 3, 5), (1, 2, 0), (5, 10, 1)),
        ((4, 2, 1), (1, 4, 4), (1, 4, 4)),
        ((0, 3), (3, 1), (3, 1)),
    ],
)
def test_preserved_strides(shape: tuple[int, ...], strides: tuple[int, ...], kept: tuple[int, ...]) -> None:
    assert preserved_strides(shape, strides) == kept
