"""Views: results that share their operand's memory, and the gradients that lead back."""

from __future__ import annotations

from functools import wraps
from operator import index
from typing import Any

from isograd.dtypes import SCALAR_NAMES, dtype
from isograd.layouts import contiguous_format
from isograd.ops.declare import (
    METHODS,
    MOVEMENT,
    OTHER,
    RECORDED,
    REGISTRY,
    VIEW,
    Array,
    Op,
    composite,
    op,
)
from isograd.ops.outputs import exact, exactly
from isograd.shapes import inferred_size, numel, viewed_strides, wrap_dim


# -- shape --------------------------------------------------------------------------------------
@op("expand", kind=VIEW, function=False, variadic="size")
def expand(K, input: Array, size, *, implicit=False):
    """`input` with dimensions of length 1 repeated, without copying; -1 keeps a length.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([[1], [2]]).expand(-1, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    if -1 in size:
        size = expanded_size(K, input, size)
    try:
        return K.broadcast_to(input, tuple(size))
    except (ValueError, TypeError):
        expanded_size(K, input, size)
        raise


expand.derivative(input=lambda F, g, input_shape: F.sum_to_size(g, input_shape))


def expanded_size(K, input, size):
    """The size `input` is expanded to, checked with torch's texts."""
    own, wanted = list(input.shape), [index(s) for s in size]
    missing = len(wanted) - len(own)
    if missing < 0:
        raise RuntimeError(
            f"expand({type_name(K, input)}{{{own}}}, size={wanted}): the number of sizes provided "
            f"({len(wanted)}) must be greater or equal to the number of dimensions in the tensor "
            f"({len(own)})")
    result = []
    for d, length in enumerate(wanted):
        if d < missing:
            if length < 0:
                raise RuntimeError(f"The expanded size of the tensor ({length}) isn't allowed in a "
                                   f"leading, non-existing dimension {d}")
        elif length == -1:
            length = own[d - missing]
        elif own[d - missing] not in (1, length):
            raise RuntimeError(
                f"The expanded size of the tensor ({length}) must match the existing size "
                f"({own[d - missing]}) at non-singleton dimension {d}.  Target sizes: {wanted}.  "
                f"Tensor sizes: {own}")
        result.append(length)
    return tuple(result)


def type_name(K, array):
    """torch's legacy name of an array's type, which some messages use."""
    from isograd.graph import TYPE_NAMES

    return f"torch.{TYPE_NAMES[K.dtype_of(array).name]}"


@composite("expand_as", function=False)
def expand_as(F, input, other):
    """`input` expanded to the size of `other`."""
    return F.expand(input, other.shape)


@composite("broadcast_to", variadic=True)
def broadcast_to(F, input, size):
    """`input` broadcast to `size`, as a view."""
    return F.expand(input, size)


@op("view", kind=VIEW, function=False, method=False)
def view(K, input: Array, size):
    """The same elements in another shape, without copying; -1 stands for what is left.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([1, 2, 3, 4]).view(2, -1)
    tensor([[1, 2],
            [3, 4]])
    """
    size = inferred_size(size, numel(input.shape))
    if not K.capabilities.strides or (K.is_contiguous(input) and 1 not in input.shape):
        return K.reshape(input, size)
    # Dimensions of length 1 may have any stride, which the view inherits as in torch.
    strides = viewed_strides(input.shape, K.strides(input), size)
    if strides is None:
        raise RuntimeError("view size is not compatible with input tensor's size and stride (at "
                           "least one dimension spans across two contiguous subspaces). Use "
                           ".reshape(...) instead.")
    return K.as_strided(input, size, strides, K.storage_offset(input))


view.derivative(input=lambda F, g, input_shape: F.reshape(g, input_shape))


def view_method(self: Any, *shape: Any, **named: Any) -> Any:
    if named:
        (shape,) = named.values()
    elif not shape:
        raise TypeError("view() received an invalid combination of arguments - got (), but "
                        "expected one of:\n * (torch.dtype dtype)\n * (tuple of ints size)\n")
    elif len(shape) == 1 and shape[0].__class__ is not int:
        shape = shape[0]
    if isinstance(shape, dtype):
        return reinterpreted(self, shape)
    return view.function(self, (shape,) if hasattr(shape, "__index__") else shape)


