"""Views: what shares memory, how in-place writes change histories, and the errors where torch forbids them.

Every expected value and text was read off torch 2.13.
"""

# ruff: noqa: E501  (a text of torch is easier to compare when it is not broken)

from __future__ import annotations

import pytest

import isograd as torch


def matrix(requires_grad=True):
    return torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=requires_grad)


def name(node):
    return None if node is None else node.name()


def edges(node):
    return [name(following) for following, _ in node.next_functions]


LEAF = "torch::autograd::AccumulateGrad"
SLICES = "torch::autograd::CopySlices"


# -- geometry -------------------------------------------------------------------------------------
@pytest.mark.needs("strides")
@pytest.mark.parametrize(
    ("view", "shape", "strides", "offset", "node"),
    [
        (lambda x: x.view(3, 2), (3, 2), (2, 1), 0, "ViewBackward0"),
        (lambda x: x.t(), (3, 2), (1, 3), 0, "TBackward0"),
        (lambda x: x.T, (3, 2), (1, 3), 0, "PermuteBackward0"),
        (lambda x: x.mT, (3, 2), (1, 3), 0, "TransposeBackward0"),
        (lambda x: x[0], (3,), (1,), 0, "SelectBackward0"),
        (lambda x: x[1:], (1, 3), (3, 1), 3, "SliceBackward0"),
        (lambda x: x[5:], (0, 3), (3, 1), 6, "SliceBackward0"),
        (lambda x: x[:, ::2], (2, 2), (3, 2), 0, "SliceBackward0"),
        (lambda x: x[None], (1, 2, 3), (6, 3, 1), 0, "UnsqueezeBackward0"),
        (lambda x: x[...], (2, 3), (3, 1), 0, "AliasBackward0"),
        (lambda x: x[:, :], (2, 3), (3, 1), 0, "AliasBackward0"),
        (lambda x: x.t().unsqueeze(1), (3, 1, 2), (1, 6, 3), 0, "UnsqueezeBackward0"),
        (lambda x: x.unsqueeze(-1), (2, 3, 1), (3, 1, 1), 0, "UnsqueezeBackward0"),
        (lambda x: x.expand(2, 2, 3), (2, 2, 3), (0, 3, 1), 0, "ExpandBackward0"),
        (lambda x: x.expand(1, 2, 3), (1, 2, 3), (6, 3, 1), 0, "ExpandBackward0"),
        (lambda x: x.diagonal(1), (2,), (4,), 1, "DiagonalBackward0"),
        (lambda x: x.unfold(1, 2, 1), (2, 2, 2), (3, 1, 1), 0, "UnfoldBackward0"),
        (lambda x: x.as_strided((2, 2), (1, 2), 1), (2, 2), (1, 2), 1, "AsStridedBackward0"),
        (lambda x: x.split(2, 1)[1], (2, 1), (3, 1), 2, "SplitBackward0"),
        (lambda x: x.split([1, 2], 1)[1], (2, 2), (3, 1), 1, "SplitWithSizesBackward0"),
        (lambda x: x.unbind()[1], (3,), (1,), 3, "UnbindBackward0"),
        (lambda x: x.t().reshape(3, 1, 2), (3, 1, 2), (1, 6, 3), 0, "ReshapeAliasBackward0"),
        (lambda x: x.squeeze((0, 1)), (2, 3), (3, 1), 0, "SqueezeBackward2"),
    ],
)
def test_a_view_has_torchs_geometry_and_shares_memory(view, shape, strides, offset, node):
    x = matrix()
    v = view(x)
    assert (v.shape, v.stride(), v.storage_offset(), name(v.grad_fn)) == (shape, strides, offset, node)
    assert v._base is x and v._is_view()
    if v.numel():
        with torch.no_grad():
            v.zero_()
        assert x._version == v._version == 1
        assert (x == 0).sum().item() > 0


@pytest.mark.needs("strides")
def test_reshape_copies_what_no_view_can_show():
    y = matrix().t().reshape(6)
    assert (name(y.grad_fn), edges(y.grad_fn), y._is_view()) == ("UnsafeViewBackward0", ["CloneBackward0"], False)


