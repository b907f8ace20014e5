"""Turns tensors, graphs and exceptions, torch's and the subject's, into plain records that can be compared.

No other file reads a tensor. A record holds Python and NumPy objects only, so it outlives the tensors, crosses
processes, and prints well. The subject has torch's API; so one recorder serves both, which keeps the comparison symmetric.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import ml_dtypes
import numpy as np
import torch

__all__ = [
    "Frozen",
    "FrozenSparse",
    "Graph",
    "GraphOf",
    "Raised",
    "Recorder",
    "TensorRecord",
    "Unsupported",
    "aligned_copy",
    "extent",
    "flatten",
    "freeze",
    "warm_up",
]

# Formats that from_numpy does not take: they travel as raw bits, and are named by ml_dtypes where it knows them.
RAW_BITS: dict[str, tuple[str, np.dtype | None]] = {
    "bfloat16": ("uint16", np.dtype(ml_dtypes.bfloat16)),
    "complex32": ("int32", None),
    "float8_e4m3fn": ("uint8", np.dtype(ml_dtypes.float8_e4m3fn)),
    "float8_e4m3fnuz": ("uint8", np.dtype(ml_dtypes.float8_e4m3fnuz)),
    "float8_e5m2": ("uint8", np.dtype(ml_dtypes.float8_e5m2)),
    "float8_e5m2fnuz": ("uint8", np.dtype(ml_dtypes.float8_e5m2fnuz)),
    "float8_e8m0fnu": ("uint8", np.dtype(ml_dtypes.float8_e8m0fnu)),
}
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


@functools.cache
def warm_up() -> None:
    """Make torch deterministic here: one thread, and every unary op called once on it.

    The wheel's math library picks its kernels at the first call; when two threads make that call at once, the
    first results may be wrong.
    """
    torch.set_num_threads(1)
    for dtype in (torch.float32, torch.float64, torch.complex64, torch.complex128):
        x = torch.full((64,), 0.5, dtype=dtype)
        for name in (
            "exp",
            "log",
            "sin",
            "cos",
            "tan",
            "tanh",
            "sqrt",
            "rsqrt",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "erf",
            "erfc",
            "erfinv",
            "lgamma",
            "log1p",
            "expm1",
            "sigmoid",
            "log2",
            "log10",
            "exp2",
        ):
            if not dtype.is_complex or name not in ("erf", "erfc", "erfinv", "lgamma"):
                getattr(torch, name)(x)


# ---------------------------------------------------------------------------------------------- tensors at rest


class Unsupported(Exception):
    """A sample holds something that cannot be carried over to another module: a tensor of another device, say."""


@dataclass(frozen=True, slots=True, eq=False)
class Frozen:
    """A strided tensor as data: the memory that it spans, and how to read it.

    Attributes
    ----------
    bits : numpy.ndarray
        The spanned memory, one-dimensional; raw unsigned integers where NumPy has no such type.
    dtype : str
        torch's name of the type, ``"float32"``.
    shape, strides : tuple of int
        As torch counts, strides in elements.
    requires_grad : bool
    """

    bits: np.ndarray
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    requires_grad: bool = False

    @classmethod
    def of_array(cls, array: np.ndarray, *, requires_grad: bool = False) -> Frozen:
        """Freeze a NumPy array (its values; the result is contiguous)."""
        array = np.asarray(array, order="C")
        name = array.dtype.name
        strides = tuple(s // array.itemsize for s in array.strides)
        bits = array.reshape(-1)
        if name in RAW_BITS:
            bits = bits.view(RAW_BITS[name][0])
        return cls(bits, name, array.shape, strides, requires_grad)

    def cast(self, dtype: str) -> Frozen:
        """The same values in another type, same strides."""
        values = self.bits
        if (source := RAW_BITS.get(self.dtype, ("", None))[1]) is not None:
            values = values.view(source)
        if dtype == "complex32":  # two float16, which NumPy has no name for
            halves = np.stack([values.real, values.imag], -1).astype("float16")
            bits = halves.view(RAW_BITS[dtype][0])[..., 0]
        elif (target := RAW_BITS.get(dtype, ("", None))[1]) is not None:
            bits = values.astype(target).view(RAW_BITS[dtype][0])
        else:
            bits = values.astype(dtype)
        return Frozen(bits, dtype, self.shape, self.strides, self.requires_grad)


@dataclass(frozen=True, slots=True, eq=False)
class FrozenSparse:
    """A sparse tensor as data: torch's constructor for it and what to pass."""

    constructor: str
    parts: tuple[Any, ...]
    shape: tuple[int, ...]
    requires_grad: bool = False


def strided(bits: np.ndarray, shape: tuple[int, ...], strides: tuple[int, ...]) -> np.ndarray:
    """Read one-dimensional memory as an array of this shape, strides in elements."""
    if 0 in shape:
        return np.empty(shape, bits.dtype)
    return np.ndarray(shape, bits.dtype, bits, 0, tuple(s * bits.itemsize for s in strides))


