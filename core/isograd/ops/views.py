"""Views of all elements in another shape or order of dimensions."""

from __future__ import annotations

from functools import wraps
from operator import index
from typing import Any

from isograd.dtypes import SCALAR_NAMES, dtype
from isograd.layouts import contiguous_format
from isograd.ops.declare import METHODS, MOVEMENT, RECORDED, VIEW, Array, composite, op
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
    dims: Any
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


@op("alias", kind=VIEW, function=False, method=False)
def alias(K, input: Array):
    """A view of all elements."""
    return input[...]


alias.derivative(input=lambda F, g: g)


@composite("detach", method=False)
def detach(F, input):
    """The same elements without history."""
    return input.detach()


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
    ndim = self.array.ndim
    if ndim != 2:
        from isograd.interchange import warn_once

        warn_once(
            "Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases." if not ndim else
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an error in a "
            "future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to "
            "reverse the dimensions of a tensor.", 3)
    return RECORDED.permute(self, tuple(range(ndim))[::-1])


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

    tensors = tuple(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    shape: tuple[int, ...] = ()
    for x in tensors:
        shape = check_broadcast(shape, tuple(x.shape))
    return tuple([F.expand(x, shape) for x in tensors])


@composite("meshgrid", method=False)
def meshgrid(F, *tensors, indexing=None):
    """Grids of the coordinates that the vectors give: matrix order ``"ij"``, or Cartesian ``"xy"``."""
    import warnings

    tensors = tuple(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
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
