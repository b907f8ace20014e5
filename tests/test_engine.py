"""The engine's rules, against values worked out by hand: no torch here. Side-by-side cases are in isograd_parity."""

from __future__ import annotations

import pytest

import isograd as torch


def leaf(values, **options):
    return torch.tensor(values, requires_grad=True, **options)


def test_reference_example():
    T = torch.autograd.Variable(torch.Tensor([[1.0, 2.0], [2.0, 3.0]]), requires_grad=True)
    T1 = torch.sqrt(T)
    assert repr(T1) == "tensor([[1.0000, 1.4142],\n        [1.4142, 1.7321]], grad_fn=<SqrtBackward0>)"
    T2 = T1.sum()
    assert repr(T2) == "tensor(5.5605, grad_fn=<SumBackward0>)"
    T2.backward()
    assert repr(T.grad) == "tensor([[0.5000, 0.3536],\n        [0.3536, 0.2887]])"


def test_gradients_accumulate_until_cleared():
    T = leaf([[1.0, 2.0], [2.0, 3.0]])
    T.sum().backward()
    torch.sqrt(T).sum().backward()
    assert repr(T.grad) == "tensor([[1.5000, 1.3536],\n        [1.3536, 1.2887]])"
    T.grad = None
    torch.sqrt(T).sum().backward()
    assert repr(T.grad) == "tensor([[0.5000, 0.3536],\n        [0.3536, 0.2887]])"


def test_accumulation_keeps_the_same_grad_object_and_counts_a_version():
    x = leaf([1.0, 2.0])
    (x * 2).sum().backward()
    first = x.grad
    (x * 3).sum().backward()
    assert x.grad is first
    assert first.tolist() == [5.0, 5.0]
    assert first._version == 1


@pytest.mark.parametrize("uses", [1, 2, 3, 7])
def test_one_leaf_used_several_times(uses):
    x = leaf([2.0, 3.0])
    y = x
    for _ in range(uses):
        y = y * x
    y.backward(torch.tensor([1.0, 10.0]))
    assert x.grad.tolist() == [(uses + 1) * 2.0**uses, 10 * (uses + 1) * 3.0**uses]


def test_gradients_given_by_the_user_are_never_taken_over():
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    g = torch.tensor([5.0, 6.0])
    (a + b).backward(g)
    a.grad.mul_(100)
    assert g.tolist() == [5.0, 6.0] and b.grad.tolist() == [5.0, 6.0]


def test_results_of_backward_are_not_aliased_by_leaves():
    a, b = leaf([1.0]), leaf([1.0])
    y = (a + b) * 2
    y.backward()
    a.grad.add_(1)
    assert b.grad.tolist() == [2.0]


def test_diamond_and_two_roots():
    x = leaf(3.0)
    a = x * x
    b, c = a * 2, a * 5
    torch.autograd.backward([b, c])
    assert x.grad.item() == 2 * 3 * 7


def test_higher_order():
    x = leaf(2.0)
    y = x * x * x * x
    for expected in (32.0, 48.0, 48.0, 24.0):
        (y,) = torch.autograd.grad(y, x, create_graph=True)
        assert y.item() == expected


def test_grad_of_non_leaf_and_unused():
    x, z = leaf([1.0, 2.0]), leaf([1.0])
    y = x * 3
    w = (y * y).sum()
    gy, gz = torch.autograd.grad(w, [y, z], allow_unused=True, retain_graph=True)
    assert gy.tolist() == [6.0, 12.0] and gz is None
    gx, gz = torch.autograd.grad(w, [x, z], materialize_grads=True)
    assert gx.tolist() == [18.0, 36.0] and gz.tolist() == [0.0]
    assert x.grad is None and z.grad is None


def test_backward_inputs_only():
    a, b = leaf([1.0]), leaf([2.0])
    y = a * b
    (y * y).backward(inputs=[a])
    assert a.grad.tolist() == [8.0] and b.grad is None


