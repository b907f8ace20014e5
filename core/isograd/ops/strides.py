"""Views of the memory itself: at given strides, and as numbers of another kind."""

from __future__ import annotations

from operator import index
from typing import Any

from isograd.dtypes import SCALAR_NAMES
from isograd.ops.declare import METHODS, OTHER, RECORDED, VIEW, Array, composite, op


# -- complex numbers ------------------------------------------------------------------------------
@op("view_as_real", kind=VIEW, method=False, changes_dtype=True)
def view_as_real(K, input: Array):
    """Complex numbers as pairs of real ones, in a new last dimension."""
    if not K.dtype_of(input).is_complex:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return K.view_as_real(input)


view_as_real.derivative(input=lambda F, g: F.view_as_complex(F.contiguous(g)))


@op("view_as_complex", kind=VIEW, method=False, changes_dtype=True)
def view_as_complex(K, input: Array):
    """Pairs of real numbers in the last dimension as complex ones."""
    own = K.dtype_of(input)
    if not own.is_floating_point or own.name == "bfloat16":
        raise RuntimeError("view_as_complex is only supported for half, float and double tensors, but "
                           f"got a tensor of scalar type: {SCALAR_NAMES[own.name]}")
    if own.name == "float16":
        raise TypeError("view_as_complex: isograd has no dtype torch.complex32")
    if not len(input.shape):
        raise RuntimeError("Input tensor must have one or more dimensions")
    if input.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    strides = K.strides(input)
    if strides[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(stride % 2 for stride in strides[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if K.storage_offset(input) % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    return K.view_as_complex(input)


view_as_complex.derivative(input=lambda F, g: F.view_as_real(F.contiguous(g)))


@composite("real", method=False, raw=lambda K, input: K.real(input) if K.dtype_of(input).is_complex else input)
def real(F, input):
    """The real parts, as a view; a real tensor itself."""
    if not input.dtype.is_complex:
        return input
    return F.select(F.view_as_real(input), -1, 0)


@composite("imag", method=False, raw=lambda K, input: K.imag(input))
def imag(F, input):
    """The imaginary parts of a complex tensor, as a view."""
    if not input.dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return F.select(F.view_as_real(input), -1, 1)


def part(name: str) -> property:
    def get(self: Any) -> Any:
        return getattr(RECORDED, name)(self)

    def set_(self: Any, value: Any) -> None:
        getattr(RECORDED, name)(self).copy_(value)

    return property(get, set_, doc=f"The {name} parts, as a view of a complex tensor.")


METHODS["real"], METHODS["imag"] = part("real"), part("imag")


# -- strides --------------------------------------------------------------------------------------
@op("as_strided", kind=VIEW, inplace=True, inplace_shift=1)
def as_strided(K, input: Array, size, stride, storage_offset=None):
    """The elements of the underlying memory at given strides.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([1, 2, 3, 4]).as_strided((2, 3), (1, 1))
    tensor([[1, 2, 3],
            [2, 3, 4]])
    """
    size, stride = [index(s) for s in size], [index(s) for s in stride]
    start = K.storage_offset(input) if storage_offset is None else index(storage_offset)
    check_geometry(K, input, size, stride, start)
    return K.as_strided(input, tuple(size), tuple(stride), start)


as_strided.derivative(
    input=lambda F, g, input_shape, input_strides, input_offset, size, stride, storage_offset:
        F._restrided(
            g, (size, stride, input_offset if storage_offset is None else storage_offset),
            (input_shape, input_strides, input_offset), 1))


def check_geometry(K, input, size, stride, start):
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError("as_strided: Negative strides are not supported at the moment, got "
                           f"strides: {stride}")
    if any(s < 0 for s in size):
        raise RuntimeError(f"Storage size calculation overflowed with sizes={size} and "
                           f"strides={stride}")
    if start < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {start}")
    needed = extent(size, stride) + start if 0 not in size else 0
    root = K.owner(input)
    held = extent(root.shape, K.strides(root))
    if needed > held:
        width = K.dtype_of(input).itemsize
        raise RuntimeError(f"setStorage: sizes {size}, strides {stride}, storage offset {start}, and "
                           f"itemsize {width} requiring a storage size of {needed * width} are out of "
                           f"bounds for storage of size {held * width}")


def extent(size, stride):
    """How many elements of memory a geometry spans."""
    return 1 + sum([(n - 1) * s for n, s in zip(size, stride, strict=True)]) if 0 not in size else 0


def may_overlap(size, stride):
    """Whether two elements of a geometry may lie at one place; False is certain."""
    dims = sorted([(s, n) for n, s in zip(size, stride, strict=True) if n != 1])
    if 0 in size:
        return False
    reach = 0  # the furthest place that the dimensions so far reach
    for s, n in dims:
        if s <= reach:
            return True
        reach += (n - 1) * s
    return False


@op("_restrided", kind=OTHER, changes_dtype=False, function=False, method=False)
def _restrided(K, input: Array, source, target, shared):
    """Lay `input` into memory by the geometry `source`, and read it by the geometry `target`.

    A geometry is (size, strides, offset). Elements that meet at one place are added. Where several elements of
    geometry number `shared` (0 source, 1 target) are one place of memory, each has an equal part of it.
    """
    low = min(source[2], target[2])
    (size, stride, start), (shape, strides, offset) = source, target
    start, offset = start - low, offset - low
    length = max(start + extent(size, stride), offset + extent(shape, strides), 1)
    overlaps = may_overlap(size, stride)
    counted = may_overlap(*(source, target)[shared][:2])
    direct = K.capabilities.strides and K.capabilities.mutable
    if direct and not overlaps and not counted:
        memory = K.zeros((length,), dtype=input.dtype)
        K.assign(K.as_strided(memory, tuple(size), tuple(stride), start), input)
        return K.as_strided(memory, tuple(shape), tuple(strides), offset)
    memory = K.zeros((length,), dtype=input.dtype)
    taken = K.reshape(places(K, size, stride, start), (-1,))
    memory = K.index_add(memory, 0, taken, K.reshape(input, (-1,)))
    if counted:
        held = places(K, *((size, stride, start), (shape, strides, offset))[shared])
        one = K.ones(held.shape, dtype=input.dtype)
        count = K.put(K.zeros((length,), dtype=input.dtype), held, one, accumulate=True)
        memory = K.divide(memory, K.where(K.equal(count, 0), K.ones((length,), dtype=input.dtype), count))
    if direct:
        return K.as_strided(memory, tuple(shape), tuple(strides), offset)
    return K.reshape(K.take(memory, K.reshape(places(K, shape, strides, offset), (-1,)), axis=0),
                     tuple(shape))


_restrided.derivative(
    input=lambda F, g, source, target, shared: F._restrided(g, target, source, 1 - shared))


def places(K, size, stride, start):
    """The place in memory of each element of a geometry."""
    found = K.reshape(K.asarray(start, dtype=K.native_index), (1,) * len(size))
    for d, (n, s) in enumerate(zip(size, stride, strict=True)):
        steps = K.arange(0, n * s, s, dtype=K.native_index) if s else K.zeros((n,), dtype=K.native_index)
        found = K.add(found, K.reshape(steps, (n,) + (1,) * (len(size) - d - 1)))
    return found
