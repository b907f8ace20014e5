"""Reading and writing with subscripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isograd_parity.cases.rules import case, raises
from isograd_parity.oracle import GraphOf


def subscripts(torch: Any) -> list[Any]:
    """Subscripts of every form, for a tensor of shape (3, 4, 5)."""
    t = torch.tensor
    return [
        0,
        -1,
        slice(None),
        slice(1, None),
        slice(None, None, 2),
        slice(-2, None),
        slice(5, 9),
        ...,
        None,
        (),
        (0, 1),
        (0, 1, 2),
        (..., 0),
        (0, ...),
        (slice(None), 1),
        (slice(None), slice(1, 3)),
        (None, 0),
        (0, None),
        (..., None),
        (slice(None), None, 2),
        (0, ..., 2),
        [0, 2],
        [[0, 1], [1, 2]],
        t([0, 2]),
        t([[0, 1], [1, 2]]),
        t(1),
        t([], dtype=torch.int64),
        ([0, 1], [1, 2]),
        (t([0, 1]), slice(None), t([1, 2])),
        (slice(None), t([0, 1]), t([1, 2])),
        (0, t([0, 1])),
        (t([0, 1]), 0),
        (t([[0], [1]]), t([1, 2])),
        (None, t([0, 1])),
        ([0, 1], None, [1, 2]),
        t([True, False, True]),
        [True, False, True],
        t([[True, False, True, True]] * 3),
        (slice(None), t([True, False, True, False])),
        (t([True, False, True]), t([0, 1])),
        True,
        False,
        t(True),
        (0, True),
        (t([0, -1]), ..., 1),
        (slice(None), slice(None), [4, 0, 0]),
        t([0, 1], dtype=torch.int32),
        t([0, 1], dtype=torch.uint8),
        slice(t(1), t(3)),
        t([True, True, True]),
    ]


def each(torch: Any, function: Callable[[Any], Any]) -> dict[str, Any]:
    return {f"{i}: {s}": raises(function, s) for i, s in enumerate(subscripts(torch))}


@case
def reading(torch: Any) -> Any:
    x = torch.arange(60.0).reshape(3, 4, 5)
    return each(torch, lambda s: x[s])


@case
def reading_makes_views_or_copies(torch: Any) -> Any:
    x = torch.arange(60.0).reshape(3, 4, 5)
    return each(torch, lambda s: (x[s]._base is x, x[s].stride()))


@case
def the_graph_of_reading(torch: Any) -> Any:
    x = torch.arange(60.0).reshape(3, 4, 5).requires_grad_()
    return each(torch, lambda s: GraphOf(x[s]))


@case
def the_gradient_of_reading(torch: Any) -> Any:
    x = torch.arange(60.0).reshape(3, 4, 5).requires_grad_()

    def gradient(s: Any) -> Any:
        y = x[s]
        return torch.autograd.grad(y, x, torch.arange(float(y.numel())).reshape(y.shape))

    return each(torch, gradient)


@case
def writing_a_number(torch: Any) -> Any:
    def write(s: Any) -> Any:
        x = torch.arange(60.0).reshape(3, 4, 5)
        x[s] = -1
        return x

    return each(torch, write)


@case
def writing_a_tensor(torch: Any) -> Any:
    def write(s: Any) -> Any:
        x = torch.arange(60.0).reshape(3, 4, 5)
        shape = x[s].shape
        x[s] = -torch.arange(float(shape.numel())).reshape(shape)
        return x

    return each(torch, write)


@case
def writing_with_gradients(torch: Any) -> Any:
    def write(s: Any) -> Any:
        x = torch.arange(60.0).reshape(3, 4, 5).requires_grad_()
        y = x * 2
        value = torch.ones(y[s].shape, requires_grad=True)
        y[s] = value * 3
        graph = GraphOf(y)
        return graph, torch.autograd.grad(
            y, [x, value], torch.arange(60.0).reshape(3, 4, 5), allow_unused=True
        )

    return each(torch, write)


@case
def writing_broadcasts(torch: Any) -> Any:
    x = torch.zeros(3, 4)
    x[1:] = torch.tensor([1.0, 2.0, 3.0, 4.0])
    x[:, 0] = torch.tensor([[7.0]])
    return x


@case
def writing_casts(torch: Any) -> Any:
    x = torch.zeros(3, dtype=torch.int64)
    x[0] = 1.9
    x[1:] = torch.tensor([2.9, -3.9])
    return x, raises(lambda: x.__setitem__(0, 1j))


@case
def writing_the_wrong_shape(torch: Any) -> Any:
    x = torch.zeros(3, 4)
    return [
        raises(lambda: x.__setitem__(0, torch.ones(3))),
        raises(lambda: x.__setitem__([0, 1], torch.ones(3, 4))),
        raises(lambda: x.__setitem__(slice(None), torch.ones(2, 3, 4))),
        raises(lambda: x.__setitem__(x > 0, torch.ones(5))),
    ]


@case
def writing_with_repeated_indices(torch: Any) -> Any:
    x = torch.zeros(3)
    x[[0, 0, 1]] += 1
    y = torch.zeros(3)
    y.index_put_((torch.tensor([0, 0, 1]),), torch.tensor(1.0), accumulate=True)
    return x, y


@case
def reading_with_repeated_indices_accumulates_gradients(torch: Any) -> Any:
    x = torch.zeros(3, requires_grad=True)
    (x[[0, 0, 2]] * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    return x.grad


@case
def out_of_range(torch: Any) -> Any:
    x = torch.zeros(3, 4)
    bad = [
        3,
        -4,
        (0, 4),
        (0, 0, 0),
        [0, 3],
        torch.tensor([-4]),
        (slice(None), [4]),
        torch.tensor([True, False]),
        torch.zeros(3, 5, dtype=torch.bool),
    ]
    return [raises(lambda s=s: x[s]) for s in bad]


@case
def bad_subscripts(torch: Any) -> Any:
    x = torch.zeros(3, 4)
    bad = [
        "a",
        1.0,
        torch.tensor([0.0]),
        (..., ...),
        slice(None, None, -1),
        slice(None, None, 0),
        slice(1.0, 2.0),
        {},
        ([0, 1], [0, 1, 2]),
        object(),
    ]
    return [raises(lambda s=s: x[s]) for s in bad]


@case
def subscripts_of_a_zero_dimensional_tensor(torch: Any) -> Any:
    x = torch.tensor(5.0)
    return (
        raises(lambda: x[0]),
        x[...],
        x[None],
        x[()],
        raises(lambda: x[:]),
        raises(lambda: len(x)),
        raises(lambda: list(x)),
        x[True],
    )


@case
def deleting_is_not_possible(torch: Any) -> Any:
    x = torch.zeros(3)
    return raises(lambda: x.__delitem__(0))


@case
def iteration_unbinds(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(3, 2).requires_grad_()
    rows = list(x)
    return (
        [GraphOf(r) for r in rows],
        len(x),
        [r._base is x for r in rows],
        list(reversed(torch.arange(3))),
    )


@case
def unpacking(torch: Any) -> Any:
    a, b = torch.tensor([1.0, 2.0])
    return a, b, raises(lambda: torch.tensor([1.0, 2.0]).unpack)


@case
def membership(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0])
    return 1 in x, 3 in x, torch.tensor(2.0) in x, raises(lambda: "a" in x)


@case
def gather_and_scatter(torch: Any) -> Any:
    x = torch.arange(12.0).reshape(3, 4)
    i = torch.tensor([[0, 1, 1], [2, 0, 3]])
    return [
        x.gather(1, i),
        torch.zeros(3, 4).scatter(1, i, 1.0),
        torch.zeros(3, 4).scatter_add(1, i, torch.ones(2, 3)),
        x.index_select(0, torch.tensor([2, 0])),
        x.take(torch.tensor([0, 5])),
        torch.take_along_dim(x[:2], i, 1),
        raises(lambda: x.gather(1, i.int())),
        raises(lambda: x.gather(1, torch.tensor([[9]]))),
        raises(lambda: x.index_select(0, torch.tensor([3]))),
        raises(lambda: x.gather(2, i)),
    ]


@case
def masks(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    m = x > 2
    return [
        x[m],
        x.masked_select(m),
        x.masked_fill(m, -1.0),
        torch.where(m, x, torch.zeros(())),
        m.nonzero(),
        torch.where(m),
        GraphOf(x[m]),
        GraphOf(x.masked_fill(m, -1.0)),
        raises(lambda: x.masked_fill(x, 1)),
    ]
