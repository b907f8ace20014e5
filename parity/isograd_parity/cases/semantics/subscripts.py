"""Subscripts: every form, read, written, differentiated."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, each, graph

KEYS = {
    "0": lambda t: 0, "-1": lambda t: -1, ":": lambda t: slice(None), "1:": lambda t: slice(1, None), "::2": lambda t: slice(None, None, 2),
    "-2:": lambda t: slice(-2, None), "5:9": lambda t: slice(5, 9), "...": lambda t: ..., "None": lambda t: None, "()": lambda t: (),
    "0,1": lambda t: (0, 1), "0,1,2": lambda t: (0, 1, 2), "...,0": lambda t: (..., 0), ":,1": lambda t: (slice(None), 1),
    "None,0": lambda t: (None, 0), "0,None": lambda t: (0, None), "...,None": lambda t: (..., None), "0,...,2": lambda t: (0, ..., 2),
    "[0,2]": lambda t: [0, 2], "[[0,1],[1,2]]": lambda t: [[0, 1], [1, 2]], "t[0,2]": lambda t: t.tensor([0, 2]),
    "t[[0,1],[1,2]]": lambda t: t.tensor([[0, 1], [1, 2]]), "t1": lambda t: t.tensor(1), "t[]": lambda t: t.tensor([], dtype=t.int64),
    "[0,1],[1,2]": lambda t: ([0, 1], [1, 2]), "t,:,t": lambda t: (t.tensor([0, 1]), slice(None), t.tensor([1, 2])),
    ":,t,t": lambda t: (slice(None), t.tensor([0, 1]), t.tensor([1, 2])), "0,t": lambda t: (0, t.tensor([0, 1])), "t,0": lambda t: (t.tensor([0, 1]), 0),
    "t column,t": lambda t: (t.tensor([[0], [1]]), t.tensor([1, 2])), "None,t": lambda t: (None, t.tensor([0, 1])),
    "mask": lambda t: t.tensor([True, False, True]), "list mask": lambda t: [True, False, True], "mask 2-d": lambda t: t.tensor([[True, False, True, True]] * 3),
    ":,mask": lambda t: (slice(None), t.tensor([True, False, True, False])), "mask,t": lambda t: (t.tensor([True, False, True]), t.tensor([0, 1])),
    "True": lambda t: True, "False": lambda t: False, "tTrue": lambda t: t.tensor(True), "0,True": lambda t: (0, True),
    "t,...,1": lambda t: (t.tensor([0, -1]), ..., 1), "repeated": lambda t: (slice(None), slice(None), [4, 0, 0]),
    "int32": lambda t: t.tensor([0, 1], dtype=t.int32), "uint8": lambda t: t.tensor([0, 1], dtype=t.uint8), "t slice": lambda t: slice(t.tensor(1), t.tensor(3)),
}  # fmt: skip


@each(key=KEYS)
def read(torch, key):
    x = torch.arange(60.0).reshape(3, 4, 5).requires_grad_()
    y = attempt(lambda: x[key(torch)])
    if not isinstance(y, torch.Tensor):
        return y
    g = torch.autograd.grad(y, x, torch.arange(1.0, 1 + y.numel()).reshape(y.shape))
    return {"x": x, "y": y, "graph": graph(torch, y, x=x), "g": g[0].clone()}


@each(key={k: v for k, v in KEYS.items() if k != "uint8"})
def written(torch, key):
    def write(value):
        x = torch.arange(60.0).reshape(3, 4, 5)
        return [attempt(x.__setitem__, key(torch), value(x)), x]

    return [write(lambda x: -1), write(lambda x: -torch.arange(float(x[key(torch)].numel())).reshape(x[key(torch)].shape)),
            write(lambda x: torch.tensor([7.0])), write(lambda x: torch.ones(7))]


@each(key={k: v for k, v in KEYS.items() if k != "uint8"})
def written_and_recorded(torch, key):
    x = torch.arange(60.0).reshape(3, 4, 5).requires_grad_()
    y = x * 2
    value = torch.ones(y.detach()[key(torch)].shape, requires_grad=True)
    y[key(torch)] = value
    return {"graph": graph(torch, y, x=x, value=value),
            "g": [g.clone() for g in torch.autograd.grad(y, [x, value], torch.arange(60.0).reshape(3, 4, 5), materialize_grads=True)]}
