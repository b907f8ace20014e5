"""What a tensor tells about itself, how it converts and what it refuses, side by side.

Each line is an expression over the tensors of `SETTING`; both modules give the same value, or the same error, and the same warnings.
"""

from __future__ import annotations

import pytest

from isograd_parity.test_creation import check, lines

SETTING = """
x = torch.arange(6.).reshape(2, 3)
i, n, b = torch.tensor([1, 2]), torch.tensor(3), torch.tensor([True, False])
s, c, e = torch.tensor(2.5), torch.tensor(1 + 2j), torch.empty(0)
r = torch.ones(2, requires_grad=True)
def put(tensor, name, value):
    setattr(tensor, name, value)
    return tensor
"""

FACTS = """
x.dtype, x.device, x.shape, x.ndim, x.itemsize, x.nbytes, x.is_cpu, x.is_cuda, x.layout
x.is_sparse, x.is_quantized, x.is_meta, x.is_nested, x.is_mkldnn, x.is_xpu, x.is_xla, x.is_mps, x.is_sparse_csr
x.size(), x.size(0), x.size(-1), x.size(dim=1), s.size(), s.shape, s.stride(), s.dim(), s.numel()
x.size(2)
x.size('a')
x.size(1.5)
s.size(0)
x.stride(), x.stride(0), x.stride(-1), x.t().stride(), x.stride(dim=1)
x.stride(2)
s.stride(0)
x.storage_offset(), x[1].storage_offset(), x[:, 1:].storage_offset()
x.is_contiguous(), x.t().is_contiguous(), e.is_contiguous(), x.is_contiguous(memory_format=torch.contiguous_format)
torch.zeros(1, 2, 3, 4).is_contiguous(memory_format=torch.channels_last)
torch.empty(1, 2, 3, 4, memory_format=torch.channels_last).is_contiguous(memory_format=torch.channels_last)
x.is_contiguous(memory_format=3)
x.dim(), x.ndimension(), x.numel(), x.nelement(), x.element_size(), x.get_device()
x.is_floating_point(), x.is_complex(), x.is_signed(), c.is_complex(), i.is_floating_point()
x.is_conj(), x.is_neg(), x.is_inference(), x.is_same_size(x), x.is_same_size(x.t()), x.is_set_to(x), x.is_set_to(x.t())
x.is_same_size(3)
x.is_pinned(), x.is_shared(), x.is_distributed(), x.to_dense() is x, x.dim_order(), x.t().dim_order(), x.grad_dtype, x.name
x.data_ptr() == x[0].data_ptr(), e.data_ptr()
x.T, x.mT, x.H, c.T
torch.ones(2, 3, 4).T
torch.ones(3).mT
torch.ones(3).H
x.requires_grad, r.requires_grad, r.is_leaf, (r * 2).is_leaf, x.is_leaf, x.retains_grad, r.retains_grad
x.grad, r.grad, x.grad_fn, r.grad_fn, x.output_nr, (r * 2).output_nr
(r * 2).grad
x._version, x._base, x._is_view(), x[0]._is_view(), x[0]._base is x
x.foo
x()
isinstance(x, torch.Tensor), torch.Tensor.__name__, issubclass(torch.nn.Parameter, torch.Tensor)
"""
WRITES = """
put(x, 'dtype', torch.int8)
put(x, 'shape', (3, 2))
put(x, 'device', 'cpu')
put(x, 'is_leaf', False)
put(x, 'grad_fn', None)
put(x, 'T', 3)
put(x, '_version', 3)
put(x, 'output_nr', 3)
put(x, 'layout', 3)
put(x, '_base', 3)
put(x, 'name', 3)
put(x, 'foo', 3).foo
put(x, 'requires_grad', True).requires_grad
put(x, 'requires_grad', 1)
put(i, 'requires_grad', True)
put(r * 2, 'requires_grad', False)
put(r * 2, 'requires_grad', True).requires_grad
i.requires_grad_()
i.requires_grad_(False)
x.requires_grad_(1)
r.retain_grad()
x.retain_grad()
put(r, 'grad', 3)
put(r, 'grad', r)
put(r, 'grad', torch.ones(3))
put(r, 'grad', torch.ones(2, dtype=torch.float64))
put(r, 'grad', torch.ones(2)).grad
put(r, 'grad', None).grad
put(x, 'grad', torch.ones(2, 3)).grad
put(x, 'data', torch.zeros(2)).shape
put(x, 'data', 3)
put(r, 'data', i)
put(r, 'data', torch.ones(3)).shape
x.data.requires_grad, r.data.requires_grad, r.data.grad_fn
"""
CONVERSIONS = """
x.item()
e.item()
s.item(), n.item(), c.item(), b[0].item(), torch.tensor([[5]]).item()
x.tolist(), s.tolist(), e.tolist(), torch.zeros(2, 0).tolist(), c.tolist()
len(x), len(e), list(x[0]), [*x]
len(s)
list(s)
reversed(x)
bool(s), bool(torch.tensor([0])), bool(c)
bool(x)
bool(e)
s.is_nonzero(), n.is_nonzero()
x.is_nonzero()
int(s), float(n), complex(s), int(torch.tensor([7])), float(torch.tensor(True)), float(torch.tensor(1 + 0j))
int(x)
float(e)
complex(x)
int(c)
float(c)
int(torch.tensor(inf))
int(torch.tensor(nan))
float(torch.tensor(1., requires_grad=True)), int(torch.tensor(1., requires_grad=True))
[10, 20, 30, 40][n], [10, 20][torch.tensor(True)], range(n), [1] * n, [1, 2, 3, 4][torch.tensor([1])]
[10, 20, 30][s]
2. in x, 7. in x, s in x
'a' in x
None in x
format(s, '.2f'), format(x, ''), f"{n:03d}", f"{s}"
format(x, '.2f')
x.type(), i.type(), c.type(), torch.ones(1, dtype=torch.bfloat16).type()
x.type(torch.int32), x.type('torch.DoubleTensor').dtype, x.type(torch.float32) is x, x.type(torch.DoubleTensor).dtype
x.type('foo')
x.type(3)
x.type(int)
x.numpy(), s.numpy(), c.numpy(), r.numpy(force=True), r.detach().numpy()
r.numpy()
np.asarray(r)
x.__array__(np.int8)
np.float32(2) * x
np.ones(3) * x
np.ones((2, 3), dtype=np.float32) + x
torch.from_dlpack(x)
r.__dlpack__()
"""
OPERATORS = """
x + np.float64(1), x + 1j
x + 'a'
'a' + x
x + None
x + [1, 2, 3]
x == None, x != None, x == 'a'
x < 'a'
2 ** x, 5 - x, 5 / x.add(1), 5 // x.add(1), 1 << i, 5 % i, 5 // i, 2 ** i, 5 & i, True ^ b, 1.5 * i
(2 ** r).grad_fn, (5 / r).grad_fn, (5 - r).grad_fn, (5 * r).grad_fn, (5 + r).grad_fn
x // 2, x ** 2, -x, +x, abs(-x), ~b, b & b, b | True, i >> 1, i << i
~x
x & 1
1 << x
x @ 3
3 @ x
x.__add__('a'), x.__truediv__('a')
x.__radd__(1), x.__rfloordiv__(5.)
"""
HOOKS_AND_BACKWARD = """
x.sum().backward()
(r * 2).backward()
(r * 2).backward(torch.ones(3))
(r * 2).backward(3)
x.register_hook(print)
(r * 2).register_post_accumulate_grad_hook(print)
x.register_post_accumulate_grad_hook(print)
r.view(2).detach_()
(r * 2).detach_().grad_fn, x.detach_() is x, x.clone() is x, r.clone().grad_fn.name()
"""


@pytest.mark.parametrize("expression", lines(FACTS + WRITES + CONVERSIONS + OPERATORS + HOOKS_AND_BACKWARD))
def test_surface(expression: str) -> None:
    check(expression, before=SETTING)
