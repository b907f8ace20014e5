"""Views: shared memory, shared versions, and history that follows writes."""

from __future__ import annotations

from typing import Any

from isograd_parity.cases.rules import case, raises
from isograd_parity.oracle import GraphOf


@case
def which_results_are_views(torch: Any) -> Any:
    x = torch.arange(24.0).reshape(2, 3, 4)
    results = [
        x.view(6, 4),
        x.reshape(6, 4),
        x.reshape(-1),
        x.flatten(),
        x.transpose(0, 1),
        x.permute(2, 0, 1),
        x[0],
        x[:, 1],
        x[..., 0],
        x[:, ::2],
        x[None],
        x.unsqueeze(1),
        x.squeeze(),
        x.expand(5, 2, 3, 4),
        x.narrow(2, 1, 2),
        x.select(1, 0),
        x.diagonal(),
        x.unbind(0)[1],
        x.split(2, dim=2)[0],
        x.chunk(2)[0],
        x.unfold(2, 2, 1),
        x.mT,
        x.swapaxes(0, 2),
        x.movedim(0, 2),
        x.detach(),
        x.view_as(x),
        x.as_strided((2, 2), (1, 2)),
        x.contiguous(),
        x.clone(),
        x[[0]],
        x[x > 3],
        x.ravel(),
        x.transpose(0, 1).reshape(-1),
        x.transpose(0, 1).contiguous(),
        x.to(torch.float32),
        x.float(),
        x.double(),
        x.real,
        x.unflatten(2, (2, 2)),
        x.tensor_split(3, dim=1)[1],
        x.hsplit(3)[0],
        x.broadcast_to(2, 2, 3, 4),
    ]
    return [
        (r._base is x, r is x, r.data_ptr() - x.data_ptr() < 96 and r._base is not None, r.stride())
        for r in results
    ]


@case
def a_view_of_a_view_has_the_first_base(torch: Any) -> Any:
    x = torch.arange(6.0)
    v = x.view(2, 3)[1]
    return v._base is x, v._is_view(), v.storage_offset(), v.stride()


@case
def views_share_the_version(torch: Any) -> Any:
    x = torch.zeros(4)
    v = x[1:]
    w = v[1:]
    w.add_(1)
    return x._version, v._version, w._version, x, v


@case
def writing_through_a_view_is_seen_by_all(torch: Any) -> Any:
    x = torch.zeros(2, 3)
    x.t()[1].fill_(5)
    x.view(-1)[0] = 7
    x[:, 2] += 1
    return x


