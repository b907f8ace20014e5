"""autograd.grad: unused and repeated inputs, non-leaf inputs, gradients of outputs, its errors."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, case, leaf, warned


@case
def touches_no_grad(torch):
    x = leaf(torch)
    (g,) = torch.autograd.grad((x * x).sum(), x)
    return {"g": g, "x grad": x.grad}


@case
def returns_a_tuple(torch):
    x, y = leaf(torch), leaf(torch)
    out = (x * y).sum()
    return [torch.autograd.grad(out, x, retain_graph=True), torch.autograd.grad(out, [x], retain_graph=True),
            torch.autograd.grad(out, (x, y))]


@case
def unused_input(torch):
    x, y = leaf(torch), leaf(torch)
    out = (x * x).sum()
    return [attempt(torch.autograd.grad, out, [x, y], retain_graph=True),
            torch.autograd.grad(out, [x, y], retain_graph=True, allow_unused=True),
            torch.autograd.grad(out, [y, x], retain_graph=True, allow_unused=True)]


@case
def materialized(torch):
    x, y = leaf(torch), leaf(torch, [[1.0], [2.0]], dtype=torch.float64)
    out = (x * x).sum()
    g = torch.autograd.grad(out, [x, y], materialize_grads=True, retain_graph=True)
    h = torch.autograd.grad(out, [x, y], materialize_grads=True, create_graph=True)
    return {"g": list(g), "h": list(h), "refused": attempt(torch.autograd.grad, out, [x], materialize_grads=True, allow_unused=False)}


@case
def input_without_gradient(torch):
    x = leaf(torch)
    return [attempt(torch.autograd.grad, (x * x).sum(), [torch.ones(3)]),
            attempt(torch.autograd.grad, (x * x).sum(), [x, torch.ones(3)], allow_unused=True)]


@case
def output_without_gradient(torch):
    return [attempt(torch.autograd.grad, torch.ones(1), leaf(torch)), attempt(torch.autograd.grad, torch.ones(3), leaf(torch))]


@case
def output_is_the_input(torch):
    x = torch.tensor(2.0, requires_grad=True)
    v = leaf(torch)
    y = x * 2
    return [torch.autograd.grad(x, x), torch.autograd.grad(v, v, torch.tensor([1.0, 2.0, 3.0])), torch.autograd.grad(y, y)]


@case
def non_leaf_input(torch):
    x = leaf(torch)
    y = x * 2
    z = (y * y).sum()
    return [torch.autograd.grad(z, y, retain_graph=True), torch.autograd.grad(z, [x, y])]


@case
def view_as_input(torch):
    x = leaf(torch)
    v = x[1:]
    out = (x * x).sum() + (v * 3).sum()
    return [torch.autograd.grad(out, [v], retain_graph=True), torch.autograd.grad(out, [x])]


@case
def repeated_input(torch):
    x = leaf(torch)
    y = x * 2
    return [torch.autograd.grad((x * x).sum(), [x, x]), torch.autograd.grad((y * y).sum(), [y, x, y])]


@case
def output_of_several(torch):
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    a, b = x.unbind()
    out = (a * b).sum()
    return [torch.autograd.grad(out, [a, b], retain_graph=True), torch.autograd.grad(out, [b], retain_graph=True),
            torch.autograd.grad(out, [x])]


@case
def several_outputs(torch):
    x = leaf(torch)
    a, b = (x * x).sum(), x * 3
    return [torch.autograd.grad([a, b], x, [None, torch.ones(3)])]


@case
def non_scalar_output(torch):
    x = leaf(torch)
    return [attempt(torch.autograd.grad, x * 2, x), torch.autograd.grad(x * 2, x, torch.tensor([1.0, 0.0, 2.0]))]


@case
def wrong_grad_outputs(torch):
    x = leaf(torch)
    y = x * 2
    grad = torch.autograd.grad
    return [attempt(grad, y, x, torch.ones(2)), attempt(grad, y, x, torch.ones(3, 1)), attempt(grad, y, x, [1.0]),
            attempt(grad, y, x, 1.0), attempt(grad, [y, y], x, [torch.ones(3)]), attempt(grad, y, x, torch.ones(3, dtype=torch.complex64)),
            attempt(grad, y, x, [])]


@case
def grad_outputs_of_other_dtype(torch):
    x = leaf(torch)
    return [attempt(torch.autograd.grad, x * 2, x, torch.ones(3, dtype=d)) for d in (torch.float64, torch.int64, torch.float16)]


@case
def grad_outputs_differentiated(torch):
    x, v = leaf(torch), leaf(torch, [1.0, 2.0, -1.0])
    (g,) = torch.autograd.grad(x * x, x, v, create_graph=True)
    return [g, torch.autograd.grad(g, [x, v], torch.ones(3))]


@case
def empty_arguments(torch):
    x = leaf(torch)
    return [attempt(torch.autograd.grad, [], [x]), attempt(torch.autograd.grad, (x * x).sum(), [])]


@case
def wrong_types(torch):
    x = leaf(torch)
    y = (x * x).sum()
    grad = torch.autograd.grad
    return [attempt(grad, y, "x"), attempt(grad, y, [None]), attempt(grad, y, [1.0]), attempt(grad, 3.0, x), attempt(grad, [None], x)]


@case
def only_inputs_false_warns(torch):
    x = leaf(torch)
    return [warned(torch.autograd.grad, (x * x).sum(), x, only_inputs=False)]


@case
def graph_freed(torch):
    x = leaf(torch)
    y = (x * x).sum()
    torch.autograd.grad(y, x)
    return [attempt(torch.autograd.grad, y, x)]


@case
def part_not_visited_is_not_freed(torch):
    x, y = leaf(torch), leaf(torch)
    a, b = x.exp(), y.exp()
    out = (a + b).sum()
    torch.autograd.grad(out, x, retain_graph=False)
    return [attempt(lambda: b.grad_fn._saved_result), attempt(lambda: a.grad_fn._saved_result)]


@case
def create_graph_gives_grad_fn(torch):
    x = leaf(torch)
    (g,) = torch.autograd.grad((x * x).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad((x * 3).sum(), x, create_graph=True)
    (plain,) = torch.autograd.grad((x * x).sum(), x)
    return {"g": g, "h": h, "plain": plain}


@case
def hessian_vector_product(torch):
    x = leaf(torch)
    y = (x ** 3 + x.exp() * x).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    (hv,) = torch.autograd.grad(g, x, torch.tensor([1.0, -1.0, 2.0]))
    return [g, hv]


@case
def mixed_second_derivative(torch):
    x, y = leaf(torch), leaf(torch, [0.5, -1.0, 2.0])
    (gx,) = torch.autograd.grad((x * x * y).sum(), x, create_graph=True)
    return [torch.autograd.grad(gx.sum(), y, retain_graph=True), torch.autograd.grad(gx.sum(), x)]


@case
def second_derivative_of_linear_function(torch):
    x = leaf(torch)
    (g,) = torch.autograd.grad((x * 3).sum(), x, create_graph=True)
    return [g, attempt(torch.autograd.grad, g.sum(), x), attempt(lambda: torch.autograd.grad(g.sum(), x, allow_unused=True))]


@case
def hooks_run_on_captured_inputs(torch):
    seen = []
    x = leaf(torch)
    y = x * 2
    x.register_hook(lambda g: seen.append(("x", g.tolist())))
    y.register_hook(lambda g: g * 10)
    x.register_post_accumulate_grad_hook(lambda t: seen.append("accumulated"))
    return [torch.autograd.grad((y * y).sum(), [x, y]), seen]


@case
def hook_that_replaces_a_captured_gradient(torch):
    x = leaf(torch)
    x.register_hook(lambda g: g * 100)
    return [torch.autograd.grad((x * x).sum(), x), x.grad]


@case
def intermediate_of_an_in_place_chain(torch):
    x = leaf(torch)
    y = x * 2
    z = y.add_(1) * x
    return [torch.autograd.grad(z.sum(), [y, x])]


@case
def inputs_after_the_root(torch):
    x = leaf(torch)
    y = (x * x).sum()
    later = y * 2
    return [attempt(torch.autograd.grad, y, later), torch.autograd.grad(y, later, allow_unused=True)]


@case
def results_do_not_alias(torch):
    x, y = leaf(torch), leaf(torch)
    a, b = torch.autograd.grad((x + y).sum(), [x, y])
    a2 = a.clone()
    return {"a": a2, "b": b.clone(), "strides": [a.stride(), b.stride()]}


@case
def gradient_of_detached_part_is_unused(torch):
    x = leaf(torch)
    return [attempt(torch.autograd.grad, ((x * 2).detach() * leaf(torch)).sum(), x)]


@case
def batched_gradients(torch):
    x = leaf(torch)
    return [attempt(torch.autograd.grad, x * x, x, torch.eye(3), is_grads_batched=True)]
