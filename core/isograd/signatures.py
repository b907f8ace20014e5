"""torch's error for arguments that fit none of a function's overloads."""

from __future__ import annotations

from typing import Any

from isograd.ops.declare import Op
from isograd.tensor import bad_argument

__all__ = ["mismatch"]


def mismatch(op: Op, values: Any, position: int) -> TypeError:
    """The error for `values`, of which the one at `position` fits no overload of `op`."""
    if not op.scalars or op.differentiable and not op.numbers:  # no overloads: torch takes a number for a tensor there
        return bad_argument(op.public, op.names[position], position, values[position])
    given = [value for name, value in zip(op.names, values, strict=True) if name in op.tensors or value is not op.defaults[name]]
    types = ", ".join([type_name(value) for value in given])
    text = f"{op.public}() received an invalid combination of arguments - got ({types}), but expected one of:\n"
    for signature in overloads(op):
        text += f" * ({signature})\n"
        if signature.count(",") == len(given) - 1:
            flagged = ", ".join([f"!{type_name(value)}!" for value in given])
            text += f"      didn't match because some of the arguments have invalid types: ({flagged})\n"
    return TypeError(text)


def type_name(value: Any) -> str:
    return "Tensor" if hasattr(value, "shape") else type(value).__name__  # a tensor, or the array of one


def overloads(op: Op) -> list[str]:
    """The parameter lists of torch's overloads: with tensors, with a number first, with numbers in the other places."""
    out = ", *, Tensor out = None" if op.has_out else ""
    first, rest = op.tensors[0], op.tensors[1:]

    def listed(kinds: dict[str, str]) -> str:
        return ", ".join([f"{kinds.get(n, 'Tensor')} {n}{' = None' if n in op.optional else ''}" for n in op.tensors])

    alpha = ", *, Number alpha = 1" if "alpha" in op.attributes else ""
    found = [listed({}) + alpha + out]
    if first in op.scalars:
        derivable = op.differentiable and op.numbers.get(first) != "NotImplemented"
        found.append(f"Number self, Tensor {', '.join(rest)}" + (out if derivable else ""))
    found.append(listed({n: "Number" for n in rest if n in op.scalars}) + alpha.replace("*, ", "") + out)
    return found
