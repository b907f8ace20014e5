"""``backward`` and ``autograd.grad``: arguments, accumulation, errors."""

from __future__ import annotations

from typing import Any

from isograd_parity.cases.rules import case, raises


@case
def scalar_backward(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    result = (x * x).sum().backward()
    return result, x.grad


@case
def one_element_of_any_rank_needs_no_gradient(torch: Any) -> Any:
    x = torch.ones(1, 1, requires_grad=True)
    (x * 3).backward()
    return x.grad


@case
def vector_backward_needs_a_gradient(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    return (
        raises(y.backward),
        raises(lambda: torch.autograd.backward(y)),
        raises(lambda: torch.autograd.grad(y, y)),
    )


@case
def vector_backward_with_a_gradient(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    (x * 2).backward(torch.tensor([3.0, 5.0]))
    return x.grad


@case
def backward_with_a_gradient_by_name(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    (x * 2).backward(gradient=torch.tensor([3.0, 5.0]), retain_graph=True, create_graph=False)
    return x.grad


@case
def gradient_of_the_wrong_shape(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    return [
        raises(lambda: y.backward(torch.ones(3))),
        raises(lambda: y.backward(torch.ones(2, 1))),
        raises(lambda: y.backward(torch.tensor(1.0))),
    ]


@case
def gradient_of_the_wrong_dtype(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    first = raises(lambda: (x * 2).backward(torch.ones(2, dtype=torch.float64)))
    return first, x.grad, raises(lambda: (x * 2).backward(torch.ones(2, dtype=torch.complex64)))


@case
def gradient_of_the_wrong_type(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    return raises(lambda: y.backward(1.0)), raises(lambda: y.backward([1.0, 1.0]))


@case
def nothing_to_differentiate(torch: Any) -> Any:
    return raises(torch.ones(()).backward), raises((torch.ones(()) * 2).backward)


@case
def integer_result_has_no_gradient(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return raises((x > 0).sum().backward), raises(x.argmax().backward)


@case
def complex_backward_needs_a_gradient(torch: Any) -> Any:
    y = torch.ones((), dtype=torch.complex64, requires_grad=True) * 2
    return raises(y.backward)


@case
def second_backward_needs_retain_graph(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    return raises(y.backward), x.grad


@case
def second_backward_is_fine_where_nothing_was_saved(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x.sum()
    y.backward()
    y.backward()
    return x.grad


@case
def retain_graph(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    y.backward()
    return x.grad, raises(y.backward)


@case
def freed_saved_tensor(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True).exp()
    node = y.grad_fn
    y.sum().backward()
    return raises(lambda: node._saved_result)


@case
def gradients_accumulate(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    for factor in (1.0, 10.0, 100.0):
        (x * factor).sum().backward()
    return x.grad


@case
def accumulation_is_in_place(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    g = x.grad
    (x * 3).sum().backward()
    return g is x.grad, g, g._version


@case
def accumulation_with_create_graph_is_not_in_place(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    (x * x).sum().backward(create_graph=True)
    g = x.grad
    (x * x).sum().backward(create_graph=True)
    return g is x.grad, g, x.grad


@case
def the_first_gradient_is_not_the_callers_tensor(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    g = torch.tensor([3.0, 4.0])
    (x + 0).backward(g)
    x.grad.zero_()
    return g


@case
def a_leaf_used_twice(torch: Any) -> Any:
    x = torch.tensor([2.0], requires_grad=True)
    (x * x + x).sum().backward()
    return x.grad


@case
def a_shared_result(torch: Any) -> Any:
    x = torch.tensor([2.0], requires_grad=True)
    y = x.exp()
    (y * y + y).sum().backward()
    return x.grad


@case
def backward_of_a_leaf(torch: Any) -> Any:
    x = torch.tensor(2.0, requires_grad=True)
    x.backward()
    return x.grad


@case
def unreached_leaves_keep_none(torch: Any) -> Any:
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    return x.grad, y.grad


@case
def backward_with_inputs(torch: Any) -> Any:
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    (x * y).sum().backward(inputs=[x])
    return x.grad, y.grad


@case
def backward_with_inputs_that_are_results(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    (y * y).sum().backward(inputs=y)
    return y.grad, x.grad


@case
def backward_with_no_inputs(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True).sum()
    return raises(lambda: y.backward(inputs=[])), raises(lambda: y.backward(inputs=[torch.ones(2)]))


@case
def backward_of_several(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward([x.sum(), x * x], [None, torch.tensor([1.0, 10.0])])
    return x.grad


@case
def backward_of_several_with_too_few_gradients(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return raises(lambda: torch.autograd.backward([x * 1, x * 2], [torch.ones(2)]))


@case
def backward_of_none(torch: Any) -> Any:
    return raises(lambda: torch.autograd.backward([])), raises(lambda: torch.autograd.grad([], []))


@case
def grad_returns_and_does_not_accumulate(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    return torch.autograd.grad((x * x).sum(), x), x.grad


@case
def grad_of_several_inputs(torch: Any) -> Any:
    x, y = (
        torch.tensor([1.0, 2.0], requires_grad=True),
        torch.tensor([3.0, 4.0], requires_grad=True),
    )
    return torch.autograd.grad((x * y).sum(), [x, y]), torch.autograd.grad((x * y).sum(), (y,))


@case
def grad_of_several_outputs(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    return torch.autograd.grad([x.sum(), (x * x).sum()], x)


@case
def grad_for_a_result(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    return torch.autograd.grad((y * y).sum(), [y, x])


@case
def grad_unused(torch: Any) -> Any:
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    return raises(lambda: torch.autograd.grad(x.sum(), [x, y])), torch.autograd.grad(
        x.sum(), [x, y], allow_unused=True
    )


@case
def grad_materialised(torch: Any) -> Any:
    x, y = torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)
    return torch.autograd.grad(x.sum(), [x, y], materialize_grads=True)


@case
def grad_materialised_but_not_allowed_unused(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return raises(
        lambda: torch.autograd.grad(x.sum(), x, allow_unused=False, materialize_grads=True)
    )


@case
def grad_for_what_needs_none(torch: Any) -> Any:
    x, y = torch.ones(2, requires_grad=True), torch.ones(2)
    return raises(lambda: torch.autograd.grad((x * y).sum(), y)), raises(
        lambda: torch.autograd.grad(y.sum(), x)
    )


@case
def grad_with_grad_outputs(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    g = torch.tensor([3.0, 5.0])
    return torch.autograd.grad(x * 2, x, g), torch.autograd.grad([x * 2], [x], grad_outputs=[g])


@case
def grad_with_wrong_grad_outputs(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return raises(lambda: torch.autograd.grad(x * 2, x, torch.ones(3))), raises(
        lambda: torch.autograd.grad(x * 2, x, [None])
    )


@case
def grad_frees_the_graph(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    torch.autograd.grad(y, x)
    return raises(lambda: torch.autograd.grad(y, x))


@case
def grad_with_retain_graph(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    return torch.autograd.grad(y, x, retain_graph=True), torch.autograd.grad(y, x)


@case
def create_graph_gives_differentiable_gradients(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), x, create_graph=True)
    (k,) = torch.autograd.grad(h.sum(), x)
    return g.detach(), g.requires_grad, h.detach(), h.requires_grad, k


@case
def create_graph_keeps_the_graph(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    torch.autograd.grad(y, x, create_graph=True)
    return torch.autograd.grad(y, x)


@case
def gradient_without_create_graph_is_constant(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    (g,) = torch.autograd.grad((x * x).sum(), x)
    return g, raises(lambda: g.sum().backward())


@case
def backward_with_create_graph(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    g = x.grad
    x.grad = None
    g.sum().backward()
    return g.detach(), x.grad


@case
def gradient_of_a_linear_function_is_constant(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    (g,) = torch.autograd.grad((x * 3).sum(), x, create_graph=True)
    return g.requires_grad, g.grad_fn is None


@case
def grad_outputs_that_require_grad(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([3.0, 5.0], requires_grad=True)
    (g,) = torch.autograd.grad(x * x, x, v, create_graph=True)
    return torch.autograd.grad(g.sum(), [x, v])


@case
def hessian_vector_product(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, -1.0])
    (g,) = torch.autograd.grad((x[0] ** 2 * x[1]).sum(), x, create_graph=True)
    return torch.autograd.grad((g * v).sum(), x)


@case
def broadcast_gradients_are_summed(torch: Any) -> Any:
    x, y = torch.ones(2, 3, requires_grad=True), torch.ones(3, requires_grad=True)
    z = torch.ones(2, 1, requires_grad=True)
    (x * y * z * torch.arange(6.0).reshape(2, 3)).sum().backward()
    return x.grad, y.grad, z.grad


@case
def gradients_have_the_dtype_of_the_input(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (x * y).sum().backward()
    return x.grad, y.grad


@case
def gradient_of_a_real_input_is_real(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = torch.tensor([1 + 1j, 2 - 1j], requires_grad=True)
    (x * z).abs().sum().backward()
    return x.grad, z.grad


@case
def an_error_in_backward_leaves_things_usable(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    y.backward()
    first = raises(y.backward)
    x.grad = None
    (x * 5).sum().backward()
    return first, x.grad


@case
def a_long_chain(torch: Any) -> Any:
    x = torch.ones((), requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y + 1
    y.backward()
    return x.grad


@case
def needless_branches_are_not_run(torch: Any) -> Any:
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    seen: list[str] = []
    a, b = x * 2, y * 2
    a.register_hook(lambda g: seen.append("a"))
    b.register_hook(lambda g: seen.append("b"))
    torch.autograd.grad((a * b).sum(), x)
    return seen


@case
def topological_order_is_that_of_creation(torch: Any) -> Any:
    x = torch.ones(1, requires_grad=True)
    seen: list[str] = []
    parts = []
    for name in "abc":
        y = x * 2
        y.register_hook(lambda g, name=name: seen.append(name))
        parts.append(y)
    (parts[1] + parts[0] + parts[2]).sum().backward()
    return seen