def test_create_graph_accumulates_a_recorded_gradient():
    x = leaf([3.0])
    (x * x * x).backward(torch.tensor([1.0]), create_graph=True)
    assert x.grad.requires_grad
    (second,) = torch.autograd.grad(x.grad.sum(), x)
    assert second.tolist() == [18.0]


@pytest.mark.parametrize("shapes", [((2, 3), (3,)), ((2, 1), (1, 3)), ((1,), ()), ((4, 1, 2), (3, 1)), ((2, 3), (2, 3))])
def test_broadcasting_is_undone(shapes):
    a, b = (torch.ones(shape).requires_grad_() for shape in shapes)
    y = a * b
    y.backward(torch.ones(y.shape))
    assert a.grad.shape == a.shape and b.grad.shape == b.shape
    assert a.grad.sum().item() == b.grad.sum().item() == y.numel()


@pytest.mark.parametrize("other", ["float64", "float16", "complex64"])
def test_gradients_have_the_dtype_of_their_operand(other):
    a = leaf([1.0, 2.0])
    b = torch.tensor([3.0, 4.0], dtype=getattr(torch, other)).requires_grad_()
    y = a * b
    y.backward(torch.ones(2, dtype=y.dtype))
    assert a.grad.dtype is torch.float32 and b.grad.dtype is b.dtype
    assert a.grad.tolist() == [3.0, 4.0] and b.grad.tolist() == [1.0, 2.0]


def test_freed_graph():
    x = leaf([2.0])
    y = x * x
    y.backward(torch.ones(1), retain_graph=True)
    y.backward(torch.ones(1))
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward(torch.ones(1))
    assert x.grad.tolist() == [8.0]


def test_modified_saved_tensor():
    x = leaf([1.0, 2.0])
    y = x.exp()
    y.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation: .*is at version 1; expected version 0 instead"):
        y.sum().backward()


def test_grad_mode_survives_exceptions():
    with pytest.raises(ZeroDivisionError), torch.no_grad():
        1 / 0
    assert torch.is_grad_enabled()

    @torch.no_grad()
    def fails():
        raise ValueError

    with pytest.raises(ValueError):
        fails()
    assert torch.is_grad_enabled()


def test_an_error_in_backward_leaves_leaves_untouched():
    class Fails(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            raise ArithmeticError("no")

    x = leaf([1.0])
    with pytest.raises(ArithmeticError):
        (Fails.apply(x) + x).backward(torch.ones(1))
    assert x.grad is None
    (x * 2).backward(torch.ones(1))
    assert x.grad.tolist() == [2.0]


def test_backward_inside_backward():
    inner = leaf([3.0])

    class Reentrant(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            with torch.enable_grad():
                (inner * inner).sum().backward()
            return g * 2

    x = leaf([1.0])
    (Reentrant.apply(x) * 5).backward(torch.ones(1))
    assert x.grad.tolist() == [10.0] and inner.grad.tolist() == [6.0]


def test_hooks_in_order_and_replacing():
    calls = []
    x = leaf([1.0, 2.0])
    y = x * 2
    y.register_hook(lambda g: calls.append("y") or g * 10)
    x.register_hook(lambda g: calls.append("x"))
    handle = x.register_hook(lambda g: g + 1)
    y.retain_grad()
    x.register_post_accumulate_grad_hook(lambda t: calls.append(t.grad.tolist()))
    y.sum().backward()
    assert calls == ["y", "x", [21.0, 21.0]]
    assert y.grad.tolist() == [10.0, 10.0]
    handle.remove()
    x.grad = None
    (x * 2).sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_undefined_gradients_are_none():
    seen = []

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, a, b):
            seen.append((a is None, b is None))
            return b

    x = leaf([1.0])
    Two.apply(x)[1].sum().backward()
    assert seen == [(True, False)] and x.grad.tolist() == [1.0]


def test_grad_layout_follows_the_parameter():
    x = torch.ones(2, 3).t().requires_grad_()
    assert x.is_leaf
    (x * torch.ones(3, 2)).sum().backward()
    assert x.grad.stride() == x.stride()
