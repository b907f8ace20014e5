"""What is refused, and in which words."""

from __future__ import annotations

from typing import Any

from isograd_parity.cases.rules import case, raises


@case
def shapes_that_do_not_broadcast(torch: Any) -> Any:
    a, b = torch.ones(2, 3), torch.ones(2, 4)
    return [
        raises(lambda: a + b),
        raises(lambda: torch.mul(a, torch.ones(2))),
        raises(lambda: torch.where(a > 0, a, b)),
        raises(lambda: a < b),
        raises(lambda: torch.broadcast_tensors(a, b)),
        raises(lambda: torch.maximum(torch.ones(3), torch.ones(2))),
    ]


@case
def matrices_that_do_not_fit(torch: Any) -> Any:
    a = torch.ones(2, 3)
    return [
        raises(lambda: a @ a),
        raises(lambda: torch.mm(a, a)),
        raises(lambda: torch.mm(a, torch.ones(3))),
        raises(lambda: torch.mv(a, torch.ones(2))),
        raises(lambda: torch.dot(torch.ones(2), torch.ones(3))),
        raises(lambda: torch.dot(a, a)),
        raises(lambda: torch.bmm(a, a)),
        raises(lambda: torch.ones(()) @ a),
        raises(lambda: torch.ones(2, 2, 3) @ torch.ones(3, 3, 2)),
        raises(lambda: torch.ones(3) @ torch.ones(2, 3)),
        raises(lambda: torch.addmm(torch.ones(5), a, torch.ones(3, 2))),
        raises(lambda: a @ torch.ones(3, 2, dtype=torch.float64)),
    ]


@case
def dimensions_out_of_range(torch: Any) -> Any:
    x = torch.ones(2, 3)
    return [
        raises(lambda: x.sum(2)),
        raises(lambda: x.sum(-3)),
        raises(lambda: x.softmax(5)),
        raises(lambda: x.transpose(0, 2)),
        raises(lambda: x.max(3)),
        raises(lambda: x.unsqueeze(4)),
        raises(lambda: x.size(2)),
        raises(lambda: x.permute(0)),
        raises(lambda: x.permute(0, 0)),
        raises(lambda: x.cumsum(2)),
        raises(lambda: x.mean((0, 0))),
        raises(lambda: x.flatten(1, 0)),
        raises(lambda: x.select(0, 5)),
        raises(lambda: x.narrow(0, 1, 5)),
        raises(lambda: torch.stack([x, x], 4)),
        raises(lambda: torch.cat([x, x], 2)),
        raises(lambda: x.unbind(2)),
        raises(lambda: x.argmax(2)),
        raises(lambda: x.flip(2)),
        raises(lambda: x.stride(2)),
    ]


@case
def wrong_types(torch: Any) -> Any:
    x = torch.ones(2)
    return [
        raises(lambda: x + "a"),
        raises(lambda: x + None),
        raises(lambda: x + [1, 2]),
        raises(lambda: x * {}),
        raises(lambda: "a" + x),
        raises(lambda: x @ 2),
        raises(lambda: x < "a"),
        raises(lambda: -torch.tensor(True)),
        raises(lambda: ~x),
        raises(lambda: x & x),
        raises(lambda: x << x),
    ]


@case
def functions_given_wrong_types(torch: Any) -> Any:
    return [
        raises(lambda: torch.exp(1.0)),
        raises(lambda: torch.exp("a")),
        raises(lambda: torch.exp()),
        raises(lambda: torch.exp(torch.ones(2), 3)),
        raises(lambda: torch.add(1, 2)),
        raises(lambda: torch.sum([1, 2])),
        raises(lambda: torch.sum(torch.ones(2), dim="a")),
        raises(lambda: torch.mm(1, 2)),
        raises(lambda: torch.cat(torch.ones(2))),
        raises(lambda: torch.cat([1, 2])),
        raises(lambda: torch.stack(3)),
        raises(lambda: torch.relu(None)),
        raises(lambda: torch.exp(torch.ones(2), nonsense=1)),
        raises(lambda: torch.ones(2).sum(nonsense=1)),
        raises(lambda: torch.ones(2).reshape("a")),
    ]


@case
def operators_with_unknown_objects_defer(torch: Any) -> Any:
    class Other:
        def __radd__(self, other: Any) -> str:
            return "mine"

        def __rmatmul__(self, other: Any) -> str:
            return "mine too"

    x = torch.ones(2)
    return raises(lambda: x + Other()), raises(lambda: x @ Other())


