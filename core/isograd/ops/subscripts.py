"""``x[key]`` and ``x[key] = value``: torch's rules, as the views and index operations they stand for.

The subscripts are applied from left to right: a number selects, a slice slices, None unsqueezes; tensors, sequences and masks are
collected, and read (or written) by one advanced index at the end.
"""

from __future__ import annotations

from operator import index as to_int
from typing import Any

from isograd.dtypes import BOOL, FLOAT
from isograd.graph import TYPE_NAMES
from isograd.ops.advanced_indexing import index
from isograd.ops.copying import check_number
from isograd.ops.declare import METHODS, REGISTRY
from isograd.ops.parts import select, slice_
from isograd.ops.views import alias, unsqueeze
from isograd.record import bump, wrap
from isograd.tensor import Tensor

__all__: list[str] = []

WRONG = ("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
         "(got {})")


def getitem(self: Any, key: Any) -> Any:
    kind = key.__class__
    if kind is int:
        return picked(self, 0, key, 0)
    if kind is slice:
        return cut(self, 0, key)
    if key is None:
        return unsqueeze.function(self, 0)
    if key is ...:
        return alias.function(self)
    result, indices = applied(self, as_tuple(key))
    if indices:
        return index.function(result, indices)
    return alias.function(result) if result is self else result


def setitem(self: Any, key: Any, value: Any) -> None:
    if key is False:
        return
    kind = key.__class__
    if (kind is int or kind is slice) and (value.__class__ is float or value.__class__ is int) and written(self, key, value):
        return
    if not isinstance(value, Tensor):
        value = as_value(self, value)
    indices: list[Any] = []
    if kind is int:
        target = picked(self, 0, key, 0)
    elif kind is slice:
        target = cut(self, 0, key, whole=True)
    elif key is ...:
        target = self
    elif key is None or key is True:
        target = unsqueeze.function(self, 0)
    else:
        target, indices = applied(self, as_tuple(key))
    if indices:
        if value.space.device != self.space.device and not value.array.ndim:
            value = value.to(self.space.device)
        METHODS["index_put_"](target, indices, without_leading_ones(value))
        return
    shape = tuple(target.array.shape)
    if tuple(value.array.shape) == shape:
        target.copy_(value)
    elif not value.array.ndim:
        target.fill_(value)
    else:
        target.copy_(REGISTRY["expand"].function(without_leading_ones(value), shape))


def written(self: Any, key: Any, value: Any) -> bool:
    """Write a number at once, where there is nothing to record, check or broadcast; whether that was so."""
    space = self.space
    shape = self.array.shape
    if self._edge is not None or space.category < FLOAT or space.dtype.is_half or not space.K.capabilities.mutable or not shape:
        return False
    if key.__class__ is slice:
        if key.step is not None:
            return False
    elif not -shape[0] <= key < shape[0]:
        return False
    if value.__class__ is float and space.dtype.itemsize < 8:
        check_number(space.dtype, value)
    space.K.setitem(self.array, key, value)
    bump(self)
    return True


def without_leading_ones(value: Any) -> Any:
    """`value` without its leading dimensions of length 1."""
    shape = tuple(value.array.shape)
    first = 0
    while first < len(shape) and shape[first] == 1:
        first += 1
    return REGISTRY["view"].function(value, shape[first:]) if first else value


def as_value(self: Any, value: Any) -> Any:
    """A number to be written as a 0-d tensor of the dtype of `self`."""
    if not isinstance(value, (bool, int, float, complex)):
        module = type(value).__module__
        name = type(value).__name__ if module == "builtins" else f"{module}.{type(value).__name__}"
        raise TypeError(f"can't assign a {name} to a torch.{TYPE_NAMES[self.space.dtype.name]}")
    space = self.space
    check_number(space.dtype, value)
    if isinstance(value, complex) and space.category <= FLOAT:
        value = value.real
    if space.category < FLOAT and space.category != BOOL:
        value = int(value)
    return wrap(space.K.asarray(value, dtype=space.K.native[space.dtype]), space)


