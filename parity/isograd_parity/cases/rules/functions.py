"""User-defined functions: ``autograd.Function``, its context, and its errors."""

from __future__ import annotations

from typing import Any

from isograd_parity.cases.rules import case, raises
from isograd_parity.oracle import GraphOf


def cube(torch: Any) -> Any:
    """x³, by its own rule."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 3 * x**2 * g

    return Cube


@case
def a_function_of_ones_own(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = cube(torch).apply(x)
    graph = GraphOf(y)
    y.sum().backward()
    return y, graph, x.grad


@case
def its_derivative_can_be_differentiated(torch: Any) -> Any:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (g,) = torch.autograd.grad(cube(torch).apply(x).sum(), x, create_graph=True)
    return torch.autograd.grad(g.sum(), x)


@case
def forward_runs_without_recording(torch: Any) -> Any:
    seen = []

    class Spy(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            seen.append((torch.is_grad_enabled(), x.requires_grad, ctx.needs_input_grad))
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.append((torch.is_grad_enabled(), g.requires_grad, ctx.needs_input_grad))
            return g * 2

    Spy.apply(torch.ones(2, requires_grad=True)).sum().backward()
    Spy.apply(torch.ones(2))
    return seen


@case
def the_context_can_be_set_up_apart(torch: Any) -> Any:
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, factor: Any) -> Any:
            return x * factor

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.factor, None

    x = torch.ones(2, requires_grad=True)
    Scale.apply(x, 5).sum().backward()
    return x.grad


@case
def several_inputs_and_outputs(torch: Any) -> Any:
    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any, n: Any) -> Any:
            ctx.n = n
            return x + y, x * n

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            return a + b * ctx.n, a, None

    x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    a, b = Both.apply(x, y, 3)
    graph = GraphOf(a, b)
    (a * 2 + b).sum().backward()
    return graph, x.grad, y.grad


@case
def unused_outputs_get_zeros(torch: Any) -> Any:
    seen: list[Any] = []

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1, x * 2

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            seen.extend([a, b])
            return a + 2 * b

    x = torch.ones(2, requires_grad=True)
    Two.apply(x)[0].sum().backward()
    return seen, x.grad


@case
def unused_outputs_get_none_if_asked(torch: Any) -> Any:
    seen: list[Any] = []

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx: Any, a: Any, b: Any) -> Any:
            seen.extend([a, b])
            return a

    x = torch.ones(2, requires_grad=True)
    Two.apply(x)[0].sum().backward()
    return seen, x.grad


@case
def outputs_that_are_not_differentiable(torch: Any) -> Any:
    class Sort(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            values, order = x.sort()
            floats = order.to(x.dtype)
            ctx.mark_non_differentiable(floats)
            ctx.save_for_backward(order)
            return values, floats

        @staticmethod
        def backward(ctx: Any, g: Any, _: Any) -> Any:
            return torch.zeros_like(g).scatter(0, ctx.saved_tensors[0], g)

    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    values, order = Sort.apply(x)
    (values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    return values, order, x.grad


@case
def an_in_place_function(torch: Any) -> Any:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x = torch.ones(2, requires_grad=True)
    y = x * 3
    z = Double.apply(y)
    same = z is y
    z.sum().backward()
    return same, y._version, x.grad, raises(lambda: Double.apply(torch.ones(2, requires_grad=True)))


@case
def returning_an_input(torch: Any) -> Any:
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 5

    x = torch.ones(2, requires_grad=True)
    y = Same.apply(x)
    y.sum().backward()
    return y is x, y.data_ptr() == x.data_ptr(), y._is_view(), x.grad


@case
def saved_tensors_are_checked(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = x * 1
    z = cube(torch).apply(y)
    y.add_(1)
    return raises(lambda: z.sum().backward())


@case
def saved_tensors_are_freed(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    z = cube(torch).apply(x).sum()
    z.backward()
    return raises(z.backward)


@case
def backward_once(torch: Any) -> Any:
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x = torch.ones(2, requires_grad=True)
    v = torch.ones(2, requires_grad=True)
    (g,) = torch.autograd.grad(Once.apply(x), x, v, create_graph=True)
    return g.detach(), raises(lambda: g.sum().backward())


def with_backward(torch: Any, rule: Any) -> Any:
    """A function of two inputs with this rule."""

    class Ruled(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x * y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return rule(g)

    return Ruled.apply(torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)).sum()


@case
def wrong_results_of_backward(torch: Any) -> Any:
    rules = [
        lambda g: g,
        lambda g: (g, g, g),
        lambda g: (g, torch.ones(3)),
        lambda g: (g, 1.0),
        lambda g: (g, None),
        lambda g: (g, g, None),
        lambda g: None,
        lambda g: (g.double(), g),
    ]
    return [raises(with_backward(torch, rule).backward) for rule in rules]


@case
def a_function_without_backward(torch: Any) -> Any:
    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    y = Half.apply(torch.ones(2, requires_grad=True))
    return raises(y.sum().backward), raises(lambda: Half()(torch.ones(2)))


@case
def a_function_without_forward(torch: Any) -> Any:
    class Nothing(torch.autograd.Function):
        pass

    return raises(lambda: Nothing.apply(torch.ones(2)))


@case
def an_exception_in_backward_comes_through(torch: Any) -> Any:
    def fail(g: Any) -> Any:
        raise LookupError("mine")

    return raises(with_backward(torch, fail).backward)


@case
def functional_derivatives(torch: Any) -> Any:
    f = torch.autograd.functional
    x = torch.tensor([1.0, 2.0])

    def g(t: Any) -> Any:
        return torch.stack([t[0] * t[1], t[0] ** 2, t[1].exp()])

    def h(t: Any) -> Any:
        return (t**3).sum()

    return (
        f.jacobian(g, x),
        f.hessian(h, x),
        f.vjp(g, x, torch.ones(3)),
        f.jvp(g, x, torch.ones(2)),
        f.hvp(h, x, torch.ones(2)),
        f.vhp(h, x, torch.ones(2)),
    )


@case
def checking_gradients(torch: Any) -> Any:
    x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)

    def wrong(t: Any) -> Any:
        return with_wrong_gradient(torch).apply(t)

    return (
        torch.autograd.gradcheck(torch.sin, (x,)),
        torch.autograd.gradgradcheck(torch.sin, (x,)),
        torch.autograd.gradcheck(wrong, (x,), raise_exception=False),
    )


def with_wrong_gradient(torch: Any) -> Any:
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 3

    return Wrong


@case
def checkpointing_computes_again(torch: Any) -> Any:
    calls = []

    def f(t: Any) -> Any:
        calls.append(torch.is_grad_enabled())
        return t.exp()

    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(f, x, use_reentrant=False)
    y.sum().backward()
    return calls, x.grad


@case
def anomaly_mode_names_the_forward(torch: Any) -> Any:
    x = torch.tensor([-1.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = torch.sqrt(x)
        return raises(lambda: y.sum().backward())
