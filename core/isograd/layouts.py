"""How elements lie in memory: torch's ``layout`` and ``memory_format`` words, and the strides they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isograd.shapes import contiguous_strides

__all__ = [
    "layout", "memory_format", "strided", "sparse_coo", "sparse_csr", "contiguous_format",
    "preserve_format", "channels_last", "channels_last_3d",
]


class _Word:
    """A named constant, printed as torch prints it. Users cannot make more of them."""

    __slots__ = ("name",)

    name: str

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"cannot create 'torch.{cls.__name__}' instances")

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class layout(_Word):
    """How a tensor is stored. Every tensor here is ``torch.strided``."""

    __slots__ = ()


class memory_format(_Word):
    """The order of dimensions in memory that an operation is asked to give its result."""

    __slots__ = ()


def _word(kind: type[Any], name: str) -> Any:
    made = object.__new__(kind)
    made.name = name
    return made


strided: layout = _word(layout, "strided")
sparse_coo: layout = _word(layout, "sparse_coo")
sparse_csr: layout = _word(layout, "sparse_csr")
contiguous_format: memory_format = _word(memory_format, "contiguous_format")
preserve_format: memory_format = _word(memory_format, "preserve_format")
channels_last: memory_format = _word(memory_format, "channels_last")
channels_last_3d: memory_format = _word(memory_format, "channels_last_3d")


def is_dense(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether the elements fill their memory without gap or overlap, in some order of dimensions."""
    expected = 1
    for stride, length in sorted([(s, n) for s, n in zip(strides, shape) if n != 1]):
        if not length:
            return True
        if stride != expected:
            return False
        expected *= length
    return True


def preserved_strides(shape: Sequence[int], strides: Sequence[int]) -> tuple[int, ...]:
    """The strides of a new tensor like one of these: the same if dense, else the same order, dense.

    torch's ``preserve_format``. An expanded dimension (stride 0) keeps its place in the order.
    """
    if is_dense(shape, strides):
        return tuple(strides)
    return dense_strides(shape, memory_order(shape, strides))


def memory_order(shape: Sequence[int], strides: Sequence[int]) -> list[int]:
    """The dimensions from the innermost in memory to the outermost.

    An insertion sort, because the order is not transitive: a dimension of stride 0 says nothing, so it
    is moved past no other, and equal strides go by length.
    """
    order = list(reversed(range(len(shape))))
    for i in range(1, len(order)):
        at = i
        for j in reversed(range(i)):
            verdict = _outer(shape, strides, order[j], order[at])
            if verdict > 0:
                order[j], order[at] = order[at], order[j]
                at = j
            elif verdict < 0:
                break
    return order


def _outer(shape: Sequence[int], strides: Sequence[int], a: int, b: int) -> int:
    """1 if dimension `a` lies outside `b` in memory, -1 if inside, 0 if nothing says so."""
    if strides[a] == 0 or strides[b] == 0:
        return 0
    if strides[a] != strides[b]:
        return -1 if strides[a] < strides[b] else 1
    return 1 if shape[a] > shape[b] else 0


def dense_strides(shape: Sequence[int], order: Sequence[int]) -> tuple[int, ...]:
    """The strides of dense memory whose dimensions, from the innermost out, are `order`."""
    strides, step = [0] * len(shape), 1
    for dim in order:
        strides[dim] = step
        step *= max(shape[dim], 1)
    return tuple(strides)


def format_strides(
    shape: Sequence[int], strides: Sequence[int] | None, wanted: memory_format | None
) -> tuple[int, ...] | None:
    """The strides `wanted` asks for a new tensor of `shape`; None means plain row-major.

    Parameters
    ----------
    shape : sequence of int
    strides : sequence of int or None
        Those of the tensor to be like, for ``preserve_format``.
    wanted : memory_format or None
        None is ``preserve_format`` if there are `strides`, else row-major.

    Raises
    ------
    RuntimeError
        With torch's text, for a format that does not fit the number of dimensions.
    """
    if wanted is contiguous_format or wanted is None and strides is None:
        return None
    if wanted is channels_last or wanted is channels_last_3d:
        rank = 4 if wanted is channels_last else 5
        if len(shape) != rank:
            raise RuntimeError(f"required rank {rank} tensor to use {wanted.name} format")
        return dense_strides(shape, (1, *range(rank - 1, 1, -1), 0))
    if strides is None:
        raise RuntimeError("unsupported memory format Preserve")
    kept = preserved_strides(shape, strides)
    return None if kept == contiguous_strides(shape) else kept
