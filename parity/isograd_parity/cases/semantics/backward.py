"""Backward: roots and their gradients, freed graphs, create_graph, inputs=."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, case, each, leaf, warned


@case
def scalar_root(torch):
    x = leaf(torch)
    y = (x * x).sum()
    return [y.backward(), x.grad]


@each(shape={"vector": (3,), "matrix": (2, 2), "empty": (0,)})
def non_scalar_root(torch, shape):
    x = torch.ones(shape, requires_grad=True)
    return [attempt((x * 2).backward), attempt(torch.autograd.backward, [x * 2]), x.grad]


@each(shape={"one element": (1,), "one by one": (1, 1)})
def root_of_one_element(torch, shape):
    x = torch.ones(shape, requires_grad=True)
    (x * 2).backward()
    return [x.grad]


@case
def root_without_history(torch):
    return [attempt(torch.ones(1).backward), attempt(torch.autograd.backward, [torch.ones(1)]),
            attempt(torch.ones(3).backward, torch.ones(3))]


@case
def one_of_several_roots_without_history(torch):
    x = leaf(torch)
    return [attempt(torch.autograd.backward, [(x * 2).sum(), torch.ones(1)]), x.grad]


@case
def integer_root(torch):
    return [attempt(torch.tensor(3).backward), attempt(leaf(torch).argmax().backward)]


@case
def complex_root(torch):
    z = leaf(torch, [1 + 2j, 3 - 1j])
    return [attempt(z.sum().backward), attempt(z.backward, torch.ones(2)), attempt(z.backward, torch.tensor([1j, 2j])), z.grad]


@case
def gradient_of_wrong_shape(torch):
    x = leaf(torch)
    y = x * 2
    return [attempt(y.backward, torch.ones(2)), attempt(y.backward, torch.ones(1)), attempt(y.backward, torch.ones(3, 1)),
            attempt(y.sum().backward, torch.ones(1)), x.grad]


@case
def gradient_of_wrong_type(torch):
    y = leaf(torch) * 2
    return [attempt(y.backward, [1.0, 1.0, 1.0]), attempt(y.sum().backward, 1.0), attempt(y.backward, "ones")]


@case
def gradient_of_other_dtype(torch):
    results = []
    for dtype in (torch.float64, torch.float16, torch.int64, torch.bool):
        x = leaf(torch)
        results.append([attempt((x * 2).backward, torch.ones(3, dtype=dtype)), x.grad])
    return results


@case
def gradient_that_requires_grad(torch):
    x = leaf(torch)
    g = leaf(torch, [1.0, 0.5, 2.0])
    (x * x).backward(g)
    first = x.grad
    x.grad = None
    (x * x).backward(g, create_graph=True)
    return {"first": first, "second": x.grad, "of g": torch.autograd.grad(x.grad.sum(), g)}


@case
def gradient_passed_is_left_alone(torch):
    x = leaf(torch)
    g = torch.tensor([1.0, 2.0, 3.0])
    y = x * 1
    (y + y).backward(g)
    y2 = x.view(3)
    y2.backward(g)
    return {"g": g, "x": x.grad}


@case
def freed_graph(torch):
    x = leaf(torch)
    y = (x * x).sum()
    y.backward()
    return [attempt(y.backward), x.grad]


@each(op=["exp", "sin", "tanh", "sqrt", "log", "sigmoid", "abs", "prod", "reciprocal"])
def freed_graph_of(torch, op):
    x = leaf(torch)
    y = getattr(x, op)()
    y.backward(torch.ones_like(y))
    return [attempt(y.backward, torch.ones_like(y)), x.grad]


@each(op=["neg", "sum", "clone", "t"])
def nothing_saved_may_run_again(torch, op):
    x = leaf(torch)
    y = getattr(x, op)()
    y.backward(torch.ones_like(y))
    return [attempt(y.backward, torch.ones_like(y)), x.grad]


@case
def freed_saved_attribute(torch):
    x = leaf(torch)
    y = x.exp()
    node = y.grad_fn
    saved = node._saved_result
    y.sum().backward()
    return [saved, attempt(lambda: node._saved_result)]


@case
def retained_graph(torch):
    x = leaf(torch)
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward(retain_graph=True)
    y.backward()
    return [x.grad, attempt(y.backward)]


@case
def create_graph_retains_by_default(torch):
    x = leaf(torch)
    y = (x * x).sum()
    y.backward(create_graph=True)
    return [attempt(y.backward), x.grad.tolist()]


@case
def create_graph_without_retaining(torch):
    x = leaf(torch)
    y = (x * x).sum()
    y.backward(create_graph=True, retain_graph=False)
    return [attempt(y.backward), x.grad.tolist()]


@case
def shared_part_freed_by_first_root(torch):
    x = leaf(torch)
    shared = x.exp()
    a, b = shared.sum(), (shared * 2).sum()
    a.backward()
    return [attempt(b.backward), x.grad]


@case
def several_roots(torch):
    x = leaf(torch)
    a, b = (x * x).sum(), x * 3
    torch.autograd.backward([a, b], [None, torch.tensor([1.0, 0.0, 2.0])])
    return [x.grad]


@case
def same_root_twice(torch):
    x = leaf(torch)
    y = (x * x).sum()
    torch.autograd.backward([y, y])
    return [x.grad]


@case
def root_that_leads_to_another_root(torch):
    x = leaf(torch)
    a = (x * x).sum()
    b = a * 2
    torch.autograd.backward([b, a])
    return [x.grad]


@case
def number_of_gradients(torch):
    x = leaf(torch)
    return [attempt(torch.autograd.backward, [x * 1, x * 2], [torch.ones(3)]),
            attempt(torch.autograd.backward, [x * 1], [torch.ones(3), torch.ones(3)]),
            attempt(torch.autograd.backward, [], []), x.grad]


@case
def create_graph_warns_of_the_cycle(torch):
    x = leaf(torch)
    return [warned((x * x).sum().backward, create_graph=True)]


@case
def second_derivative(torch):
    x = leaf(torch)
    (x * x * x).sum().backward(create_graph=True)
    first = x.grad
    x.grad = None
    first.sum().backward()
    return {"first": first, "second": x.grad}


@case
def third_derivative(torch):
    x = torch.tensor(2.0, requires_grad=True)
    g = x ** 5
    seen = []
    for _ in range(5):
        (g,) = torch.autograd.grad(g, x, create_graph=True)
        seen.append((g.item(), g.requires_grad, g.grad_fn is not None and g.grad_fn.name()))
    return seen


@case
def error_on_the_way_leaves_the_mode(torch):
    x = leaf(torch)
    y = x * 2

    def fail(g):
        raise ValueError("from a hook")

    y.register_hook(fail)
    return [attempt(y.sum().backward), x.grad, torch.is_grad_enabled()]


# -- inputs= ------------------------------------------------------------------------------------------------------------------


@case
def inputs_limit_accumulation(torch):
    x, y = leaf(torch), leaf(torch)
    (x * y).sum().backward(inputs=[x])
    return [x.grad, y.grad]


@case
def inputs_as_single_tensor(torch):
    x, y = leaf(torch), leaf(torch)
    (x * y).sum().backward(inputs=x)
    return [x.grad, y.grad]


@case
def inputs_non_leaf(torch):
    x = leaf(torch)
    y = x * 2
    (y * y).sum().backward(inputs=[y])
    return {"y grad": warned(lambda: y.grad), "x grad": x.grad, "y": y}


@case
def inputs_leaf_and_what_it_leads_to(torch):
    x = leaf(torch)
    y = x * 2
    (y * y).sum().backward(inputs=[x, y])
    return {"y grad": warned(lambda: y.grad), "x grad": x.grad}


@case
def inputs_accumulate(torch):
    x = leaf(torch)
    for _ in range(2):
        (x * x).sum().backward(inputs=[x])
    return [x.grad]


@case
def inputs_wrong(torch):
    x = leaf(torch)
    y = (x * x).sum()
    return [attempt(y.backward, inputs=[]), attempt(y.backward, inputs=()), attempt(y.backward, inputs=[torch.ones(3)]),
            attempt(y.backward, inputs=["x"]), attempt(torch.autograd.backward, y, inputs=[]), x.grad]


@case
def inputs_unreached(torch):
    x, other = leaf(torch), leaf(torch)
    (x * x).sum().backward(inputs=[other])
    return [x.grad, other.grad]


@case
def inputs_with_create_graph(torch):
    x, y = leaf(torch), leaf(torch)
    (x * x * y).sum().backward(inputs=[x], create_graph=True)
    g = x.grad
    x.grad = None
    g.sum().backward()
    return {"g": g, "x": x.grad, "y": y.grad}


@case
def inputs_duplicated(torch):
    x = leaf(torch)
    (x * x).sum().backward(inputs=[x, x])
    return [x.grad]


@case
def roots_of_wrong_type(torch):
    return [attempt(torch.autograd.backward, None), attempt(torch.autograd.backward, [1.0]),
            attempt(torch.autograd.backward, "root")]


@case
def multiple_outputs_with_one_unused(torch):
    x = leaf(torch, [[1.0, 5.0], [7.0, 2.0]])
    a, b = x.unbind()
    (b * b).sum().backward()
    y = leaf(torch, [3.0, 1.0, 2.0])
    values, indices = y.max(0)
    values.backward()
    return [x.grad, y.grad, indices.requires_grad, a]


@case
def long_chain(torch):
    x = leaf(torch)
    y = x
    for _ in range(5000):
        y = y * 1.0
    y.sum().backward()
    return [x.grad]


@case
def wide_fan(torch):
    x = leaf(torch)
    sum(x * float(i) for i in range(200)).sum().backward()
    return [x.grad]


@case
def diamond(torch):
    x = leaf(torch)
    a = x * 2
    b = a * a
    c = a + b
    d = b * c + a
    d.backward(torch.tensor([1.0, -1.0, 0.5]))
    return [x.grad]


@case
def backward_inside_backward(torch):
    x = leaf(torch)
    inner = leaf(torch)
    y = x * 2

    def hook(g):
        (inner * inner).sum().backward() if torch.is_grad_enabled() else None
        with torch.enable_grad():
            (inner * 3).sum().backward()

    y.register_hook(hook)
    y.sum().backward()
    return [x.grad, inner.grad]
