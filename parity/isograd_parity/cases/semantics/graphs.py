"""Graphs: names of nodes, edges, saved values, metadata."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, case, each, graph, leaf

CALLS = {
    "add": lambda t, x, y: x + y, "add number": lambda t, x, y: x + 2, "radd": lambda t, x, y: 2 + x, "sub": lambda t, x, y: x - y,
    "rsub": lambda t, x, y: 1 - x, "mul": lambda t, x, y: x * y, "mul number": lambda t, x, y: x * 3.0, "div": lambda t, x, y: x / y,
    "div number": lambda t, x, y: x / 2, "rdiv": lambda t, x, y: 1 / x, "pow": lambda t, x, y: x ** 2, "pow tensor": lambda t, x, y: x ** y,
    "rpow": lambda t, x, y: 2 ** x, "neg": lambda t, x, y: -x, "abs": lambda t, x, y: abs(x), "floordiv": lambda t, x, y: x // 2,
    "mod": lambda t, x, y: x % 2, "matmul": lambda t, x, y: x @ y, "exp": lambda t, x, y: x.exp(), "sum": lambda t, x, y: x.sum(),
    "sum dim": lambda t, x, y: x.sum(0), "mean": lambda t, x, y: x.mean(), "max": lambda t, x, y: x.max(), "prod": lambda t, x, y: x.prod(),
    "norm": lambda t, x, y: x.norm(), "index": lambda t, x, y: x[0], "slice": lambda t, x, y: x[1:], "mask": lambda t, x, y: x[x > 1],
    "list": lambda t, x, y: x[[0, 1]], "none": lambda t, x, y: x[None], "view": lambda t, x, y: x.view(3, 1), "reshape": lambda t, x, y: x.reshape(1, 3),
    "t": lambda t, x, y: x.t(), "expand": lambda t, x, y: x.expand(2, 3), "cat": lambda t, x, y: t.cat([x, y]), "stack": lambda t, x, y: t.stack([x, y]),
    "where": lambda t, x, y: t.where(x > 1, x, y), "clone": lambda t, x, y: x.clone(), "double": lambda t, x, y: x.double(),
    "half": lambda t, x, y: x.half(), "contiguous": lambda t, x, y: x.contiguous(), "clamp": lambda t, x, y: x.clamp(0, 2),
    "maximum": lambda t, x, y: t.maximum(x, y), "softmax": lambda t, x, y: x.softmax(0), "sigmoid": lambda t, x, y: x.sigmoid(),
    "relu": lambda t, x, y: x.relu(), "unbind": lambda t, x, y: x.unbind()[1], "split": lambda t, x, y: x.split(2)[1],
    "detached": lambda t, x, y: x.detach() * y, "twice": lambda t, x, y: x * x, "broadcast": lambda t, x, y: x.view(3, 1) * y,
    "cumsum": lambda t, x, y: x.cumsum(0), "sort": lambda t, x, y: x.sort().values, "gather": lambda t, x, y: x.gather(0, t.tensor([0, 2])),
    "iadd": lambda t, x, y: x.clone().add_(y), "setitem": lambda t, x, y: assigned(x.clone(), 0, y[1]), "imul number": lambda t, x, y: x.clone().mul_(2),
}  # fmt: skip


def assigned(x, key, value):
    x[key] = value
    return x


@each(call=CALLS)
def behind(torch, call):
    x, y = leaf(torch), leaf(torch, [0.5, 2.0, 1.5])
    return graph(torch, call(torch, x, y), x=x, y=y)


@each(call=CALLS)
def behind_where_one_needs_none(torch, call):
    x, y = leaf(torch), torch.tensor([0.5, 2.0, 1.5])
    return [graph(torch, call(torch, x, y), x=x), graph(torch, call(torch, y, x), x=x)]


@case
def accumulate_grad_is_one_object(torch):
    x = leaf(torch)
    a, b = (x * 2).grad_fn, (x + 1).grad_fn
    one, other = a.next_functions[0][0], b.next_functions[0][0]
    return [one is other, one.variable is x, one.name(), one.next_functions, type(one).__name__]


@case
def facts_of_a_node(torch):
    x = leaf(torch)
    node = (x * 2).grad_fn
    return [node.name(), type(node).__name__, len(node.next_functions), node.metadata, node is not None, callable(node.register_hook)]


@case
def metadata_of_a_node(torch):
    node = (leaf(torch) * 2).grad_fn
    node.metadata["key"] = [1]
    return [node.metadata, node.metadata is node.metadata, attempt(setattr, node, "metadata", {}).type]


@case
def grad_fn_is_the_same_object(torch):
    y = leaf(torch) * 2
    v = y[1:]
    return [y.grad_fn is y.grad_fn, v.grad_fn is v.grad_fn, v.grad_fn.next_functions[0][0] is y.grad_fn]


@case
def sequence_numbers_grow(torch):
    x = leaf(torch)
    a = x * 2
    b = a * 3
    return [a.grad_fn._sequence_nr() < b.grad_fn._sequence_nr()]


@case
def output_numbers(torch):
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    parts = x.unbind()
    return [[p.output_nr for p in parts], parts[0].grad_fn is parts[1].grad_fn, (parts[1] * 2).grad_fn.next_functions[0][1], x.output_nr]


@case
def saved_operands(torch):
    x, y = leaf(torch), leaf(torch, [0.5, 2.0, 1.5])
    m = (x * y).grad_fn
    half = (x * torch.ones(3)).grad_fn
    return [m._saved_self, m._saved_other, half._saved_self, half._saved_other, m._saved_self is x]


@case
def saved_result(torch):
    y = leaf(torch).exp()
    return {"y": y, "saved": y.grad_fn._saved_result}


@case
def saved_attributes(torch):
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    return [(x ** 3).grad_fn._saved_exponent, x.sum(dim=(1,), keepdim=True).grad_fn._saved_dim, x.sum(1, keepdim=True).grad_fn._saved_keepdim,
            x.softmax(1).grad_fn._saved_dim, x.transpose(0, 1).grad_fn._saved_dim0, x.clamp(0, 1).grad_fn._saved_min]


@case
def saved_after_change(torch):
    x = leaf(torch)
    y = x.exp()
    node = y.grad_fn
    y.detach().mul_(2)
    return [attempt(lambda: node._saved_result)]


@case
def saved_after_backward(torch):
    x = leaf(torch)
    y = x * x
    node = y.grad_fn
    y.sum().backward()
    return [attempt(lambda: node._saved_self), node.next_functions[0][0].name()]


@case
def no_such_saved_value(torch):
    node = (leaf(torch) + 1).grad_fn
    return [attempt(lambda: node._saved_self).type, attempt(lambda: node.nothing).type]


@case
def integer_results_have_no_graph(torch):
    x = leaf(torch)
    return [x.argmax(), x > 1, x.long(), x.sort().indices, (x > 1).any(), x.isnan(), x.nonzero(), x.round().grad_fn is None]


@case
def loop_of_operations(torch):
    x = leaf(torch)
    h = torch.zeros(3)
    for i in range(3):
        h = (h * x + i).tanh()
    return graph(torch, h.sum(), x=x)


@case
def second_order_graph(torch):
    x = leaf(torch)
    (g,) = torch.autograd.grad((x * x).sum(), x, create_graph=True)
    return graph(torch, g, x=x)


@case
def root_counts_once(torch):
    x = leaf(torch)
    y = x.exp()
    return graph(torch, y + y * y, x=x)
