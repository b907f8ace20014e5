"""Hooks: on tensors, on nodes, after accumulation; their order, what they may return, how they are taken out."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, case, each, leaf


@case
def order_of_all_kinds(torch):
    seen = []
    x = leaf(torch)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: seen.append("tensor"))
    y.grad_fn.register_prehook(lambda g: seen.append(("pre", y.grad is not None)))
    y.grad_fn.register_hook(lambda into, out: seen.append("node"))
    x.register_post_accumulate_grad_hook(lambda t: seen.append(("accumulated", t.grad.tolist())))
    x.register_hook(lambda g: seen.append("leaf"))
    y.sum().backward()
    return seen


@case
def hooks_replace_in_turn(torch):
    x = leaf(torch)
    y = x * 2
    y.register_hook(lambda g: g + 1)
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: None)
    y.grad_fn.register_prehook(lambda out: (out[0] + 0.5,))
    y.grad_fn.register_hook(lambda into, out: (into[0] - out[0], *into[1:]))
    y.sum().backward()
    return {"grad": x.grad}


@each(result={"number": 3.0, "list": [1.0], "text": "g"})
def tensor_hook_returns_no_tensor(torch, result):
    y = leaf(torch) * 2
    y.register_hook(lambda g: result)
    return [attempt(y.sum().backward)]


@case
def tensor_hook_returns_other_gradient(torch):
    def run(change):
        y = leaf(torch) * 2
        y.register_hook(change)
        return attempt(y.sum().backward)

    class Hook:
        def __call__(self, g):
            return g[:1]

    return [run(lambda g: g[:2]), run(lambda g: g.double()), run(lambda g: g.view(1, 3)), run(Hook()), run(lambda g: g.to(torch.complex64))]


@case
def node_hook_returns_wrong_things(torch):
    def run(result):
        y = leaf(torch) * 2
        y.grad_fn.register_hook(lambda into, out: result(into))
        return attempt(y.sum().backward)

    return [run(lambda into: 1.0), run(lambda into: list(into)), run(lambda into: into[:0]), run(lambda into: (1.0, None)),
            run(lambda into: (into[0][:1], None)), run(lambda into: (into[0].double(), None))]


@case
def node_prehook_returns_wrong_things(torch):
    def run(result):
        y = leaf(torch) * 2
        y.grad_fn.register_prehook(lambda out: result(out))
        return attempt(y.sum().backward)

    return [run(lambda out: out[0] * 2), run(lambda out: (1.0,)), run(lambda out: (out[0], out[0])), run(lambda out: (out[0][:1],))]


@case
def leaf_hook_returns_other_gradient(torch):
    def run(change):
        x = leaf(torch)
        x.register_hook(change)
        return [attempt((x * 2).sum().backward), x.grad]

    return [run(lambda g: g[:2]), run(lambda g: g.double()), run(lambda g: 1.0)]


@case
def hook_of_a_tensor_without_gradient(torch):
    x = torch.ones(2)
    return [attempt(x.register_hook, print), attempt(x.register_post_accumulate_grad_hook, print), attempt(x.retain_grad),
            attempt((leaf(torch) * 2).register_post_accumulate_grad_hook, print)]


@case
def removed_hooks(torch):
    seen = []
    x = leaf(torch)
    y = x * 2
    handles = [y.register_hook(lambda g: seen.append("a")), y.register_hook(lambda g: seen.append("b")),
               x.register_hook(lambda g: seen.append("c")), y.grad_fn.register_hook(lambda i, o: seen.append("d")),
               y.grad_fn.register_prehook(lambda o: seen.append("e")),
               x.register_post_accumulate_grad_hook(lambda t: seen.append("f"))]
    for handle in handles:
        y.sum().backward(retain_graph=True)
        seen.append(None)
        handle.remove()
        handle.remove()
    y.sum().backward()
    return seen


@case
def handle_as_a_block(torch):
    x = leaf(torch)
    with x.register_hook(lambda g: g * 10):
        (x * 1).sum().backward()
    (x * 1).sum().backward()
    return {"grad": x.grad}


@case
def hook_that_removes_itself(torch):
    seen = []
    x = leaf(torch)
    handle = x.register_hook(lambda g: (seen.append("once"), handle.remove())[0])
    for _ in range(2):
        x.sum().backward()
    return seen


@case
def hook_sees_the_sum(torch):
    seen = []
    x = leaf(torch)
    y = x * 1
    y.register_hook(lambda g: seen.append(g.tolist()))
    (y * 2 + y * y).sum().backward()
    return [seen, x.grad]


@case
def hook_on_an_output_of_several(torch):
    seen = []
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    a, b = x.unbind()
    a.register_hook(lambda g: seen.append(("a", None if g is None else g.tolist())))
    b.register_hook(lambda g: g * 10)
    (b * 3).sum().backward(retain_graph=True)
    (a + b).sum().backward()
    return [seen, x.grad]


@case
def node_hook_with_undefined_gradients(torch):
    seen = []
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    a, b = x.unbind()
    a.grad_fn.register_prehook(lambda out: seen.append([g is None for g in out]))
    a.grad_fn.register_hook(lambda into, out: seen.append([len(into), [g is None for g in out]]))
    (b * 3).sum().backward()
    return seen


@case
def hook_registered_after_an_in_place_op(torch):
    seen = []
    x = leaf(torch)
    y = x * 1
    y.register_hook(lambda g: seen.append(("before", g.tolist())))
    y.mul_(5)
    y.register_hook(lambda g: seen.append(("after", g.tolist())))
    (y * 2).sum().backward()
    return [seen, x.grad]


@case
def retained_gradient_after_an_in_place_op(torch):
    x = leaf(torch)
    y = x * 1
    y.retain_grad()
    y.mul_(5)
    (y * 2).sum().backward()
    return {"y grad": y.grad, "x grad": x.grad, "retains": y.retains_grad}


@case
def retain_grad_facts(torch):
    x = leaf(torch)
    y = x * 2
    before = y.retains_grad
    y.retain_grad()
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    first = y.grad.tolist()
    y.sum().backward()
    x.retain_grad()
    return [before, y.retains_grad, x.retains_grad, first, y.grad, x.grad]


@case
def retain_grad_with_create_graph(torch):
    x = leaf(torch)
    y = x * x
    y.retain_grad()
    (y * y).sum().backward(create_graph=True)
    return {"requires": y.grad.requires_grad, "of": torch.autograd.grad(y.grad.sum(), x)}


@case
def retain_grad_sees_replaced_gradient(torch):
    x = leaf(torch)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 3)
    y.sum().backward()
    return {"y": y.grad, "x": x.grad}


@case
def post_accumulate_hook_may_clear(torch):
    x = leaf(torch)
    seen = []

    def step(t):
        seen.append((t is x, t.grad.tolist(), torch.is_grad_enabled()))
        t.grad = None

    x.register_post_accumulate_grad_hook(step)
    (x * x).sum().backward()
    return [seen, x.grad]


@case
def hook_raises(torch):
    x = leaf(torch)

    def fail(*args):
        raise LookupError("from the hook")

    results = []
    for of in (lambda y: y.register_hook, lambda y: y.grad_fn.register_hook, lambda y: y.grad_fn.register_prehook):
        y = x * 2
        of(y)(fail)
        results.append(attempt(y.sum().backward))
    x.register_hook(fail)
    return [results, attempt(x.sum().backward), x.grad]


@case
def hook_under_create_graph_is_recorded(torch):
    x = leaf(torch)
    y = x * x
    y.register_hook(lambda g: g * x)
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return {"g": g, "of g": torch.autograd.grad(g.sum(), x)}


@case
def hooks_on_accumulate_grad(torch):
    seen = []
    x = leaf(torch)
    y = x * 2
    node = y.grad_fn.next_functions[0][0]
    node.register_prehook(lambda out: (seen.append(("pre", out[0].tolist(), x.grad is None)), (out[0] * 10,))[1])
    node.register_hook(lambda into, out: seen.append(("post", len(into), out[0].tolist(), x.grad.tolist())))
    y.sum().backward()
    return [seen, x.grad]


@case
def hook_order_between_branches(torch):
    seen = []
    x = leaf(torch)
    names = {}
    for name in ("first", "second", "third"):
        names[name] = x * 2
        names[name].register_hook(lambda g, name=name: seen.append(name))
    (names["second"] + names["third"] + names["first"]).sum().backward()
    return seen


@case
def gradient_changed_in_place_by_a_hook(torch):
    x = leaf(torch)
    y = x * 2

    def change(g):
        g.mul_(0)

    y.register_hook(change)
    y.backward(torch.ones(3))
    return {"grad": x.grad}