view_method.__name__, view_method.__doc__ = "view", view.doc
METHODS["view"] = view_method


def reinterpreted(input: Any, dtype: dtype) -> Any:
    """The bytes of a tensor as elements of another dtype, in shared memory and without history."""
    own = input.space.dtype
    before, after = own.itemsize, dtype.itemsize
    what = f"to view {SCALAR_NAMES[own.name]} as {SCALAR_NAMES[dtype.name]} (different element sizes)"
    if before != after:
        if not input.array.ndim:
            raise RuntimeError(f"self.dim() cannot be 0 {what}")
        if input.stride(-1) != 1:
            raise RuntimeError(f"self.stride(-1) must be 1 {what}, but got {input.stride(-1)}")
        if after > before:
            ratio = after // before
            if input.array.shape[-1] % ratio:
                raise RuntimeError(f"self.size(-1) must be divisible by {ratio} {what}, but got "
                                   f"{input.array.shape[-1]}")
            if input.storage_offset() % ratio:
                raise RuntimeError(f"self.storage_offset() must be divisible by {ratio} {what}, "
                                   f"but got {input.storage_offset()}")
            for d, stride in enumerate(input.stride()[:-1]):
                if stride % ratio:
                    raise RuntimeError(f"self.stride({d}) must be divisible by {ratio} {what}, but "
                                       f"got {stride}")
    out = input.detach()
    space = input.space.to(dtype)
    out.array = space.K.view_dtype(input.array, space.K.native[dtype])
    out.space = space
    return out


@op("_unsafe_view", kind=MOVEMENT, function=False, method=False)
def _unsafe_view(K, input: Array, size):
    """A view of a tensor that nobody else refers to, so that the family need not be kept."""
    return K.reshape(input, size)


_unsafe_view.derivative(input=lambda F, g, input_shape: F.reshape(g, input_shape))


@op("_reshape_alias", kind=VIEW, function=False, method=False)
def _reshape_alias(K, input: Array, size, stride):
    """A view in another shape, whose strides are known."""
    return K.as_strided(input, size, stride, K.storage_offset(input))


_reshape_alias.derivative(input=lambda F, g, input_shape: F.reshape(g, input_shape))


@composite("reshape", variadic=True, raw=lambda K, input, shape: K.reshape(input, shape))
def reshape(F, input, shape):
    """The same elements in another shape: a view where that is possible, else a copy."""
    size = inferred_size(shape, numel(input.shape))
    backend = input.space.backend
    if not backend.capabilities.strides or backend.is_contiguous(input.array):
        return F.view(input, size)
    strides = viewed_strides(input.array.shape, backend.strides(input.array), size)
    if strides is not None:
        return F._reshape_alias(input, size, strides)
    return F._unsafe_view(F.clone(input, memory_format=contiguous_format), size)


@composite("reshape_as", function=False)
def reshape_as(F, input, other):
    """`input` in the shape of `other`."""
    return F.reshape(input, other.shape)


@composite("view_as", function=False)
def view_as(F, input, other):
    """A view of `input` in the shape of `other`."""
    return F.view(input, other.shape)


@composite("flatten")
def flatten(F, input, start_dim=0, end_dim=-1):
    """Dimensions `start_dim` to `end_dim` joined into one.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.ones(2, 3, 4).flatten(1).shape
    torch.Size([2, 12])
    """
    shape = tuple(input.shape)
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return F.reshape(input, (1,))
    if start == end:
        return input
    return F.reshape(input, (*shape[:start], numel(shape[start : end + 1]), *shape[end + 1 :]))


@composite("ravel")
def ravel(F, input):
    """All elements in one dimension."""
    return F.view(F.contiguous(input), (-1,))


@composite("unflatten")
def unflatten(F, input, dim, sizes):
    """Dimension `dim` parted into dimensions of the given sizes, one of which may be -1."""
    shape = tuple(input.shape)
    d = wrap_dim(dim, len(shape))
    if not len(sizes):
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        parts = inferred_size(sizes, shape[d])
    except RuntimeError as error:
        if "is invalid" not in str(error):
            raise
        raise RuntimeError(f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size "
                           f"of dim {d} ({shape[d]}) in the input tensor") from None
    return F.view(input, (*shape[:d], *parts, *shape[d + 1 :]))