def test_sizes_come_separately_as_a_sequence_or_by_name():
    x = matrix()
    assert x.view(3, 2).shape == x.view((3, 2)).shape == x.view(torch.Size([3, 2])).shape == x.view(size=(3, 2)).shape == (3, 2)
    assert x.reshape(3, 2).shape == x.reshape([3, 2]).shape == x.reshape(shape=(3, 2)).shape == (3, 2)
    assert x.permute(1, 0).shape == x.permute((1, 0)).shape == x.permute(dims=(1, 0)).shape == (3, 2)
    assert x.expand(2, -1, -1).shape == x.expand((2, 2, 3)).shape == x.expand(size=(2, 2, 3)).shape == (2, 2, 3)
    assert x.repeat(2, 1).shape == x.repeat((2, 1)).shape == x.repeat(repeats=(2, 1)).shape == (4, 3)
    assert x.tile(2).shape == x.tile((1, 2)).shape == x.tile(dims=(2,)).shape == (2, 6)
    assert x.flip(0, 1).tolist() == x.flip((0, 1)).tolist() == x.flip(dims=(0, 1)).tolist() == [[6, 5, 4], [3, 2, 1]]


@pytest.mark.needs("strides")
def test_another_dtype_shows_the_same_bytes():
    x = torch.ones(2, 2)
    bits = x.view(torch.int32)
    assert bits.tolist() == [[0x3F800000] * 2] * 2
    bits.zero_()
    assert x.tolist() == [[0, 0], [0, 0]]
    assert x.view(torch.int16).shape == (2, 4)
    assert x.view(torch.float64).shape == (2, 1)
    with pytest.raises(RuntimeError, match=r"self.stride\(-1\) must be 1 to view Float as Double \(different element sizes\), but got 2"):
        x.t().view(torch.float64)


# -- subscripts -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("key", "error", "text"),
    [
        (2, IndexError, "index 2 is out of bounds for dimension 0 with size 2"),
        ((0, 3), IndexError, "index 3 is out of bounds for dimension 1 with size 3"),
        ((None, 5), IndexError, "index 5 is out of bounds for dimension 1 with size 2"),
        ((0, 0, 0), IndexError, "too many indices for tensor of dimension 2"),
        (slice(None, None, -1), ValueError, "step must be greater than zero"),
        (slice(1.0, None), TypeError, "slice indices must be integers or None or have an __index__ method"),
        (0.5, IndexError, r"only integers, slices \(`:`\), ellipsis \(`...`\), None and long or byte Variables are valid indices \(got float\)"),
        ([5], IndexError, "index 5 is out of bounds for dimension 0 with size 2"),
        ([-3], IndexError, "index -3 is out of bounds for dimension 0 with size 2"),
        ([True, False, True], IndexError,
         r"The shape of the mask \[3\] at index 0 does not match the shape of the indexed tensor \[2, 3\] at index 0"),
        (([0, 1], [0, 1, 2]), IndexError, r"shape mismatch: indexing tensors could not be broadcast together with shapes \[2\], \[3\]"),
    ],
)  # fmt: skip
def test_wrong_subscripts_raise_torchs_errors(key, error, text):
    with pytest.raises(error, match=text):
        matrix()[key]


def test_subscripts_of_numbers():
    with pytest.raises(IndexError, match="invalid index of a 0-dim tensor"):
        torch.tensor(1.0)[0]


def test_advanced_subscripts_read_copies():
    x = matrix()
    i = torch.tensor([1, 0])
    assert x[i].tolist() == [[4, 5, 6], [1, 2, 3]]
    assert x[:, i].tolist() == [[2, 1], [5, 4]]
    assert x[i, i].tolist() == [5, 1]
    assert x[x > 2].tolist() == [3, 4, 5, 6]
    assert x[torch.tensor(1)].tolist() == [4, 5, 6]
    assert x[[0, 1], 1:].tolist() == [[2, 3], [5, 6]]
    assert x[True].shape == (1, 2, 3) and x[False].shape == (0, 2, 3)
    assert name(x[i].grad_fn) == "IndexBackward0"
    assert edges(x[[0, 1], 1:].grad_fn) == ["SliceBackward0"]


