"""Custom functions: what forward and backward are given, what they may return, marks, errors."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, case, graph, leaf


def function(torch, forward, backward, name="Custom", **more):
    """A Function of these two static methods."""
    return type(name, (torch.autograd.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward), **more})


def double(torch, backward=lambda ctx, g: g * 2, **more):
    return function(torch, lambda ctx, x: x * 2, backward, "Double", **more)


@case
def value_graph_and_gradient(torch):
    def forward(ctx, x, y, factor):
        ctx.save_for_backward(x, y)
        ctx.factor = factor
        return x * y * factor

    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y * ctx.factor, g * x * ctx.factor, None

    x, y = leaf(torch), leaf(torch, [4.0, 5.0, 6.0])
    z = function(torch, forward, backward).apply(x, y, 3.0)
    return {"z": z, "graph": graph(torch, z, x=x, y=y), "name": z.grad_fn.name(), "type": type(z.grad_fn).__name__,
            "g": torch.autograd.grad(z, [x, y], torch.tensor([1.0, 2.0, 3.0]))}


@case
def needs_input_grad(torch):
    seen = []

    def forward(ctx, x, y, n):
        seen.append(ctx.needs_input_grad)
        return x + y

    def backward(ctx, g):
        seen.append(ctx.needs_input_grad)
        return g, None, None

    z = function(torch, forward, backward).apply(leaf(torch), torch.ones(3), 2)
    z.sum().backward()
    with torch.no_grad():
        function(torch, forward, backward).apply(leaf(torch), torch.ones(3), 2)
    return seen


@case
def modes_inside(torch):
    seen = []

    def forward(ctx, x):
        seen.append(("forward", torch.is_grad_enabled(), x.requires_grad, (x * 2).requires_grad))
        return x * 2

    def backward(ctx, g):
        seen.append(("backward", torch.is_grad_enabled(), g.requires_grad))
        return g * 2

    x = leaf(torch)
    f = function(torch, forward, backward)
    f.apply(x).sum().backward()
    torch.autograd.grad((f.apply(x) * x).sum(), x, create_graph=True)
    return seen


@case
def without_gradients(torch):
    f = double(torch)
    with torch.no_grad():
        y = f.apply(leaf(torch))
    return {"y": y, "z": f.apply(torch.ones(3))}


@case
def wrong_number_of_gradients(torch):
    def run(result):
        f = function(torch, lambda ctx, x, y: x * y, lambda ctx, g: result(g))
        return attempt(f.apply(leaf(torch), leaf(torch)).sum().backward)

    return [run(lambda g: g), run(lambda g: (g, g, g)), run(lambda g: (g, g, None)), run(lambda g: ()), run(lambda g: None)]


@case
def wrong_kind_of_gradient(torch):
    def run(result):
        return attempt(double(torch, lambda ctx, g: result(g)).apply(leaf(torch)).sum().backward)

    return [run(lambda g: 1.0), run(lambda g: "g"), run(lambda g: g[:2]), run(lambda g: [g]), run(lambda g: torch.ones(4, 3)),
            run(lambda g: g.double())]


@case
def gradients_are_fitted(torch):
    def gradient(result):
        x = leaf(torch)
        double(torch, lambda ctx, g: result(g)).apply(x).sum().backward()
        return x.grad

    return [gradient(lambda g: torch.ones(2, 3)), gradient(lambda g: g.double()), gradient(lambda g: None)]


@case
def gradient_for_what_is_no_tensor(torch):
    f = function(torch, lambda ctx, x, n: x * n, lambda ctx, g: (g, g))
    return [attempt(f.apply(leaf(torch), 3).sum().backward)]


@case
def forward_returns_no_tensor(torch):
    def run(result):
        f = function(torch, lambda ctx, x: result(x), lambda ctx, *g: g[0])
        return attempt(f.apply, leaf(torch))

    return [run(lambda x: 1.0), run(lambda x: (x * 2, 5)), run(lambda x: None), run(lambda x: "text")]


@case
def several_outputs(torch):
    seen = []

    def backward(ctx, a, b):
        seen.append([a.clone(), b.clone()])
        return a + b * 2

    f = function(torch, lambda ctx, x: (x * 1, x * 2), backward)
    x = leaf(torch)
    a, b = f.apply(x)
    facts = [a.output_nr, b.output_nr, a.grad_fn is b.grad_fn]
    b.sum().backward()
    return [facts, x.grad, seen]


@case
def gradients_not_materialised(torch):
    seen = []

    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 1, x * 2

    def backward(ctx, a, b):
        seen.append([a is None, b is None])
        return b

    x = leaf(torch)
    function(torch, forward, backward).apply(x)[1].sum().backward()
    return [seen, x.grad]


@case
def not_differentiable(torch):
    def forward(ctx, x):
        order = x.argsort()
        rounded = x.round()
        ctx.mark_non_differentiable(order, rounded)
        return x * 2, order, rounded

    f = function(torch, forward, lambda ctx, g, *rest: g * 2)
    x = leaf(torch)
    y, order, rounded = f.apply(x)
    y.sum().backward()
    return {"y": y, "order": order, "rounded": rounded, "grad": x.grad}


@case
def integer_output_needs_no_mark(torch):
    f = function(torch, lambda ctx, x: (x * 2, x.argsort()), lambda ctx, g, _: g * 2)
    y, order = f.apply(leaf(torch))
    return {"y": y, "order": order}


@case
def marked_dirty(torch):
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    f = function(torch, forward, lambda ctx, g: g * 2)
    x = leaf(torch)
    y = x * 1
    z = f.apply(y)
    shape = graph(torch, z, x=x)
    z.sum().backward()
    return {"same": z is y, "graph": shape, "y": y, "version": y._version, "grad": x.grad, "of a leaf": attempt(f.apply, leaf(torch))}


@case
def input_returned_as_is(torch):
    f = function(torch, lambda ctx, x: x, lambda ctx, g: g * 5)
    x = leaf(torch)
    y = f.apply(x)
    y.sum().backward()
    return {"same": y is x, "grad": x.grad, "name": y.grad_fn.name(), "shared": y.data_ptr() == x.data_ptr()}


@case
def saved_input_changed(torch):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    f = function(torch, forward, lambda ctx, g: g * ctx.saved_tensors[0] * 2)
    x = leaf(torch)
    h = x * 1
    y = f.apply(h)
    h.add_(1)
    return [attempt(y.sum().backward)]


@case
def saved_twice_used(torch):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    f = function(torch, forward, lambda ctx, g: g * ctx.saved_tensors[0] * 2)
    x = leaf(torch)
    y = f.apply(x).sum()
    y.backward(retain_graph=True)
    y.backward()
    return [attempt(y.backward), x.grad]


@case
def saved_of_wrong_type(torch):
    def run(*saved):
        def forward(ctx, x):
            ctx.save_for_backward(*saved)
            return x * 1

        return attempt(function(torch, forward, lambda ctx, g: g).apply, leaf(torch))

    return [run(1.0), run("x"), run([1]), isinstance(run(None), torch.Tensor)]


@case
def saved_none_comes_back(torch):
    seen = []

    def forward(ctx, x):
        ctx.save_for_backward(None, x)
        return x * 1

    def backward(ctx, g):
        seen.append([t is None for t in ctx.saved_tensors])
        return g

    function(torch, forward, backward).apply(leaf(torch)).sum().backward()
    return seen


@case
def saved_tensors_identity(torch):
    seen = []
    x = leaf(torch)

    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(x, y)
        return y

    def backward(ctx, g):
        saved = ctx.saved_tensors
        seen.append([saved[0] is x, saved[1].grad_fn is not None, saved[1].requires_grad])
        return g * saved[1]

    y = function(torch, forward, backward).apply(x)
    y.sum().backward()
    return [seen, x.grad]


@case
def second_derivative(torch):
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 3

    f = function(torch, forward, lambda ctx, g: g * 3 * ctx.saved_tensors[0] ** 2)
    x = leaf(torch)
    (g,) = torch.autograd.grad(f.apply(x).sum(), x, create_graph=True)
    return [g.detach(), torch.autograd.grad(g.sum(), x)]


@case
def once_differentiable(torch):
    from_module = torch.autograd.function.once_differentiable

    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    f = function(torch, forward, from_module(lambda ctx, g: g * 2 * ctx.saved_tensors[0]))
    x = leaf(torch)
    f.apply(x).sum().backward()
    first = x.grad.tolist()
    (g,) = torch.autograd.grad(f.apply(x).sum(), x, create_graph=True)
    (h,) = torch.autograd.grad(f.apply(x), x, leaf(torch), create_graph=True)
    return [first, g.requires_grad, attempt(h.sum().backward)]


@case
def separate_context(torch):
    def setup_context(ctx, inputs, output):
        x, factor = inputs
        ctx.save_for_backward(x, output)
        ctx.factor = factor

    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * ctx.factor * 2 * x, None

    f = function(torch, lambda x, factor: x * x * factor, backward, setup_context=staticmethod(setup_context))
    x = leaf(torch)
    f.apply(x, 3.0).sum().backward()
    return {"grad": x.grad}


@case
def missing_methods(torch):
    class NoForward(torch.autograd.Function):
        @staticmethod
        def backward(ctx, g):
            return g

    class NoBackward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    return [attempt(NoForward.apply, leaf(torch)), attempt(NoBackward.apply(leaf(torch)).sum().backward)]


@case
def exceptions_pass(torch):
    def fail(*args):
        raise OSError("mine")

    return [attempt(function(torch, fail, lambda ctx, g: g).apply, leaf(torch)),
            attempt(double(torch, fail).apply(leaf(torch)).sum().backward)]


@case
def attributes_on_ctx(torch):
    def forward(ctx, x):
        ctx.notes = {"a": 1}
        return x * 2

    y = function(torch, forward, lambda ctx, g: g).apply(leaf(torch))
    return [y.grad_fn.notes, attempt(lambda: y.grad_fn.nothing).type, y.grad_fn.next_functions[0][0].name()]


@case
def view_of_an_input_returned(torch):
    f = function(torch, lambda ctx, x: x.view(3, 1), lambda ctx, g: g.view(3))
    x = leaf(torch)
    y = f.apply(x)
    h = x * 1
    z = f.apply(h)
    return {"y": y.is_leaf, "name": y.grad_fn.name(), "written": attempt(z.mul_, 2)}


@case
def node_hooks_of_a_function(torch):
    seen = []
    x = leaf(torch)
    y = double(torch).apply(x)
    y.grad_fn.register_hook(lambda into, out: seen.append([len(into), len(out)]))
    y.register_hook(lambda g: g * 10)
    y.sum().backward()
    return [seen, x.grad]


@case
def nested_functions(torch):
    inner = double(torch)

    def forward(ctx, x):
        ctx.save_for_backward(x)
        return inner.apply(x) * x

    f = function(torch, forward, lambda ctx, g: g * 4 * ctx.saved_tensors[0])
    x = leaf(torch)
    y = f.apply(x)
    return [graph(torch, y, x=x), torch.autograd.grad(y.sum(), x)]


@case
def backward_calls_backward(torch):
    w = leaf(torch)

    def backward(ctx, g):
        with torch.enable_grad():
            (w * w).sum().backward()
        return g * 2

    x = leaf(torch)
    double(torch, backward).apply(x).sum().backward()
    return [x.grad, w.grad]
