"""Leaves, ``requires_grad``, ``detach`` and ``retain_grad``."""

from __future__ import annotations

from typing import Any

from isograd_parity.cases.rules import case, raises


@case
def fresh_tensors_are_leaves(torch: Any) -> Any:
    return torch.ones(2), torch.ones(2, requires_grad=True), torch.tensor([1.0], requires_grad=True)


@case
def results_are_not_leaves_if_recorded(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return (x * 2).is_leaf, (torch.ones(2) * 2).is_leaf


@case
def requires_grad_can_be_assigned(torch: Any) -> Any:
    x = torch.ones(2)
    x.requires_grad = True
    on = x.requires_grad
    x.requires_grad = False
    return on, x.requires_grad


@case
def requires_grad_method_returns_the_tensor(torch: Any) -> Any:
    x = torch.ones(2)
    return x.requires_grad_() is x, x.requires_grad_(False) is x, x.requires_grad


@case
def integers_cannot_require_grad(torch: Any) -> Any:
    return [
        raises(lambda: torch.ones(2, dtype=torch.int64).requires_grad_()),
        raises(lambda: torch.ones(2, dtype=torch.int64, requires_grad=True)),
        raises(lambda: torch.tensor([1, 2], requires_grad=True)),
        raises(lambda: setattr(torch.ones(2, dtype=torch.bool), "requires_grad", True)),
    ]


@case
def results_cannot_stop_requiring_grad(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    return raises(lambda: y.requires_grad_(False)), raises(
        lambda: setattr(y, "requires_grad", False)
    )


@case
def requires_grad_wants_a_bool(torch: Any) -> Any:
    x = torch.ones(2)
    return raises(lambda: setattr(x, "requires_grad", "yes")), raises(
        lambda: setattr(x, "requires_grad", 1)
    )


@case
def grad_is_none_at_first(torch: Any) -> Any:
    return torch.ones(2, requires_grad=True).grad, torch.ones(2).grad


@case
def grad_can_be_assigned(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    g = torch.tensor([3.0, 4.0])
    x.grad = g
    same = x.grad is g
    (x * 2).sum().backward()
    return same, x.grad, g


@case
def grad_can_be_removed(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    x.grad = None
    none = x.grad
    x.sum().backward()
    del x.grad
    return none, x.grad


@case
def assigned_grad_must_be_a_tensor(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return raises(lambda: setattr(x, "grad", 1.0)), raises(lambda: setattr(x, "grad", [1.0, 1.0]))


@case
def assigned_grad_must_have_the_shape(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return raises(lambda: setattr(x, "grad", torch.ones(3)))


@case
def assigned_grad_must_have_the_dtype(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return raises(lambda: setattr(x, "grad", torch.ones(2, dtype=torch.float64)))


@case
def assigned_grad_cannot_be_the_tensor(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return raises(lambda: setattr(x, "grad", x))


@case
def detach_cuts_and_shares(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    d = y.detach()
    d[0] = 7.0
    return d, y, d.data_ptr() == y.data_ptr(), d._version, y._version


@case
def detach_shares_the_version(torch: Any) -> Any:
    x = torch.ones(2)
    d = x.detach()
    d.add_(1)
    return x._version, d._version, x


@case
def detach_in_place(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    same = y.detach_() is y
    return same, y, y.is_leaf


@case
def detach_in_place_refuses_a_view(torch: Any) -> Any:
    y = (torch.ones(4, requires_grad=True) * 2)[1:]
    return raises(y.detach_)


@case
def writing_to_detached_memory_is_noticed(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    y.detach().zero_()
    return raises(lambda: y.sum().backward())


@case
def data_does_not_share_the_version(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    x.data.add_(1)
    return x, x._version, x.data.requires_grad


@case
def data_can_be_assigned(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    x.data = torch.zeros(3)
    return x, x._version


@case
def retain_grad_keeps_the_gradient(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    (y * y).sum().backward()
    return y.retains_grad, x.retains_grad, y.grad, x.grad


@case
def retain_grad_on_a_leaf_does_nothing(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return x.retain_grad(), x.retains_grad


@case
def retain_grad_needs_requires_grad(torch: Any) -> Any:
    return raises(torch.ones(2).retain_grad)


@case
def retain_grad_survives_in_place(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()
    return y.grad, x.grad


@case
def retain_grad_accumulates(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.retain_grad()
    z = y.sum()
    z.backward(retain_graph=True)
    z.backward()
    return y.grad, x.grad


@case
def is_leaf_and_others_are_read_only(torch: Any) -> Any:
    x = torch.ones(2)
    names = ("is_leaf", "grad_fn", "shape", "dtype", "_version", "output_nr", "ndim", "T")
    return [type(raises(lambda name=name: setattr(x, name, None))).__name__ for name in names]


@case
def unknown_attributes(torch: Any) -> Any:
    x = torch.ones(2)
    x.note = "hello"
    return x.note, raises(lambda: x.nonsense)


@case
def clone_is_recorded(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x.clone()
    y.sum().backward()
    return y, x.grad


@case
def variable_is_tensor(torch: Any) -> Any:
    x = torch.autograd.Variable(torch.ones(2), requires_grad=True)
    return x, isinstance(x, torch.Tensor), isinstance(x, torch.autograd.Variable)


@case
def variable_of_a_tensor_is_a_new_leaf(torch: Any) -> Any:
    x = torch.ones(2)
    v = torch.autograd.Variable(x, requires_grad=True)
    v.data[0] = 5
    return x, v, x.requires_grad, v is x


@case
def parameter_requires_grad(torch: Any) -> Any:
    p = torch.nn.Parameter(torch.ones(2))
    q = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    return p.requires_grad, q.requires_grad, p.is_leaf, isinstance(p, torch.Tensor), repr(p)


@case
def expanded_leaf_gets_a_dense_gradient(torch: Any) -> Any:
    x = torch.ones(1).expand(3).requires_grad_()
    (x * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    return x.grad


@case
def grad_follows_the_layout_of_the_leaf(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3).t().requires_grad_()
    (x * torch.arange(6.0).reshape(3, 2)).sum().backward()
    return x.stride(), x.grad.stride(), x.grad
