"""Attributes: what they say, what may be assigned to them, the errors of what may not."""

from __future__ import annotations

from isograd_parity.cases.semantics.table import attempt, case, each, leaf


@case
def facts(torch):
    x = torch.zeros(2, 3, 4).transpose(0, 2)
    return [x.shape, x.size(), x.size(1), x.size(-1), x.dim(), x.ndim, x.numel(), x.nelement(), x.stride(), x.stride(0), x.element_size(), x.nbytes,
            x.itemsize, x.storage_offset(), x[1:].storage_offset(), x.is_contiguous(), x.device, x.layout, x.dtype, x.is_cuda, x.is_sparse,
            x.is_floating_point(), x.is_complex(), x.is_signed(), x.is_leaf, x.requires_grad, x.grad, x.grad_fn, x.output_nr, x._version,
            x.get_device(), x.is_conj(), x.is_neg(), x.is_inference(), x.is_meta, x.is_quantized, x.T.shape, x.mT.shape]


@each(name=["shape", "dtype", "device", "grad_fn", "is_leaf", "ndim", "layout", "_version", "_base", "output_nr", "is_cuda", "nbytes", "itemsize"])
def read_only(torch, name):
    return [attempt(setattr, torch.ones(2), name, 1).type]


@case
def grad_assigned(torch):
    x = leaf(torch)
    g = torch.tensor([1.0, 2.0, 3.0])
    x.grad = g
    kept = x.grad is g
    x.grad = None
    return [kept, x.grad, attempt(setattr, x, "grad", 1.0), attempt(setattr, x, "grad", [1.0, 1.0, 1.0]), attempt(setattr, x, "grad", torch.ones(2)),
            attempt(setattr, x, "grad", torch.ones(3, 1)), attempt(setattr, x, "grad", torch.ones(3, dtype=torch.float64)),
            attempt(setattr, x, "grad", torch.ones(3, dtype=torch.int64)), attempt(setattr, x, "grad", x), attempt(setattr, torch.ones(3), "grad", g)]


@case
def sizes(torch):
    s = torch.ones(2, 3).shape
    return [repr(s), s == (2, 3), s[0], s[1:], s + (4,), s.numel(), tuple(s), isinstance(s, tuple), len(s), hash(s) == hash((2, 3)), torch.Size([1, 2]),
            s * 2, torch.Size((2,)) + torch.Size((3,))]


@case
def wrong_dimensions(torch):
    x = torch.ones(2, 3)
    return [attempt(x.size, 2), attempt(x.size, -3), attempt(x.stride, 5), attempt(torch.tensor(1.0).size, 0), attempt(x.sum, 2), attempt(x.sum, -3),
            attempt(x.transpose, 0, 2), attempt(x.unsqueeze, 4), attempt(x.select, 2, 0), attempt(x.select, 0, 2), attempt(x.permute, 0, 0),
            attempt(x.permute, 0), attempt(x.flatten, 1, 0), attempt(x.sum, (0, 0)), attempt(x.squeeze, 3)]


@case
def missing(torch):
    x = torch.ones(2)
    return [attempt(lambda: x.nothing), attempt(lambda: torch.nothing).type, hasattr(x, "grad"), hasattr(x, "nothing")]


@case
def own_attributes(torch):
    x = torch.ones(2)
    x.note = "mine"
    return [x.note, hasattr(x * 1, "note"), hasattr(x.detach(), "note")]


@case
def dtypes(torch):
    names = ["uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128", "bool"]
    return [[(repr(d), str(d), d.itemsize, d.is_floating_point, d.is_complex, d.is_signed) for d in [getattr(torch, n)]] for n in names] + [
        torch.float is torch.float32, torch.long is torch.int64, torch.double is torch.float64, torch.half is torch.float16, torch.int is torch.int32]


@case
def devices(torch):
    d = torch.device("cpu")
    return [repr(d), str(d), d.type, d.index, d == torch.device("cpu"), torch.device("cpu", 0), torch.device("cuda:1"), torch.device("cuda", 1).index,
            d == torch.device("cpu:0"), attempt(torch.device, "cpu:-1"), attempt(torch.device, "cpu:x"), hash(d) == hash(torch.device("cpu"))]


@case
def limits(torch):
    return [(torch.finfo(d).max, torch.finfo(d).min, torch.finfo(d).eps, torch.finfo(d).tiny, torch.finfo(d).bits)
            for d in (torch.float16, torch.bfloat16, torch.float32, torch.float64)] + [
        (torch.iinfo(d).max, torch.iinfo(d).min, torch.iinfo(d).bits) for d in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)]


@case
def variables(torch):
    v = torch.autograd.Variable(torch.ones(2), requires_grad=True)
    return [v, isinstance(v, torch.Tensor), isinstance(v, torch.autograd.Variable), torch.is_tensor(v), torch.is_tensor(1.0)]