@op("squeeze", kind=VIEW, inplace=True, inplace_shift=3,
    overload=lambda dim: ("SqueezeBackward0" if dim is None else
                          "SqueezeBackward2" if isinstance(dim, (tuple, list)) else
                          "SqueezeBackward1"))
def squeeze(K, input: Array, dim=None):
    """`input` without its dimensions of length 1, or without those among `dim`."""
    shape = input.shape
    ndim = len(shape)
    if dim is None:
        dims = range(ndim)
    elif isinstance(dim, (tuple, list)):
        dims = distinct([wrap_dim(d, ndim) for d in dim])
    else:
        dims = (wrap_dim(dim, ndim),)
    return K.squeeze(input, axis=tuple([d for d in dims if d < ndim and shape[d] == 1]))


squeeze.derivative(input=lambda F, g, input_shape: F.reshape(g, input_shape))


def distinct(dims):
    for i, d in enumerate(dims):
        if d in dims[:i]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return dims


@op("unsqueeze", kind=VIEW, inplace=True, inplace_shift=1)
def unsqueeze(K, input: Array, dim):
    """`input` with a dimension of length 1 inserted at `dim`."""
    return K.expand_dims(input, axis=wrap_dim(dim, len(input.shape) + 1))


unsqueeze.derivative(input=lambda F, g, dim: F.squeeze(g, dim))


# -- order of dimensions --------------------------------------------------------------------------
@op("transpose", kind=VIEW, inplace=True, inplace_shift=1, aliases=("swapaxes", "swapdims"))
def transpose(K, input: Array, dim0, dim1):
    """`input` with two dimensions exchanged."""
    ndim = len(input.shape)
    first, second = wrap_dim(dim0, ndim), wrap_dim(dim1, ndim)
    order = list(range(ndim))
    if order:
        order[first], order[second] = second, first
    return K.permute_dims(input, tuple(order))


transpose.derivative(input=lambda F, g, dim0, dim1: F.transpose(g, dim0, dim1))


@op("t", kind=VIEW, inplace=True, inplace_shift=1)
def t(K, input: Array):
    """The transpose of a matrix; a vector or number is left as it is."""
    ndim = len(input.shape)
    if ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {ndim}D")
    return K.permute_dims(input, tuple(range(ndim))[::-1])


t.derivative(input=lambda F, g: F.t(g))


@op("permute", kind=VIEW, variadic="dims")
def permute(K, input: Array, dims):
    """The dimensions of `input` in another order.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.ones(2, 3, 4).permute(2, 0, 1).shape
    torch.Size([4, 2, 3])
    """
    ndim = len(input.shape)
    if len(dims) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the "
            f"length of the desired ordering of dimensions i.e. input.dim() = {ndim} is not equal "
            f"to len(dims) = {len(dims)}")
    order = tuple([wrap_dim(d, ndim) for d in dims])
    if len(set(order)) != ndim:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return K.permute_dims(input, order)


permute.derivative(input=lambda F, g, dims: F.permute(g, inverse_order(dims)))


def inverse_order(dims):
    ndim = len(dims)
    inverse = [0] * ndim
    for place, d in enumerate(dims):
        inverse[d % ndim] = place
    return tuple(inverse)


@composite("movedim", aliases=("moveaxis",))
def movedim(F, input, source, destination):
    """`input` with dimensions `source` moved to `destination`."""
    ndim = len(input.shape)
    sources = [source] if hasattr(source, "__index__") else list(source)
    places = [destination] if hasattr(destination, "__index__") else list(destination)
    if len(sources) != len(places):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({sources} dims) should contain "
            f"the same number of dims as destination ({places} dims)")
    from_, to = [wrap_dim(d, ndim) for d in sources], [wrap_dim(d, ndim) for d in places]
    if len(set(from_)) != len(from_):
        raise RuntimeError(f"movedim: repeated dim in `source` ({sources})")
    if len(set(to)) != len(to):
        raise RuntimeError(f"movedim: repeated dim in `destination` ({places})")
    if not ndim:
        return F.alias(input)
    rest = iter([d for d in range(ndim) if d not in from_])
    at = dict(zip(to, from_, strict=True))
    return F.permute(input, tuple([at[d] if d in at else next(rest) for d in range(ndim)]))


@composite("adjoint")
def adjoint(F, input):
    """The conjugate transpose of a matrix or a batch of them."""
    check_matrix(input, "adjoint()")
    return F.conj(F.transpose(input, -2, -1))