@case
def writing_through_a_view_rebases_the_history(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y[1:].mul_(10)
    graph = GraphOf(y)
    (y * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    return y, graph, x.grad


@case
def the_view_itself_gets_a_new_history(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    v = y[1:]
    before = GraphOf(v)
    v.mul_(10)
    after = GraphOf(v)
    (v * torch.tensor([1.0, 2.0])).sum().backward()
    return before, after, x.grad


@case
def another_view_of_the_base_follows(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    v, w = y[1:], y[:2]
    v.mul_(10)
    graph = GraphOf(w)
    (w * torch.tensor([3.0, 5.0])).sum().backward()
    return w, graph, x.grad


@case
def assigning_a_tensor_into_a_result(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    v = torch.tensor([5.0, 6.0], requires_grad=True)
    y = x * 2
    y[:2] = v * v
    graph = GraphOf(y)
    (y * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    return y, graph, x.grad, v.grad


@case
def assigning_a_number_into_a_result(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y[1] = 0
    graph = GraphOf(y)
    y.sum().backward()
    return graph, x.grad


@case
def assigning_into_a_constant(torch: Any) -> Any:
    v = torch.tensor([5.0, 6.0], requires_grad=True)
    y = torch.zeros(3)
    y[1:] = v
    graph = GraphOf(y)
    (y * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    return y, graph, v.grad


@case
def a_row_written_in_a_loop(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.zeros(3, 2)
    for i in range(3):
        y[i] = x * (i + 1)
    graph = GraphOf(y)
    y.prod(0).sum().backward()
    return y, graph, x.grad


@case
def a_view_of_a_changed_base_is_stale_where_saved(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x.clone()
    z = y[1:] * y[1:]
    y.add_(1)
    return raises(lambda: z.sum().backward())


@case
def a_write_to_a_transposed_view(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    y = x * 1
    y.t()[0].mul_(5)
    graph = GraphOf(y)
    (y * torch.arange(6.0).reshape(2, 3)).sum().backward()
    return y, graph, x.grad


@case
def views_made_without_grad_refuse_writes_with_grad(torch: Any) -> Any:
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    with torch.no_grad():
        v = y[1:]
    return raises(lambda: v.mul_(2))


@case
def outputs_of_unbind_refuse_writes(torch: Any) -> Any:
    x = torch.ones(2, 3, requires_grad=True)
    y = x * 2
    return [
        raises(lambda: y.unbind()[0].mul_(2)),
        raises(lambda: y.split(1)[0].mul_(2)),
        raises(lambda: y.chunk(2)[0].mul_(2)),
    ]


@case
def outputs_of_unbind_without_grad_may_be_written(torch: Any) -> Any:
    x = torch.zeros(2, 3)
    x.unbind()[1].add_(1)
    return x


@case
def view_needs_fitting_strides(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3)
    return (
        raises(lambda: x.t().view(6)),
        raises(lambda: x.view(4)),
        raises(lambda: x.view(-1, -1)),
        raises(lambda: x.view(-1, 4)),
    )


@case
def reshape_copies_if_it_must(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3)
    y = x.t().reshape(6)
    return y._base is None, y, raises(lambda: x.reshape(4)), raises(lambda: x.reshape(-1, 0))


@case
def view_as_another_dtype(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0])
    return (
        x.view(torch.int32),
        x.view(torch.int16),
        x.view(torch.uint8).shape,
        raises(lambda: torch.ones(3, dtype=torch.int8).view(torch.int16)),
    )


@case
def expanded_views_have_stride_zero(torch: Any) -> Any:
    x = torch.arange(3.0)
    y = x.expand(2, 3)
    return (
        y,
        y.is_contiguous(),
        y.contiguous(),
        raises(lambda: x.expand(2, 4)),
        raises(lambda: x.expand(-1, 3)),
    )


@case
def the_gradient_of_expand_is_summed(torch: Any) -> Any:
    x = torch.arange(3.0).reshape(3, 1).requires_grad_()
    (x.expand(2, 3, 4) * torch.arange(24.0).reshape(2, 3, 4)).sum().backward()
    return x.grad


@case
def real_and_imaginary_parts_are_views(torch: Any) -> Any:
    z = torch.tensor([1 + 2j, 3 - 4j])
    z.real.mul_(10)
    z.imag[0] = 0
    return z, z._version, z.real._base is z, raises(lambda: torch.ones(2).imag)


@case
def view_as_real_and_back(torch: Any) -> Any:
    z = torch.tensor([1 + 2j, 3 - 4j])
    r = torch.view_as_real(z)
    return r, r._base is z, torch.view_as_complex(r)


@case
def contiguity(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3)
    return [
        t.is_contiguous() for t in (x, x.t(), x[:, :2], x[:1], x[:, :1], x[0:0], x.t().contiguous())
    ]


@case
def as_strided_sees_memory(torch: Any) -> Any:
    x = torch.arange(6.0)
    y = x.as_strided((2, 2), (2, 1), 1)
    y.add_(10)
    return x, y, y.storage_offset(), raises(lambda: x.as_strided((4, 4), (4, 1)))


@case
def as_strided_overlapping_gradient(torch: Any) -> Any:
    x = torch.arange(4.0).requires_grad_()
    y = x.as_strided((3, 2), (1, 1))
    (y * torch.arange(6.0).reshape(3, 2)).sum().backward()
    return y, x.grad


@case
def resize_keeps_memory(torch: Any) -> Any:
    x = torch.arange(6.0)
    same = x.resize_(2, 2) is x
    return same, x, raises(lambda: torch.ones(2, requires_grad=True).resize_(3))


@case
def squeeze_and_unsqueeze(torch: Any) -> Any:
    x = torch.zeros(1, 2, 1)
    return (
        x.squeeze().shape,
        x.squeeze(0).shape,
        x.squeeze(1).shape,
        x.squeeze((0, 2)).shape,
        x.unsqueeze(-1).shape,
        raises(lambda: x.unsqueeze(5)),
        raises(lambda: x.squeeze(3)),
    )
