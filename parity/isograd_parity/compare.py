"""Compares two records of the same call: structure exactly, values bit for bit or within a tolerance."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from enum import Enum
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import Any

import numpy as np

from isograd_parity.oracle import Raised, TensorRecord

__all__ = ["Level", "Tolerance", "compare", "matches", "tolerance_for"]


class Level(Enum):
    """How equal values have to be; structure always has to be equal."""

    BITS = "L1"
    ULP = "L2"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far values may be apart at level L2, and which parts of structure are compared; see tolerances.toml."""

    ulp: float
    norm: float
    factor: float
    values: bool = True
    bits: bool = True
    ignore: frozenset[str] = frozenset()
    gradients: Tolerance | None = None  # what holds instead for gradients inside a check of something else (in place)


def matches(globs: str, name: str) -> bool:
    """Whether a name matches one of the globs, separated by commas."""
    return any(fnmatchcase(name, glob.strip()) for glob in globs.split(","))


@functools.cache
def table() -> dict[str, Any]:
    return tomllib.loads(files("isograd_parity").joinpath("tolerances.toml").read_text())


@functools.cache
def tolerance_for(op: str, dtype: str, check: str, *, elementwise: bool) -> Tolerance:
    """The tolerance of one cell."""
    data = table()
    if check == "inplace":
        own = _tolerance(op, dtype, check, data["elementwise" if elementwise else "general"], loose=False)
        return replace(own, gradients=_tolerance(op, dtype, "backward", data["general"], loose=True))
    general = not elementwise or "backward" in check
    return _tolerance(op, dtype, check, data["general" if general else "elementwise"], loose=check in data["structure"]["loose"])


def _tolerance(op: str, dtype: str, check: str, base: dict[str, Any], *, loose: bool) -> Tolerance:
    data = table()
    values = dict(base)
    for entry in data["override"]:
        if not entry.get("reason"):
            raise ValueError(f"tolerances.toml: the override of {entry['ops']} gives no reason")
        if (
            matches(entry["ops"], op)
            and matches(entry.get("dtypes", "*"), dtype)
            and matches(entry.get("checks", "*"), check)
        ):
            values.update(
                {k: v for k, v in entry.items() if k in ("ulp", "norm", "factor", "values", "bits")}
            )
    return Tolerance(
        **values, ignore=frozenset(data["structure"]["loose_ignores"] if loose else ())
    )


# ------------------------------------------------------------------------------------------------------ structure

Path = tuple[Any, ...]
STRUCTURE = [field.name for field in fields(TensorRecord) if field.name != "array"]


def compare(
    expected: Any,
    actual: Any,
    level: Level,
    tolerance: Tolerance,
    second: Callable[[], Any] | None = None,
) -> str | None:
    """The first difference between two records in words, or ``None``.

    Parameters
    ----------
    expected, actual
        torch's record, the subject's.
    level : Level
    tolerance : Tolerance
        Used at level L2.
    second : callable, optional
        Gives torch's record of the same call in the other precision: wider for the dtypes that have a wider one,
        narrower for double. It tells rounding error from fault. Called only if a value differs.
    """
    other: Any = None
    whole = tolerance
    for path, want, got in pairs((), expected, actual):
        tolerance = whole.gradients if whole.gradients is not None and "gradients" in path else whole
        if isinstance(want, TensorRecord) and isinstance(got, TensorRecord):
            difference = structure(want, got, tolerance.ignore)
            if difference is None and tolerance.values and not same_bits(want.array, got.array):
                if level is Level.BITS and tolerance.bits:
                    difference = describe(want.array, got.array, unequal(want.array, got.array))
                else:
                    other = second() if second is not None and other is None else other
                    twin = at(other, path)
                    difference = values(want.array, got.array, twin, tolerance)
        elif torch_cannot(want) or (type(want) is type(got) and want == got):
            continue
        elif type(want) is type(got) and isinstance(want, (float, complex)):
            difference = numbers(want, got, level, tolerance)
        elif isinstance(got, Raised) and not isinstance(want, Raised):
            difference = f"torch gives a result\nhere:  {got}"
        elif isinstance(want, Raised) and not isinstance(got, Raised):
            difference = f"torch: {want}\nhere:  {short(got)}"
        else:
            difference = f"torch: {short(want)}\nhere:  {short(got)}"
        if difference is not None:
            return f"{where(path)}{difference}"
    return None