@case
def empty_reductions(torch: Any) -> Any:
    x = torch.ones(0)
    return [
        x.sum(),
        x.prod(),
        x.mean(),
        raises(x.max),
        raises(x.argmax),
        raises(lambda: x.max(0)),
        x.any(),
        x.all(),
        raises(x.median),
        x.std(),
        x.cumsum(0),
        torch.ones(2, 0).sum(1),
        raises(lambda: torch.ones(2, 0).amax(1)),
        raises(lambda: torch.ones(2, 0).argmin(1)),
        torch.ones(0, 2).amax(1),
        x.logsumexp(0),
    ]


@case
def empty_concatenations(torch: Any) -> Any:
    return (
        raises(lambda: torch.cat([])),
        raises(lambda: torch.stack([])),
        torch.cat([torch.ones(0), torch.ones(2, 3)]),
        raises(lambda: torch.cat([torch.ones(2, 3), torch.ones(3, 2)])),
        raises(lambda: torch.stack([torch.ones(2), torch.ones(3)])),
        raises(lambda: torch.cat([torch.tensor(1.0)])),
    )


@case
def integer_means(torch: Any) -> Any:
    i = torch.ones(2, dtype=torch.int64)
    return [
        raises(i.mean),
        raises(i.std),
        raises(i.softmax),
        raises(lambda: i.softmax(0)),
        raises(lambda: torch.linalg.norm(i)),
        raises(i.norm),
        i.mean(dtype=torch.float32),
        raises(i.logsumexp),
        raises(i.dropout) if hasattr(i, "dropout") else None,
    ]


