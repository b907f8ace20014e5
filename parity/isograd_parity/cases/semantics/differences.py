"""Where isograd differs from torch on purpose; each case is listed in known/semantics.toml."""

from __future__ import annotations

import asyncio

from isograd_parity.cases.semantics.table import attempt, case, leaf


@case
def conjugate_is_lazy(torch):
    z = torch.tensor([1 + 2j, 3 - 1j])
    w = z.conj()
    return [w.is_conj(), w._base is z]


@case
def grad_mode_leaks_into_other_tasks(torch):
    seen = []

    async def without():
        with torch.no_grad():
            await asyncio.sleep(0)

    async def other():
        seen.append(torch.is_grad_enabled())

    async def both():
        await asyncio.gather(without(), other())

    asyncio.run(both())
    return seen


@case
def error_on_the_way_has_changed_a_leaf(torch):
    x, y = leaf(torch), leaf(torch)
    early = y * 2
    early.register_hook(lambda g: {}["missing"])
    attempt((early + x * 3).sum().backward)
    return {"x": x.grad, "y": y.grad}