def test_advanced_subscripts_between_slices():
    x = torch.arange(24).reshape(2, 3, 4)
    i = torch.tensor([0, 1])
    assert x[i, :, i].shape == (2, 3)  # parted by a slice: the joint dimension comes first
    assert x[:, i, i].shape == (2, 2)
    assert x[0, :, i].shape == (3, 2)


def test_a_repeated_index_gathers_its_gradients():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x[torch.tensor([0, 0, 1])].sum().backward()
    assert x.grad.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("key", "node"),
    [
        (0, SLICES), ((0, 1), SLICES), (None, SLICES), (slice(0, 1), SLICES), (slice(None), "FillBackward3"), (..., "FillBackward3"),
        ([0], "IndexPutBackward0"), ([True, False], "IndexPutBackward0"), ((0, [1]), SLICES),
    ],
)  # fmt: skip
def test_writing_through_a_subscript(key, node):
    x = matrix()
    y = x * 1
    y[key] = 7.0
    assert (name(y.grad_fn), y._version) == (node, 1)
    assert y[key].flatten().tolist() == [7.0] * y[key].numel()
    y.sum().backward()
    assert x.grad.tolist() == (y != 7).float().tolist()


def test_what_is_written_gets_its_gradient():
    x, value = matrix(), torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y[0] = value
    assert edges(y.grad_fn) == ["MulBackward0", LEAF]
    (y * y).sum().backward()
    assert value.grad.tolist() == [2, 4, 6]
    assert x.grad.tolist() == [[0, 0, 0], [32, 40, 48]]


@pytest.mark.parametrize(
    ("key", "value", "error", "text"),
    [
        (0, "a", TypeError, "can't assign a str to a torch.FloatTensor"),
        (0, [1.0], TypeError, "can't assign a list to a torch.FloatTensor"),
        (0, 1j, RuntimeError, "value cannot be converted to type float without overflow"),
        (0, torch.ones(4), RuntimeError, r"The expanded size of the tensor \(3\) must match the existing size \(4\)"),
        ([0], torch.ones(4), RuntimeError,
         r"shape mismatch: value tensor of shape \[4\] cannot be broadcast to indexing result of shape \[1, 3\]"),
        ([0], torch.ones(3).double(), RuntimeError,
         "Index put requires the source and destination dtypes match, got Float for the destination and Double for the source."),
    ],
)  # fmt: skip
def test_what_cannot_be_written(key, value, error, text):
    with pytest.raises(error, match=text):
        matrix(requires_grad=False)[key] = value


# -- in-place writes ------------------------------------------------------------------------------
@pytest.mark.needs("strides")
def test_a_write_to_a_view_is_part_of_the_bases_history():
    x = matrix()
    y = x * 2
    v = y[:, 1:]
    w = v.t()
    v.mul_(3)
    assert (name(y.grad_fn), edges(y.grad_fn)) == (SLICES, ["MulBackward0", None])
    assert (name(v.grad_fn), name(w.grad_fn)) == ("AsStridedBackward0", "AsStridedBackward0")
    assert edges(w.grad_fn) == [SLICES]
    assert y._version == v._version == w._version == 1
    (w * w).sum().backward()
    assert x.grad.tolist() == [[0, 144, 216], [0, 360, 432]]


@pytest.mark.needs("strides")
def test_a_write_to_the_base_is_part_of_the_views_history():
    x = matrix()
    y = x * 2
    v = y.view(6)
    y.mul_(y.detach().clone())
    v.sum().backward()
    assert name(v.grad_fn) == "AsStridedBackward0"
    assert x.grad.tolist() == [[4, 8, 12], [16, 20, 24]]


