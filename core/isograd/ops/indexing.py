"""Reading and writing at computed places: gather, scatter, masks, and advanced indexing."""

from __future__ import annotations

from typing import Any

from isograd.dtypes import BOOL, INTEGER, SCALAR_NAMES
from isograd.dtypes import bool as boolean
from isograd.ops.copying import cast, check_number, scalar_array
from isograd.ops.declare import (
    COMMON,
    ELEMENTWISE,
    FUNCTIONS,
    METHODS,
    MOVEMENT,
    OTHER,
    Array,
    IndexArray,
    IndexArrays,
    Scalar,
    composite,
    op,
)
from isograd.ops.outputs import CPP_NAMES, exact, exactly
from isograd.ops.views import expanded_size, fresh
from isograd.shapes import check_broadcast, numel, wrap_dim


def name_of(K, array):
    return SCALAR_NAMES[K.dtype_of(array).name]


def expanded(K, array, shape):
    return array if tuple(array.shape) == tuple(shape) else K.broadcast_to(array, tuple(shape))


# -- conditions -----------------------------------------------------------------------------------
def where_operand(K, value, other):
    """A number among the operands of `where` as an array of the dtype of the other."""
    return value if hasattr(value, "shape") else K.asarray(value, dtype=other.dtype)


@op("where", kind=ELEMENTWISE, promote=COMMON, function=False, method=False,
    out=exactly("Expected out type to be {result} but got {out}"))
def where_(K, condition: IndexArray, input: Array | Scalar, other: Array | Scalar):
    """`input` where the condition holds, else `other`."""
    if K.dtype_of(condition) is not boolean:
        if K.dtype_of(condition).name != "uint8":
            raise RuntimeError("where expected condition to be a boolean tensor, but got a tensor with "
                               f"dtype {name_of(K, condition)}")
        condition = K.not_equal(condition, 0)
    if not hasattr(input, "shape"):
        input = where_operand(K, input, other)
    elif not hasattr(other, "shape"):
        other = where_operand(K, other, input)
    return K.where(condition, input, other)


where_.derivative(
    input=lambda F, g, condition: F.where(condition, g, 0),
    other=lambda F, g, condition: F.where(condition, 0, g))


