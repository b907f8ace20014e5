"""Reading and writing at places along one dimension, or counted through all: gather, scatter, index_select, take."""

from __future__ import annotations

from isograd.dtypes import INTEGER, SCALAR_NAMES
from isograd.ops.copying import cast, scalar_array
from isograd.ops.declare import MOVEMENT, OTHER, Array, IndexArray, Scalar, composite, op
from isograd.ops.masks import name_of
from isograd.ops.outputs import exact, exactly
from isograd.ops.parts import fresh
from isograd.shapes import check_broadcast, numel, wrap_dim


# -- along a dimension ----------------------------------------------------------------------------
def check_index(K, index, size, dim, text="index {} is out of bounds for dimension {} with size {}",
                error=RuntimeError, negative=False):
    """Raise torch's error if an index does not fit a dimension of length `size`."""
    found = K.first_outside(index, -size if negative else 0, size)
    if found is not None:
        raise error(text.format(found, dim, size))


def check_gather(K, name, input, index, d):
    if K.dtype_of(index).name not in ("int32", "int64"):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if max(len(index.shape), 1) != max(len(input.shape), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor"
                           if name == "gather" else
                           "Index tensor must have the same number of dimensions as self tensor")


def raised(K, array):
    """A 0-d array as a vector."""
    return array if len(array.shape) else K.reshape(array, (1,))


