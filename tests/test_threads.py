"""Threads and tasks: nothing lost, nothing doubled, grad mode per thread and per task."""

from __future__ import annotations

import asyncio
import threading

import isograd as torch


def in_threads(count, work):
    failures = []

    def guarded(i):
        try:
            work(i)
        except BaseException as error:  # noqa: BLE001  (reported by the test)
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def test_graphs_that_share_a_leaf():
    x = torch.ones(4, requires_grad=True)

    def work(i):
        for _ in range(200):
            (x * (i + 1)).sum().backward()

    in_threads(4, work)
    assert x.grad.tolist() == [200.0 * (1 + 2 + 3 + 4)] * 4


def test_one_graph_from_several_threads():
    x = torch.ones(3, requires_grad=True)
    y = (x * 2).exp().sum()
    in_threads(4, lambda i: [y.backward(retain_graph=True) for _ in range(50)])
    expected = torch.ones(3, requires_grad=True)
    for _ in range(200):
        (expected * 2).exp().sum().backward()
    assert x.grad.tolist() == expected.grad.tolist()


def test_grad_mode_is_per_thread():
    with torch.no_grad():
        seen = []
        in_threads(1, lambda i: seen.append(torch.is_grad_enabled()))
    assert seen == [True]


def test_grad_mode_is_per_task():
    async def quiet(entered, leave):
        with torch.no_grad():
            entered.set()
            await leave.wait()
            return torch.is_grad_enabled()

    async def main():
        entered, leave = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(quiet(entered, leave))
        await entered.wait()
        outside = torch.is_grad_enabled()
        leave.set()
        return outside, await task

    assert asyncio.run(main()) == (True, False)


def test_first_use_of_ops_from_many_threads():
    x = torch.ones(2, requires_grad=True)
    names = ["atan", "asinh", "log1p", "expm1", "erf", "cosh"]
    results = []

    def work(i):
        results.append([getattr(torch, name)(x).sum().item() for name in names])

    in_threads(6, work)
    assert all(result == results[0] for result in results)
