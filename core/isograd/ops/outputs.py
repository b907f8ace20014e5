"""What an op's ``out=`` must be and what is done with it, with torch's errors: for ``out=`` of a declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from isograd.dtypes import BOOL, FLOAT, SCALAR_NAMES, dtype

__all__ = ["KEPT", "PASSED_BY", "REFUSED", "Out", "boolean", "exact", "exactly", "found", "refusing_integers"]

#: What becomes of a gradient that is wanted where a composite writes into an ``out=``.
REFUSED, PASSED_BY, KEPT = "refused", "passed by", "kept"

#: What C++ calls the types.
CPP_NAMES = {
    "float32": "float", "float64": "double", "int64": "long int", "int32": "int", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>", "bool": "bool", "int8": "signed char",
    "uint8": "unsigned char", "int16": "short int",
}  # fmt: skip


class Out(NamedTuple):
    """How a composite writes its ``out=``, where torch's own composition of ops shows."""

    #: The op that torch's error about gradients names, if it is not the composite itself.
    name: str | None = None
    #: Called with the dtypes of the result and of ``out``, as that of an op.
    check: Callable[[dtype, dtype], None] | None = None
    #: Whether torch refuses gradients, ignores them, or copies the result into ``out`` with its history.
    gradient: str = REFUSED
    #: How many changes are counted for an ``out`` of the right shape, and for one that is resized.
    changes: tuple[int, int] = (1, 1)


#: An `Out`, the name in it, or what finds it for the arguments of a call.
OutRule = str | Out | Callable[..., Any]


def exact(result: dtype, out: dtype) -> None:
    """Refuse any dtype but the result's, as torch's structured kernels do."""
    if out is not result:
        raise RuntimeError(f"Expected out tensor to have dtype {CPP_NAMES.get(result.name, result.name)}, but got "
                           f"{CPP_NAMES.get(out.name, out.name)} instead")


def exactly(text: str, cpp: bool = False) -> Callable[[dtype, dtype], None]:
    """Refuse any dtype but the result's, with a text of one's own in which ``{result}`` and ``{out}`` are named."""
    names = CPP_NAMES if cpp else SCALAR_NAMES

    def check(result: dtype, out: dtype) -> None:
        if out is not result:
            raise RuntimeError(text.format(result=names[result.name], out=names[out.name]))

    return check


#: What the elementwise kernels say that do not convert their results.
found = exactly("Found dtype {out} but expected {result}")


def boolean(name: str) -> Callable[[dtype, dtype], None]:
    """Refuse an ``out=`` of the op `name` that does not hold truth values."""

    def check(result: dtype, out: dtype) -> None:
        if out.category != BOOL:
            raise RuntimeError(f"{name} does not support non-boolean outputs.")

    return check


def refusing_integers(text: str) -> Callable[[dtype, dtype], None]:
    """Refuse to write floating results into integers, with a text of one's own."""

    def check(result: dtype, out: dtype) -> None:
        if out.category < FLOAT <= result.category:
            raise RuntimeError(text.format(result=SCALAR_NAMES[result.name], out=SCALAR_NAMES[out.name]))

    return check