@op("gather", kind=MOVEMENT, out=exact)
def gather(K, input: Array, dim, index: IndexArray, *, sparse_grad=False):
    """The elements at the places along `dim` that `index` names.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.tensor([[1, 2], [3, 4]]).gather(1, torch.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    d = wrap_dim(dim, len(input.shape))
    if not numel(index.shape):
        return K.empty(tuple(index.shape), dtype=input.dtype)
    check_gather(K, "gather", input, index, d)
    whole, places = raised(K, input), raised(K, index)
    for axis, (n, size) in enumerate(zip(places.shape, whole.shape, strict=True)):
        if axis != d and n > size:
            raise RuntimeError(f"Size does not match at dimension {axis} expected index "
                               f"{list(index.shape)} to be no larger than self {list(input.shape)} apart "
                               f"from dimension {d}")
    check_index(K, places, whole.shape[d], d)
    found = K.take_along_axis(trimmed(whole, places, d), places, axis=d)
    return K.reshape(found, tuple(index.shape))


def trimmed(whole, index, d):
    """The part of `whole` whose other dimensions are as long as those of `index`."""
    if all(n == size for axis, (n, size) in enumerate(zip(index.shape, whole.shape, strict=True)) if axis != d):
        return whole
    return whole[tuple([slice(None if axis == d else n) for axis, n in enumerate(index.shape)])]


gather.derivative(
    input=lambda F, g, input_shape, dim, index:
        F.scatter_add(F._new_zeros(g, input_shape), dim, index, g))


def scattered(K, name, input, dim, index, src):
    """Checks the operands of a scatter: a fresh copy, the dimension, and index and source as needed."""
    d = wrap_dim(dim, len(input.shape))
    if numel(index.shape) and K.dtype_of(index).name not in ("int32", "int64"):
        raise RuntimeError("scatter(): Expected dtype int32/int64 for index")
    if src is not None and K.dtype_of(src) is not K.dtype_of(input):
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    copy = fresh(K, input)
    if not numel(index.shape):
        return copy, None, index, src
    if max(len(index.shape), 1) != max(len(input.shape), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as self tensor")
    if src is not None and max(len(index.shape), 1) != max(len(src.shape), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    whole, places = raised(K, copy), raised(K, index)
    values = None if src is None else raised(K, src)
    for axis, n in enumerate(places.shape):
        if (axis != d and n > whole.shape[axis]) or (values is not None and n > values.shape[axis]):
            text = (f"Expected index {list(index.shape)} to be no larger than self {list(input.shape)} "
                    f"apart from dimension {d}")
            if values is not None:
                text += f" and to be no larger size than src {list(src.shape)}"
            raise RuntimeError(text)
    check_index(K, places, whole.shape[d], d)
    if values is not None and tuple(values.shape) != tuple(places.shape):
        values = values[tuple([slice(n) for n in places.shape])]
    return whole, d, places, values


@op("scatter", kind=MOVEMENT, inplace=True, out=exact, numbers={"src": "ScatterBackward1"},
    overload=lambda src, reduce: ("NotImplemented" if reduce is not None else
                                  "ScatterBackward0" if hasattr(src, "space") else "ScatterBackward1"))
def scatter(K, input: Array, dim, index: IndexArray, src: Array | Scalar, *, reduce=None):
    """`input` with `src` written along `dim` at the places that `index` names.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.zeros(2, 3).scatter(1, torch.tensor([[0], [2]]), 1.)
    tensor([[1., 0., 0.],
            [0., 0., 1.]])
    """
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    number = not hasattr(src, "shape")
    whole, d, places, values = scattered(K, "scatter", input, dim, index, None if number else src)
    if d is None:
        return whole
    if number:
        values = K.broadcast_to(scalar_array(K, src, input), places.shape)
    if reduce is None:
        whole = K.scatter(whole, d, places, values)
    elif reduce == "add":
        whole = K.scatter_add(whole, d, places, values)
    else:
        whole = K.scatter_reduce(whole, d, places, values, "prod")
    return K.reshape(whole, tuple(input.shape))


def no_reduce(reduce):
    if reduce is not None:
        raise RuntimeError("derivative for aten::scatter is not implemented")


def scatter_gradient(F, g, dim, index, reduce):
    no_reduce(reduce)
    return F.scatter(g, dim, index, 0)


def scatter_src_gradient(F, g, dim, index, reduce):
    no_reduce(reduce)
    return F.gather(g, dim, index)


scatter.derivative(
    input=lambda F, g, dim, index, reduce: scatter_gradient(F, g, dim, index, reduce),
    src=lambda F, g, dim, index, reduce, src_shape: of_shape(
        "ScatterBackward0", scatter_src_gradient(F, g, dim, index, reduce), src_shape))


def of_shape(node, g, shape):
    """The gradient of a source that an index covers; torch has none for larger sources."""
    if tuple(g.shape) != tuple(shape):
        raise RuntimeError(f"Function {node} returned an invalid gradient at index 1 - got {list(g.shape)} "
                           f"but expected shape compatible with {list(shape)}")
    return g


@op("scatter_add", kind=OTHER, inplace=True, out=exact, changes_dtype=False)
def scatter_add(K, input: Array, dim, index: IndexArray, src: Array):
    """`input` with `src` added along `dim` at the places that `index` names."""
    whole, d, places, values = scattered(K, "scatter_add", input, dim, index, src)
    if d is None:
        return whole
    return K.reshape(K.scatter_add(whole, d, places, values), tuple(input.shape))


scatter_add.derivative(
    input=lambda F, g: g,
    src=lambda F, g, dim, index, src_shape: of_shape(
        "ScatterAddBackward0", F.gather(g, dim, index), src_shape))


@op("index_select", kind=MOVEMENT, out=exactly(
    "index_select(): self and result must have the same scalar type"))
def index_select(K, input: Array, dim, index: IndexArray):
    """The positions of `dim` that the vector `index` names."""
    d = wrap_dim(dim, len(input.shape))
    if len(index.shape) > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if K.dtype_of(index).name not in ("int32", "int64"):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    places = raised(K, index)
    if not len(input.shape):
        if places.shape[0] != 1:
            raise RuntimeError("index_select(): Index to scalar can have only 1 value, got "
                               f"{places.shape[0]} value(s)")
        check_index(K, places, 1, d, "index out of range in self", IndexError)
        return K.copy(input)
    check_index(K, places, input.shape[d], d, "index out of range in self", IndexError)
    return K.ascontiguous(K.take(input, places, axis=d))


index_select.derivative(
    input=lambda F, g, input_shape, dim, index: index_added(F, g, input_shape, dim, index))


def index_added(F, g, shape, dim, index):
    """The gradient of `index_select`."""
    zeros = F._new_zeros(g, shape)
    return F.index_add(zeros, dim, index, g)


def check_indexed(K, name, input, d, index, source):
    if len(index.shape) > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, but got dim: {len(index.shape)} "
                         f"with type: {name_of(K, index)} and size: {list(index.shape)}")
    if K.dtype_of(index).name not in ("int32", "int64"):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index but got: {name_of(K, index)}")
    if K.dtype_of(input) is not K.dtype_of(source):
        raise RuntimeError(f"{name}(): self ({name_of(K, input)}) and source ({name_of(K, source)}) must "
                           "have the same scalar type")
    if d and d >= len(source.shape):
        raise IndexError(f"{name}(): Indexing dim {d} is out of bounds of the source tensor with dim "
                         f"{len(source.shape)}")
    count = numel(index.shape)
    length = source.shape[d] if len(source.shape) else 1
    if count != length:
        raise RuntimeError(f"{name}(): Number of indices ({count}) should be equal to source.size(dim): "
                           f"({length}), for dim: {d}")
    own, other = list(input.shape), list(source.shape)
    if own and other:
        del own[d], other[d]
        if own != other:
            raise RuntimeError("source tensor shape must match self tensor shape, excluding the specified "
                               f"dimension. Got self.shape = {list(input.shape)} source.shape = "
                               f"{list(source.shape)}")


@op("index_add", kind=OTHER, inplace=True, out=exact, changes_dtype=False)
def index_add(K, input: Array, dim, index: IndexArray, source: Array, *, alpha=1):
    """`input` with the positions of `source` times `alpha` added at the positions of `dim` in `index`."""
    d = wrap_dim(dim, len(input.shape))
    check_indexed(K, "index_add_", input, d, index, source)
    places = raised(K, index)
    whole, values = raised(K, fresh(K, input)), raised(K, source)
    if len(values.shape) != len(whole.shape):
        values = K.reshape(values, (places.shape[0], *whole.shape[1:]))
    check_index(K, places, whole.shape[d], d)
    if alpha != 1:
        values = K.multiply(values, in_range(K.dtype_of(input), alpha))
    if numel(values.shape):
        whole = K.index_add(whole, d, places, values)
    return K.reshape(whole, tuple(input.shape))


index_add.derivative(
    input=lambda F, g: g,
    source=lambda F, g, dim, index, alpha, source_shape: scaled(
        F, selected_like(F, g, dim, index, source_shape), alpha))


def in_range(dtype, number):
    """A number as an unsigned dtype has it: negative ones wrap around."""
    if dtype.category == INTEGER and not dtype.is_signed and number < 0:
        return int(number) % (1 << 8 * dtype.itemsize)
    return number


def scaled(F, g, alpha):
    if alpha == 1:
        return g
    return F.mul(g, alpha.conjugate() if isinstance(alpha, complex) else alpha)


def selected_like(F, g, dim, index, shape):
    found = F.index_select(g, dim, index)
    return found if tuple(found.shape) == tuple(shape) else F.reshape(found, shape)


@op("index_copy", kind=MOVEMENT, inplace=True, out=exact)
def index_copy(K, input: Array, dim, index: IndexArray, source: Array):
    """`input` with the positions of `source` at the positions of `dim` that `index` names."""
    d = wrap_dim(dim, len(input.shape))
    if len(index.shape) > 1:
        raise IndexError(f"index_copy_(): Index should have dimension 1 or 0 (got {len(index.shape)})")
    count = numel(index.shape)
    if not len(source.shape) and count != 1:
        raise IndexError("index_copy_(): When source is scalar, index should have one element (got "
                         f"{count})")
    if len(source.shape) != len(input.shape) and len(source.shape) and len(input.shape):
        raise IndexError("index_copy_(): When source and destination are not scalars, their dimensionality "
                         f"must match. Source dimensionality ({len(source.shape)}), destination "
                         f"dimensionality ({len(input.shape)})")
    if K.dtype_of(index).name != "int64":
        raise RuntimeError(f"index_copy_(): Expected a long tensor for index, but got {name_of(K, index)}")
    if K.dtype_of(input) is not K.dtype_of(source):
        raise RuntimeError("index_copy_(): self and source expected to have the same dtype, but got (self) "
                           f"{name_of(K, input)} and (source) {name_of(K, source)}")
    own, other = list(input.shape), list(source.shape)
    if own:
        del own[d]
    if other:
        del other[d]
    if own != other and (own or other):
        raise RuntimeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{' '.join(map(str, own))} at dimension {d} and source slice shape: "
            f"{' '.join(map(str, other))} at dimension 0.")
    if len(source.shape) and count != source.shape[d]:
        raise IndexError(f"index_copy_(): Number of indices ({count}) should be equal to source.size(dim) "
                         f"({source.shape[d]})")
    whole, places, values = raised(K, fresh(K, input)), raised(K, index), raised(K, source)
    check_index(K, places, whole.shape[d], d,
                "index_copy_(): index {} is out of bounds for dimension {} with size {}", IndexError)
    whole = K.index_put(whole, (None,) * d + (places,), values)
    return K.reshape(whole, tuple(input.shape))


index_copy.derivative(
    input=lambda F, g, dim, index: F.index_fill(g, dim, index, 0),
    source=lambda F, g, dim, index, source_shape: selected_like(F, g, dim, index, source_shape))


@op("index_fill", kind=MOVEMENT, node="IndexFillBackward1", numbers={"value": "IndexFillBackward0"},
    inplace=True, overlap=True)
def index_fill(K, input: Array, dim, index: IndexArray, value: Array | Scalar):
    """`input` with `value` at the positions of `dim` that `index` names."""
    d = wrap_dim(dim, len(input.shape))
    if K.dtype_of(index).name != "int64":
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if len(index.shape) > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    if hasattr(value, "shape"):
        if len(value.shape):
            raise RuntimeError("index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                               f"{len(value.shape)} dimension(s).")
        filling = K.asarray(cast(K, value, K.dtype_of(input)))
    else:
        filling = scalar_array(K, value, input)
    whole, places = raised(K, fresh(K, input)), raised(K, index)
    check_index(K, places, whole.shape[d], d, error=IndexError, negative=True)
    whole = K.index_put(whole, (None,) * d + (places,), filling)
    return K.reshape(whole, tuple(input.shape))


index_fill.derivative(
    input=lambda F, g, dim, index: F.index_fill(g, dim, index, 0),
    value=lambda F, g, dim, index: F.sum(F.index_select(g, dim, F._distinct(index))))


@op("_distinct", kind=MOVEMENT, function=False, method=False)
def _distinct(K, input: IndexArray):
    """The distinct values of a vector."""
    return K.unique_values(K.reshape(input, (-1,)))


# -- flat places ----------------------------------------------------------------------------------
@op("take", kind=MOVEMENT, out=exactly(
    "take(): self and out expected to have the same dtype, but got self.dtype = {result} and out.dtype = {out}"))
def take(K, input: Array, index: IndexArray):
    """The elements at the places that `index` names, counted through all dimensions."""
    if K.dtype_of(index).name != "int64":
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {name_of(K, index)}")
    count = numel(input.shape)
    if not count and numel(index.shape):
        raise IndexError("take(): tried to take from an empty tensor")
    check_index(K, index, count, 0, "out of range: tried to access index {0} on a tensor of {2} elements.",
                IndexError, negative=True)
    found = K.take(K.reshape(input, (-1,)), K.reshape(index, (-1,)), axis=0)
    return K.reshape(found, tuple(index.shape))


take.derivative(
    input=lambda F, g, input_shape, index: F.put(F._new_zeros(g, input_shape), index, g, True))


@op("put", kind=OTHER, inplace=True, function=True, changes_dtype=False)
def put(K, input: Array, index: IndexArray, source: Array, accumulate=False):
    """`input` with the elements of `source` at the places that `index` names, or added there."""
    if K.dtype_of(index).name != "int64":
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {name_of(K, index)}")
    if K.dtype_of(input) is not K.dtype_of(source):
        raise RuntimeError("put_(): self and source expected to have the same dtype, but got self.dtype = "
                           f"{name_of(K, input)} and source.dtype = {name_of(K, source)}")
    if numel(source.shape) != numel(index.shape):
        raise IndexError("put_(): Expected source and index to have the same number of elements, but got "
                         f"source.numel() = {numel(source.shape)}, index.numel() = {numel(index.shape)}")
    count = numel(input.shape)
    check_index(K, index, count, 0, "out of range: tried to access index {0} on a tensor of {2} elements.",
                IndexError, negative=True)
    places = K.where(K.less(index, 0), K.add(index, count), index)
    return K.put(fresh(K, input), places, source, accumulate=accumulate)


put.derivative(
    input=lambda F, g, index, source_shape, accumulate:
        g if accumulate else F.put(g, index, F._new_zeros(g, source_shape), False),
    source=lambda F, g, index, source_shape: F.reshape(F.take(g, index), source_shape))


@composite("take_along_dim")
def take_along_dim(F, input, indices, dim=None, *, out=None):
    """The elements at the places along `dim` (or of all elements) that `indices` names, broadcast."""
    if indices.dtype.name != "int64":
        raise RuntimeError("torch.take_along_dim(): dtype of indices should be Long but got "
                           f"{SCALAR_NAMES[indices.dtype.name]}")
    named = {} if out is None else {"out": out}
    if dim is None:
        return F.gather(F.view(input, (-1,)), 0, F.view(indices, (-1,)), **named)
    ndim = len(input.shape)
    if ndim != len(indices.shape):
        raise RuntimeError("torch.take_along_dim(): input and indices should have the same number of "
                           f"dimensions, but got {ndim} dimensions for input, and {len(indices.shape)} "
                           "dimensions for indices")
    d = wrap_dim(dim, ndim)
    own, other = list(input.shape), list(indices.shape)
    own[d], other[d] = 1, 1
    joint = list(check_broadcast(tuple(own), tuple(other)))
    source = F.expand(input, tuple([input.shape[d] if i == d else n for i, n in enumerate(joint)]))
    places = F.expand(indices, tuple([indices.shape[d] if i == d else n for i, n in enumerate(joint)]))
    return F.gather(source, d, F._wrapped(places, input.shape[d]), **named)


@op("_wrapped", kind=MOVEMENT, function=False, method=False)
def _wrapped(K, input: IndexArray, size):
    """Indices counted round and round, so that all are in range."""
    if not size or K.first_outside(input, 0, size) is None:
        return input
    return K.remainder(input, size)
