"""Shapes and dimensions: ``Size``, wrapping of negative dimensions, broadcasting, with torch's errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import index
from typing import Any

__all__ = ["Size", "broadcast_shapes"]


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple with ``numel()``, printed as torch prints it.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.zeros(2, 3).shape, torch.Size([2, 3]).numel()
    (torch.Size([2, 3]), 6)
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return numel(self)

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, item: Any) -> Any:
        found = tuple.__getitem__(self, item)
        return Size(found) if isinstance(item, slice) else found

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __mul__(self, times: Any) -> Size:
        return Size(tuple.__mul__(self, times))


def numel(shape: Iterable[int]) -> int:
    """The number of elements of an array of `shape`."""
    count = 1
    for length in shape:
        count *= length
    return count


def wrap_dim(dim: int, ndim: int) -> int:
    """`dim` counted from the front; a 0-d tensor accepts -1 and 0, as in torch.

    Raises
    ------
    IndexError
        With torch's text, when `dim` is out of range.
    """
    if dim.__class__ is not int:
        dim = index(dim)
    limit = ndim or 1
    if not -limit <= dim < limit:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-limit}, {limit - 1}], but got {dim})")
    return dim + limit if dim < 0 else dim


def wrap_dims(dims: int | Sequence[int] | None, ndim: int) -> tuple[int, ...]:
    """The dimensions of a reduction, counted from the front; None and () mean all.

    Raises
    ------
    RuntimeError
        With torch's text, when a dimension appears twice.
    """
    if dims is None:
        return tuple(range(ndim))
    if isinstance(dims, int):
        return (wrap_dim(dims, ndim),) if ndim else (wrap_dim(dims, ndim),)[:0]
    wrapped = tuple([wrap_dim(d, ndim) for d in dims])
    if not wrapped:
        return tuple(range(ndim))
    if len(set(wrapped)) != len(wrapped):
        twice = next(d for i, d in enumerate(wrapped) if d in wrapped[:i])
        raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return wrapped if ndim else ()


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape to which all `shapes` broadcast.

    Raises
    ------
    RuntimeError
        With torch's text, when two lengths differ and neither is 1.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.broadcast_shapes((3, 1), (4,))
    torch.Size([3, 4])
    """
    shapes = tuple((s,) if isinstance(s, int) else tuple(s) for s in shapes)
    ndim = max((len(s) for s in shapes), default=0)
    result = [1] * ndim
    for shape in shapes:
        for i in range(-1, -1 - len(shape), -1):
            length = shape[i]
            if length == 1 or length == result[i]:
                continue
            if result[i] != 1:
                raise RuntimeError("Shape mismatch: objects cannot be broadcast to a single shape")
            result[i] = length
    return Size(result)


def check_broadcast(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    """The broadcast shape of two operands, with the text torch's elementwise operations raise."""
    if len(a) < len(b):
        longer, shorter = b, a
    else:
        longer, shorter = a, b
    result = list(longer)
    offset = len(longer) - len(shorter)
    for i in range(len(shorter) - 1, -1, -1):
        x, y = longer[offset + i], shorter[i]
        if x != y:
            if x == 1:
                result[offset + i] = y
            elif y != 1:
                first, second = (x, y) if longer is a else (y, x)
                raise RuntimeError(f"The size of tensor a ({first}) must match the size of tensor b ({second}) "
                                   f"at non-singleton dimension {offset + i}")
    return tuple(result)


def inferred_size(size: Iterable[int], count: int) -> tuple[int, ...]:
    """`size` with its -1 replaced by what a tensor of `count` elements leaves for that dimension.

    Raises
    ------
    RuntimeError
        With torch's text, when `count` elements cannot have that shape.
    """
    sizes = [s if s.__class__ is int else index(s) for s in size]
    product, unknown = 1, None
    for d, length in enumerate(sizes):
        if length == -1:
            if unknown is not None:
                raise RuntimeError("only one dimension can be inferred")
            unknown = d
        elif length < 0:
            raise RuntimeError(f"invalid shape dimension {length} at index {d} of shape {sizes}")
        else:
            product *= length
    if unknown is not None and product == 0 and count == 0:
        raise RuntimeError(f"cannot reshape tensor of 0 elements into shape {sizes} because the unspecified dimension size -1 can be "
                           "any value and is ambiguous")
    if product != count and (unknown is None or product == 0 or count % product):
        raise RuntimeError(f"shape '{sizes}' is invalid for input of size {count}")
    if unknown is not None:
        sizes[unknown] = count // product
    return tuple(sizes)


def viewed_strides(shape: Sequence[int], strides: Sequence[int], size: Sequence[int]) -> tuple[int, ...] | None:
    """The strides of a view of other `size` and as many elements, or None where the memory allows none.

    Dimensions that lie densely one in the other form a chunk; a new dimension must not reach across two chunks.
    """
    if 0 in shape:
        return tuple(strides) if tuple(shape) == tuple(size) else contiguous_strides(size)
    if not shape:
        return (1,) * len(size)
    result = [0] * len(size)
    at = len(size) - 1  # dimensions of the view are settled from the last
    step = strides[-1]  # between neighbours of the chunk
    length = filled = 1  # elements of the chunk, and of the view's dimensions laid into it
    for d in range(len(shape) - 1, -1, -1):
        length *= shape[d]
        if d == 0 or (shape[d - 1] != 1 and strides[d - 1] != length * step):  # the chunk ends here
            while at >= 0 and (filled < length or size[at] == 1):
                result[at] = filled * step
                filled *= size[at]
                at -= 1
            if filled != length:
                return None
            if d > 0:
                step = strides[d - 1]
                length = filled = 1
    return tuple(result) if at == -1 else None


def contiguous_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Strides, in elements, of a contiguous tensor of `shape`; empty dimensions count as 1, as in torch."""
    strides = [1] * len(shape)
    for i in range(len(shape) - 2, -1, -1):
        strides[i] = strides[i + 1] * max(shape[i + 1], 1)
    return tuple(strides)