def as_tuple(key: Any) -> tuple[Any, ...]:
    """The subscripts of `key`; a list that holds slices, tensors or sequences counts as a tuple, as in torch."""
    if isinstance(key, tuple):
        return key
    if isinstance(key, list) and len(key) < 32:
        for item in key:
            if item is None or item is ... or isinstance(item, (slice, Tensor, list, tuple)):
                import warnings

                warnings.warn(
                    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed "
                    "in pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be "
                    "interpreted as tensor index, x[torch.tensor(seq)], which will result either in an error or "
                    "a different result", stacklevel=3)
                return tuple(key)
    return (key,)


def picked(x: Any, dim: int, position: int, axis: int) -> Any:
    """Position `position` of dimension `dim`, which was number `axis` of the subscripted tensor."""
    shape = x.array.shape
    if not shape:
        raise IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
                         "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number")
    size = shape[dim]
    if not -size <= position < size:
        raise IndexError(f"index {position} is out of bounds for dimension {axis} with size {size}")
    return select.function(x, dim, position)


def cut(x: Any, dim: int, key: slice, whole: bool = False) -> Any:
    """Slice `key` of dimension `dim`; `x` itself for a slice of everything, if `whole`."""
    try:
        start = None if key.start is None else to_int(key.start)
        stop = None if key.stop is None else to_int(key.stop)
        step = 1 if key.step is None else to_int(key.step)
    except TypeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None
    if step <= 0:
        raise ValueError("step must be greater than zero")
    if whole and not start and step == 1 and (stop is None or stop >= x.array.shape[dim]):
        return x
    return slice_.function(x, dim, start, stop, step)


def applied(x: Any, key: tuple[Any, ...]) -> tuple[Any, list[Any]]:
    """What is left of `x` after the views that the subscripts stand for, and the tensors of indices for it."""
    key = tuple([as_subscript(x, item) for item in key])
    named = 0
    for item in key:
        if isinstance(item, Tensor):
            named += item.array.ndim if is_mask(item) else 1
        elif item is not None and item is not ... and item is not True and item is not False:
            named += 1
    ndim = x.array.ndim
    if named > ndim:
        if not ndim:
            picked(x, 0, 0, 0)
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    dim = 0
    indices: list[Any] = []
    for axis, item in enumerate(key):
        if item.__class__ is int:
            x = picked(x, dim, item, axis)
        elif item.__class__ is slice:
            x = cut(x, dim, item, whole=True)
            dim += 1
        elif item is ...:
            dim += ndim - named
        elif item is None:
            x = unsqueeze.function(x, dim)
            dim += 1
        elif item.__class__ is bool or not item.array.ndim:
            if not (item.__class__ is bool or is_mask(item)):
                x = picked(x, dim, to_int(item.item()), axis)
            else:
                x = unsqueeze.function(x, dim)
                space = x.space
                count = 1 if (item if item.__class__ is bool else item.item()) is True else 0
                place(indices, dim, wrap(space.K.zeros((count,), dtype=space.K.native_index), space))
                dim += 1
        else:
            place(indices, dim, item)
            dim += 1
    return x, indices


def place(indices: list[Any], dim: int, item: Any) -> None:
    indices.extend([None] * (dim - len(indices)))
    indices.append(item)


def is_mask(tensor: Any) -> bool:
    return tensor.space.category == BOOL or tensor.space.dtype.name == "uint8"


def as_subscript(x: Any, item: Any) -> Any:
    """`item` as an int, bool, slice, None, Ellipsis or tensor."""
    if item.__class__ in (int, bool, slice) or item is None or item is ... or isinstance(item, Tensor):
        return item
    if hasattr(item, "__index__") and not hasattr(item, "__len__"):
        return to_int(item)
    if isinstance(item, str):
        raise TypeError("new(): invalid data type 'str'")
    if not (hasattr(item, "__len__") and hasattr(item, "__getitem__")) or isinstance(item, dict):
        if getattr(item, "shape", None) == () and hasattr(item, "item"):
            return as_subscript(x, item.item())
        raise IndexError(WRONG.format(type(item).__name__))
    from isograd import dtypes
    from isograd.data import tensor

    sequence = item.tolist() if hasattr(item, "tolist") else list(item)
    made = tensor(sequence, dtype=None if sequence else dtypes.int64)
    return made if made.space.device == x.space.device else made.to(x.space.device)


METHODS["__getitem__"], METHODS["__setitem__"] = getitem, setitem
