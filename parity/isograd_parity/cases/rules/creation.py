"""Making tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from isograd_parity.cases.rules import case, raises


@case
def tensor_infers_the_dtype(torch: Any) -> Any:
    values = [
        1,
        1.0,
        1j,
        True,
        [1, 2],
        [1, 2.5],
        [True, 1],
        [1, 2.0, 3j],
        [[1, 2], [3, 4]],
        [],
        [[]],
        (1, 2),
        range(3),
        [True, False],
    ]
    return [torch.tensor(v) for v in values]


@case
def tensor_with_a_dtype(torch: Any) -> Any:
    return [
        torch.tensor([1.7, -1.7], dtype=d)
        for d in (torch.int64, torch.float16, torch.bfloat16, torch.complex64, torch.bool)
    ]


@case
def tensor_of_ragged_lists(torch: Any) -> Any:
    return [
        raises(lambda: torch.tensor([[1, 2], [3]])),
        raises(lambda: torch.tensor([[1], 2])),
        raises(lambda: torch.tensor([1, [2]])),
        raises(lambda: torch.tensor([[[1, 2]], [[1, 2, 3]]])),
    ]


@case
def tensor_of_what_is_no_number(torch: Any) -> Any:
    return [
        raises(lambda: torch.tensor("abc")),
        raises(lambda: torch.tensor(["a"])),
        raises(lambda: torch.tensor(None)),
        raises(lambda: torch.tensor([None])),
        raises(lambda: torch.tensor({})),
        raises(lambda: torch.tensor()),
        raises(lambda: torch.tensor(object())),
    ]


@case
def tensor_of_numpy(torch: Any) -> Any:
    a = np.array([[1, 2], [3, 4]], dtype=np.int16)
    return (
        torch.tensor(a),
        torch.tensor(a.T),
        torch.tensor(np.float32(1.5)),
        torch.tensor(np.array(2.5)),
        torch.tensor([np.float64(1.5)]),
    )


@case
def tensor_of_tensors(torch: Any) -> Any:
    return (
        torch.tensor([torch.tensor(1), torch.tensor(2)]),
        torch.tensor([torch.tensor(1.5), 2]),
        raises(lambda: torch.tensor([torch.ones(2), torch.ones(2)])),
    )


@case
def tensor_copies(torch: Any) -> Any:
    a = np.ones(2, dtype=np.float32)
    t = torch.tensor(a)
    t[0] = 5
    return a.tolist(), t


@case
def the_class_makes_floats(torch: Any) -> Any:
    return (
        torch.Tensor([1, 2]),
        torch.Tensor([[1.0, 2.0]]),
        torch.Tensor(2, 3).shape,
        torch.Tensor().shape,
        raises(lambda: torch.Tensor("x")),
    )


@case
def typed_classes(torch: Any) -> Any:
    return (
        torch.FloatTensor([1, 2]),
        torch.LongTensor([1, 2]),
        torch.DoubleTensor([1, 2]),
        raises(lambda: torch.LongTensor([1.5])),
    )


@case
def filled_tensors(torch: Any) -> Any:
    return [
        torch.zeros(2, 3),
        torch.zeros((2, 3)),
        torch.zeros([2]),
        torch.zeros(()),
        torch.zeros(0),
        torch.ones(2, dtype=torch.int8),
        torch.full((2,), 7),
        torch.full((2,), 7.0),
        torch.full((2,), True),
        torch.full((), 1j),
        torch.full((2,), 3, dtype=torch.float64),
        torch.eye(2),
        torch.eye(2, 3),
        torch.empty(0).shape,
        torch.scalar_tensor(3),
    ]


@case
def like_another(torch: Any) -> Any:
    x = torch.arange(6, dtype=torch.int16).reshape(2, 3).t()
    return [
        torch.zeros_like(x),
        torch.ones_like(x, dtype=torch.float32),
        torch.full_like(x, 7),
        torch.empty_like(x).stride(),
        x.new_zeros(2),
        x.new_ones((1, 2)),
        x.new_full((2,), 3),
        x.new_tensor([1.5, 2.5]),
        torch.zeros_like(torch.ones(2), requires_grad=True),
    ]


@case
def ranges(torch: Any) -> Any:
    return [
        torch.arange(5),
        torch.arange(2, 5),
        torch.arange(5, 0, -2),
        torch.arange(0, 1, 0.25),
        torch.arange(3.0),
        torch.arange(3, dtype=torch.float16),
        torch.linspace(0, 1, 5),
        torch.linspace(0, 1, 1),
        torch.logspace(0, 2, 3),
        torch.arange(0),
        torch.linspace(3, 1, 3, dtype=torch.int64),
        raises(lambda: torch.arange(0, 5, 0)),
        raises(lambda: torch.arange(0, 5, -1)),
        raises(lambda: torch.linspace(0, 1, -1)),
    ]


@case
def bad_sizes(torch: Any) -> Any:
    return [
        raises(lambda: torch.zeros(-1)),
        raises(lambda: torch.zeros(2.5)),
        raises(lambda: torch.zeros("2")),
        raises(lambda: torch.ones(2, -3)),
        raises(lambda: torch.full(2, 3)),
        raises(lambda: torch.zeros((2, "a"))),
        raises(lambda: torch.eye(-1)),
    ]


@case
def bad_dtypes_and_devices(torch: Any) -> Any:
    return [
        raises(lambda: torch.zeros(2, dtype="float32")),
        raises(lambda: torch.zeros(2, dtype=float).dtype),
        raises(lambda: torch.zeros(2, device="nowhere")),
        raises(lambda: torch.device("")),
        raises(lambda: torch.device("cpu:-1")),
        raises(lambda: torch.zeros(2, nonsense=1)),
    ]


@case
def from_numpy_shares(torch: Any) -> Any:
    a = np.arange(6, dtype=np.float64).reshape(2, 3)
    t = torch.from_numpy(a.T)
    t[0, 0] = 9
    a[1, 2] = 7
    return t, a.tolist(), t.stride()


@case
def from_numpy_refuses(torch: Any) -> Any:
    return [
        raises(lambda: torch.from_numpy([1.0])),
        raises(lambda: torch.from_numpy(np.array(["a"]))),
        raises(lambda: torch.from_numpy(np.arange(3)[::-1])),
        raises(lambda: torch.from_numpy(np.array([1], dtype=">f4"))),
    ]


@case
def as_tensor_shares_if_it_can(torch: Any) -> Any:
    x, a = torch.ones(2), np.ones(2)
    shared = torch.as_tensor(a)
    shared[0] = 5
    return (
        torch.as_tensor(x) is x,
        a.tolist(),
        torch.as_tensor(x, dtype=torch.float64),
        torch.as_tensor([1, 2]),
        torch.asarray(a),
    )


@case
def conversions(torch: Any) -> Any:
    x = torch.tensor([1.5, -2.5, 0.0])
    return [
        x.int(),
        x.long(),
        x.bool(),
        x.double(),
        x.half(),
        x.bfloat16(),
        x.to(torch.int8),
        x.to("cpu") is x,
        x.to(torch.float32) is x,
        x.to(x) is x,
        x.float() is x,
        x.to(torch.float32, copy=True) is x,
        x.type(torch.float64),
        x.type(),
        x.to(torch.complex64),
        x.byte().dtype,
    ]


@case
def conversions_are_recorded(torch: Any) -> Any:
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = x.double()
    (y * y).sum().backward()
    return y, x.grad, x.int().requires_grad


@case
def dtype_properties(torch: Any) -> Any:
    names = (
        "float16",
        "bfloat16",
        "float32",
        "float64",
        "complex64",
        "complex128",
        "int8",
        "uint8",
        "int64",
        "bool",
    )
    return (
        [
            (
                repr(d),
                d.is_floating_point,
                d.is_complex,
                d.is_signed,
                d.itemsize,
                d.to_complex() if d.is_floating_point else None,
            )
            for d in (getattr(torch, name) for name in names)
        ],
        torch.float is torch.float32,
        torch.long is torch.int64,
    )


@case
def limits(torch: Any) -> Any:
    floats = [torch.finfo(d) for d in (torch.float16, torch.bfloat16, torch.float32, torch.float64)]
    ints = [torch.iinfo(d) for d in (torch.int8, torch.uint8, torch.int64)]
    return (
        [(f.eps, f.max, f.min, f.tiny, f.bits) for f in floats],
        [(i.min, i.max, i.bits) for i in ints],
        raises(lambda: torch.finfo(torch.int8)),
    )


@case
def sizes_are_tuples(torch: Any) -> Any:
    size = torch.zeros(2, 3).shape
    return (
        size,
        tuple(size),
        size[0],
        size[1:],
        size + (4,),
        size.numel(),
        size == (2, 3),
        torch.zeros(2, 3).size(),
        torch.zeros(2, 3).size(-1),
    )


@case
def seeds_repeat(torch: Any) -> Any:
    torch.manual_seed(3)
    first = [
        torch.rand(3),
        torch.randn(5),
        torch.randn(17),
        torch.randint(10, (4,)),
        torch.randperm(5),
        torch.rand(2, dtype=torch.float64),
    ]
    state = torch.get_rng_state()
    again = torch.rand(3)
    torch.set_rng_state(state)
    return first, again, torch.rand(3), torch.bernoulli(torch.full((8,), 0.5)), torch.initial_seed()


@case
def generators_are_separate(torch: Any) -> Any:
    g = torch.Generator().manual_seed(5)
    torch.manual_seed(5)
    return torch.rand(2, generator=g), torch.rand(2), torch.rand(2, generator=g), g.initial_seed()