@pytest.mark.needs("strides")
@pytest.mark.parametrize(
    "view",
    [lambda y: y.diagonal(), lambda y: y.t(), lambda y: y.permute(1, 0)[1:], lambda y: y.view(6)[::2], lambda y: y.as_strided((2, 2), (1, 3))],
)
def test_writes_to_views_of_a_transposed_base(view):
    x = matrix()
    y = (x * 2).t().clone()  # dense, but not row-major
    assert y.stride() == (1, 3)
    reference = y.detach().clone()
    y.as_strided((6,), (1,)).mul_(1)
    view_of = view(y) if view.__code__.co_names[0] != "view" else view(y.t())
    view_of.zero_()
    mask = (y == reference).float()
    y.sum().backward()
    assert x.grad.tolist() == (2 * mask).t().tolist()


def test_second_derivatives_through_a_write_to_a_view():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * x
    y[1:].mul_(x[1:])  # (x0^2, x1^3, x2^3)
    (g,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    assert g.tolist() == [4, 6 * 2**5, 6 * 3**5]
    (h,) = torch.autograd.grad(g.sum(), x)
    assert h.tolist() == [12, 30 * 2**4, 30 * 3**4]


def test_a_retained_gradient_is_that_of_the_present_elements():
    x = matrix()
    y = x * 2
    v = y[:, 1]
    v.retain_grad()
    v.mul_(2)
    (v * 2).sum().backward()
    assert v.grad.tolist() == [2, 2]


@pytest.mark.needs("strides")
def test_in_place_changes_of_shape():
    x = matrix()
    y = x * 2
    assert [name(f(x * 1).grad_fn) for f in (torch.Tensor.t_, lambda z: z.unsqueeze_(0), lambda z: z.squeeze_(), lambda z: z.squeeze_(0),
                                             lambda z: z.transpose_(0, 1), lambda z: z.as_strided_((2,), (1,)))] == [
        "TBackward1", "UnsqueezeBackward1", "SqueezeBackward3", "SqueezeBackward4", "TransposeBackward1", "AsStridedBackward1"]
    y.t_()
    y[0].mul_(3)
    assert (y.shape, y.stride(), y._version) == ((3, 2), (1, 3), 2)
    y.sum().backward()
    assert x.grad.tolist() == [[6, 2, 2], [6, 2, 2]]


MULTIPLE = ("This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified "
            "inplace. You should replace the inplace operation by an out-of-place one.")
UNCLEAR = ("Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the "
           "inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace "
           "to be tracked).")


def refused(action):
    with pytest.raises(RuntimeError) as caught:
        action()
    return str(caught.value)


def test_one_of_several_views_is_not_written():
    y = matrix() * 2
    a = y.unbind()[1]
    b = a[1:]
    assert refused(lambda: a.add_(1)) == f"Output 1 of Unbind is a view and is being modified inplace. {MULTIPLE}"
    assert refused(lambda: b.add_(1)) == f"Output 0 of Slice is a view and is being modified inplace. {MULTIPLE}"
    assert refused(lambda: y.split(1)[0].add_(1)) == f"Output 0 of Split is a view and is being modified inplace. {MULTIPLE}"
    y.add_(1)
    assert refused(lambda: a.grad_fn) == f"Output 1 of Unbind is a view and its base or another view of its base has been modified inplace. {MULTIPLE}"


def test_one_of_several_views_without_gradients_is_written():
    y = matrix(requires_grad=False)
    y.unbind()[0].add_(1)
    assert y.tolist() == [[2, 3, 4], [4, 5, 6]]


def test_a_view_made_without_recording():
    y = matrix() * 2
    with torch.no_grad():
        v = y.view(6)
    assert (v.requires_grad, v.grad_fn, v.is_leaf, v._base is y) == (True, None, True, True)
    z = v * 2
    assert edges(z.grad_fn) == [None, None] or edges(z.grad_fn) == [None]
    z.sum().backward()  # reaches nothing, as in torch
    assert v.grad is None
    head = "A view was created in no_grad mode and is being modified inplace with grad mode enabled."
    assert refused(lambda: v.add_(1)) == f"{head} {UNCLEAR}"
    with torch.no_grad():
        v.add_(1)  # both inside


def test_leaves_and_their_views_are_not_written():
    x = matrix()
    assert refused(lambda: x.add_(1)) == "a leaf Variable that requires grad is being used in an in-place operation."
    assert refused(lambda: x[0].add_(1)) == "a view of a leaf Variable that requires grad is being used in an in-place operation."
    assert refused(lambda: x.t_()) == "a leaf Variable that requires grad is being used in an in-place operation."
    with torch.no_grad():
        x[0] = 0.0
    assert x.tolist() == [[0, 0, 0], [4, 5, 6]]


@pytest.mark.needs("strides")
def test_a_saved_view_that_was_modified():
    y = matrix() * 2
    v = y[0]
    z = v * v
    y.add_(1)
    text = refused(lambda: z.sum().backward())
    assert "[torch.FloatTensor [3]], which is output 0 of AsStrided, is at version 1; expected version 0 instead" in text


OVERLAP = ("unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor "
           "before performing the operation.")


@pytest.mark.needs("strides")
def test_repeated_elements_are_not_written_one_by_one():
    x = torch.ones(3).expand(2, 3)
    for write in (lambda: x.add_(1), lambda: x.copy_(torch.ones(2, 3)), lambda: x.scatter_(0, torch.tensor([[0]]), 1.0),
                  lambda: x.index_add_(0, torch.tensor([0]), torch.ones(1, 3)), lambda: torch.add(x, 1, out=x)):
        assert refused(write) == OVERLAP
    x.fill_(5)  # one value for all is no conflict
    x[0].add_(1)
    assert x.tolist() == [[6, 6, 6]] * 2


# -- as_strided -----------------------------------------------------------------------------------
def test_gradient_of_overlapping_windows():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    windows = x.as_strided((2, 3), (1, 1))
    (windows * torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).sum().backward()
    assert x.grad.tolist() == [1, 2 + 4, 3 + 5, 6]


@pytest.mark.needs("strides")
def test_gradient_is_shared_among_repeated_elements_of_the_input():
    x = torch.tensor([2.0], requires_grad=True)
    wide = x.expand(4)
    (g,) = torch.autograd.grad(wide.as_strided((1,), (1,)).sum(), wide)
    assert g.tolist() == [0.25] * 4


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (((2, 2), (1,)), "mismatch in length of strides and shape"),
        (((2,), (-1,)), r"as_strided: Negative strides are not supported at the moment, got strides: \[-1\]"),
        (((5, 5), (5, 5)), r"setStorage: sizes \[5, 5\], strides \[5, 5\], storage offset 0, and itemsize 4 requiring a storage size of 164 are "
                           "out of bounds for storage of size 24"),
    ],
)  # fmt: skip
def test_impossible_geometries(arguments, text):
    with pytest.raises(RuntimeError, match=text):
        matrix().as_strided(*arguments)


