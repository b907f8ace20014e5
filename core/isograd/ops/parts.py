"""Views of a part of the elements: slices, pieces, diagonals, windows; and the gradients that lead back."""

from __future__ import annotations

from operator import index
from typing import Any

from isograd.dtypes import SCALAR_NAMES
from isograd.ops.declare import METHODS, MOVEMENT, OTHER, VIEW, Array, composite, op
from isograd.shapes import numel, wrap_dim


def fresh(K, array):
    """A contiguous copy."""
    return K.assign(K.empty(tuple(array.shape), dtype=array.dtype), array)


def placed(K, size, like, part):
    """Zeros of `size`, except that what ``part`` of them shows is `like`."""
    return overlaid(K, K.zeros(tuple(size), dtype=like.dtype), like, part)


def overlaid(K, whole, piece, part):
    """`whole`, which nobody else holds, except that what ``part`` of it shows is `piece`."""
    if K.capabilities.strides and K.capabilities.mutable:
        K.assign(part(whole), piece)
        return whole
    places = part(K.reshape(K.arange(0, numel(whole.shape), 1, dtype=K.native_index), whole.shape))
    return K.put(whole, places, K.broadcast_to(piece, places.shape))


@op("select", kind=VIEW)
def select(K, input: Array, dim, index):
    """The slice at position `index` of dimension `dim`, which is dropped."""
    shape = input.shape
    if not shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = wrap_dim(dim, len(shape))
    if not -shape[d] <= index < shape[d]:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(shape)} at "
                         f"dimension {d}")
    return input[(slice(None),) * d + (int(index), ...)]


select.derivative(
    input=lambda F, g, input_shape, dim, index: F.select_backward(g, input_shape, dim, index))


@op("select_backward", kind=MOVEMENT, function=False, method=False)
def select_backward(K, grad_output: Array, input_sizes, dim, index):
    """Zeros, with `grad_output` at position `index` of dimension `dim`."""
    key = (slice(None),) * wrap_dim(dim, len(input_sizes)) + (int(index), ...)
    return placed(K, input_sizes, grad_output, lambda whole: whole[key])


select_backward.derivative(grad_output=lambda F, g, dim, index: F.select(g, dim, index))


@op("slice", kind=VIEW, function=False, method=False)
def slice_(K, input: Array, dim=0, start=None, end=None, step=1):
    """Every `step`-th position from `start` to before `end` of dimension `dim`."""
    if not input.shape:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    found = input[slice_key(len(input.shape), dim, start, end, step)]
    if 0 in found.shape and 0 not in input.shape and K.capabilities.strides:
        return nothing(K, input, found.shape, wrap_dim(dim, len(input.shape)), start, step)
    return found


slice_.derivative(
    input=lambda F, g, input_shape, dim, start, end, step:
        F.slice_backward(g, input_shape, dim, start, end, step))


def nothing(K, input, shape, d, start, step):
    """An empty slice: torch tells its place all the same."""
    size = input.shape[d]
    start = 0 if start is None else index(start)
    start = min(max(start + size if start < 0 else start, 0), size)
    strides = list(K.strides(input))
    offset = K.storage_offset(input) + start * strides[d]
    strides[d] *= step
    return K.as_strided(input, tuple(shape), tuple(strides), offset)


def slice_key(ndim, dim, start, end, step):
    return (slice(None),) * wrap_dim(dim, ndim) + (slice(start, end, step), ...)


@op("slice_backward", kind=MOVEMENT, function=False, method=False)
def slice_backward(K, grad_output: Array, input_sizes, dim, start, end, step):
    """Zeros, with `grad_output` at every `step`-th position from `start` to before `end`."""
    key = slice_key(len(input_sizes), dim, start, end, step)
    return placed(K, input_sizes, grad_output, lambda whole: whole[key])


slice_backward.derivative(
    grad_output=lambda F, g, dim, start, end, step: F.slice(g, dim, start, end, step))


@composite("narrow")
def narrow(F, input, dim, start, length):
    """`length` positions from `start` on of dimension `dim`."""
    d, begin, end = narrowed(input.shape, dim, start, length)
    return F.slice(input, d, begin, end, 1)


def narrowed(shape, dim, start, length):
    """The dimension, start and end that `narrow` means, checked with torch's texts."""
    if not len(shape):
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if getattr(start, "space", None) is not None and (start.array.ndim or start.space.category != 1):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    begin, d = index(start), wrap_dim(dim, len(shape))
    size = shape[d]
    if not -size <= begin <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but "
                         f"got {begin})")
    if begin < 0:
        begin += size
    if begin + length > size:
        raise RuntimeError(f"start ({begin}) + length ({length}) exceeds dimension size ({size}).")
    return d, begin, begin + length


@op("split", kind=VIEW, multi_view=True,
    overload=lambda split_size_or_sections: (
        "SplitBackward0" if hasattr(split_size_or_sections, "__index__") else
        "SplitWithSizesBackward0"))
