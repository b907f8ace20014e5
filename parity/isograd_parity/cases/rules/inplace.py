"""In-place operations: versions, what they forbid, what they do to the graph."""

from __future__ import annotations

from typing import Any

from isograd_parity.cases.rules import case, raises
from isograd_parity.oracle import GraphOf


@case
def in_place_returns_its_tensor(torch: Any) -> Any:
    x = torch.ones(2)
    return (
        x.add_(1) is x,
        x.mul_(2) is x,
        x.zero_() is x,
        x.fill_(3) is x,
        x.copy_(torch.ones(2)) is x,
        x,
    )


@case
def each_write_bumps_the_version(torch: Any) -> Any:
    x = torch.ones(2)
    seen = [x._version]
    x.add_(1)
    seen.append(x._version)
    x[0] = 5
    seen.append(x._version)
    x += 1
    seen.append(x._version)
    x.zero_()
    seen.append(x._version)
    x.requires_grad_()
    return seen, x._version


@case
def augmented_assignment_keeps_the_object(torch: Any) -> Any:
    x = torch.tensor([5.0, 7.0])
    same = x
    x += 1
    x -= 2
    x *= 3
    x /= 4
    x **= 2
    x //= 2
    x %= 4
    return same is x, x


@case
def a_leaf_cannot_be_changed(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)

    def assign() -> None:
        x[0] = 1

    return raises(lambda: x.add_(1)), raises(x.zero_), raises(assign), x._version


@case
def a_view_of_a_leaf_cannot_be_changed(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return raises(lambda: x[0].add_(1)), raises(lambda: x.view(2, 1).mul_(2))


@case
def a_result_can_be_changed(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.add_(1).mul_(3)
    graph = GraphOf(y)
    y.sum().backward()
    return y, graph, x.grad


@case
def a_changed_saved_input_is_noticed(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = torch.ones(2)
    z = x * y
    y.add_(1)
    return raises(lambda: z.sum().backward())


@case
def a_changed_saved_result_is_noticed(torch: Any) -> Any:
    x = torch.ones(2, 3, requires_grad=True)
    y = x.exp()
    y.add_(1)
    return raises(lambda: y.sum().backward())


@case
def the_text_names_shape_node_and_versions(torch: Any) -> Any:
    x = torch.ones(2, 3, dtype=torch.float64, requires_grad=True)
    y = x.sigmoid()
    z = y * 2
    y.add_(1)
    y.add_(1)
    return raises(lambda: (z + y).sum().backward())


@case
def changing_what_was_not_saved_is_fine(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x + 1
    y.add_(1)
    z = y * 2
    y.mul_(5)
    (z + y).sum().backward()
    return x.grad


@case
def a_failed_write_leaves_the_version(torch: Any) -> Any:
    x = torch.ones(2)
    return raises(lambda: x.add_(torch.ones(3))), x._version, x


@case
def in_place_cannot_grow(torch: Any) -> Any:
    return raises(lambda: torch.ones(3).add_(torch.ones(2, 3))), raises(
        lambda: torch.ones(1).mul_(torch.ones(2))
    )


@case
def in_place_cannot_change_the_category(torch: Any) -> Any:
    i, f = torch.ones(2, dtype=torch.int64), torch.ones(2)
    return [
        raises(lambda: i.add_(1.5)),
        raises(lambda: i.add_(f)),
        raises(lambda: i.div_(2)),
        raises(lambda: f.add_(torch.ones(2, dtype=torch.complex64))),
        raises(lambda: torch.ones(2, dtype=torch.bool).add_(1)),
    ]


@case
def in_place_keeps_the_narrow_dtype(torch: Any) -> Any:
    return torch.ones(2).add_(torch.ones(2, dtype=torch.float64)), torch.ones(
        2, dtype=torch.int8
    ).add_(300)


@case
def in_place_makes_a_constant_differentiable(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = torch.zeros(2)
    y.add_(x)
    before = (y.requires_grad, y.is_leaf, GraphOf(y))
    (y * 3).sum().backward()
    return before, x.grad


@case
def copy_casts_and_broadcasts(torch: Any) -> Any:
    x = torch.zeros(2, 3)
    x.copy_(torch.tensor([1, 2, 3]))
    y = torch.zeros(2, dtype=torch.int64)
    y.copy_(torch.tensor([1.7, -1.7]))
    return x, y


@case
def copy_is_recorded(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.zeros(3, 2)
    y.copy_(x)
    (y * torch.arange(6.0).reshape(3, 2)).sum().backward()
    return y, x.grad


@case
def overlapping_memory_cannot_be_written(torch: Any) -> Any:
    x = torch.zeros(1).expand(3)
    return raises(lambda: x.add_(1)), raises(lambda: x.copy_(torch.ones(3)))


@case
def writing_to_an_input_that_overlaps(torch: Any) -> Any:
    x = torch.arange(5.0)
    return raises(lambda: x[1:].add_(x[:-1])), x


@case
def swapping_requires_grad_after_in_place(torch: Any) -> Any:
    x = torch.ones(2)
    x.add_(1)
    x.requires_grad_()
    (x * x).sum().backward()
    return x.grad, x._version


@case
def in_place_with_no_grad_on_a_result(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    with torch.no_grad():
        y.mul_(10)
    y.sum().backward()
    return y, x.grad


@case
def in_place_after_use_in_a_graph_of_its_own(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.clone()
    y.mul_(y)
    return raises(lambda: y.sum().backward()), GraphOf(y)


@case
def out_cannot_be_recorded(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return raises(lambda: torch.add(x, 1, out=torch.empty(2))), raises(
        lambda: torch.add(torch.ones(2), 1, out=torch.empty(2, requires_grad=True))
    )


@case
def out_bumps_the_version(torch: Any) -> Any:
    y = torch.zeros(2)
    result = torch.add(torch.ones(2), 1, out=y)
    return result is y, y._version, y


@case
def out_of_another_dtype(torch: Any) -> Any:
    y = torch.zeros(2, dtype=torch.float64)
    torch.add(torch.ones(2), 1, out=y)
    return y, raises(lambda: torch.add(torch.ones(2), 1.5, out=torch.zeros(2, dtype=torch.int64)))