def aligned_copy(bits: np.ndarray) -> np.ndarray:
    """A copy that starts at a multiple of 64 bytes, as torch's own memory does.

    Vector kernels peel off what stands before such an address, so that the last bits depend on it.
    """
    memory = np.empty(bits.nbytes + 64, np.uint8)
    start = -memory.__array_interface__["data"][0] % 64
    copy = memory[start : start + bits.nbytes].view(bits.dtype)
    copy[...] = bits
    return copy


def frozen_sparse(constructor: str, tensor: torch.Tensor, *parts: torch.Tensor) -> FrozenSparse:
    """A sparse tensor of these parts."""
    frozen = tuple(freeze(part) for part in parts)
    return FrozenSparse(constructor, frozen, tuple(tensor.shape), tensor.requires_grad)


def freeze(tensor: torch.Tensor) -> Frozen | FrozenSparse:
    """Turn a torch tensor into data, keeping strides and ``requires_grad``."""
    if tensor.device.type != "cpu":
        raise Unsupported(f"a tensor on {tensor.device}")
    if tensor.ndim > 64:  # more than an ndarray can have
        raise Unsupported(f"a tensor of {tensor.ndim} dimensions")
    plain = tensor.detach()
    if plain.layout is torch.sparse_coo:
        plain = plain.coalesce()
        return frozen_sparse("sparse_coo_tensor", tensor, plain.indices(), plain.values())
    if plain.layout is torch.sparse_csr:
        parts = plain.crow_indices(), plain.col_indices(), plain.values()
        return frozen_sparse("sparse_csr_tensor", tensor, *parts)
    plain = plain.resolve_conj().resolve_neg()
    name = str(plain.dtype).removeprefix("torch.")
    if name in RAW_BITS:
        plain = plain.view(getattr(torch, RAW_BITS[name][0]))
    extent = (
        0
        if plain.numel() == 0
        else 1 + sum((n - 1) * s for n, s in zip(plain.shape, plain.stride(), strict=True))
    )
    memory = plain.as_strided((extent,), (1,), plain.storage_offset()).numpy().copy()
    return Frozen(memory, name, tuple(plain.shape), plain.stride(), tensor.requires_grad)


# ------------------------------------------------------------------------------------------------------ records


@dataclass(frozen=True, slots=True, eq=False)
class TensorRecord:
    """Everything that a caller can see of a tensor, as plain data.

    ``same_as``, ``view_of`` and ``shares`` say how it is tied to the tensors of the call, by their labels: it *is* one of them,
    it is a view whose ``_base`` is one of them, its memory overlaps theirs.
    """

    array: np.ndarray
    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    requires_grad: bool
    is_leaf: bool
    version: int
    grad_fn: str | None
    layout: str
    conj: bool
    neg: bool
    same_as: str | None
    view_of: str | None
    shares: tuple[str, ...]

    def __repr__(self) -> str:
        return f"tensor({np.array2string(self.array, threshold=24)}, shape={self.shape}, dtype={self.dtype})"


