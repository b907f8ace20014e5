"""The graph as one can look at it: ``grad_fn``, ``next_functions``, what is saved."""

from __future__ import annotations

from typing import Any

from isograd_parity.cases.rules import case, raises
from isograd_parity.oracle import GraphOf


@case
def leaves_have_no_grad_fn(torch: Any) -> Any:
    return torch.ones(2).grad_fn, torch.ones(2, requires_grad=True).grad_fn


@case
def names_of_arithmetic(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0, 4.0], requires_grad=True)
    results = [
        x + y,
        x - y,
        x * y,
        x / y,
        x**y,
        x**2,
        2**x,
        -x,
        x + 1,
        1 - x,
        x * 2,
        x / 2,
        2 / x,
        x @ y,
        x.abs(),
        x % 2,
        x // 2,
        +x,
        x > y,
    ]
    return [GraphOf(r) for r in results], [r.requires_grad for r in results]


@case
def names_of_reductions_and_shapes(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    results = [
        x.sum(),
        x.sum(0),
        x.mean(),
        x.mean(1, keepdim=True),
        x.max(),
        x.max(0).values,
        x.prod(),
        x.prod(0),
        x.var(),
        x.reshape(3, 2),
        x.reshape(-1),
        x.view(6),
        x.flatten(),
        x.t(),
        x.T,
        x.transpose(0, 1),
        x.permute(1, 0),
        x.unsqueeze(0),
        x[None],
        x.squeeze(),
        x.expand(4, 2, 3),
        x[0],
        x[:, 1],
        x[:, 1:],
        x[[0, 1]],
        x[x > 2],
        x.clone(),
        x.contiguous(),
        x.narrow(1, 0, 2),
        x.select(0, 1),
        x.diagonal(),
        x.unbind()[1],
        x.split(2, 1)[0],
        x.chunk(2)[1],
        torch.cat([x, x]),
        torch.stack([x, x]),
        torch.where(x > 2, x, x * 2),
        x.double(),
        x.to(torch.float64),
    ]
    return [GraphOf(r) for r in results]


@case
def edges_to_constants_are_none(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    node = (torch.ones(2) * x).grad_fn
    return [(fn is None, nr) for fn, nr in node.next_functions]


@case
def the_same_node_is_the_same_object(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    return y.grad_fn is y.grad_fn, (y + y).grad_fn.next_functions[0][0] is y.grad_fn


@case
def the_accumulator_of_a_leaf(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    a = (x * 2).grad_fn.next_functions[0][0]
    b = (x * 3).grad_fn.next_functions[0][0]
    return a is b, a.name(), type(a).__name__, a.variable is x, a.next_functions


@case
def names_and_types_of_nodes(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    return y.grad_fn.name(), type(y.grad_fn).__name__, type(y.grad_fn) is type((y * 2).grad_fn)


@case
def a_diamond(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    return GraphOf(y.sin() * y.cos())


@case
def several_outputs_of_one_node(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    a, b = x.unbind()
    return a.output_nr, b.output_nr, a.grad_fn is b.grad_fn, GraphOf(a * b)


@case
def only_the_values_of_a_sort_are_differentiable(torch: Any) -> Any:
    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    values, indices = x.sort()
    return values, indices, GraphOf(values)


@case
def saved_tensors_of_a_product(torch: Any) -> Any:
    x, y = torch.ones(2, requires_grad=True), torch.full((2,), 3.0)
    node = (x * y).grad_fn
    return node._saved_self, node._saved_other


@case
def saved_result_of_exp(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    return torch.equal(y.grad_fn._saved_result, y), y.grad_fn._saved_result is y


@case
def saved_attributes(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    return (
        (x**2).grad_fn._saved_exponent,
        x.sum(1, keepdim=True).grad_fn._saved_self_sym_sizes,
        x.sum(1, keepdim=True).grad_fn._saved_keepdim,
        raises(lambda: (x + x).grad_fn._saved_self),
    )


@case
def what_is_saved_once_is_saved_by_reference(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return (x * torch.ones(2)).grad_fn._saved_other is not None, (x * x).grad_fn._saved_self is x


@case
def metadata_of_a_node(torch: Any) -> Any:
    node = (torch.ones(2, requires_grad=True) * 2).grad_fn
    node.metadata["key"] = 1
    return node.metadata


@case
def no_graph_without_requires_grad(torch: Any) -> Any:
    x = torch.ones(2)
    return GraphOf(x * 2 + x), (x * 2).grad_fn


@case
def composites_show_their_parts(torch: Any) -> Any:
    x = torch.arange(1.0, 7.0).reshape(2, 3).requires_grad_()
    f = torch.nn.functional
    target = torch.tensor([0, 2])
    return [
        GraphOf(f.cross_entropy(x, target)),
        GraphOf(f.mse_loss(x, torch.zeros(2, 3))),
        GraphOf(x.std()),
        GraphOf(x.norm()),
        GraphOf(f.softmax(x, 1)),
        GraphOf(f.linear(x, torch.ones(4, 3))),
        GraphOf(x.logsumexp(1)),
        GraphOf(f.relu(x)),
    ]
