"""Joining tensors: cat, stack and their kin, products and combinations of vectors."""

from __future__ import annotations

from typing import Any

from isograd.dtypes import SCALAR_NAMES
from isograd.dtypes import bool as BOOL
from isograd.ops.declare import COMMON, MOVEMENT, Arrays, composite, op
from isograd.promotion import can_cast
from isograd.shapes import wrap_dim


def castable(result, out):
    """Refuse an ``out`` of a dtype to which the result must not be cast."""
    if not can_cast(result, out):
        raise TypeError("torch.cat(): input types can't be cast to the desired output type "
                        f"{SCALAR_NAMES[out.name]}")


@op("cat", kind=MOVEMENT, promote=COMMON, out=castable, method=False, aliases=("concat", "concatenate"))
def cat(K, tensors: Arrays, dim=0):
    """The tensors one after the other along `dim`.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.cat([torch.tensor([1, 2]), torch.tensor([3])])
    tensor([1, 2, 3])
    """
    if not len(tensors):
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, x in enumerate(tensors):
        if not len(x.shape):
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    # As in torch, an empty vector joins anything.
    joined = [x for x in tensors if tuple(x.shape) != (0,)] or tensors[:1]
    first = joined[0]
    d = wrap_dim(dim, len(first.shape))
    if len(joined) == 1:
        return K.copy(first)
    for i, x in enumerate(tensors):
        if x.shape == first.shape or tuple(x.shape) == (0,):
            continue
        if len(x.shape) != len(first.shape):
            raise RuntimeError("Tensors must have same number of dimensions: got "
                               f"{len(first.shape)} and {len(x.shape)}")
        for axis, (a, b) in enumerate(zip(first.shape, x.shape, strict=True)):
            if a != b and axis != d:
                raise RuntimeError(f"Sizes of tensors must match except in dimension {d}. Expected "
                                   f"size {a} but got size {b} for tensor number {i} in the list.")
    return K.ascontiguous(K.concat(joined, axis=d))


cat.derivative(
    tensors=lambda F, g, tensors_shape, dim, needs: cat_gradients(F, g, tensors_shape, dim, needs))


def cat_gradients(F, g, shapes, dim, needs):
    d = wrap_dim(dim, len(g.shape))
    gradients: list[Any] = []
    start = 0
    for shape, needed in zip(shapes, needs, strict=True):
        length = 0 if tuple(shape) == (0,) else shape[d]
        if not needed:
            gradients.append(None)
        elif tuple(shape) == (0,):
            gradients.append(F._new_zeros(g, (0,)))
        else:
            gradients.append(F.narrow(g, d, start, length))
        start += length
    return gradients


@op("stack", kind=MOVEMENT, promote=COMMON, out=castable, method=False)
def stack(K, tensors: Arrays, dim=0):
    """The tensors, of one size, along a new dimension `dim`."""
    if not len(tensors):
        raise RuntimeError("stack expects a non-empty TensorList")
    shape = tensors[0].shape
    for i, x in enumerate(tensors):
        if x.shape != shape:
            raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(shape)} at "
                               f"entry 0 and {list(x.shape)} at entry {i}")
    return K.ascontiguous(K.stack(tensors, axis=wrap_dim(dim, len(shape) + 1)))


stack.derivative(tensors=lambda F, g, dim: F.unbind(g, dim))


def stacked(name, prepare, dim, aliases=()):
    """The stacks with a letter: `prepare` each tensor, then join them along `dim`."""

    def public(F, tensors, *, out=None):
        if not len(tensors):
            raise RuntimeError(f"{name} expects a non-empty TensorList")
        parts = prepare(F, tensors)
        along = dim(parts) if callable(dim) else dim
        return F.cat(parts, along) if out is None else F.cat(parts, along, out=out)

    public.__doc__ = f"The tensors joined as `{name}` of NumPy does."
    composite(name, method=False, aliases=aliases)(public)


def as_tuple(value):
    return value if isinstance(value, tuple) else (value,)


stacked("hstack", lambda F, ts: as_tuple(F.atleast_1d(*ts)), lambda parts: 0 if len(parts[0].shape) == 1 else 1)
stacked("vstack", lambda F, ts: as_tuple(F.atleast_2d(*ts)), 0, aliases=("row_stack",))
stacked("dstack", lambda F, ts: as_tuple(F.atleast_3d(*ts)), 2)
stacked("column_stack",
        lambda F, ts: [x if len(x.shape) > 1 else F.reshape(x, (-1, 1) if len(x.shape) else (1, 1)) for x in ts],
        1)


@op("block_diag", kind=MOVEMENT, promote=COMMON, function=False, method=False)
def _block_diag(K, tensors: Arrays):
    for i, x in enumerate(tensors):
        if len(x.shape) > 2:
            raise RuntimeError("torch.block_diag: Input tensors must have 2 or fewer dimensions. "
                               f"Input {i} has {len(x.shape)} dimensions")
    sizes = [matrix_size(x.shape) for x in tensors]
    whole = K.zeros((sum([n for n, _ in sizes]), sum([m for _, m in sizes])), dtype=tensors[0].dtype)
    row = column = 0
    for x, (n, m) in zip(tensors, sizes, strict=True):
        key = (slice(row, row + n), slice(column, column + m))
        whole = K.setitem(whole, key, K.reshape(x, (n, m)))
        row, column = row + n, column + m
    return whole


_block_diag.derivative(
    tensors=lambda F, g, tensors_shape, needs: block_gradients(F, g, tensors_shape, needs))


def matrix_size(shape):
    return (1,) * (2 - len(shape)) + tuple(shape)


def block_gradients(F, g, shapes, needs):
    gradients: list[Any] = []
    row = column = 0
    for shape, needed in zip(shapes, needs, strict=True):
        n, m = matrix_size(shape)
        block = None
        if needed:
            block = F.reshape(F.narrow(F.narrow(g, 0, row, n), 1, column, m), shape)
        gradients.append(block)
        row, column = row + n, column + m
    return gradients


@composite("block_diag", method=False)
def block_diag(F, *tensors):
    """The tensors, of at most two dimensions, along the diagonal of a matrix of zeros."""
    return F.block_diag(list(tensors))


@composite("cartesian_prod", method=False)
def cartesian_prod(F, *tensors):
    """All tuples with one element of each vector, as rows.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    for x in tensors:
        check_vector(x)
    if len(tensors) == 1:
        return tensors[0]
    grids = F.meshgrid(*tensors, indexing="ij")
    return F.stack([F.flatten(grid) for grid in grids], 1)


def check_vector(x):
    if len(x.shape) != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(x.shape)}")


@composite("combinations", method=True)
def combinations(F, input, r=2, with_replacement=False):
    """All combinations of `r` elements of a vector, as rows."""
    check_vector(input)
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return F._new_zeros(input, (0,))
    count = input.shape[0]
    mask = increasing(input, count, r, with_replacement)
    return F.stack([F.masked_select(grid, mask) for grid in F.meshgrid(*[input] * r, indexing="ij")], 1)


def increasing(input, count, r, with_replacement):
    """For each place of an r-dimensional grid, whether its coordinates increase."""
    from isograd.record import wrap

    space = input.space
    K = space.K
    steps = K.arange(0, count, 1, dtype=K.native_index)
    mask = K.ones((count,) * r, dtype=K.native[BOOL])
    for d in range(r - 1):
        before = K.reshape(steps, (count,) + (1,) * (r - d - 1))
        after = K.reshape(steps, (count,) + (1,) * (r - d - 2))
        mask = K.logical_and(mask, (K.less_equal if with_replacement else K.less)(before, after))
    return wrap(mask, space)