def check_matrix(input, name):
    ndim = len(input.shape)
    if ndim < 2:
        raise RuntimeError(f"tensor.{name} is only supported on matrices or batches of matrices. "
                           f"Got {ndim}-D tensor.")


def reversed_dims(self: Any) -> Any:
    """The dimensions in reverse order."""
    return RECORDED.permute(self, tuple(range(self.array.ndim))[::-1])


def hermitian(self: Any) -> Any:
    """The conjugate transpose of a matrix."""
    ndim = self.array.ndim
    if ndim not in (0, 2):
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {ndim}-D tensor."
            + (" For batches of matrices, consider using tensor.mH" if ndim > 2 else ""))
    return RECORDED.adjoint(self) if ndim else RECORDED.conj(self)


def matrix_transpose(self: Any) -> Any:
    """The transpose of the last two dimensions."""
    if not self.array.ndim:
        return self
    check_matrix(self, "mT")
    return RECORDED.transpose(self, -2, -1)


def matrix_hermitian(self: Any) -> Any:
    """The conjugate transpose of the last two dimensions."""
    if not self.array.ndim:
        return self
    check_matrix(self, "mH")
    return RECORDED.conj(RECORDED.transpose(self, -2, -1))


METHODS["T"], METHODS["H"] = property(reversed_dims), property(hermitian)
METHODS["mT"], METHODS["mH"] = property(matrix_transpose), property(matrix_hermitian)


# -- parts ----------------------------------------------------------------------------------------
def placed(K, size, like, part):
    """Zeros of `size`, except that what ``part`` of them shows is `like`."""
    return overlaid(K, K.zeros(tuple(size), dtype=like.dtype), like, part)


def overlaid(K, whole, piece, part):
    """`whole`, which nobody else holds, except that what ``part`` of it shows is `piece`."""
    if K.capabilities.views and K.capabilities.mutable:
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


@op("alias", kind=VIEW, function=False, method=False)
def alias(K, input: Array):
    """A view of all elements."""
    return input[...]


alias.derivative(input=lambda F, g: g)


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
    held = numel(K.owner(input).shape)
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
    memory = K.put(memory, places(K, size, stride, start), input, accumulate=True)
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


# -- copies of views ------------------------------------------------------------------------------
def fresh(K, array):
    """A contiguous copy."""
    return K.assign(K.empty(tuple(array.shape), dtype=array.dtype), array)


def declare_copy(name: str) -> Op:
    """Declare ``<name>_copy``: what the view `name` shows, in memory of its own."""
    shown = REGISTRY[name]

    @wraps(shown.forward)
    def forward(K, *args, **kwargs):
        result = shown.forward(K, *args, **kwargs)
        return tuple([fresh(K, a) for a in result]) if shown.multi_view else fresh(K, result)

    forward.__doc__ = f"A copy of what `{name}` shows."
    copy = op(f"{name}_copy", kind=MOVEMENT, node=shown.node, overload=shown.overload, out=exact,
              method=False, changes_dtype=shown.changes_dtype, multi_view=shown.multi_view,
              suffix="_copy", out_with_grad=True)(forward)
    copy.derivatives = shown.derivatives
    return copy


for _name in ("alias", "as_strided", "diagonal", "expand", "permute", "select", "slice", "squeeze", "t",
              "transpose", "unfold", "unsqueeze", "view", "view_as_real", "view_as_complex", "split",
              "split_with_sizes", "unbind"):
    declare_copy(_name)


@op("unsafe_split", kind=MOVEMENT, multi_view=True)
def unsafe_split(K, tensor: Array, split_size, dim=0):
    """As `split`, but the pieces count as tensors of their own, which may be written in place."""
    return split.forward(K, tensor, split_size, dim)


unsafe_split.derivative(
    tensor=lambda F, g, tensor_shape, split_size, dim:
        joined(F, g, tensor_shape, section_lengths(tensor_shape, split_size, dim), dim))


@op("unsafe_split_with_sizes", kind=MOVEMENT, multi_view=True)
def unsafe_split_with_sizes(K, input: Array, split_sizes, dim=0):
    """As `split_with_sizes`, but the pieces count as tensors of their own."""
    return split_with_sizes.forward(K, input, split_sizes, dim)