def numbers(want: complex, got: complex, level: Level, tolerance: Tolerance) -> str | None:
    """The difference between two Python numbers."""
    a, b = np.asarray(want), np.asarray(got)
    if not tolerance.values or same_bits(a, b):
        return None
    return values(a, b, None, tolerance) if level is Level.ULP else f"torch: {want}\nhere:  {got}"


def torch_cannot(record: Any) -> bool:
    """Whether torch itself does not implement this; then the subject is free."""
    return isinstance(record, Raised) and (
        record.type == "NotImplementedError" or "not implemented" in record.text
    )


def pairs(path: Path, want: Any, got: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Walk two records in step, down to what differs in kind or is a leaf."""
    if torch_cannot(want):
        return
    if isinstance(want, dict) and isinstance(got, dict) and list(want) == list(got):
        for key in want:
            yield from pairs((*path, key), want[key], got[key])
    elif isinstance(want, (tuple, list)) and type(want) is type(got) and len(want) == len(got):
        for i, (a, b) in enumerate(zip(want, got, strict=True)):
            yield from pairs((*path, i), a, b)
    else:
        yield path, want, got


def at(record: Any, path: Path) -> TensorRecord | None:
    """The tensor at a path of another record, if its structure goes along."""
    for key in path:
        try:
            record = record[key]
        except (KeyError, IndexError, TypeError):
            return None
    return record if isinstance(record, TensorRecord) else None


def where(path: Path) -> str:
    return (
        " › ".join(f"[{key}]" if isinstance(key, int) else str(key) for key in path) + ": "
        if path
        else ""
    )


def short(value: Any, limit: int = 600) -> str:
    text = str(value)
    return text if len(text) <= limit else f"{text[:limit]}…"


def structure(want: TensorRecord, got: TensorRecord, ignore: frozenset[str]) -> str | None:
    """The first difference in structure."""
    for name in STRUCTURE:
        a, b = getattr(want, name), getattr(got, name)
        if name in ignore or a == b:
            continue
        if name == "strides" and significant(want.shape, a) == significant(got.shape, b):
            continue
        return f"{name} differs\ntorch: {a}\nhere:  {b}"
    if want.array.shape != got.array.shape or want.array.dtype != got.array.dtype:
        return f"memory differs: {want.array.dtype} {want.array.shape}, {got.array.dtype} {got.array.shape}"
    return None


def significant(shape: tuple[int, ...], strides: tuple[int, ...]) -> tuple[int, ...]:
    """The strides that address something; torch's own tests, too, ignore the others (check_significant_strides)."""
    return () if 0 in shape else tuple(s for n, s in zip(shape, strides, strict=True) if n > 1)


# --------------------------------------------------------------------------------------------------------- values

# dtype: bits of precision, exponent of the smallest subnormal
FORMATS = {
    "float16": (11, -24),
    "bfloat16": (8, -133),
    "float32": (24, -149),
    "float64": (53, -1074),
}
FORMATS |= {"complex64": FORMATS["float32"], "complex128": FORMATS["float64"]}


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are equal bit for bit, any NaN equal to any other."""
    return a.tobytes() == b.tobytes() or not unequal(a, b).any()


def unequal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where two arrays of one dtype differ in bits and are not both NaN."""
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    if a.dtype.kind == "c":
        return unequal(a.real, b.real) | unequal(a.imag, b.imag)
    bits = f"u{a.dtype.itemsize}"
    different = np.ascontiguousarray(a).view(bits) != np.ascontiguousarray(b).view(bits)
    return different & ~(np.isnan(a) & np.isnan(b)) if a.dtype.name in FORMATS else different


def values(
    want: np.ndarray, got: np.ndarray, twin: TensorRecord | None, tolerance: Tolerance
) -> str | None:
    """The difference in values beyond the tolerance."""
    want, got = np.atleast_1d(want), np.atleast_1d(got)
    name = want.dtype.name
    if name not in FORMATS:
        wrong = unequal(want, got)
        return describe(want, got, wrong) if wrong.any() else None
    precision, smallest = FORMATS[name]
    wide = np.complex128 if want.dtype.kind == "c" else np.float64
    with np.errstate(all="ignore"):
        w, g = want.astype(wide), got.astype(wide)
        special = ~np.isfinite(w) | ~np.isfinite(g)
        wrong = special & ~(
            (np.isnan(w) & np.isnan(g)) | (w == g) | (complex_infinity(w) & complex_infinity(g))
        )
        if not wrong.any():
            reference, allowed = reference_of(w, twin, name, tolerance, ~special)
            distance = np.abs(np.where(special, 0, g - reference))
            unit = units(reference, precision, smallest)
            wrong = ~(distance <= np.maximum(allowed, tolerance.ulp * unit)) & ~special
        else:
            reference, unit = w, np.ones(w.shape)
        if not wrong.any():
            return None
        worst = np.where(wrong, np.abs(g - reference) / unit, 0)
        return describe(want, got, wrong, np.where(np.isnan(worst), np.inf, worst))


def complex_infinity(z: np.ndarray) -> np.ndarray:
    """Where a complex number is infinite; which of its parts is NaN then is not specified."""
    return np.isinf(z) if z.dtype.kind == "c" else np.zeros(z.shape, bool)


def units(reference: np.ndarray, precision: int, smallest: int) -> np.ndarray:
    """The unit in the last place of each element."""
    magnitude = np.abs(np.where(np.isfinite(reference), reference, 0))
    exponent = np.frexp(magnitude)[1]
    return np.ldexp(
        1.0, np.where(magnitude == 0, smallest, np.maximum(exponent - precision, smallest))
    )


def reference_of(
    want: np.ndarray, twin: TensorRecord | None, name: str, tolerance: Tolerance, finite: np.ndarray
) -> tuple[np.ndarray, float]:
    """What to measure from, and the distance allowed regardless of an element's own size.

    torch in the other precision tells how well the problem is conditioned. It is believed only if the two
    agree to half the digits: else a branch, a tie or a random number went another way.
    """
    precision = FORMATS[name][0]
    eps = 2.0 ** (1 - precision)
    reference, error = want, 0.0
    if twin is not None and twin.array.size == want.size:
        other = np.atleast_1d(twin.array).astype(want.dtype)
        usable = finite & np.isfinite(other)
        gap = largest(other - want, usable)
        other_eps = 2.0 ** (1 - FORMATS.get(twin.array.dtype.name, FORMATS[name])[0])
        if gap <= max(eps, other_eps) ** 0.5 * largest(want, usable):
            if other_eps < eps:  # torch in double precision: the truth, and torch's own error
                reference, error = np.where(usable, other, want), gap
            elif other_eps > eps:  # torch in single precision: the same error at another scale
                error = gap * (eps / other_eps)
    return reference, max(
        tolerance.norm * eps * largest(reference, finite), tolerance.factor * error
    )


def largest(array: np.ndarray, where: np.ndarray) -> float:
    return float(np.max(np.abs(array), where=where, initial=0.0))


def describe(
    want: np.ndarray, got: np.ndarray, wrong: np.ndarray, ulps: np.ndarray | None = None
) -> str:
    """How many elements are wrong, and the worst of them."""
    want, got = np.atleast_1d(want), np.atleast_1d(got)
    flat = int(np.argmax(ulps)) if ulps is not None else int(np.argmax(wrong))
    index = tuple(int(i) for i in np.unravel_index(flat, wrong.shape))
    size = f", off by {float(ulps[index]):.3g} ulp" if ulps is not None else ""
    return (
        f"{int(wrong.sum())} of {wrong.size} values differ; at {index}{size}\n"
        f"torch: {want[index]!r}\nhere:  {got[index]!r}"
    )
