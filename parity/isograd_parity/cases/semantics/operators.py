"""Operators with operands of every kind, reflected and in place; truth, numbers, length, iteration."""

from __future__ import annotations

import operator

from isograd_parity.cases.semantics.table import attempt, case, each, graph, leaf

BINARY = {name: getattr(operator, name) for name in (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor", "lshift", "rshift",
    "eq", "ne", "lt", "le", "gt", "ge")}  # fmt: skip
INPLACE = {name: getattr(operator, name) for name in (
    "iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "iand", "ior", "ixor", "ilshift", "irshift")}  # fmt: skip
# what the operator says to whom it does not know is Python's own text
FOREIGN = {"text": "a", "none": None, "list": [1.0, 2.0], "object": object, "dict": {}}


@each(function=BINARY)
def of_tensors(torch, function):
    f, i, b = torch.tensor([3.0, -2.0]), torch.tensor([3, 2]), torch.tensor([True, False])
    return [attempt(function, x, y) for x in (f, i, b) for y in (f, i, b)]


@each(function=BINARY)
def with_numbers(torch, function):
    f, i, b = torch.tensor([3.0, -2.0]), torch.tensor([3, 2]), torch.tensor([True, False])
    numbers = [2] if function is operator.matmul else [2, 2.5, True]
    return [[attempt(function, x, n), attempt(function, n, x)] for x in (f, i, b) for n in numbers]


@each(function=BINARY, value=FOREIGN)
def with_foreign_operands(torch, function, value):
    x = torch.tensor([1.0, 2.0])
    return [attempt(function, x, value), attempt(function, value, x)]


@each(function=BINARY)
def with_a_type_that_knows_tensors(torch, function):
    class Other:
        def answer(self, other):
            return "mine"

        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = answer
        __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = answer
        __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = answer
        __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = answer
        __hash__ = None

    x = torch.tensor([1.0, 2.0])
    return [attempt(function, x, Other()), attempt(function, Other(), x)]


@each(function=INPLACE)
def in_place(torch, function):
    def run(x, y):
        same = x.clone()
        result = attempt(function, same, y)
        return [result is same, result, same]

    f, i, b = torch.tensor([3.0, -2.0]), torch.tensor([3, 2]), torch.tensor([True, False])
    return [run(f, 2), run(f, f), run(i, 2), run(i, i), run(b, True), run(b, b), run(i, f)]


@each(function={name: getattr(operator, name) for name in ("neg", "pos", "abs", "invert")})
def unary(torch, function):
    values = [torch.tensor([3.0, -2.0]), torch.tensor([3, -2]), torch.tensor([True, False]), torch.tensor([1 + 2j]),
              torch.tensor([200], dtype=torch.uint8)]
    return [attempt(function, v) for v in values]


@each(number=[0, 1, 2, 3, -1, 0.5, -0.5, 2.0, 1.5])
def powers(torch, number):
    x = leaf(torch, [0.0, 1.0, 4.0])
    y = x ** number
    return {"y": y.detach(), "g": torch.autograd.grad(y, x, torch.tensor([1.0, 2.0, 3.0])), "reflected": number ** x.detach()}


@case
def reflected_operators_record(torch):
    x = leaf(torch)
    return [graph(torch, y, x=x) for y in (1 + x, 1 - x, 2 * x, 2 / x, 2 ** x, 5 % x)]


@case
def truth(torch):
    return [bool(torch.tensor(1.0)), bool(torch.tensor([[0]])), bool(torch.tensor(True)), bool(torch.tensor(1j)), bool(torch.tensor(float("nan"))),
            attempt(bool, torch.ones(2)), attempt(bool, torch.ones(0)), attempt(bool, torch.ones(1, 2, 3)), not torch.tensor(0)]


@case
def length_and_iteration(torch):
    x = torch.arange(6).view(3, 2)
    return [len(x), [r.tolist() for r in x], attempt(len, torch.tensor(1)), attempt(iter, torch.tensor(1)), attempt(list, torch.tensor(1.0)),
            len(torch.ones(0, 3)), list(torch.ones(0, 3)), [r.tolist() for r in reversed(x)], attempt(next, x)]


@case
def iteration_records(torch):
    x = leaf(torch)
    a, b, c = x
    (a * b + c).backward()
    return [a, x.grad]


@each(kind={"int": int, "float": float, "complex": complex, "index": operator.index, "round": round, "hash is stable": lambda t: hash(t) == hash(t)})
def as_number(torch, kind):
    values = [torch.tensor(2.7), torch.tensor([[3]]), torch.tensor(True), torch.tensor(1 + 0j), torch.tensor(1 + 2j), torch.ones(2), torch.ones(0),
              torch.tensor(float("inf")), torch.tensor(float("nan")), torch.tensor(1.5, dtype=torch.float16), torch.tensor(2.5, requires_grad=True)]
    return [attempt(kind, v) for v in values]


@case
def membership(torch):
    x = torch.tensor([1.0, 2.0])
    return [1 in x, 3 in x, torch.tensor(2.0) in x, torch.ones(2) in x, attempt(lambda: "a" in x), attempt(lambda: None in x)]


@case
def comparisons_of_objects(torch):
    x = torch.tensor([1.0, 2.0])
    return [x == None, x != None, x == "a", x != [1], attempt(lambda: x < None), x is x, len({x, x, torch.ones(2)})]  # noqa: E711


@case
def formatting(torch):
    x = torch.tensor(2.5)
    return [f"{x:.3f}", f"{x}", f"{torch.tensor(3):05d}", attempt(format, torch.ones(2), ".2f"), attempt(format, x, "d"), f"{torch.ones(2)}", str(x), "%.1f" % x]


@case
def broadcasting_errors(torch):
    x = torch.ones(2, 3)
    return [attempt(operator.add, x, torch.ones(2)), attempt(operator.mul, x, torch.ones(4, 2, 2)), attempt(operator.lt, x, torch.ones(2)),
            attempt(operator.matmul, x, x), attempt(operator.matmul, torch.ones(3), torch.ones(2)), attempt(operator.matmul, torch.tensor(1.0), x)]