def split(K, tensor: Array, split_size_or_sections, dim=0):
    """Views of consecutive pieces of `tensor` along `dim`: of one length, or of those given.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([1, 2, 3, 4, 5]).split(2)
    (tensor([1, 2]), tensor([3, 4]), tensor([5]))
    """
    d = wrap_dim(dim, len(tensor.shape))
    return pieces(tensor, section_lengths(tensor.shape, split_size_or_sections, d), d)


split.derivative(
    tensor=lambda F, g, tensor_shape, split_size_or_sections, dim: joined(
        F, g, tensor_shape, section_lengths(tensor_shape, split_size_or_sections, dim), dim))


def split_method(self: Any, split_size: Any, dim: int = 0) -> Any:
    return split.function(self, split_size, dim)


split_method.__name__, split_method.__doc__ = "split", split.doc
METHODS["split"] = split_method


@op("split_with_sizes", kind=VIEW, multi_view=True)
def split_with_sizes(K, input: Array, split_sizes, dim=0):
    """Views of consecutive pieces of `input` along `dim`, of the lengths given."""
    d = wrap_dim(dim, len(input.shape))
    return pieces(input, section_lengths(input.shape, tuple(split_sizes), d), d)


split_with_sizes.derivative(
    input=lambda F, g, input_shape, split_sizes, dim:
        joined(F, g, input_shape, tuple(split_sizes), dim))


def section_lengths(shape, sections, dim):
    """The lengths of the pieces that `split` makes, checked with torch's texts."""
    if not len(shape):
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    size = shape[wrap_dim(dim, len(shape))]
    if not hasattr(sections, "__index__"):
        lengths = [index(s) for s in sections]
        if any(length < 0 for length in lengths):
            raise RuntimeError("split_with_sizes expects split_sizes have only non-negative entries"
                               f", but got split_sizes={lengths}")
        if sum(lengths) != size:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's "
                f"size at dimension {wrap_dim(dim, len(shape))}), but got split_sizes={lengths}")
        return lengths
    length = index(sections)
    if length < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={length}")
    if length == 0:
        if size:
            raise RuntimeError("split_size can only be 0 if dimension size is 0, but got dimension "
                               f"size of {size}")
        return [0]
    count = max((size + length - 1) // length, 1)
    return [length] * (count - 1) + [size - length * (count - 1)]


def pieces(array, lengths, dim):
    before, start, found = (slice(None),) * dim, 0, []
    for length in lengths:
        found.append(array[(*before, slice(start, start + length), ...)])
        start += length
    return tuple(found)


def joined(F, g, shape, lengths, dim):
    """The pieces of a gradient joined; zeros stand for those that are None."""
    d = wrap_dim(dim, len(shape))
    some = next(piece for piece in g if piece is not None)
    return F.cat([F._new_zeros(some, (*shape[:d], length, *shape[d + 1 :])) if piece is None else piece
                  for piece, length in zip(g, lengths, strict=True)], d)


@op("_new_zeros", kind=MOVEMENT, function=False, method=False)
def _new_zeros(K, input: Array, size):
    """Zeros of the dtype and device of `input`."""
    return K.zeros(tuple(size), dtype=input.dtype)


@composite("chunk")
def chunk(F, input, chunks, dim=0):
    """At most `chunks` views of pieces of equal length (but the last) along `dim`."""
    if not len(input.shape):
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = input.shape[wrap_dim(dim, len(input.shape))]
    length = (size + chunks - 1) // chunks
    if length == 0 and size == 0:
        return F.split_with_sizes(input, (0,) * chunks, dim)
    return F.split(input, length, dim)


@composite("tensor_split")
def tensor_split(F, input, indices_or_sections, dim=0):
    """Views of pieces along `dim`: so many of nearly equal length, or parted at the indices."""
    ndim = len(input.shape)
    if not ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor "
                           "with 0 dims")
    d = wrap_dim(dim, ndim)
    size = input.shape[d]
    sections = indices_or_sections
    if getattr(sections, "array", None) is not None:
        if sections.array.ndim > 1:
            raise RuntimeError("tensor_split expected tensor_indices_or_sections to be a zero-"
                               "dimensional or one-dimensional tensor, but got a tensor with "
                               f"{sections.array.ndim} dims")
        if sections.space.dtype.name != "int64":
            raise RuntimeError("tensor_split expected tensor_indices_or_sections to have dtype of "
                               f"long, but got {SCALAR_NAMES[sections.space.dtype.name]}")
        sections = sections.tolist()
    if hasattr(sections, "__index__"):
        count = index(sections)
        if count <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {count}")
        short, longer = divmod(size, count)
        ends, at = [], 0
        for i in range(count):
            at += short + (i < longer)
            ends.append(at)
    else:
        ends = [*sections, size]
    starts = [0, *ends[:-1]]
    return tuple([F.slice(input, d, start, end, 1) for start, end in zip(starts, ends, strict=True)])


