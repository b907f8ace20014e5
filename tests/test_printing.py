"""Printing: the texts below are torch 2.13's own."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, nan
from typing import Any

import pytest

import isograd
from isograd.printing import parameter_str, printoptions, set_printoptions, tensor_str

TEXTS: list[tuple[Any, str, dict[str, Any], str]] = [
    # floats: as many digits as asked, or scientific notation
    ([1.0, 2.5], "float32", {}, "tensor([1.0000, 2.5000])"),
    ([0.1, 123.456], "float32", {}, "tensor([1.0000e-01, 1.2346e+02])"),
    ([0.1, 100.0], "float32", {}, "tensor([  0.1000, 100.0000])"),
    ([0.1, 100.1], "float32", {}, "tensor([1.0000e-01, 1.0010e+02])"),
    ([0.0001, 0.05], "float32", {}, "tensor([1.0000e-04, 5.0000e-02])"),
    ([0.0001, 0.05], "float64", {}, "tensor([0.0001, 0.0500], dtype=torch.float64)"),
    ([9.9e-05, 0.05], "float32", {}, "tensor([9.9000e-05, 5.0000e-02])"),
    ([0.1, 100.0], "float64", {}, "tensor([  0.1000, 100.0000], dtype=torch.float64)"),
    ([1e8, 1e6], "float32", {}, "tensor([100000000.,   1000000.])"),
    ([1e8 + 8, 1e6], "float32", {}, "tensor([1.0000e+08, 1.0000e+06])"),
    ([1.12345, 20.0], "float32", {"precision": 2}, "tensor([ 1.12, 20.00])"),
    ([0.5, 1.5, 2.5], "float32", {"precision": 0}, "tensor([0, 2, 2])"),
    ([1.5, 20.0], "float32", {"sci_mode": True}, "tensor([1.5000e+00, 2.0000e+01])"),
    ([1e-9, 2.5e9], "float32", {"sci_mode": False}, "tensor([         0.0000, 2500000000.0000])"),
    ([0.1], "float64", {"precision": 17}, "tensor([0.10000000000000001], dtype=torch.float64)"),
    ([0.1], "float32", {"precision": 17}, "tensor([0.10000000149011612])"),
    ([1e308, 1e-308], "float64", {}, "tensor([1.0000e+308, 1.0000e-308], dtype=torch.float64)"),
    (-3.14159, "float32", {}, "tensor(-3.1416)"),
    (1e-5, "float32", {}, "tensor(1.0000e-05)"),
    # floats that are all integers
    ([1.0, -2.0, 30.0], "float32", {}, "tensor([ 1., -2., 30.])"),
    ([0.0, -0.0], "float32", {}, "tensor([0., -0.])"),
    (7.0, "float32", {}, "tensor(7.)"),
    ([1.0, 1001.0], "float32", {}, "tensor([1.0000e+00, 1.0010e+03])"),
    ([1.0, 2.0], "float32", {"sci_mode": True}, "tensor([1.0000e+00, 2.0000e+00])"),
    ([0.0, 0.0], "float32", {"sci_mode": True}, "tensor([0., 0.])"),
    # what is not finite, or zero, has no say in the width
    ([inf, -inf, nan], "float32", {}, "tensor([inf, -inf, nan])"),
    ([inf, 1.0], "float32", {}, "tensor([inf, 1.])"),
    ([nan, 1.5, -inf, 0.0], "float32", {}, "tensor([   nan, 1.5000,   -inf, 0.0000])"),
    (
        [inf, 1e9, nan, 0.0],
        "float32",
        {},
        "tensor([       inf, 1.0000e+09,        nan, 0.0000e+00])",
    ),
    (nan, "float32", {}, "tensor(nan)"),
    # half precision: decided on the rounded values
    ([0.1, 100.0], "float16", {}, "tensor([9.9976e-02, 1.0000e+02], dtype=torch.float16)"),
    ([0.1, 3.0], "bfloat16", {}, "tensor([0.1001, 3.0000], dtype=torch.bfloat16)"),
    ([65504.0, 1.0], "float16", {}, "tensor([6.5504e+04, 1.0000e+00], dtype=torch.float16)"),
    ([1e-7], "float16", {}, "tensor([1.1921e-07], dtype=torch.float16)"),
    # complex: each part as if it stood alone
    ([1 + 2j, 3 - 4j], "complex64", {}, "tensor([1.+2.j, 3.-4.j])"),
    ([1.5 + 1000j, 2 - 0.5j], "complex64", {}, "tensor([1.5000+1.0000e+03j, 2.0000-5.0000e-01j])"),
    (
        [complex(nan, inf), complex(-0.0, -0.0)],
        "complex128",
        {},
        "tensor([nan+infj, -0.-0.j], dtype=torch.complex128)",
    ),
    (2.5 - 1j, "complex64", {}, "tensor(2.5000-1.j)"),
    (
        [0.1 + 1j] * 6,
        "complex64",
        {},
        "tensor([0.1000+1.j, 0.1000+1.j, 0.1000+1.j, 0.1000+1.j, 0.1000+1.j, 0.1000+1.j])",
    ),
    (
        [1e-9 + 1j, 1 + 1e9j],
        "complex64",
        {"precision": 1},
        "tensor([1.0e-09+1.0e+00j, 1.0e+00+1.0e+09j])",
    ),
    # integers and booleans
    ([1, -20, 300], "int64", {}, "tensor([  1, -20, 300])"),
    ([1, 255], "uint8", {}, "tensor([  1, 255], dtype=torch.uint8)"),
    ([-128, 7], "int8", {}, "tensor([-128,    7], dtype=torch.int8)"),
    ([2**63 - 1, -(2**63)], "int64", {}, "tensor([ 9223372036854775807, -9223372036854775808])"),
    ([2**64 - 1], "uint64", {}, "tensor([18446744073709551615], dtype=torch.uint64)"),
    ([1, 2], "int32", {}, "tensor([1, 2], dtype=torch.int32)"),
    (5, "int64", {}, "tensor(5)"),
    (5, "int16", {}, "tensor(5, dtype=torch.int16)"),
    ([True, False], "bool", {}, "tensor([ True, False])"),
    ([True, True], "bool", {}, "tensor([True, True])"),
    (False, "bool", {}, "tensor(False)"),
    # nothing to show but the shape
    ([], "float32", {}, "tensor([])"),
    ([], "int64", {}, "tensor([], dtype=torch.int64)"),
    ([], "bool", {}, "tensor([], dtype=torch.bool)"),
    ([], "float64", {}, "tensor([], dtype=torch.float64)"),
    ([[], []], "float32", {}, "tensor([], size=(2, 0))"),
    ([[], []], "int32", {}, "tensor([], size=(2, 0), dtype=torch.int32)"),
    ([[[]]], "complex64", {}, "tensor([], size=(1, 1, 0), dtype=torch.complex64)"),
    # nesting and wrapping
    (
        [[1, 2], [3, 40]],
        "int64",
        {},
        "tensor([[ 1,  2],\n"
        "        [ 3, 40]])",
    ),
    (
        [[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
        "int64",
        {},
        "tensor([[[1, 2],\n"
        "         [3, 4]],\n"
        "\n"
        "        [[5, 6],\n"
        "         [7, 8]]])",
    ),
    (
        [[[[1.5]]], [[[2.5]]]],
        "float32",
        {},
        "tensor([[[[1.5000]]],\n"
        "\n"
        "\n"
        "        [[[2.5000]]]])",
    ),
    (
        list(range(30)),
        "int64",
        {},
        "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
        "        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])",
    ),
    (
        [[0.5] * 12] * 2,
        "float32",
        {},
        "tensor([[0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000,\n"
        "         0.5000, 0.5000, 0.5000],\n"
        "        [0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000,\n"
        "         0.5000, 0.5000, 0.5000]])",
    ),
    (
        list(range(12)),
        "int64",
        {"linewidth": 30},
        "tensor([ 0,  1,  2,  3,  4,\n"
        "         5,  6,  7,  8,  9,\n"
        "        10, 11])",
    ),
    (
        [1, 2, 3],
        "int64",
        {"linewidth": 5},
        "tensor([1,\n"
        "        2,\n"
        "        3])",
    ),
    ([1 + 2j] * 3, "complex64", {"linewidth": 28}, "tensor([1.+2.j, 1.+2.j, 1.+2.j])"),
    (
        [1 + 2j] * 3,
        "complex64",
        {"linewidth": 27},
        "tensor([1.+2.j, 1.+2.j,\n"
        "        1.+2.j])",
    ),
    # summaries
    (
        list(range(1000)),
        "int16",
        {"linewidth": 400, "edgeitems": 2, "threshold": 999},
        "tensor([  0,   1,  ..., 998, 999], dtype=torch.int16)",
    ),
    (list(range(1001)), "int64", {}, "tensor([   0,    1,    2,  ...,  998,  999, 1000])"),
    (list(range(10)), "int64", {"threshold": 5}, "tensor([0, 1, 2,  ..., 7, 8, 9])"),
    (list(range(6)), "int64", {"threshold": 5}, "tensor([0, 1, 2, 3, 4, 5])"),
    (
        [list(range(i, i + 40)) for i in range(40)],
        "float32",
        {},
        "tensor([[ 0.,  1.,  2.,  ..., 37., 38., 39.],\n"
        "        [ 1.,  2.,  3.,  ..., 38., 39., 40.],\n"
        "        [ 2.,  3.,  4.,  ..., 39., 40., 41.],\n"
        "        ...,\n"
        "        [37., 38., 39.,  ..., 74., 75., 76.],\n"
        "        [38., 39., 40.,  ..., 75., 76., 77.],\n"
        "        [39., 40., 41.,  ..., 76., 77., 78.]])",
    ),
    (
        [[[i * j * k for k in range(9)] for j in range(3)] for i in range(9)],
        "int64",
        {"threshold": 100, "edgeitems": 1},
        "tensor([[[  0,  ...,   0],\n"
        "         ...,\n"
        "         [  0,  ...,   0]],\n"
        "\n"
        "        ...,\n"
        "\n"
        "        [[  0,  ...,   0],\n"
        "         ...,\n"
        "         [  0,  ..., 128]]])",
    ),
    (
        [1e9] * 3 + [0.5] * 5 + [2.5] * 3,
        "float32",
        {"threshold": 5, "edgeitems": 2},
        "tensor([1.0000e+09, 1.0000e+09,  ..., 2.5000e+00, 2.5000e+00])",
    ),
    (
        [1.0, 2.0, 0.3, 4.0, 5.0],
        "float32",
        {"threshold": 4, "edgeitems": 2},
        "tensor([1., 2.,  ..., 4., 5.])",
    ),
    (
        list(range(12)),
        "float64",
        {"threshold": 5, "linewidth": 12},
        "tensor([ 0.,\n"
        "         1.,\n"
        "         2.,\n"
        "         ...,\n"
        "         9.,\n"
        "        10.,\n"
        "        11.],\n"
        "       dtype=torch.float64)",
    ),
    ([1, 2, 3], "int64", {"edgeitems": 0}, "tensor([1, 2, 3], size=(3,))"),
    ([1, 2, 3], "int64", {"edgeitems": 0, "threshold": 2}, "tensor([...], size=(3,))"),
    ([[1.0, 2.0]] * 3, "float32", {"edgeitems": 0, "threshold": 2}, "tensor([...], size=(3, 2))"),
    (3.5, "float32", {"threshold": 0}, "tensor(3.5000)"),
    (
        [[1j] * 5] * 5,
        "complex64",
        {"threshold": 10, "edgeitems": 1},
        "tensor([[0.+1.j,  ..., 0.+1.j],\n"
        "        ...,\n"
        "        [0.+1.j,  ..., 0.+1.j]])",
    ),
    # profiles
    (
        [[1.12345, 2.5]] * 501,
        "float32",
        {"profile": "short"},
        "tensor([[1.12, 2.50],\n"
        "        [1.12, 2.50],\n"
        "        ...,\n"
        "        [1.12, 2.50],\n"
        "        [1.12, 2.50]])",
    ),
    ([1.12345], "float32", {"profile": "short", "precision": 3}, "tensor([1.123])"),
    ([1.12345], "float32", {"profile": "full"}, "tensor([1.1235])"),
    ([1.12345], "float32", {"profile": "default", "sci_mode": True}, "tensor([1.1235e+00])"),
    ([1.12345], "float32", {"profile": "no such profile"}, "tensor([1.1235])"),
    # suffixes that find no room
    (
        [1.12345] * 8,
        "float64",
        {},
        "tensor([1.1235, 1.1235, 1.1235, 1.1235, 1.1235, 1.1235, 1.1235, 1.1235],\n"
        "       dtype=torch.float64)",
    ),
    (
        [1.12345] * 7,
        "float64",
        {},
        "tensor([1.1235, 1.1235, 1.1235, 1.1235, 1.1235, 1.1235, 1.1235],\n"
        "       dtype=torch.float64)",
    ),
    (
        [1.5] * 8,
        "float64",
        {"linewidth": 12},
        "tensor([1.5000,\n"
        "        1.5000,\n"
        "        1.5000,\n"
        "        1.5000,\n"
        "        1.5000,\n"
        "        1.5000,\n"
        "        1.5000,\n"
        "        1.5000],\n"
        "       dtype=torch.float64)",
    ),
    (
        [[0.25] * 9] * 2,
        "float16",
        {},
        "tensor([[0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500],\n"
        "        [0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500, 0.2500]],\n"
        "       dtype=torch.float16)",
    ),
    ([1, 2], "int32", {"linewidth": 34}, "tensor([1, 2], dtype=torch.int32)"),
    (
        [1, 2],
        "int32",
        {"linewidth": 33},
        "tensor([1, 2],\n"
        "       dtype=torch.int32)",
    ),
]

GRADS: dict[str, str] = {
    # expression: text
    "x": "tensor([1., 4.], requires_grad=True)",
    "x.sqrt()": "tensor([1., 2.], grad_fn=<SqrtBackward0>)",
    "x.detach()": "tensor([1., 4.])",
    "x[1]": "tensor(4., grad_fn=<SelectBackward0>)",
    "x[:0]": "tensor([], grad_fn=<SliceBackward0>)",
    "x.double()": "tensor([1., 4.], dtype=torch.float64, grad_fn=<ToCopyBackward0>)",
    "(x * 1.5).reshape(2, 1)": (
        "tensor([[1.5000],\n"
        "        [6.0000]], grad_fn=<ViewBackward0>)"
    ),
    "(x / 3).double().expand(3, 2)": (
        "tensor([[0.3333, 1.3333],\n"
        "        [0.3333, 1.3333],\n"
        "        [0.3333, 1.3333]], dtype=torch.float64, grad_fn=<ExpandBackward0>)"
    ),
    "(x / 3).repeat(3)": (
        "tensor([0.3333, 1.3333, 0.3333, 1.3333, 0.3333, 1.3333],\n"
        "       grad_fn=<RepeatBackward0>)"
    ),
}


@pytest.fixture(autouse=True)
def initial_options() -> Iterator[None]:
    yield
    set_printoptions(profile="default")


@pytest.mark.parametrize("values, dtype, options, text", TEXTS, ids=range(len(TEXTS)))
def test_text(values: Any, dtype: str, options: dict[str, Any], text: str) -> None:
    tensor = isograd.tensor(values, dtype=getattr(isograd, dtype))
    with printoptions(**options):
        assert repr(tensor) == str(tensor) == tensor_str(tensor) == text


@pytest.mark.parametrize("expression, text", GRADS.items(), ids=GRADS)
def test_gradients(expression: str, text: str) -> None:
    x = isograd.tensor([1.0, 4.0], requires_grad=True)
    assert tensor_str(eval(expression, {"x": x})) == text


@pytest.mark.parametrize(
    "default, dtype, text",
    [
        ("float64", "float64", "tensor([1.])"),
        ("float64", "float32", "tensor([1.], dtype=torch.float32)"),
        ("float64", "complex128", "tensor([1.+0.j])"),
        ("float64", "complex64", "tensor([1.+0.j], dtype=torch.complex64)"),
        ("float16", "float16", "tensor([1.])"),
        ("float16", "complex64", "tensor([1.+0.j])"),
        ("bfloat16", "int64", "tensor([1])"),
    ],
)
def test_default_dtype_goes_without_saying(default: str, dtype: str, text: str) -> None:
    before = isograd.get_default_dtype()
    isograd.set_default_dtype(getattr(isograd, default))
    try:
        assert tensor_str(isograd.tensor([1], dtype=getattr(isograd, dtype))) == text
    finally:
        isograd.set_default_dtype(before)


def test_subclass_shows_its_name() -> None:
    class Temperature(isograd.Tensor):
        pass

    rows = isograd.tensor([[1.5, 2.0], [3.0, 4.0]], dtype=isograd.float64)
    assert tensor_str(rows.as_subclass(Temperature)) == (
        "Temperature([[1.5000, 2.0000],\n"
        "             [3.0000, 4.0000]], dtype=torch.float64)"
    )


def test_parameter() -> None:
    parameter = isograd.nn.Parameter(isograd.tensor([1.0, 2.0]))
    text = "Parameter containing:\ntensor([1., 2.], requires_grad=True)"
    assert repr(parameter) == parameter_str(parameter) == text


def test_subclass_of_parameter_is_announced_twice() -> None:
    class Weight(isograd.nn.Parameter):
        pass

    text = "Parameter containing:\nParameter(Weight([1.], requires_grad=True))"
    assert parameter_str(Weight(isograd.tensor([1.0]))) == text


@pytest.mark.parametrize("shape, shown", [((10**6,), 6), ((10**3,) * 2, 36), ((300, 2, 40), 72)])
def test_reads_only_what_it_shows(
    shape: tuple[int, ...], shown: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    tolist = isograd.Tensor.tolist

    def counted(tensor: isograd.Tensor) -> Any:
        read.append(tensor.numel())
        return tolist(tensor)

    monkeypatch.setattr(isograd.Tensor, "tolist", counted)
    tensor_str(isograd.zeros(shape))
    assert sum(read) == shown


def test_options_stay_until_set_again_but_for_sci_mode() -> None:
    tensor = isograd.tensor([1.23456])
    set_printoptions(precision=2, sci_mode=True)
    assert tensor_str(tensor) == "tensor([1.23e+00])"
    set_printoptions(linewidth=100)
    assert tensor_str(tensor) == "tensor([1.23])"
    set_printoptions(profile="full")
    assert tensor_str(tensor) == "tensor([1.2346])"


def test_options_return_after_an_exception() -> None:
    tensor = isograd.tensor([1.23456])
    set_printoptions(precision=2, sci_mode=True)
    with pytest.raises(KeyError), printoptions(precision=1):
        assert tensor_str(tensor) == "tensor([1.2])"
        raise KeyError
    assert tensor_str(tensor) == "tensor([1.23e+00])"


def test_options_around_a_function() -> None:
    @printoptions(precision=1)
    def text() -> str:
        return tensor_str(isograd.tensor([1.23456]))

    assert [text(), text()] == ["tensor([1.2])"] * 2
    assert tensor_str(isograd.tensor([1.23456])) == "tensor([1.2346])"


def test_unknown_option() -> None:
    message = r"^set_printoptions\(\) got an unexpected keyword argument 'digits'$"
    with pytest.raises(TypeError, match=message), printoptions(digits=2):
        pass
