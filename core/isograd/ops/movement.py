"""Moving elements: flips, rolls, repetition, triangles, diagonals, scatters into slices, padding."""

from __future__ import annotations

from operator import index

from isograd.dtypes import SCALAR_NAMES
from isograd.layouts import contiguous_format
from isograd.ops.copying import scalar_array
from isograd.ops.declare import MOVEMENT, OTHER, Array, IndexArray, composite, op
from isograd.ops.outputs import exact
from isograd.ops.parts import diagonal, fresh, overlaid, placed, select, slice_key
from isograd.ops.strides import as_strided
from isograd.ops.views import distinct
from isograd.promotion import can_cast
from isograd.shapes import numel, wrap_dim


def integers(value):
    """An int or a sequence of ints as a tuple."""
    return (index(value),) if hasattr(value, "__index__") else tuple([index(v) for v in value])


# -- order ----------------------------------------------------------------------------------------
@op("flip", kind=MOVEMENT, variadic="dims")
def flip(K, input: Array, dims):
    """A copy with the order of elements reversed along `dims`."""
    axes = distinct([wrap_dim(d, len(input.shape)) for d in integers(dims)])
    if not axes or not len(input.shape):
        return K.copy(input)
    return K.flip(input, axis=tuple(axes))


flip.derivative(input=lambda F, g, dims: F.flip(g, dims))


@composite("fliplr")
def fliplr(F, input):
    """A copy with the order along dimension 1 reversed."""
    if len(input.shape) < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return F.flip(input, (1,))


@composite("flipud")
def flipud(F, input):
    """A copy with the order along dimension 0 reversed."""
    if len(input.shape) < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return F.flip(input, (0,))


@op("roll", kind=MOVEMENT)
def roll(K, input: Array, shifts, dims=()):
    """A copy whose elements are shifted along `dims`, those pushed out coming back at the start."""
    amounts, axes = integers(shifts), integers(dims)
    if not amounts:
        raise RuntimeError("`shifts` required")
    if not (not axes and len(amounts) == 1) and len(amounts) != len(axes):
        raise RuntimeError("shifts and dimensions must align. shifts: "
                           f"{len(amounts)}, dims:{len(axes)}")
    if axes and not len(input.shape):
        raise IndexError(f"Dimension specified as {axes[0]} but tensor has no dimensions")
    axes = tuple([wrap_dim(d, len(input.shape)) for d in axes])
    if not numel(input.shape) or not len(input.shape):
        return K.copy(input)
    if not axes:
        flat = K.roll(K.reshape(input, (-1,)), amounts[0], axis=0)
        return K.reshape(flat, tuple(input.shape))
    return K.ascontiguous(K.roll(input, amounts, axis=axes))


roll.derivative(
    input=lambda F, g, shifts, dims:
        F.roll(g, tuple([-s for s in reversed(integers(shifts))]), integers(dims)[::-1]))


@op("rot90", kind=MOVEMENT)
def rot90(K, input: Array, k=1, dims=(0, 1)):
    """A copy turned `k` times by 90 degrees in the plane of `dims`, from the first to the second."""
    ndim = len(input.shape)
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == ndim:
        raise RuntimeError("expected rotation dims to be different, but got dim0 = "
                           f"{dims[0]} and dim1 = {dims[1]}")
    first, second = wrap_dim(dims[0], ndim), wrap_dim(dims[1], ndim)
    turns = k % 4
    if turns == 0:
        return fresh(K, input)
    if turns == 2:
        return K.flip(input, axis=(first, second))
    order = list(range(ndim))
    order[first], order[second] = second, first
    return K.permute_dims(K.flip(input, axis=second if turns == 1 else first), tuple(order))


rot90.derivative(input=lambda F, g, k, dims: F.rot90(g, -k, dims))


def unshared(K, input, result):
    """`result`, or a copy of it if nothing was moved and it is still a view of `input`."""
    return K.copy(result) if K.owner(result) is K.owner(input) else result


