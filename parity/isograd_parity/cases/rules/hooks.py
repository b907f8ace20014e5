"""Hooks on tensors, on nodes and on accumulation."""

from __future__ import annotations

from typing import Any

from isograd_parity.cases.rules import case, raises


@case
def a_hook_sees_the_gradient(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen: list[Any] = []
    x.register_hook(seen.append)
    (x * x).sum().backward()
    return seen, x.grad


@case
def a_hook_replaces_the_gradient(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.register_hook(lambda g: g * 10)
    y.sum().backward()
    return x.grad


@case
def hooks_run_in_order(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    x.sum().backward()
    return x.grad


@case
def a_hook_can_be_removed(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    handle = x.register_hook(lambda g: g * 10)
    x.sum().backward()
    handle.remove()
    x.sum().backward()
    return x.grad


@case
def a_handle_is_a_context(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with x.register_hook(lambda g: g * 10):
        x.sum().backward()
    x.sum().backward()
    return x.grad


@case
def a_hook_needs_requires_grad(torch: Any) -> Any:
    return raises(lambda: torch.ones(2).register_hook(print))


@case
def a_hook_of_a_wrong_shape(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: torch.ones(3))
    return raises(y.sum().backward)


@case
def a_hook_that_returns_no_tensor(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: 3.0)
    return raises(y.sum().backward)


@case
def an_exception_in_a_hook_comes_through(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)

    def fail(g: Any) -> None:
        raise KeyError("mine")

    x.register_hook(fail)
    return raises(x.sum().backward), x.grad


@case
def a_hook_sees_the_sum_of_what_arrives(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    seen: list[Any] = []
    y.register_hook(seen.append)
    (y * 2 + y * 3).sum().backward()
    return seen


@case
def a_hook_before_in_place_sees_the_old_value(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    seen: list[Any] = []
    y.register_hook(seen.append)
    y.mul_(5)
    y.sum().backward()
    return seen


@case
def grad_calls_hooks_of_results_and_of_its_inputs(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    seen: list[str] = []
    x.register_hook(lambda g: seen.append("x"))
    y.register_hook(lambda g: seen.append("y"))
    torch.autograd.grad(y.sum(), x)
    return seen, x.grad


@case
def grad_returns_what_the_hook_made(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: g * 7)
    return torch.autograd.grad(x.sum(), x)


@case
def a_hook_under_create_graph_is_differentiated(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.register_hook(lambda g: g * x)
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return g.detach(), torch.autograd.grad(g.sum(), x)


@case
def retain_grad_sees_what_hooks_made(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.sum().backward()
    return y.grad, x.grad


@case
def a_hook_after_accumulation(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen: list[Any] = []
    x.register_post_accumulate_grad_hook(lambda t: seen.append((t is x, t.grad.clone())))
    x.sum().backward()
    x.sum().backward()
    return seen


@case
def a_hook_after_accumulation_needs_a_leaf(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    return raises(lambda: y.register_post_accumulate_grad_hook(print))


@case
def a_node_hook_sees_both_sides(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    seen: list[Any] = []
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append((inputs, outputs)))
    y.sum().backward()
    return seen


@case
def a_node_hook_replaces_gradients(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(
        lambda inputs, outputs: tuple(g if g is None else g * 10 for g in inputs)
    )
    y.sum().backward()
    return x.grad


@case
def a_node_prehook_replaces_what_arrives(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 10,))
    y.sum().backward()
    return x.grad


@case
def saved_tensors_hooks_pack_and_unpack(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    seen: list[Any] = []

    def pack(t: Any) -> Any:
        seen.append(("pack", t.detach().clone()))
        return t.tolist()

    def unpack(kept: Any) -> Any:
        seen.append(("unpack", kept))
        return torch.tensor(kept)

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = x * x
    y.sum().backward()
    return seen, x.grad


@case
def saving_tensors_can_be_forbidden(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.disable_saved_tensors_hooks("not here"):
        return raises(
            lambda: torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t).__enter__()
        ), x * x