def where(condition: Any, input: Any = None, other: Any = None, *, out: Any = None) -> Any:
    """`input` where the condition holds, else `other`; the indices of true elements if both are left out.

    Examples
    --------
    >>> import isograd as torch
    >>> x = torch.tensor([-1., 2.])
    >>> torch.where(x > 0, x, 0.)
    tensor([0., 2.])
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    if not hasattr(condition, "space"):
        raise TypeError("where() received an invalid combination of arguments - got "
                        f"({', '.join(type(a).__name__ for a in (condition, input, other))})")
    if not (hasattr(input, "space") or hasattr(other, "space")):
        from isograd.promotion import common_dtype

        input = numeric(input, common_dtype((input, other)), condition)
    if out is not None:
        return where_.function(condition, input, other, out=out)
    return where_.function(condition, input, other)


def numeric(value: Any, dtype: Any, like: Any) -> Any:
    """A number as a 0-d tensor."""
    from isograd.record import wrap

    space = like.space.to(dtype)
    return wrap(space.K.asarray(value, dtype=space.K.native[dtype]), space)


FUNCTIONS["where"] = where


def where_method(self: Any, condition: Any, other: Any) -> Any:
    return where(condition, self, other)


where_method.__name__, where_method.__doc__ = "where", where.__doc__
METHODS["where"] = where_method


def check_mask(K, mask, text):
    if K.dtype_of(mask) is not boolean:
        raise RuntimeError(text)


@op("masked_fill", kind=MOVEMENT, node="MaskedFillBackward1", numbers={"value": "MaskedFillBackward0"},
    inplace=True, overlap=True)
def masked_fill(K, input: Array, mask: IndexArray, value: Array | Scalar):
    """`input` with `value` where the mask is true."""
    check_mask(K, mask, "masked_fill_ only supports boolean masks, but got mask with dtype "
                        f"{CPP_NAMES.get(K.dtype_of(mask).name)}")
    shape = check_broadcast(tuple(mask.shape), tuple(input.shape))
    if not hasattr(value, "shape"):
        filling = scalar_array(K, value, input)
    elif len(value.shape):
        raise RuntimeError("masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                           f"{len(value.shape)} dimension(s).")
    else:
        own = K.dtype_of(input)
        if K.dtype_of(value).is_complex and not own.is_complex:
            check_number(own, 1j)
        filling = K.asarray(cast(K, value, own))
    return expanded(K, K.where(mask, filling, input), shape)


masked_fill.derivative(
    input=lambda F, g, mask, input_shape: F.sum_to_size(F.masked_fill(g, mask, 0), input_shape),
    value=lambda F, g, mask: F.sum(F.where(mask, g, 0)))


@op("masked_select", kind=MOVEMENT, out=exactly(
    "masked_select(): self and result must have the same scalar type"))
def masked_select(K, input: Array, mask: IndexArray):
    """The elements where the mask is true, in one dimension."""
    check_mask(K, mask, "masked_select: expected BoolTensor for mask")
    shape = check_broadcast(tuple(mask.shape), tuple(input.shape))
    return K.reshape(expanded(K, input, shape)[expanded(K, mask, shape)], (-1,))


masked_select.derivative(
    input=lambda F, g, mask, input_shape: F.sum_to_size(
        F._masked_spread(g, mask, spread_shape(mask, input_shape)), input_shape))


def spread_shape(mask, shape):
    return check_broadcast(tuple(mask.shape), tuple(shape))


@op("_masked_spread", kind=MOVEMENT, function=False, method=False)
def _masked_spread(K, input: Array, mask: IndexArray, size):
    """Zeros of `size`, with the elements of `input` in order where the mask is true."""
    return spread(K, K.zeros(tuple(size), dtype=input.dtype), expanded(K, mask, size), input)


_masked_spread.derivative(input=lambda F, g, mask: F.masked_select(g, mask))


def spread(K, whole, mask, values):
    """`whole`, which nobody else holds, with `values` in order where the mask is true."""
    return K.setitem(whole, mask, values)


@op("masked_scatter", kind=MOVEMENT, inplace=True)
def masked_scatter(K, input: Array, mask: IndexArray, source: Array):
    """`input` with elements of `source`, in order, where the mask is true."""
    if K.dtype_of(input) is not K.dtype_of(source):
        raise RuntimeError("masked_scatter: expected self and source to have same dtypes but got"
                           f"{name_of(K, input)} and {name_of(K, source)}")
    check_mask(K, mask, "masked_scatter_ only supports boolean masks, but got mask with dtype "
                        f"{name_of(K, mask)}")
    shape = check_broadcast(tuple(mask.shape), tuple(input.shape))
    mask = expanded(K, mask, shape)
    count = K.item(K.count_nonzero(mask))
    if count > numel(source.shape):
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return spread(K, fresh(K, expanded(K, input, shape)), mask, K.reshape(source, (-1,))[:count])


masked_scatter.derivative(
    input=lambda F, g, mask, input_shape: F.sum_to_size(F.masked_fill(g, mask, 0), input_shape),
    source=lambda F, g, mask, source_shape: F.masked_scatter_backward(g, mask, source_shape))


@op("masked_scatter_backward", kind=MOVEMENT, function=False, method=False)
def masked_scatter_backward(K, grad_output: Array, mask: IndexArray, sizes):
    """The elements where the mask is true, filled up with zeros to `sizes`."""
    taken = grad_output[expanded(K, mask, grad_output.shape)]
    whole = K.zeros((numel(sizes),), dtype=grad_output.dtype)
    whole = K.setitem(whole, slice(0, taken.shape[0]), taken)
    return K.reshape(whole, tuple(sizes))


masked_scatter_backward.derivative(
    grad_output=lambda F, g, mask, grad_output_shape:
        F.masked_scatter(F._new_zeros(g, grad_output_shape), mask, g))


def nonzero(input: Any, *, out: Any = None, as_tuple: bool = False) -> Any:
    """The indices of all elements that are not zero: as rows of a matrix, or one tensor a dimension."""
    if out is not None and not hasattr(out, "space"):
        raise TypeError(f"nonzero(): argument 'out' must be Tensor, not {type(out).__name__}")
    if not as_tuple:
        return _nonzero.function(input, out=out) if out is not None else _nonzero.function(input)
    from isograd.ops.declare import RECORDED

    source = RECORDED.reshape(input, (1,)) if not input.array.ndim else input
    return RECORDED.unbind(_nonzero.function(source), 1)


FUNCTIONS["nonzero"] = METHODS["nonzero"] = nonzero


@op("nonzero", kind=MOVEMENT, out=exactly(
    "nonzero: Expected out tensor to have scalar type {result} but got scalar type{out}"), function=False, method=False, changes_dtype=True)
def _nonzero(K, input: IndexArray):
    """The indices of all elements that are not zero, as rows."""
    ndim = len(input.shape)
    if not ndim:
        return K.zeros((int(bool(K.item(input))), 0), dtype=K.native_index)
    return K.permute_dims(K.stack(K.nonzero(input), axis=0), (1, 0))


@composite("argwhere")
def argwhere(F, input):
    """The indices of all elements that are not zero, as rows."""
    return F.nonzero(input)


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
    whole = K.setitem(whole, (slice(None),) * d + (places,), values)
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
    whole = K.setitem(whole, (slice(None),) * d + (places,), filling)
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


# -- several indices ------------------------------------------------------------------------------
def prepared(K, input, indices):
    """Indices as integer arrays or None: masks turned into places, everything checked."""
    shape = tuple(input.shape)
    found: list[Any] = []
    for i in indices:
        if i is None:
            found.append(None)
            continue
        kind = K.dtype_of(i)
        if kind.category == BOOL or kind.name == "uint8":
            if kind.name == "uint8":
                import warnings

                warnings.warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype "
                              "torch.bool instead.", stacklevel=4)
                i = K.not_equal(i, 0)
            first = len(found)
            for axis, n in enumerate(i.shape):
                if first + axis >= len(shape) or shape[first + axis] != n:
                    raise IndexError(f"The shape of the mask {list(i.shape)} at index {axis} does not match "
                                     f"the shape of the indexed tensor {list(shape)} at index {first + axis}")
            found.extend(K.nonzero(i) if len(i.shape) else
                         [K.reshape(K.arange(0, int(K.item(i)), 1, dtype=K.native_index), (-1,))])
        elif kind.name in ("int64", "int32"):
            found.append(i)
        else:
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    if len(found) > len(shape):
        raise IndexError(f"too many indices for tensor of dimension {len(shape)} (got {len(found)})")
    arrays = [i for i in found if i is not None]
    joint: tuple[int, ...] = ()
    try:
        for i in arrays:
            joint = check_broadcast(joint, tuple(i.shape))
    except RuntimeError:
        listed = ", ".join(str(list(i.shape)) for i in arrays)
        raise IndexError("shape mismatch: indexing tensors could not be broadcast together with shapes "
                         f"{listed}") from None
    for d, i in enumerate(found):
        if i is not None:
            check_index(K, i, shape[d], d, error=IndexError, negative=True)
    return found


def result_shape(shape, found):
    """The shape of what prepared indices read."""
    joint: tuple[int, ...] = ()
    named = [d for d, i in enumerate(found) if i is not None]
    for d in named:
        joint = check_broadcast(joint, tuple(found[d].shape))
    rest = [n for d, n in enumerate(shape) if d not in named]
    adjacent = named and named[-1] - named[0] + 1 == len(named)
    at = named[0] if adjacent else 0
    return (*rest[:at], *joint, *rest[at:])


@op("index", kind=MOVEMENT, function=False, method=False)
def index(K, input: Array, indices: IndexArrays | None):
    """The elements that tensors of indices name together; None takes a whole dimension."""
    found = prepared(K, input, indices)
    if all(i is None for i in found):
        return K.copy(input)
    return K.ascontiguous(K.index(input, tuple(found)))


index.derivative(
    input=lambda F, g, input_shape, indices:
        F._index_put_accumulate(F._new_zeros(g, input_shape), indices, g))


@op("index_put", kind=MOVEMENT, inplace=True, overlap=True)
def index_put(K, input: Array, indices: IndexArrays | None, values: Array, accumulate=False):
    """`input` with `values`, broadcast, at the places that tensors of indices name together."""
    return put_at(K, input, indices, values, accumulate)


index_put.derivative(
    input=lambda F, g, indices, values_shape, accumulate:
        g if accumulate else F.index_put(g, indices, F._new_zeros(g, values_shape), False),
    values=lambda F, g, indices: F.index(g, indices))


@op("_index_put_accumulate", kind=OTHER, function=False, method=False, changes_dtype=False)
def _index_put_accumulate(K, input: Array, indices: IndexArrays | None, values: Array):
    """`input` with `values` added at the places that tensors of indices name together."""
    return put_at(K, input, indices, values, True)


_index_put_accumulate.derivative(input=lambda F, g: g, values=lambda F, g, indices: F.index(g, indices))


def put_at(K, input, indices, values, accumulate):
    if K.dtype_of(input) is not K.dtype_of(values):
        raise RuntimeError("Index put requires the source and destination dtypes match, got "
                           f"{name_of(K, input)} for the destination and {name_of(K, values)} for the source.")
    found = prepared(K, input, indices)
    whole = fresh(K, input)
    if all(i is None for i in found):
        return K.assign(whole, K.add(whole, values) if accumulate else values)
    shape = result_shape(tuple(input.shape), found)
    try:
        expanded_size(K, values, shape)
    except RuntimeError:
        raise RuntimeError(f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast "
                           f"to indexing result of shape {list(shape)}") from None
    if not numel(shape):
        return whole
    return K.index_put(whole, tuple(found), values, accumulate=accumulate)
