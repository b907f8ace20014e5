"""Bad inputs: wrong types, missing and superfluous arguments, impossible shapes."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, case, each, leaf

UNARY = ["exp", "sin", "abs", "sum", "relu", "sigmoid", "argmax", "isnan", "floor"]


@each(name=UNARY, value={"number": 1.0, "list": [1.0], "none": None, "text": "a"})
def unary_function_of_no_tensor(torch, name, value):
    return attempt(getattr(torch, name), value)


@each(name=["add", "mul", "sub", "div", "maximum", "matmul", "atan2", "pow", "eq"], value={"list": [1.0], "none": None, "text": "a"})
def binary_function_of_no_tensor(torch, name, value):
    x = torch.ones(2)
    return [attempt(getattr(torch, name), x, value).type, attempt(getattr(torch, name), value, x).type]


@case
def lists_of_tensors(torch):
    x = torch.ones(2)
    return [attempt(torch.cat, []), attempt(torch.stack, []), attempt(torch.cat, [x, 1.0]), attempt(torch.cat, [x, torch.ones(2, 2)]),
            attempt(torch.stack, [x, torch.ones(3)]), attempt(torch.cat, [x, x], 1), attempt(torch.cat, [torch.ones(()), x])]


@case
def shapes(torch):
    x = torch.ones(2, 3)
    return [attempt(x.view, 4), attempt(x.view, -1, -1), attempt(x.view, -1, 4), attempt(x.t().view, 6), attempt(x.reshape, 5), attempt(x.expand, 2, 4),
            attempt(x.expand, 3), attempt(x.expand, -1, 2, 3), attempt(x.mm, x), attempt(torch.ones(2).mm, x), attempt(x.mv, torch.ones(2)),
            attempt(torch.ones(2).dot, torch.ones(3)), attempt(x.narrow, 0, 1, 5), attempt(x.split, -1), attempt(x.chunk, 0), attempt(x.repeat, 2),
            attempt(torch.ones(2, 3, 4).t), attempt(x.unflatten, 0, (3, 3))]


@case
def reductions_of_nothing(torch):
    x = torch.ones(0, 3)
    return [x.sum(), x.prod(), x.mean(), attempt(x.max), attempt(x.argmax), attempt(x.amax), attempt(x.min, 0), x.max(1), x.any(), x.all(), attempt(x.median)]


@case
def creation(torch):
    return [attempt(torch.zeros, -1), attempt(torch.zeros, 2, -3), attempt(torch.arange, 1, 0), attempt(torch.arange, 0, 1, 0), attempt(torch.full, 2, 1.0),
            attempt(torch.eye, -1), attempt(torch.ones, 2, dtype=torch.int64, requires_grad=True), attempt(torch.tensor, [[1], [1, 2]]),
            attempt(torch.tensor, "a"), attempt(torch.tensor, [None]), attempt(torch.linspace, 0, 1, -1)]


@case
def indices(torch):
    x = torch.ones(3, 4)
    return [attempt(lambda k=k: x[k]) for k in (3, -4, (0, 4), (0, 0, 0), [0, 3], torch.tensor([-4]), 1.0, "a", slice(None, None, -1), torch.tensor([0.5]),
                                                torch.ones(2, dtype=torch.bool), ([0, 1], [0, 1, 2]), torch.tensor([True] * 3 + [False]))]


@case
def gathering(torch):
    x = torch.ones(3, 4)
    i = torch.tensor([[0, 1], [2, 0]])
    return [attempt(x.gather, 0, i.int()), attempt(x.gather, 0, torch.tensor([[9]])), attempt(x.gather, 2, i), attempt(x.gather, 0, torch.tensor([0])),
            attempt(x.index_select, 0, torch.tensor([3])), attempt(x.index_select, 0, torch.tensor([0.0])), attempt(x.scatter, 0, i, torch.ones(1, 1)),
            attempt(x.masked_fill, x, 0.0), attempt(x.masked_select, x), attempt(x.take, torch.tensor([12]))]


@case
def integers_where_floats_are_due(torch):
    i = torch.tensor([1, 2])
    return [attempt(i.mean), attempt(i.std), attempt(i.softmax, 0), attempt(torch.matmul, i, torch.ones(2)), attempt(i.norm), attempt(i.requires_grad_),
            attempt(torch.nn.functional.mse_loss, i, i)]


@case
def complex_where_order_is_due(torch):
    z = torch.tensor([1j, 2.0])
    return [attempt(z.max), attempt(lambda: z < z), attempt(z.sort), attempt(z.clamp, 0, 1), attempt(z.floor), attempt(torch.maximum, z, z), attempt(z.argmax)]


@case
def where_of_no_condition(torch):
    x = leaf(torch)
    return [attempt(torch.where, x, x, x), attempt(torch.where, torch.tensor([1, 0, 1]), x, x), attempt(torch.where, 1, x, x).type, torch.where(x > 1)]