@case
def complex_comparisons(torch: Any) -> Any:
    z = torch.ones(2, dtype=torch.complex64)
    return [
        raises(lambda: z < z),
        raises(lambda: z.max()),
        raises(lambda: torch.maximum(z, z)),
        raises(lambda: z.sort()),
        raises(lambda: z.floor()),
        raises(lambda: z // z),
        raises(lambda: z % z),
        raises(lambda: z.sign()),
    ]


@case
def linear_algebra_of_wrong_shapes(torch: Any) -> Any:
    la = torch.linalg
    return [
        raises(lambda: la.inv(torch.ones(2, 3))),
        raises(lambda: la.inv(torch.ones(2))),
        raises(lambda: la.det(torch.ones(2, 3))),
        raises(lambda: la.cholesky(torch.ones(2))),
        raises(lambda: la.solve(torch.ones(2, 2), torch.ones(3))),
        raises(lambda: la.eigh(torch.ones(3))),
        raises(lambda: la.svd(torch.ones(3))),
        raises(lambda: la.qr(torch.ones(3))),
    ]


@case
def singular_matrices(torch: Any) -> Any:
    la, z = torch.linalg, torch.zeros(2, 2)
    return [
        raises(lambda: la.inv(z)),
        raises(lambda: la.solve(z, torch.ones(2))),
        raises(lambda: la.cholesky(-torch.eye(2))),
        la.det(z),
        raises(lambda: la.inv(torch.zeros(3, 2, 2))),
    ]


@case
def layers_given_wrong_shapes(torch: Any) -> Any:
    f = torch.nn.functional
    return [
        raises(lambda: f.linear(torch.ones(2, 3), torch.ones(4, 2))),
        raises(lambda: f.conv2d(torch.ones(1, 2, 3, 3), torch.ones(1, 3, 2, 2))),
        raises(lambda: f.conv2d(torch.ones(3), torch.ones(1, 3, 2, 2))),
        raises(lambda: f.cross_entropy(torch.ones(2, 3), torch.tensor([0, 5]))),
        raises(lambda: f.cross_entropy(torch.ones(2, 3), torch.tensor([0]))),
        raises(lambda: f.nll_loss(torch.ones(2, 3), torch.ones(2))),
        raises(lambda: f.embedding(torch.tensor([5]), torch.ones(3, 2))),
        raises(lambda: f.embedding(torch.tensor([0.5]), torch.ones(3, 2))),
        raises(lambda: f.one_hot(torch.tensor([5]), 3)),
        raises(lambda: f.dropout(torch.ones(2), 2.0)),
        raises(lambda: f.layer_norm(torch.ones(2, 3), (2,))),
        raises(lambda: f.max_pool2d(torch.ones(1, 1, 2, 2), 5)),
        raises(lambda: f.mse_loss(torch.ones(2), torch.ones(2), reduction="nonsense")),
        raises(lambda: f.pad(torch.ones(2), (1, 2, 3))),
        raises(lambda: f.binary_cross_entropy(torch.tensor([2.0]), torch.tensor([1.0]))),
    ]


@case
def keyword_and_positional_forms(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3)
    return [
        torch.sum(input=x, dim=1),
        torch.sum(x, dim=1, keepdim=True),
        torch.sum(x, axis=1),
        x.sum(axis=0, keepdims=True),
        torch.add(x, other=x, alpha=2),
        torch.add(input=x, other=1),
        x.sum((0, 1)),
        x.sum([]),
        x.sum(dim=None),
        torch.transpose(x, dim0=0, dim1=1),
        x.reshape((3, 2)),
        x.reshape(3, 2),
        x.reshape([3, 2]),
        x.permute((1, 0)),
        x.repeat(2, 1),
        x.repeat((2, 1)),
        x.expand((4, 2, 3)),
        x.max(dim=1).indices,
        torch.max(x, 1)[0],
        torch.max(x, x + 1),
        x.std(unbiased=False),
        x.std(correction=0),
        raises(lambda: x.sum(0, axis=0)),
    ]


@case
def numbers_that_are_not_integers(torch: Any) -> Any:
    x = torch.ones(2, 3)
    return [
        raises(lambda: x.sum(0.5)),
        raises(lambda: x.transpose(0.0, 1)),
        raises(lambda: x.reshape(2.0, 3)),
        raises(lambda: x.view(6.5)),
        raises(lambda: x.sum(True)),
        raises(lambda: x.reshape(torch.tensor(6))),
    ]


@case
def named_results(torch: Any) -> Any:
    x = torch.tensor([[3.0, 1.0], [2.0, 4.0]])
    values, indices = x.max(1)
    result = x.sort(1)
    return (
        values,
        indices,
        result,
        result.values,
        result.indices,
        type(result).__name__,
        repr(type(x.max(0))),
        len(result),
        raises(lambda: result.nonsense),
        x.min(0),
        x.median(0),
        x.topk(1),
        x.kthvalue(1),
        x.mode(0),
    )


@case
def functions_need_tensors_of_one_dtype(torch: Any) -> Any:
    a, b = torch.ones(2, 2), torch.ones(2, 2, dtype=torch.float64)
    return [
        raises(lambda: torch.mm(a, b)),
        raises(lambda: torch.dot(a[0], b[0])),
        raises(lambda: torch.nn.functional.linear(a, b)),
        raises(lambda: torch.linalg.solve(a, b)),
        raises(lambda: torch.lerp(a, b, 0.5)),
        raises(lambda: a.index_add(0, torch.tensor([0, 1]), b)),
        raises(lambda: a.scatter(0, torch.tensor([[0, 0]]), b)),
    ]


@case
def ties(torch: Any) -> Any:
    x = torch.tensor([2.0, 1.0, 2.0, 1.0], requires_grad=True)
    y = torch.tensor([2.0, 2.0, 1.0, 1.0], requires_grad=True)
    pairs = [
        x.max(),
        x.amax(),
        x.max(0).values,
        x.min(),
        x.median(),
        torch.maximum(x, y).sum(),
        x.sort().values[0],
        x.topk(2).values.sum(),
        x.clamp(1, 2).sum(),
        x.relu().sum(),
        (x - x).abs().sum(),
        x.kthvalue(2).values,
        torch.fmax(x, y).sum(),
    ]
    return [torch.autograd.grad(p, [x, y], allow_unused=True) for p in pairs]


@case
def not_a_number(torch: Any) -> Any:
    n = float("nan")
    x = torch.tensor([1.0, n, 3.0], requires_grad=True)
    results = [
        x.max(),
        x.sum(),
        torch.maximum(x, torch.ones(3)).sum(),
        torch.fmax(x, torch.ones(3)).sum(),
        x.sort().values.sum(),
        x.clamp(0, 2).sum(),
        x.relu().sum(),
        torch.nan_to_num(x).sum(),
        x.nansum(),
    ]
    return (
        results,
        [torch.autograd.grad(r, x) for r in results],
        x.argmax(),
        x.isnan(),
        x == x,
        x.sort().indices,
    )


@case
def gradients_at_singular_points(torch: Any) -> Any:
    x = torch.tensor([0.0, -0.0, 1.0, -1.0, float("inf")], requires_grad=True)
    functions = [
        torch.sqrt,
        torch.abs,
        torch.log,
        torch.reciprocal,
        torch.sign,
        torch.relu,
        lambda t: t**0.5,
        lambda t: t**0,
        lambda t: t**2,
        torch.rsqrt,
        torch.acos,
        torch.norm,
        torch.prod,
        lambda t: t / t,
        torch.exp,
        torch.tanh,
        torch.sinc,
    ]
    return [(f(x).detach(), torch.autograd.grad(f(x), x, torch.ones_like(f(x)))) for f in functions]