# -- places ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: x.gather(0, torch.tensor([[5]])), RuntimeError, "index 5 is out of bounds for dimension 0 with size 2"),
        (lambda x: x.gather(0, torch.tensor([[-1]])), RuntimeError, "index -1 is out of bounds for dimension 0 with size 2"),
        (lambda x: x.scatter(0, torch.tensor([[5]]), 1.0), RuntimeError, "index 5 is out of bounds for dimension 0 with size 2"),
        (lambda x: x.index_select(0, torch.tensor([-1])), IndexError, "index out of range in self"),
        (lambda x: x.index_fill(0, torch.tensor([5]), 1.0), IndexError, "index 5 is out of bounds for dimension 0 with size 2"),
        (lambda x: x.take(torch.tensor([6])), IndexError, "out of range: tried to access index 6 on a tensor of 6 elements."),
        (lambda x: x.index_put((torch.tensor([5]),), torch.ones(3)), IndexError, "index 5 is out of bounds for dimension 0 with size 2"),
        (lambda x: x.masked_scatter(x > -9, torch.ones(2)), RuntimeError, "Number of elements of source < number of ones in mask"),
    ],
)  # fmt: skip
def test_indices_out_of_range(call, error, text):
    with pytest.raises(error, match=text):
        call(matrix(requires_grad=False))