unsafe_split_with_sizes.derivative(
    input=lambda F, g, input_shape, split_sizes, dim:
        joined(F, g, input_shape, tuple(split_sizes), dim))


@composite("unsafe_chunk")
def unsafe_chunk(F, input, chunks, dim=0):
    """As `chunk`, but the pieces count as tensors of their own."""
    if not len(input.shape):
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = input.shape[wrap_dim(dim, len(input.shape))]
    length = (size + chunks - 1) // chunks
    if length == 0 and size == 0:
        return F.unsafe_split_with_sizes(input, (0,) * chunks, dim)
    return F.unsafe_split(input, length, dim)


@op("narrow_copy", kind=MOVEMENT, out=exactly(
    "Expected self.dtype() == output.dtype() to be true, but got false.  (Could this error message be "
    "improved?  If so, please report an enhancement request to PyTorch.)"))
def narrow_copy(K, input: Array, dim, start, length):
    """A copy of what `narrow` shows."""
    d, begin, end = narrowed(input.shape, dim, start, length)
    return fresh(K, input[slice_key(len(input.shape), d, begin, end, 1)])


narrow_copy.derivative(
    input=lambda F, g, input_shape, dim, start, length:
        F.slice_backward(g, input_shape, *narrowed(input_shape, dim, start, length), 1))


@composite("detach", method=False)
def detach(F, input):
    """The same elements without history."""
    return input.detach()


# -- several tensors ------------------------------------------------------------------------------
def each(function):
    """`function` of one tensor as one of any number, which then returns a tuple."""

    @wraps(function)
    def of_all(F, *tensors):
        if len(tensors) == 1 and not isinstance(tensors[0], (tuple, list)):
            return function(F, tensors[0])
        return tuple([function(F, x) for x in (tensors[0] if len(tensors) == 1 else tensors)])

    return of_all


@composite("atleast_1d", method=False)
@each
def atleast_1d(F, tensor):
    """Each tensor with at least one dimension."""
    return tensor if len(tensor.shape) else F.reshape(tensor, (1,))


@composite("atleast_2d", method=False)
@each
def atleast_2d(F, tensor):
    """Each tensor with at least two dimensions; new ones come first."""
    ndim = len(tensor.shape)
    return tensor if ndim > 1 else F.unsqueeze(tensor, 0) if ndim else F.reshape(tensor, (1, 1))


@composite("atleast_3d", method=False)
@each
def atleast_3d(F, tensor):
    """Each tensor with at least three dimensions; a vector becomes a row, a matrix gets a last one."""
    ndim = len(tensor.shape)
    if ndim > 2:
        return tensor
    if ndim == 2:
        return F.unsqueeze(tensor, -1)
    return F.unsqueeze(F.unsqueeze(tensor, 0), -1) if ndim else F.reshape(tensor, (1, 1, 1))


@composite("broadcast_tensors", method=False)
def broadcast_tensors(F, *tensors):
    """All tensors expanded to their common shape."""
    from isograd.shapes import check_broadcast

    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    shape: tuple[int, ...] = ()
    for x in tensors:
        shape = check_broadcast(shape, tuple(x.shape))
    return tuple([F.expand(x, shape) for x in tensors])


@composite("meshgrid", method=False)
def meshgrid(F, *tensors, indexing=None):
    """Grids of the coordinates that the vectors give: matrix order ``"ij"``, or Cartesian ``"xy"``."""
    import warnings

    tensors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    if not len(tensors):
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for x in tensors:
        if len(x.shape) > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {x}")
    for x in tensors[1:]:
        if x.dtype is not tensors[0].dtype:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same dtype")
    if indexing is None:
        warnings.warn("torch.meshgrid: in an upcoming release, it will be required to pass the indexing "
                      "argument.", stacklevel=3)
    elif indexing not in ("ij", "xy"):
        raise RuntimeError('torch.meshgrid: indexing must be one of "xy" or "ij", but received: '
                           f"{indexing}")
    swapped = indexing == "xy" and len(tensors) > 1
    vectors = [tensors[1], tensors[0], *tensors[2:]] if swapped else list(tensors)
    shape = tuple([numel(x.shape) for x in vectors])
    grids = [F.expand(F.view(x, (1,) * d + (-1,) + (1,) * (len(shape) - d - 1)), shape)
             for d, x in enumerate(vectors)]
    if swapped:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)