def split_along(name, least, dim_of):
    """The splits with a letter: `name`, for tensors of `least` dimensions."""

    def split_(F, input, indices_or_sections):
        ndim = len(input.shape)
        if ndim < least:
            raise RuntimeError(f"torch.{name} requires a tensor with at least {least} dimension, but "
                               f"got a tensor with {ndim} dimensions!")
        d = dim_of(ndim)
        if isinstance(indices_or_sections, (str, float)):
            kind = type(indices_or_sections).__name__
            wrong = f"      didn't match because some of the arguments have invalid types: (Tensor, !{kind}!)\n"
            raise TypeError(f"{name}() received an invalid combination of arguments - got (Tensor, {kind}), but expected one of:\n"
                            f" * (Tensor input, int sections)\n{wrong} * (Tensor input, tuple of ints indices)\n{wrong}")
        if hasattr(indices_or_sections, "__index__") and not hasattr(indices_or_sections, "array"):
            count = index(indices_or_sections)
            if not count or input.shape[d] % count:
                raise RuntimeError(f"torch.{name} attempted to split along dimension {d}, but the size "
                                   f"of the dimension {input.shape[d]} is not divisible by the "
                                   f"split_size {count}!")
        return F.tensor_split(input, indices_or_sections, d)

    split_.__doc__ = f"Views of pieces along dimension {dim_of(3)}, as `tensor_split`."
    composite(name)(split_)


split_along("hsplit", 1, lambda ndim: 0 if ndim == 1 else 1)
split_along("vsplit", 2, lambda ndim: 0)
split_along("dsplit", 3, lambda ndim: 2)


@op("unbind", kind=VIEW, multi_view=True)
def unbind(K, input: Array, dim=0):
    """Views of all positions of dimension `dim`, which is dropped."""
    if not len(input.shape):
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    d = wrap_dim(dim, len(input.shape))
    before = (slice(None),) * d
    return tuple([input[(*before, i, ...)] for i in range(input.shape[d])])


unbind.derivative(input=lambda F, g, dim: F.stack(without_gaps(F, g), dim))


def without_gaps(F, g):
    if None not in [None if piece is None else 0 for piece in g]:
        return list(g)
    some = next(piece for piece in g if piece is not None)
    return [F._new_zeros(some, some.shape) if piece is None else piece for piece in g]


@op("diagonal", kind=VIEW)
def diagonal(K, input: Array, offset=0, dim1=0, dim2=1):
    """The diagonal over two dimensions, which becomes the last dimension."""
    ndim = len(input.shape)
    first, second = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    if not K.capabilities.strides:
        return K.diagonal(input, offset=offset, axis1=first, axis2=second)
    shape, strides = input.shape, K.strides(input)
    rows, columns = shape[first], shape[second]
    length = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)
    start = K.storage_offset(input)
    if length:
        start += offset * strides[second] if offset >= 0 else -offset * strides[first]
    rest = [d for d in range(ndim) if d not in (first, second)]
    return K.as_strided(input, (*[shape[d] for d in rest], length),
                        (*[strides[d] for d in rest], strides[first] + strides[second]), start)


diagonal.derivative(
    input=lambda F, g, input_shape, offset, dim1, dim2:
        F.diagonal_backward(g, input_shape, offset, dim1, dim2))


@op("diagonal_backward", kind=MOVEMENT, function=False, method=False)
def diagonal_backward(K, grad_output: Array, input_sizes, offset, dim1, dim2):
    """Zeros, with `grad_output` on a diagonal."""
    return placed(K, input_sizes, grad_output,
                  lambda whole: diagonal.forward(K, whole, offset, dim1, dim2))


diagonal_backward.derivative(
    grad_output=lambda F, g, offset, dim1, dim2: F.diagonal(g, offset, dim1, dim2))


@op("unfold", kind=VIEW, function=False)
def unfold(K, input: Array, dimension, size, step):
    """Windows of `size` positions, `step` apart, of a dimension; they become the last dimension."""
    d = wrap_dim(dimension, len(input.shape))
    length = input.shape[d] if len(input.shape) else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    if not len(input.shape):
        return K.reshape(input, (1,))[:size]
    return K.unfold(input, axis=d, size=size, step=step)


unfold.derivative(
    input=lambda F, g, input_shape, dimension, size, step:
        F.unfold_backward(g, input_shape, dimension, size, step))


@op("unfold_backward", kind=OTHER, changes_dtype=False, function=False, method=False)
def unfold_backward(K, grad_in: Array, input_sizes, dim, size, step):
    """The sum of windows at the places they were taken from."""
    if not len(input_sizes):
        return K.sum(grad_in, axis=0)
    d = wrap_dim(dim, len(input_sizes))
    if step >= size:
        return placed(K, input_sizes, grad_in, lambda whole: K.unfold(whole, axis=d, size=size, step=step))
    whole = K.zeros(tuple(input_sizes), dtype=grad_in.dtype)
    places = K.reshape(K.arange(0, numel(input_sizes), 1, dtype=K.native_index), tuple(input_sizes))
    places = K.unfold(places, axis=d, size=size, step=step)
    return K.put(whole, places, grad_in, accumulate=True)


unfold_backward.derivative(grad_in=lambda F, g, dim, size, step: F.unfold(g, dim, size, step))
