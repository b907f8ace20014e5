"""Out of tensors and back: numbers, lists, NumPy, DLPack; copies and pickles."""

from __future__ import annotations

import copy
import pickle

import numpy as np

from isograd_parity.cases.semantics.table import attempt, case, each, leaf

DTYPES = ["uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128", "bool"]


@each(dtype=DTYPES)
def items_and_lists(torch, dtype):
    x = torch.tensor([[1, 0], [1, 1]], dtype=getattr(torch, dtype))
    return [x[0, 0].item(), type(x[0, 0].item()).__name__, x.tolist(), x[0, 0].tolist(), x[:, 1:].tolist(), x[0:0].tolist()]


@case
def items_of_many(torch):
    return [attempt(torch.ones(2).item), attempt(torch.ones(0).item), torch.ones(1, 1, 1).item(), leaf(torch).tolist(), (leaf(torch)[0] * 2).item()]


@each(dtype=[d for d in DTYPES if d != "bfloat16"])
def numpy_shares_memory(torch, dtype):
    x = torch.ones(2, 3, dtype=getattr(torch, dtype))
    a = x.numpy()
    a[0, 0] = 0
    x[1, 1] = 0
    y = torch.from_numpy(a)
    return {"x": x, "a": a, "strides": x.t().numpy().strides, "version": x._version, "y": y.tolist()}


@case
def numpy_refuses(torch):
    x = leaf(torch)
    return [attempt(x.numpy), attempt(np.asarray, x), x.detach().numpy(), x.numpy(force=True), attempt(torch.from_numpy, [1.0]),
            attempt(torch.from_numpy, np.array(["a"])), attempt(torch.from_numpy, np.float32(1))]


@case
def numpy_conversions(torch):
    x = torch.tensor([1.0, 4.0])
    return [np.asarray(x), np.array(x, dtype=np.float64), np.sqrt(x.numpy()), x.__array__(np.int64), torch.as_tensor(np.arange(3)),
            torch.tensor(np.float64(1.5)), torch.tensor([np.float32(1), 2])]


@case
def dlpack(torch):
    a = np.arange(4.0)
    x = torch.from_dlpack(a)
    x[0] = 9
    y = torch.arange(4.0)
    return [a, np.from_dlpack(y), attempt(np.from_dlpack, leaf(torch)), y.__dlpack_device__()[1]]


@case
def deepcopy_of_a_leaf(torch):
    x = leaf(torch)
    (x * x).sum().backward()
    c = copy.deepcopy(x)
    c.grad.mul_(10)
    return {"x": x, "c": c, "grad": x.grad.tolist(), "its grad": c.grad.tolist(), "shared": c.data_ptr() == x.data_ptr()}


@case
def deepcopy_of_a_result(torch):
    return [attempt(copy.deepcopy, leaf(torch) * 2), copy.deepcopy((leaf(torch) * 2).detach())]


@case
def deepcopy_keeps_what_is_shared(torch):
    x = torch.arange(4.0)
    a, b, again = copy.deepcopy([x, x[1:], x])
    a[1] = 9.0
    return {"a": a, "b": b.tolist(), "again": again is a, "strides": copy.deepcopy(torch.ones(2, 3).t()).stride()}


@case
def shallow_copy(torch):
    x = leaf(torch)
    c = copy.copy(x)
    return {"c": c, "same": c is x, "shared": c.data_ptr() == x.data_ptr(), "requires": c.requires_grad}


@each(dtype=DTYPES)
def pickled(torch, dtype):
    x = torch.tensor([[1, 0, 1], [1, 1, 0]], dtype=getattr(torch, dtype)).t()
    y = pickle.loads(pickle.dumps(x))
    return {"y": y, "strides": y.stride(), "dtype": pickle.loads(pickle.dumps(x.dtype)) is x.dtype}


@case
def pickled_with_what_is_shared(torch):
    x = torch.arange(4.0)
    a, b = pickle.loads(pickle.dumps([x, x[1:]]))
    a[1] = 9.0
    p = pickle.loads(pickle.dumps(leaf(torch)))
    return {"a": a, "b": b.tolist(), "p": p, "device": pickle.loads(pickle.dumps(torch.device("cpu"))), "size": pickle.loads(pickle.dumps(x.shape))}


@case
def conversions_of_dtype(torch):
    x = leaf(torch)
    return [x.to(torch.float64), x.double().dtype, x.float() is x, x.to(x.dtype) is x, x.to(x.dtype, copy=True) is x, x.long(), x.bool(), x.half(),
            x.to(torch.complex64), x.type(), x.type(torch.int32), x.type("torch.DoubleTensor"), x.type_as(torch.ones(1, dtype=torch.int8)),
            attempt(x.to, "float32"), attempt(x.type, "Float")]


@case
def numbers_out_of_range(torch):
    return [attempt(torch.tensor, [300], dtype=torch.uint8), attempt(torch.tensor, [-1], dtype=torch.uint8), attempt(torch.tensor, 2**64),
            attempt(torch.tensor, [1.7, -1.7], dtype=torch.int64), attempt(torch.tensor, [1j], dtype=torch.float32), torch.tensor([2.7]).long(),
            torch.tensor([-1.0, 256.0]).to(torch.int16)]
