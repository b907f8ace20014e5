"""Writes: in place, through views, with subscripts; versions, and what saved tensors say to them."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, case, each, graph, leaf

WRITES = {
    "add_": lambda t, y: y.add_(1), "mul_": lambda t, y: y.mul_(2), "div_": lambda t, y: y.div_(2), "sub_": lambda t, y: y.sub_(1),
    "pow_": lambda t, y: y.pow_(2), "exp_": lambda t, y: y.exp_(), "neg_": lambda t, y: y.neg_(), "abs_": lambda t, y: y.abs_(),
    "zero_": lambda t, y: y.zero_(), "fill_": lambda t, y: y.fill_(3), "copy_": lambda t, y: y.copy_(t.ones(3)),
    "clamp_": lambda t, y: y.clamp_(0, 2), "sqrt_": lambda t, y: y.sqrt_(), "sigmoid_": lambda t, y: y.sigmoid_(), "relu_": lambda t, y: y.relu_(),
    "masked_fill_": lambda t, y: y.masked_fill_(t.tensor([True, False, True]), 5.0), "setitem": lambda t, y: y.__setitem__(0, 9.0),
    "iadd": lambda t, y: y.__iadd__(t.ones(3)), "imul": lambda t, y: y.__imul__(2), "slice": lambda t, y: y[1:].mul_(2),
    "select": lambda t, y: y[1].add_(1), "view": lambda t, y: y.view(3, 1).mul_(3), "index_add_": lambda t, y: y.index_add_(0, t.tensor([0, 1]), t.ones(2)),
    "scatter_": lambda t, y: y.scatter_(0, t.tensor([2]), 4.0), "index_put_": lambda t, y: y.index_put_((t.tensor([0]),), t.tensor(7.0)),
}  # fmt: skip


@each(write=WRITES)
def of_a_result(torch, write):
    x = leaf(torch)
    y = x * 2
    write(torch, y)
    shape = graph(torch, y, x=x)
    g = attempt(torch.autograd.grad, y, x, torch.tensor([1.0, 10.0, 100.0]), allow_unused=True)
    return {"x": x, "y": y, "graph": shape, "g": g, "version": y._version}


@each(write=WRITES)
def of_a_leaf(torch, write):
    x = leaf(torch)
    return {"raised": attempt(write, torch, x), "x": x, "version": x._version}


@each(write=WRITES)
def of_a_leaf_under_no_grad(torch, write):
    x = leaf(torch)
    with torch.no_grad():
        write(torch, x)
    return {"x": x, "version": x._version}


@each(write=WRITES)
def of_a_constant(torch, write):
    x = torch.tensor([1.0, 2.0, 3.0])
    write(torch, x)
    return {"x": x, "version": x._version}


@each(write=WRITES)
def of_a_saved_result(torch, write):
    x = leaf(torch)
    y = x.exp()
    write(torch, y)
    return [attempt(y.sum().backward), x.grad]


@each(write=WRITES)
def of_a_saved_operand(torch, write):
    x, c = leaf(torch), torch.tensor([4.0, 5.0, 6.0])
    y = x * c
    write(torch, c)
    return [attempt(y.sum().backward), x.grad]


@each(write=WRITES)
def of_a_saved_intermediate(torch, write):
    x = leaf(torch)
    h = x * 3
    y = h * h
    write(torch, h)
    return [attempt((y + h).sum().backward), x.grad]


@case
def of_the_base_makes_a_saved_view_stale(torch):
    x = leaf(torch)
    y = x.clone()
    z = y[1:].exp() * y[:2]
    y.add_(1)
    return [attempt(z.sum().backward)]


@case
def of_a_view_makes_a_saved_base_stale(torch):
    x = leaf(torch)
    y = x.clone()
    z = y * y
    y[0] = 5.0
    return [attempt(z.sum().backward)]


@case
def of_a_sibling_view_makes_a_saved_view_stale(torch):
    x = leaf(torch)
    y = x.clone()
    v, w = y[:2], y[2:]
    z = v * v
    w.add_(1)
    return [attempt(z.sum().backward)]


@case
def text_tells_dtype_shape_and_versions(torch):
    results = []
    for dtype in (torch.float64, torch.float16, torch.complex64, torch.bfloat16):
        x = torch.ones(2, 3, dtype=dtype, requires_grad=True)
        c = torch.ones(2, 3, dtype=dtype)
        y = x * c
        c.add_(1)
        c.add_(1)
        results.append(attempt(y.sum().backward, torch.ones((), dtype=dtype)))
    return results


@case
def versions_of_a_family(torch):
    x = torch.zeros(2, 3)
    family = [x, x[0], x.t(), x.view(-1), x.detach(), x[0][1:], x.unbind()[1], x.expand(2, 2, 3)]
    seen = []
    for t in (family[0], family[1], family[4], family[5]):
        t.add_(1)
        seen.append([f._version for f in family])
    x.data.add_(1)
    seen.append([f._version for f in family])
    x.clone().add_(1)
    seen.append([f._version for f in family])
    return seen


@case
def failed_write_counts_nothing(torch):
    x = torch.zeros(3)
    return [attempt(x.add_, torch.ones(2)), attempt(x.copy_, torch.ones(4)), attempt(x.__setitem__, 7, 1.0), x._version, x]


@case
def makes_a_constant_require_grad(torch):
    x, y = leaf(torch), torch.zeros(3)
    v = y[1:]
    v.add_(x[1:])
    return {"x": x, "y": y, "v": v, "graph": graph(torch, y, x=x), "of v": graph(torch, v, x=x),
            "g": torch.autograd.grad(y, x, torch.tensor([1.0, 2.0, 3.0]))}


@case
def view_made_before_the_write_follows(torch):
    x = leaf(torch)
    y = x * 2
    v, w = y[1:], y[:2]
    y.mul_(3)
    return {"v": v, "w": w, "of v": graph(torch, v, x=x), "g": torch.autograd.grad(w, x, torch.tensor([1.0, 2.0]), retain_graph=True),
            "h": torch.autograd.grad(v, x, torch.tensor([1.0, 2.0]))}


@case
def sibling_view_follows(torch):
    x = leaf(torch)
    y = x * 2
    v, w = y[1:], y.view(3, 1)
    v.mul_(3)
    return {"y": y, "v": v, "w": w, "of w": graph(torch, w, x=x), "of v": graph(torch, v, x=x), "of y": graph(torch, y, x=x),
            "g": torch.autograd.grad(w, x, torch.tensor([[1.0], [2.0], [3.0]]))}


@case
def transposed_and_strided_views(torch):
    x = torch.arange(6.0).view(2, 3).requires_grad_()
    y = x * 1
    y.t()[::2].mul_(3.0)
    y[:, 1] = y[:, 0] * 2
    return {"y": y, "graph": graph(torch, y, x=x), "g": torch.autograd.grad(y, x, torch.arange(6.0).view(2, 3))}


@case
def chain_of_views(torch):
    x = torch.arange(24.0).view(2, 3, 4).requires_grad_()
    y = x * 1
    y[0].t()[1:].unsqueeze(0)[..., 1].exp_()
    return {"y": y, "graph": graph(torch, y, x=x), "g": torch.autograd.grad(y, x, torch.arange(24.0).view(2, 3, 4))}


@case
def second_derivative_through_a_write(torch):
    x = leaf(torch)
    y = x * x
    y[1:] *= x[1:]
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return {"g": g, "h": torch.autograd.grad(g.sum(), x)}


@case
def with_itself_as_operand(torch):
    x = leaf(torch)
    y = x * 2
    y.add_(y)
    z = x * 2
    z.mul_(z)
    return {"y": y, "z": z, "g": torch.autograd.grad(y.sum(), x), "raised": attempt(torch.autograd.grad, z.sum(), x)}


@case
def multi_output_views(torch):
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    y = x * 2
    return [attempt(y.unbind()[0].mul_, 2), attempt(y.split(1)[0].add_, 1), attempt(y.chunk(2)[1].zero_), attempt(next(iter(y)).mul_, 2),
            attempt(y.unbind()[0][0:1].mul_, 2), attempt(x.detach().unbind()[0].mul_, 2)]


@case
def multi_output_views_after_a_write_of_the_base(torch):
    x = leaf(torch, [[1.0, 2.0], [3.0, 4.0]])
    y = x * 2
    a, b = y.unbind()
    y.mul_(2)
    return [attempt(lambda: a * 2), attempt(lambda: b.grad_fn)]


@case
def views_made_under_no_grad(torch):
    x = leaf(torch)
    y = x * 2
    with torch.no_grad():
        v, w = y[1:], x[1:]
    results = [v.requires_grad, v.is_leaf, v.grad_fn is None, w.requires_grad, w.is_leaf, w.grad_fn is None, v._base is y]
    return [results, attempt(v.mul_, 2), attempt(w.mul_, 2), attempt(lambda: (v * 2).requires_grad)]


@case
def view_made_under_no_grad_written_there(torch):
    x = leaf(torch)
    y = x * 2
    with torch.no_grad():
        y[1:].mul_(10)
        x.view(3, 1)[0] = 7.0
    return {"x": x, "y": y, "g": torch.autograd.grad(y.sum(), x)}


@case
def view_made_under_no_grad_after_a_write_of_the_base(torch):
    y = leaf(torch) * 2
    with torch.no_grad():
        v = y[1:]
    y.mul_(2)
    return [attempt(lambda: v.grad_fn), attempt(lambda: v * 2)]


@case
def view_made_in_inference_mode(torch):
    y = leaf(torch) * 2
    with torch.inference_mode():
        v = y[1:]
    return [attempt(v.mul_, 2), v.is_inference(), attempt(lambda: v * 2)]


@case
def view_of_a_leaf(torch):
    x = leaf(torch)
    return [attempt(x[1:].mul_, 2), attempt(x.view(3, 1).add_, 1), attempt(x[0].zero_), attempt(x.t().copy_, torch.ones(3)), x]


@case
def overlapping_memory(torch):
    x = torch.zeros(1).expand(3)
    return [attempt(x.add_, 1), attempt(x.copy_, torch.ones(3)), attempt(x.zero_), attempt(x.__setitem__, 0, 1.0)]


@case
def shape_and_dtype_of_the_target_stay(torch):
    f, i = torch.ones(3), torch.ones(3, dtype=torch.int64)
    return [attempt(f.add_, torch.ones(2, 3)), attempt(i.add_, 1.5), attempt(i.mul_, f), attempt(i.div_, 2), attempt(f.add_, 1j),
            attempt(f.mul_, torch.ones(3, dtype=torch.float64)), attempt(torch.ones(3, dtype=torch.bool).add_, 1), attempt(f.copy_, i), f, i]


@case
def augmented_assignment(torch):
    x = torch.tensor([5.0, 7.0])
    same = x
    x += 1
    x -= 2
    x *= 3
    x /= 4
    x **= 2
    x //= 2
    x %= 4
    return {"x": x, "same": same is x, "version": x._version}


@case
def assignment_of_a_tensor(torch):
    x, v = leaf(torch), leaf(torch, [5.0, 6.0])
    y = x * 2
    y[:2] = v * v
    return {"y": y, "graph": graph(torch, y, x=x, v=v), "g": torch.autograd.grad(y, [x, v], torch.tensor([1.0, 10.0, 100.0]))}


@case
def assignment_with_lists_and_masks(torch):
    x, v = leaf(torch), leaf(torch, [5.0, 6.0])
    y = x * 2
    y[[0, 2]] = v
    z = x * 2
    z[z > 3] = 0.0
    return {"y": y, "z": z, "of y": graph(torch, y, x=x, v=v), "of z": graph(torch, z, x=x),
            "g": torch.autograd.grad(y, [x, v], torch.tensor([1.0, 10.0, 100.0])), "h": torch.autograd.grad(z.sum(), x)}


@case
def assignment_into_a_constant_in_a_loop(torch):
    x = leaf(torch, [1.0, 2.0])
    rows = torch.zeros(3, 2)
    for i in range(3):
        rows[i] = x * (i + 1)
    return {"rows": rows, "graph": graph(torch, rows, x=x), "g": torch.autograd.grad(rows, x, torch.arange(6.0).view(3, 2))}


@case
def assignment_casts(torch):
    x = leaf(torch)
    y = torch.zeros(3, dtype=torch.float64)
    y[1:] = x[1:]
    i = torch.zeros(3, dtype=torch.int64)
    i[0] = 1.9
    i[1:] = torch.tensor([2.9, -3.9])
    return {"y": y, "i": i, "g": torch.autograd.grad(y.sum(), x), "complex": attempt(i.__setitem__, 0, 1j)}


@case
def requires_grad_after_a_write(torch):
    x = torch.ones(3)
    x.add_(1)
    x.requires_grad_()
    (x * x).sum().backward()
    return {"x": x, "grad": x.grad.tolist(), "version": x._version}


@case
def detached_write_is_seen_by_the_graph(torch):
    x = leaf(torch)
    y = x * 2
    y.detach().fill_(7)
    return {"y": y, "g": torch.autograd.grad((y + 1).sum(), x)}


@case
def out_argument(torch):
    x, o = torch.ones(3), torch.zeros(3)
    result = torch.add(x, 1, out=o)
    d = torch.zeros(3, dtype=torch.float64)
    torch.mul(x, 2, out=d)
    return [result is o, o, o._version, d, attempt(torch.add, leaf(torch), 1, out=torch.zeros(3)),
            attempt(torch.add, x, 1, out=leaf(torch)), attempt(torch.add, x, 1.5, out=torch.zeros(3, dtype=torch.int64)),
            attempt(torch.add, x, 1, out=[1.0])]