@op("pixel_shuffle", kind=MOVEMENT, method=False)
def pixel_shuffle(K, input: Array, upscale_factor):
    """Blocks of `upscale_factor` squared channels laid out as an image that much larger each way."""
    shape, r = tuple(input.shape), upscale_factor
    if len(shape) < 3:
        raise RuntimeError("pixel_shuffle expects input to have at least 3 dimensions, but got input "
                           f"with {len(shape)} dimension(s)")
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    *batch, c, h, w = shape
    if c % (r * r):
        raise RuntimeError("pixel_shuffle expects its input's 'channel' dimension to be divisible by the "
                           f"square of upscale_factor, but input.size(-3)={c} is not divisible by {r * r}")
    n = len(batch)
    parts = K.reshape(input, (*batch, c // (r * r), r, r, h, w))
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return unshared(K, input, K.reshape(K.permute_dims(parts, order), (*batch, c // (r * r), h * r, w * r)))


pixel_shuffle.derivative(input=lambda F, g, upscale_factor: F.pixel_unshuffle(g, upscale_factor))


@op("pixel_unshuffle", kind=MOVEMENT, method=False)
def pixel_unshuffle(K, input: Array, downscale_factor):
    """What `pixel_shuffle` does, undone."""
    shape, r = tuple(input.shape), downscale_factor
    if len(shape) < 3:
        raise RuntimeError("pixel_unshuffle expects input to have at least 3 dimensions, but got input "
                           f"with {len(shape)} dimension(s)")
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    *batch, c, h, w = shape
    for what, d, size in (("height", -2, h), ("width", -1, w)):
        if size % r:
            raise RuntimeError(f"pixel_unshuffle expects {what} to be divisible by downscale_factor, but "
                               f"input.size({d})={size} is not divisible by {r}")
    n = len(batch)
    parts = K.reshape(input, (*batch, c, h // r, r, w // r, r))
    order = (*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return unshared(K, input, K.reshape(K.permute_dims(parts, order), (*batch, c * r * r, h // r, w // r)))


pixel_unshuffle.derivative(input=lambda F, g, downscale_factor: F.pixel_shuffle(g, downscale_factor))


@op("channel_shuffle", kind=MOVEMENT, method=False)
def channel_shuffle(K, input: Array, groups):
    """Channels dealt out in turn: the first of each of the `groups`, then the second, and so on."""
    shape = tuple(input.shape)
    if len(shape) <= 2:
        raise RuntimeError("channel_shuffle expects input with > 2 dims, but got input with sizes "
                           f"{list(shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if shape[1] % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {shape[1]} channels and "
                           f"{groups} groups.")
    parts = K.reshape(input, (shape[0], groups, shape[1] // groups, numel(shape[2:])))
    return unshared(K, input, K.reshape(K.permute_dims(parts, (0, 2, 1, 3)), shape))


channel_shuffle.derivative(
    input=lambda F, g, groups, input_shape: F.channel_shuffle(g, input_shape[1] // groups))


# -- repetition -----------------------------------------------------------------------------------
@op("repeat", kind=MOVEMENT, function=False, variadic="repeats")
def repeat(K, input: Array, repeats):
    """`input` laid side by side `repeats` times along each dimension, which may be new.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    times = integers(repeats)
    missing = len(times) - len(input.shape)
    if missing < 0:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of "
                           "dimensions of tensor")
    shape = (1,) * missing + tuple(input.shape)
    sizes = [n * t for n, t in zip(shape, times, strict=True)]
    for size in sizes:
        if size < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {size}: {sizes}")
    return K.ascontiguous(K.tile(K.reshape(input, shape), times))


repeat.derivative(
    input=lambda F, g, repeats, input_shape: unrepeated(F, g, integers(repeats), input_shape))


def unrepeated(F, g, times, shape):
    """The sum of a gradient over the repetitions."""
    if 0 in times:
        return F._new_zeros(g, shape)
    missing = len(times) - len(shape)
    for _ in range(missing):  # one by one, as torch: the order decides the last bits
        g = F.sum(g, (0,))
    sizes: list[int] = []
    dims: list[int] = []
    for t, length in zip(times[missing:], shape, strict=True):
        if t == 1:
            sizes.append(length)
        else:
            dims.append(len(sizes))
            sizes += [t, length]
    if not dims:
        return g
    return F.sum(F.reshape(g, tuple(sizes)), tuple(dims))


@composite("tile", variadic=True)
def tile(F, input, dims):
    """`input` laid side by side `dims` times, counted from the last dimension."""
    times = integers(dims)
    return F.repeat(input, (1,) * (len(input.shape) - len(times)) + times)


@composite("repeat_interleave")
def repeat_interleave(F, input, repeats=None, dim=None, *, output_size=None):
    """Each element (or each position of `dim`) repeated so many times in a row.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([1, 2]).repeat_interleave(torch.tensor([1, 3]))
    tensor([1, 2, 2, 2])
    """
    if repeats is None:
        return F.repeat_interleave(F._positions_like(input), input, 0)
    if hasattr(repeats, "space"):
        return repeated_by_counts(F, input, repeats, dim)
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    source = F.flatten(input) if dim is None else input
    d = wrap_dim(0 if dim is None else dim, len(source.shape))
    shape = tuple(source.shape)
    if not shape:
        source, shape = F.reshape(source, (1,)), (1,)
    # Each position becomes a row of equal ones, which is then laid flat.
    grown = F.expand(F.unsqueeze(source, d + 1), (*shape[: d + 1], repeats, *shape[d + 1 :]))
    return F.flatten(F.clone(grown, memory_format=contiguous_format), d, d + 1)


def repeated_by_counts(F, input, repeats, dim):
    source = F.flatten(input) if dim is None else input
    d = wrap_dim(0 if dim is None else dim, len(source.shape))
    length = source.shape[d] if len(source.shape) else 1
    if len(repeats.shape) > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if repeats.dtype.name not in ("int32", "int64"):
        raise NotImplementedError("\"repeat_interleave_cpu\" not implemented for "
                                  f"'{SCALAR_NAMES[repeats.dtype.name]}'")
    if numel(repeats.shape) == 1:
        repeats = F.expand(F.reshape(repeats, (1,)), (length,))
    elif repeats.shape[0] != length:
        raise RuntimeError("repeats must have the same size as input along dim, but got "
                           f"repeats.size(0) = {repeats.shape[0]} and input.size({d}) = {length}")
    return F.index_select(source, d, F._repeated_positions(repeats))


@op("_repeated_positions", kind=MOVEMENT, function=False, method=False, changes_dtype=True)
def _repeated_positions(K, input: IndexArray):
    """Each position as often as the count at it says."""
    if numel(input.shape) and K.item(K.min(input)) < 0:
        raise RuntimeError("repeats can not be negative")
    places = K.arange(0, input.shape[0], 1, dtype=K.native_index)
    return K.repeat(places, input, axis=0)


@op("_positions_like", kind=MOVEMENT, function=False, method=False, changes_dtype=True)
def _positions_like(K, input: IndexArray):
    """0, 1, 2, … as many as `input` has positions."""
    return K.arange(0, input.shape[0], 1, dtype=K.native_index)


# -- triangles and diagonals ----------------------------------------------------------------------
@op("tril", kind=MOVEMENT, inplace=True, out=exact)
def tril(K, input: Array, diagonal=0):
    """The lower triangles of matrices; what is above `diagonal` is 0."""
    if len(input.shape) < 2:
        raise RuntimeError("tril: input tensor must have at least 2 dimensions")
    return K.tril(input, k=diagonal)


tril.derivative(input=lambda F, g, diagonal: F.tril(g, diagonal))


@op("triu", kind=MOVEMENT, inplace=True, out=exact)
def triu(K, input: Array, diagonal=0):
    """The upper triangles of matrices; what is below `diagonal` is 0."""
    if len(input.shape) < 2:
        raise RuntimeError("triu: input tensor must have at least 2 dimensions")
    return K.triu(input, k=diagonal)


triu.derivative(input=lambda F, g, diagonal: F.triu(g, diagonal))


@op("diag_embed", kind=MOVEMENT)
def diag_embed(K, input: Array, offset=0, dim1=-2, dim2=-1):
    """Matrices of zeros with the last dimension of `input` on their diagonals."""
    ndim = len(input.shape) + 1
    first, second = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input.shape[-1] + abs(offset)
    shape = list(input.shape[:-1])
    for d in sorted((first, second)):
        shape.insert(d, size)
    return placed(K, shape, input, lambda whole: diagonal.forward(K, whole, offset, first, second))


diag_embed.derivative(
    input=lambda F, g, offset, dim1, dim2: F.diagonal(g, offset, dim1, dim2))


@composite("diag")
def diag(F, input, diagonal=0, *, out=None):
    """The matrix with a vector on its diagonal, or a copy of the diagonal of a matrix."""
    ndim = len(input.shape)
    if ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {ndim}D")
    if ndim == 1:
        made = F.diag_embed(input, diagonal)
        if out is None:
            return made
        from isograd.record import fill_out

        if not can_cast(made.dtype, out.dtype):
            raise RuntimeError(f"diag: result type {SCALAR_NAMES[made.dtype.name]} can't be cast to the desired "
                               f"out= type {SCALAR_NAMES[out.dtype.name]}")
        exact(made.dtype, out.dtype)
        fill_out(out, made)
        return out
    return F.diagonal_copy(input, diagonal) if out is None else F.diagonal_copy(input, diagonal, out=out)


@composite("diagflat")
def diagflat(F, input, offset=0):
    """The matrix with all elements on its diagonal."""
    return F.diag_embed(F.reshape(input, (-1,)), offset)


@op("trace", kind=OTHER, changes_dtype=True)
def trace(K, input: Array):
    """The sum of the diagonal of a matrix."""
    if len(input.shape) != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {len(input.shape)}")
    own = K.dtype_of(input)
    return K.sum(diagonal.forward(K, input), dtype=input.dtype if own.category > 1 else K.native_index)


trace.derivative(input=lambda F, g, input_shape: F._trace_backward(g, input_shape))


@op("_trace_backward", kind=MOVEMENT, function=False, method=False)
def _trace_backward(K, grad: Array, size):
    """A matrix with one number everywhere on its diagonal, and zeros elsewhere."""
    return placed(K, size, grad, lambda whole: diagonal.forward(K, whole))


_trace_backward.derivative(grad=lambda F, g: F.sum(F.diagonal_copy(g)))  # as torch: of a copy, whose sum may group otherwise


# -- a part replaced ------------------------------------------------------------------------------
def replaced(K, whole, src, part):
    """A copy of `whole` of which what ``part`` shows is `src`."""
    copy = fresh(K, whole)
    shape = tuple(part(copy).shape)
    if shape != tuple(src.shape):
        raise RuntimeError("expected src to have a size equal to the slice of self. src size = "
                           f"{list(src.shape)}, slice size = {list(shape)}")
    return overlaid(K, copy, src, part)


@op("select_scatter", kind=MOVEMENT)
def select_scatter(K, input: Array, src: Array, dim, index):
    """A copy of `input` with `src` at position `index` of dimension `dim`."""
    return replaced(K, input, src, lambda whole: select.forward(K, whole, dim, index))


select_scatter.derivative(
    input=lambda F, g, src_shape, dim, index:
        F.select_scatter(g, F._new_zeros(g, src_shape), dim, index),
    src=lambda F, g, dim, index: F.select(g, dim, index))


@op("slice_scatter", kind=MOVEMENT, out=exact, out_with_grad=True)
def slice_scatter(K, input: Array, src: Array, dim=0, start=None, end=None, step=1):
    """A copy of `input` with `src` at every `step`-th position from `start` to before `end`."""
    key = slice_key(len(input.shape), dim, start, end, step)
    return replaced(K, input, src, lambda whole: whole[key])


slice_scatter.derivative(
    input=lambda F, g, src_shape, dim, start, end, step:
        F.slice_scatter(g, F._new_zeros(g, src_shape), dim, start, end, step),
    src=lambda F, g, dim, start, end, step: F.slice(g, dim, start, end, step))


@op("diagonal_scatter", kind=MOVEMENT)
def diagonal_scatter(K, input: Array, src: Array, offset=0, dim1=0, dim2=1):
    """A copy of `input` with `src` on a diagonal."""
    return replaced(K, input, src, lambda whole: diagonal.forward(K, whole, offset, dim1, dim2))


diagonal_scatter.derivative(
    input=lambda F, g, src_shape, offset, dim1, dim2:
        F.diagonal_scatter(g, F._new_zeros(g, src_shape), offset, dim1, dim2),
    src=lambda F, g, offset, dim1, dim2: F.diagonal(g, offset, dim1, dim2))


@op("as_strided_scatter", kind=MOVEMENT)
def as_strided_scatter(K, input: Array, src: Array, size, stride, storage_offset=None):
    """A copy of `input` with `src` at the places that `as_strided` shows."""
    # The copy has its memory to itself: its elements begin where those of `input` do.
    start = K.storage_offset(input) if storage_offset is None else storage_offset
    if K.capabilities.strides and not K.is_contiguous(input):
        strides, own = K.strides(input), K.storage_offset(input)
        memory = K.copy(K.as_strided(input, (numel(K.owner(input).shape),), (1,), 0))
        part = as_strided.forward(K, memory, size, stride, start)
        K.assign(part, src)
        return K.as_strided(memory, tuple(input.shape), strides, own)
    start -= K.storage_offset(input)
    return replaced(K, input, src, lambda whole: as_strided.forward(K, whole, size, stride, start))


as_strided_scatter.derivative(
    input=lambda F, g, src_shape, size, stride, storage_offset:
        F.as_strided_scatter(F.contiguous(g), F._new_zeros(g, src_shape), size, stride,
                             0 if storage_offset is None else storage_offset),
    src=lambda F, g, size, stride, storage_offset:
        F.as_strided(F.contiguous(g), size, stride, 0 if storage_offset is None else storage_offset))


# -- padding --------------------------------------------------------------------------------------
@op("constant_pad_nd", kind=MOVEMENT, method=False)
def constant_pad_nd(K, input: Array, pad, value=0):
    """`input` with a margin of `value`; `pad` gives the lengths before and after, last dimension first."""
    shape = tuple(input.shape)
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) // 2 > len(shape):
        raise RuntimeError("Length of pad should be no more than twice the number of dimensions of the "
                           f"input. Pad length is {len(pad)}while the input has {len(shape)}dimensions.")
    sizes, inner, source = list(shape), [], []
    for d in range(len(shape)):
        at = 2 * (len(shape) - 1 - d)
        before, after = (pad[at], pad[at + 1]) if at < len(pad) else (0, 0)
        sizes[d] = shape[d] + before + after
        if sizes[d] < 0:
            raise RuntimeError(f"The input size {shape[d]}, plus negative padding {before} and {after} "
                               "resulted in a negative output size, which is invalid. Check dimension "
                               f"{d} of your input.")
        inner.append(slice(max(before, 0), sizes[d] - max(after, 0)))
        source.append(slice(max(-before, 0), shape[d] - max(-after, 0)))
    whole = K.empty(tuple(sizes), dtype=input.dtype)
    whole = K.assign(whole, scalar_array(K, value, input))
    return K.setitem(whole, tuple(inner), input[tuple(source)])


constant_pad_nd.derivative(
    input=lambda F, g, pad: F.constant_pad_nd(g, tuple([-p for p in pad])))
