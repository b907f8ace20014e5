"""Promotion: which dtype comes out of every pair of operands, each a tensor, a 0-d tensor or a Python number."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, case, each

DTYPES = ["uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128", "bool"]
NUMBERS = {"bool": True, "int": 2, "float": 2.0, "complex": 2j}
FUNCTIONS = {
    "add": lambda t, a, b: a + b, "sub": lambda t, a, b: a - b, "mul": lambda t, a, b: a * b, "div": lambda t, a, b: a / b,
    "pow": lambda t, a, b: a ** b, "floordiv": lambda t, a, b: a // b, "mod": lambda t, a, b: a % b, "eq": lambda t, a, b: a == b,
    "lt": lambda t, a, b: a < b, "and": lambda t, a, b: a & b, "where": lambda t, a, b: t.where(t.tensor([True, False]), a, b),
    "maximum": lambda t, a, b: t.maximum(a, b), "atan2": lambda t, a, b: t.atan2(a, b), "result_type": lambda t, a, b: t.result_type(a, b),
}  # fmt: skip


def outcome(function, torch, a, b):
    """The dtype and shape of the result, or the error."""
    result = attempt(function, torch, a, b)
    return f"{result.dtype} {tuple(result.shape)}" if isinstance(result, torch.Tensor) else result


def skipped(a, b):
    """Pairs whose result is complex32, which isograd does not have."""
    return "float16" in (a, b) and any(d.startswith("complex") for d in (a, b))


@each(name=FUNCTIONS, left=DTYPES)
def of_tensors(torch, name, left):
    a = torch.ones(2, dtype=getattr(torch, left))
    table = {}
    for right in DTYPES:
        b = torch.ones(2, dtype=getattr(torch, right))
        table[right] = outcome(name, torch, a, b)
        if not skipped(left, right):
            table[f"0-d {right}"] = outcome(name, torch, a, b[0])
            table[f"0-d, 0-d {right}"] = outcome(name, torch, a[0], b[0])
            table[f"0-d, {right}"] = outcome(name, torch, a[0], b)
    return table


@each(name={k: v for k, v in FUNCTIONS.items() if k not in ("maximum", "atan2")}, left=DTYPES)
def of_numbers(torch, name, left):
    a = torch.ones(2, dtype=getattr(torch, left))
    return {kind: [outcome(name, torch, a, n), outcome(name, torch, a[0], n), outcome(name, torch, n, a)]
            for kind, n in NUMBERS.items() if not (left == "float16" and kind == "complex")}


@each(left=DTYPES)
def of_cat(torch, left):
    a = torch.ones(2, dtype=getattr(torch, left))
    return {right: [outcome(lambda t, x, y: t.cat([x, y]), torch, a, torch.ones(1, dtype=getattr(torch, right))),
                    outcome(lambda t, x, y: t.stack([x, y]), torch, a[0], torch.ones((), dtype=getattr(torch, right)))] for right in DTYPES}


@each(name={"add_": lambda t, a, b: a.add_(b), "mul_": lambda t, a, b: a.mul_(b), "div_": lambda t, a, b: a.div_(b), "copy_": lambda t, a, b: a.copy_(b)},
      left=DTYPES)
def in_place(torch, name, left):
    table = {}
    for right in DTYPES:
        if not skipped(left, right):
            table[right] = outcome(name, torch, torch.ones(2, dtype=getattr(torch, left)), torch.ones(2, dtype=getattr(torch, right)))
    for kind, number in NUMBERS.items():
        if not (left == "float16" and kind == "complex"):
            table[f"number {kind}"] = outcome(name, torch, torch.ones(2, dtype=getattr(torch, left)), number)
    return table


@each(left=DTYPES)
def tables(torch, left):
    a = getattr(torch, left)
    return {right: [torch.promote_types(a, getattr(torch, right)), torch.can_cast(a, getattr(torch, right))] for right in DTYPES}


@each(name=["sqrt", "exp", "sin", "neg", "abs", "sigmoid", "floor", "reciprocal", "square", "sign", "isnan", "logical_not", "sum", "prod", "mean",
            "any", "all", "argmax", "std", "cumsum", "max", "median", "sort", "norm", "relu", "round"])
def of_one_operand(torch, name):
    extra = (0,) if name == "cumsum" else ()
    return {d: attempt(lambda d=d: facts(getattr(torch.ones(2, 2, dtype=getattr(torch, d)), name)(*extra))) for d in DTYPES}


def facts(result):
    return [f"{r.dtype} {tuple(r.shape)}" for r in (result if isinstance(result, tuple) else (result,))]


@each(default=["float64", "float16", "bfloat16", "float32"])
def default_dtype(torch, default):
    try:
        torch.set_default_dtype(getattr(torch, default))
        i = torch.ones(2, dtype=torch.int32)
        return [str(torch.get_default_dtype()), *[str(t.dtype) for t in (
            i / 2, i.sqrt(), i + 1.5, torch.ones(2), torch.tensor(1.5), torch.tensor([1, 2]), torch.arange(0, 1, 0.5), torch.arange(3),
            torch.zeros(1), torch.full((1,), 2.0), torch.full((1,), 2), torch.eye(2), torch.linspace(0, 1, 3))]]
    finally:
        torch.set_default_dtype(torch.float32)


@case
def default_dtype_refuses(torch):
    return [attempt(torch.set_default_dtype, torch.int64), attempt(torch.set_default_dtype, "float32"), torch.get_default_dtype()]


@case
def gradients_keep_the_dtype_of_their_operand(torch):
    results = []
    for left in ("float16", "bfloat16", "float32", "float64", "complex64"):
        for right in ("float32", "float64"):
            x = torch.ones(2, dtype=getattr(torch, left), requires_grad=True)
            y = torch.ones(2, dtype=getattr(torch, right), requires_grad=True)
            z = x * y
            results.append([g.clone() for g in torch.autograd.grad(z, [x, y], torch.ones_like(z))])
    return results