@dataclass(frozen=True, slots=True)
class Graph:
    """A backward graph: nodes in the order of first visit, each a name and its edges.

    An edge is (index of the next node, index of that node's output that it leads to); ``None`` where no gradient flows.
    """

    nodes: tuple[tuple[str, tuple[tuple[int, int] | None, ...]], ...]

    def __str__(self) -> str:
        def edges(out: tuple[tuple[int, int] | None, ...]) -> str:
            return ", ".join(
                "None" if e is None else f"{e[0]}.{e[1]}" if e[1] else f"{e[0]}" for e in out
            )

        return (
            " ; ".join(f"{i}: {name}({edges(out)})" for i, (name, out) in enumerate(self.nodes))
            or "no graph"
        )


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception, by the name of its type and its text (addresses blanked)."""

    type: str
    text: str

    @classmethod
    def of(cls, error: BaseException) -> Raised:
        return cls(type(error).__name__, ADDRESS.sub("0x…", str(error)))

    def __str__(self) -> str:
        return f"{self.type}: {self.text}"


class GraphOf:
    """Stands for the backward graph of some tensors in what a semantic case returns."""

    def __init__(self, *tensors: Any) -> None:
        self.tensors = tensors


def flatten(value: Any, tensor_type: type) -> Iterator[Any]:
    """The tensors inside a result, depth first."""
    if isinstance(value, tensor_type):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from flatten(item, tensor_type)
    elif isinstance(value, dict):
        for item in value.values():
            yield from flatten(item, tensor_type)


class Recorder:
    """Reads tensors of one module (torch or the subject) into records.

    Parameters
    ----------
    module : module
        torch, or what claims to be like it.
    known : sequence of (str, Tensor)
        Labelled tensors of the call, to say how results are tied to them.
    """

    def __init__(self, module: ModuleType, known: Sequence[tuple[str, Any]] = ()) -> None:
        self.module = module
        self.known = list(known)
        self.extents: list[tuple[str, tuple[int, int]]] | None = None

    def record(self, value: Any) -> Any:
        """Turn a result of any nesting into records."""
        module = self.module
        if isinstance(value, module.Tensor):
            return self.tensor(value)
        if value is None or isinstance(value, (bool, int, float, complex, str, Graph, Raised)):
            return value
        if isinstance(value, GraphOf):
            return str(self.graph(*value.tensors))
        if isinstance(value, (tuple, list)):
            name = type(value).__name__
            if name == "Size":
                return repr(value)
            return (name, [self.record(item) for item in value])
        if isinstance(value, dict):
            return ("dict", {key: self.record(item) for key, item in value.items()})
        if isinstance(value, np.ndarray):
            return (f"ndarray {value.dtype} {value.shape}", value.tolist())
        if isinstance(value, BaseException):
            return Raised.of(value)
        if hasattr(value, "next_functions"):
            return f"<{value.name()}>"
        if isinstance(value, type):
            return f"class {value.__name__}"
        return ADDRESS.sub("0x…", repr(value))

    def tensor(self, tensor: Any) -> TensorRecord:
        """Everything visible of one tensor."""
        grad_fn = tensor.grad_fn
        base = tensor._base
        strided_layout = repr(tensor.layout) == "torch.strided"
        return TensorRecord(
            array=self.array(tensor),
            dtype=repr(tensor.dtype),
            shape=tuple(tensor.shape),
            strides=tuple(tensor.stride()) if strided_layout else (),
            requires_grad=tensor.requires_grad,
            is_leaf=tensor.is_leaf,
            version=tensor._version,
            grad_fn=None if grad_fn is None else grad_fn.name(),
            layout=repr(tensor.layout),
            conj=tensor.is_conj(),
            neg=tensor.is_neg(),
            same_as=next((label for label, t in self.known if t is tensor), None),
            view_of=None
            if base is None
            else next((label for label, t in self.known if t is base), "another"),
            shares=self.shares(tensor) if strided_layout else (),
        )

    def array(self, tensor: Any) -> np.ndarray:
        """A copy of the values; bits are kept for every type."""
        module = self.module
        t = tensor.detach()
        if getattr(t, "_is_zerotensor", bool)():  # torch's symbolic zeros: the derivative of sign
            t = t.clone()
        if repr(t.layout) != "torch.strided":
            t = t.to_dense()
        if t.is_conj():
            t = t.resolve_conj()
        if t.is_neg():
            t = t.resolve_neg()
        name = repr(t.dtype).removeprefix("torch.")
        if name not in RAW_BITS:
            return np.array(t.numpy())
        bits, as_numpy = RAW_BITS[name]
        raw = np.array(t.view(getattr(module, bits)).numpy())
        return raw if as_numpy is None else raw.view(as_numpy)

    def shares(self, tensor: Any) -> tuple[str, ...]:
        """Labels of the known tensors whose memory this one overlaps."""
        if not self.known:
            return ()
        if self.extents is None:
            self.extents = [
                (label, extent(t)) for label, t in self.known if repr(t.layout) == "torch.strided"
            ]
        low, high = extent(tensor)
        return tuple(label for label, (start, stop) in self.extents if low < stop and start < high)

    def graph(self, *tensors: Any) -> Graph:
        """The backward graph of these tensors, leaves named by their labels."""
        index: dict[int, int] = {}
        queue: list[Any] = []

        def visit(fn: Any) -> int:
            if id(fn) not in index:
                index[id(fn)] = len(queue)
                queue.append(fn)  # holding it also keeps its id unique
            return index[id(fn)]

        for tensor in tensors:
            if tensor.grad_fn is not None:
                visit(tensor.grad_fn)
        nodes = []
        for fn in queue:  # grows as it is walked: breadth first
            edges = tuple(
                None if nxt is None else (visit(nxt), nr) for nxt, nr in fn.next_functions
            )
            name = fn.name()
            if name.endswith("AccumulateGrad"):
                name += f"[{next((label for label, t in self.known if t is fn.variable), '?')}]"
            nodes.append((name, edges))
        return Graph(tuple(nodes))


def extent(tensor: Any) -> tuple[int, int]:
    """First and past-the-last byte that a tensor spans; (0, 0) when there is no such memory."""
    shape = tuple(tensor.shape)
    if repr(tensor.layout) != "torch.strided":
        return (0, 0)
    if 0 in shape or (start := tensor.data_ptr()) == 0:
        return (0, 0)
    span = 1 + sum((n - 1) * s for n, s in zip(shape, tensor.stride(), strict=True))
    return (start, start + span * tensor.dtype.itemsize)
