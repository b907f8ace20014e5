"""Depth and memory: graphs of a million nodes live and die without recursion, by reference counting alone."""

from __future__ import annotations

import gc
import sys
import weakref

import pytest

import isograd as torch
from isograd.backend.discover import current


@pytest.fixture(autouse=True)
def no_collector():
    """Run with the garbage collector off: whatever is freed was freed by its last reference."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def resident_mebibytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 2**20


#: array-api-strict takes 50 times NumPy's time for an addition; a tenth of the depth still shows recursion.
LENGTH = 1_000_000 if current().backend.name == "numpy" else 100_000

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
@pytest.mark.parametrize("differentiate", [True, False])
def test_a_million_nodes(differentiate):
    x = torch.ones(1, requires_grad=True)

    def chain(length):
        y = x
        for _ in range(length):
            y = y + x
        return y

    chain(1000).backward()  # warm up
    x.grad = None
    before = resident_mebibytes()
    limit = sys.getrecursionlimit()
    y = chain(LENGTH)
    peak = resident_mebibytes()
    if differentiate:
        y.backward()
        assert x.grad.item() == LENGTH + 1
    del y
    assert sys.getrecursionlimit() == limit
    assert (peak - before) * 2**20 > 100 * LENGTH  # the graph was there: bytes
    assert resident_mebibytes() - before < 16  # and is gone


def square(x):
    return x * x


def written_view(x):
    y = x * 1
    y[0].mul_(3)
    return y


def written_in_place(x):
    y = x * 2
    return y.add_(1).mul_(2)


def hooked(x):
    y = x * 2
    y.register_hook(lambda g: g * 2)
    y.retain_grad()
    return y * 3


def user_function(x):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return g * 2

    return Double.apply(x)


def with_own_result_saved(x):
    return x.sigmoid().tanh().exp().sqrt()


def views(x):
    return x.view(3, 1).transpose(0, 1).squeeze(0)[1:].expand(2, 2)


def in_place_with_itself_saved(x):
    w = torch.zeros(3)
    y = x * w
    w.add_(y)  # w is saved by y's node and now depends on it
    return w


def second_order(x):
    (g,) = torch.autograd.grad((x * x * x).sum(), x, create_graph=True)
    return g


CASES = [square, written_view, written_in_place, hooked, user_function, with_own_result_saved, views, in_place_with_itself_saved,
         second_order]


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_dropped_graph_is_freed_at_once(case, backward):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = case(x)
    alive = [weakref.ref(y.grad_fn), weakref.ref(y)]
    if backward and case is not in_place_with_itself_saved:
        y.sum().backward()
    del y
    assert [reference() for reference in alive] == [None, None]


def test_backward_frees_saved_tensors_as_it_goes():
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    z = y.sin()
    saved = weakref.ref(y)
    array = y.array
    count = sys.getrefcount(array)
    z.sum().backward()
    assert sys.getrefcount(array) == count - 2  # exp saved its result, sin its operand
    del y
    assert saved() is None
