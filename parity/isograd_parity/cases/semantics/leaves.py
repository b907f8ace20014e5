"""Leaves: requires_grad, detach and its in-place form, data, accumulation in .grad."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, case, each, leaf, warned


@case
def detach_shares_memory_and_version(torch):
    x = leaf(torch)
    y = x * 2
    d = y.detach()
    d[0] = 50.0
    return {"x": x, "y": y, "d": d, "versions": [y._version, d._version], "base": d._base is None, "view": d._is_view()}


@case
def detach_of_view(torch):
    x = torch.arange(6.0)
    v = x[2:]
    d = v.detach()
    d.mul_(10)
    return {"x": x, "v": v, "d": d, "is view": d._is_view()}


@case
def detached_write_breaks_saved_tensor(torch):
    x = leaf(torch)
    y = x.exp()
    y.detach().mul_(2)
    return [attempt(y.sum().backward)]


@case
def detach_in_the_middle(torch):
    x = leaf(torch)
    y = (x * 2).detach() * x
    y.sum().backward()
    return {"x": x, "y": y, "grad": x.grad}


@case
def detach_keeps_requires_grad_off_until_asked(torch):
    d = leaf(torch).detach()
    before = d.requires_grad
    d.requires_grad_()
    return {"d": d, "before": before}


@case
def detach_inplace(torch):
    x = leaf(torch)
    y = x * 2
    z = y * 3
    same = y.detach_() is y
    z.sum().backward()
    return {"x": x, "y": y, "z": z, "same": same, "grad": x.grad}


@case
def detach_inplace_of_leaf(torch):
    x = leaf(torch)
    x.detach_()
    return {"x": x}


@case
def detach_inplace_of_views(torch):
    x = leaf(torch)
    y = x * 2
    return [attempt(y[1:].detach_), attempt(torch.arange(4.0)[1:].detach_), attempt(y.unbind()[0].detach_),
            attempt(x[1:].detach_), attempt(torch.arange(4.0).split(2)[0].detach_)]


@case
def detach_inplace_keeps_version(torch):
    y = leaf(torch) * 2
    y.add_(1)
    y.detach_()
    return {"y": y}


@case
def requires_grad_setter(torch):
    x = torch.ones(2)
    x.requires_grad = True
    first = x.requires_grad
    x.requires_grad = False
    return [first, x, x.requires_grad_(True) is x, x.requires_grad_(False).requires_grad]


@case
def requires_grad_of_result(torch):
    y = leaf(torch) * 2
    return [attempt(setattr, y, "requires_grad", False), attempt(y.requires_grad_, False), attempt(setattr, y, "requires_grad", True),
            attempt(y.requires_grad_), y]


@each(dtype=["int64", "bool", "uint8", "int8", "float16", "bfloat16", "float64", "complex64", "complex128"])
def requires_grad_of_dtype(torch, dtype):
    x = torch.ones(2, dtype=getattr(torch, dtype))
    return [attempt(setattr, x, "requires_grad", True), attempt(lambda: x.requires_grad_().requires_grad),
            attempt(lambda: torch.ones(2, dtype=getattr(torch, dtype), requires_grad=True).requires_grad),
            attempt(lambda: torch.tensor([1], dtype=getattr(torch, dtype), requires_grad=True).requires_grad),
            attempt(setattr, x, "requires_grad", False)]


@each(value=[1, 0, None, "yes"])
def requires_grad_of_no_bool(torch, value):
    x = torch.ones(2)
    return [attempt(setattr, x, "requires_grad", value), x.requires_grad]


@case
def requires_grad_of_a_view(torch):
    x = torch.arange(4.0)
    v = x[1:]
    v.requires_grad_()
    (v * v).sum().backward()
    return {"x": x, "v": v, "grad": v.grad}


@case
def requires_grad_of_base_does_not_reach_older_views(torch):
    x = torch.arange(4.0)
    v = x[1:]
    x.requires_grad_()
    return {"x": x, "v": v, "later": x[1:]}


@case
def leaf_facts(torch):
    x = leaf(torch)
    y = x * 2
    plain = torch.ones(2)
    return [(t.is_leaf, t.requires_grad, t.grad_fn is None, t.output_nr, t.retains_grad) for t in (x, y, plain, plain * 2, y.detach())]


@case
def data_shares_memory_but_not_version(torch):
    x = leaf(torch)
    d = x.data
    d.mul_(2)
    return {"x": x, "d": d, "version": [x._version, d._version]}


@case
def data_write_is_not_noticed_by_saved_tensors(torch):
    x = leaf(torch)
    y = x * x
    x.data.mul_(10)
    y.sum().backward()
    return {"x": x, "grad": x.grad}


@case
def data_of_result(torch):
    y = leaf(torch) * 2
    d = y.data
    return {"y": y, "d": d}


@case
def data_assigned(torch):
    x = leaf(torch)
    new = torch.tensor([7.0, 8.0])
    x.data = new
    new[0] = 100.0
    (x * x).sum().backward()
    return {"x": x, "new": new, "grad": x.grad}


@case
def data_assigned_wrongly(torch):
    x = leaf(torch)
    return [attempt(setattr, x, "data", [1.0]), attempt(setattr, x, "data", None), attempt(setattr, x, "data", torch.tensor([1])),
            attempt(setattr, torch.ones(2), "data", torch.tensor([True])), x]


@case
def data_assigned_with_other_dtype(torch):
    x = torch.ones(2)
    x.data = torch.tensor([1, 2])
    y = leaf(torch)
    y.data = torch.tensor([1.0, 2.0], dtype=torch.float64)
    (y * y).sum().backward()
    return {"x": x, "y": y, "grad": attempt(lambda: y.grad)}


# -- accumulation -------------------------------------------------------------------------------------------------------------


@case
def gradients_add_up(torch):
    x = leaf(torch)
    (x * x).sum().backward()
    first = x.grad
    values, version = first.tolist(), first._version
    (x * 3).sum().backward()
    return {"grad": x.grad, "same object": x.grad is first, "values": values, "writes": x.grad._version - version}


@case
def gradients_add_up_out_of_place_with_create_graph(torch):
    x = leaf(torch)
    (x * x).sum().backward(create_graph=True)
    first = x.grad
    (x * 3).sum().backward(create_graph=True)
    return {"first": first, "grad": x.grad, "same object": x.grad is first}


@case
def grad_none_restarts(torch):
    x = leaf(torch)
    (x * x).sum().backward()
    first = x.grad
    x.grad = None
    (x * x).sum().backward()
    return {"first": first, "grad": x.grad, "same object": x.grad is first}


@case
def grad_zeroed_in_place(torch):
    x = leaf(torch)
    (x * x).sum().backward()
    x.grad.zero_()
    (x * x).sum().backward()
    return {"grad": x.grad}


@case
def grad_assigned_is_added_to_in_place(torch):
    x = leaf(torch)
    mine = torch.ones(3)
    x.grad = mine
    (x * x).sum().backward()
    return {"mine": mine, "grad": x.grad, "same": x.grad is mine}


@case
def grad_deleted(torch):
    x = leaf(torch)
    x.sum().backward()
    del x.grad
    return [x.grad]


@case
def grad_of_expanded_gradient_is_dense(torch):
    x = leaf(torch)
    x.sum().backward()
    y = torch.ones(2, 3, requires_grad=True)
    y.sum(0).sum().backward()
    return {"x": x.grad, "y": y.grad}


@case
def grad_keeps_the_leafs_layout(torch):
    x = torch.arange(6.0).view(2, 3).t().requires_grad_()
    (x * x).sum().backward()
    y = torch.arange(12.0)[::2].requires_grad_()
    (y * 2).sum().backward()
    z = torch.ones(1).expand(4).requires_grad_()
    (z * 2).sum().backward()
    return [x.grad, y.grad, z.grad]


@case
def grad_does_not_alias_what_was_passed(torch):
    x = leaf(torch)
    seed = torch.ones(3)
    (x * 1).backward(seed)
    x.backward(seed)
    return {"seed": seed, "grad": x.grad}


@case
def leaf_backward_on_itself(torch):
    x = torch.tensor(3.0, requires_grad=True)
    x.backward()
    x.backward()
    return [x.grad]


@case
def two_leaves_share_one_incoming_gradient(torch):
    x, y = leaf(torch), leaf(torch)
    (x + y).backward(torch.ones(3))
    x.grad.mul_(5)
    return {"x": x.grad, "y": y.grad}


@case
def grad_of_non_leaf_warns(torch):
    y = leaf(torch) * 2
    return [warned(lambda: y.grad), warned(lambda: torch.ones(2).grad), warned(lambda: leaf(torch).grad)]


@case
def grad_of_repeated_use(torch):
    x = leaf(torch)
    (x * x + x + x * 3).sum().backward()
    return [x.grad]


@case
def half_precision_leaf(torch):
    x = leaf(torch, dtype=torch.float16)
    (x * 3).sum().backward()
    y = leaf(torch, dtype=torch.bfloat16)
    (y.float() * 2).sum().backward()
    return [x.grad, y.grad]


@case
def mixed_dtypes_give_each_leaf_its_own(torch):
    x, y = leaf(torch), leaf(torch, dtype=torch.float64)
    (x * y).sum().backward()
    return [x.grad, y.grad]


@case
def real_leaf_of_complex_result(torch):
    x = leaf(torch)
    z = x * torch.tensor([1 + 2j, 3j, -1 + 0j])
    z.backward(torch.tensor([1j, 2 + 0j, 1 - 1j]))
    return [z, x.grad]


@case
def broadcast_gradients_are_summed(torch):
    x, y = torch.ones(3, 1, requires_grad=True), torch.ones(1, 4, requires_grad=True)
    s = torch.tensor(2.0, requires_grad=True)
    (x * y * s).sum().backward()
    return [x.grad, y.grad, s.grad]
