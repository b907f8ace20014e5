"""Out of tensors and back: numbers, lists, NumPy, DLPack, copies, pickles."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np

from isograd_parity.cases.rules import case, raises


@case
def item(torch: Any) -> Any:
    x = [
        torch.tensor(1.5),
        torch.tensor([[2]]),
        torch.tensor(True),
        torch.tensor(1j),
        torch.tensor(1.1, dtype=torch.bfloat16),
        torch.tensor(0.1),
    ]
    return (
        [(t.item(), type(t.item()).__name__) for t in x],
        raises(torch.ones(2).item),
        raises(torch.ones(0).item),
    )


@case
def item_of_a_differentiable_tensor(torch: Any) -> Any:
    x = torch.tensor(1.5, requires_grad=True)
    return x.item(), (x * 2).item()


@case
def tolist(torch: Any) -> Any:
    x = [
        torch.tensor(1.5),
        torch.ones(2, 2),
        torch.tensor([True, False]),
        torch.tensor([1, 2]),
        torch.ones(0),
        torch.ones(2, 0),
        torch.tensor([1j]),
        torch.tensor([0.1]),
    ]
    return [t.tolist() for t in x], torch.ones(2, requires_grad=True).tolist()


@case
def python_conversions(torch: Any) -> Any:
    x = torch.tensor(2.5)
    return [
        float(x),
        int(x),
        bool(x),
        complex(x),
        raises(lambda: float(torch.ones(2))),
        raises(lambda: int(torch.ones(2))),
        raises(lambda: bool(torch.ones(2))),
        raises(lambda: bool(torch.ones(0))),
        raises(lambda: float(torch.tensor(1j))),
        raises(lambda: int(torch.tensor(float("nan")))),
        f"{x:.3f}",
        f"{x}",
        raises(lambda: f"{torch.ones(2):.3f}"),
    ]


@case
def as_an_index_of_python(torch: Any) -> Any:
    return (
        [10, 20, 30][torch.tensor(1)],
        list(range(torch.tensor(3))),
        raises(lambda: [1, 2][torch.tensor(1.0)]),
    )


@case
def numpy_shares(torch: Any) -> Any:
    x = torch.zeros(2, 3)
    a = x.numpy()
    a[0, 0] = 5
    x[1, 1] = 7
    return x, a.tolist(), x.t().numpy().strides, x._version


@case
def numpy_refuses_what_requires_grad(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return (
        raises(x.numpy),
        raises(lambda: np.asarray(x)),
        x.detach().numpy().tolist(),
        x.numpy(force=True).tolist(),
    )


@case
def numpy_refuses_bfloat16(torch: Any) -> Any:
    return raises(torch.ones(2, dtype=torch.bfloat16).numpy)


@case
def numpy_functions_take_tensors(torch: Any) -> Any:
    x = torch.tensor([1.0, 4.0])
    return (
        np.asarray(x).tolist(),
        np.array(x, dtype=np.float64).tolist(),
        np.asarray(x).dtype.name,
        np.sum(np.asarray(x)).item(),
    )


@case
def dlpack(torch: Any) -> Any:
    a = np.arange(4.0)
    x = torch.from_dlpack(a)
    x[0] = 9
    y = torch.arange(4.0)
    b = np.from_dlpack(y)
    return (
        x,
        a.tolist(),
        b.tolist(),
        raises(lambda: np.from_dlpack(torch.ones(2, requires_grad=True))),
    )


@case
def copies(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    shallow, deep = copy.copy(x), copy.deepcopy(x)
    return (
        shallow,
        deep,
        deep.grad,
        deep is x,
        deep.data_ptr() == x.data_ptr(),
        shallow.data_ptr() == x.data_ptr(),
    )


@case
def deepcopy_wants_a_leaf(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    return raises(lambda: copy.deepcopy(y))


@case
def deepcopy_keeps_sharing(torch: Any) -> Any:
    x = torch.arange(4.0)
    a, b = copy.deepcopy([x, x[1:]])
    a[1] = 9
    return a, b


@case
def pickles(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3).t()
    y = pickle.loads(pickle.dumps(x))
    p = pickle.loads(pickle.dumps(torch.ones(2, requires_grad=True)))
    return y, y.stride(), p, pickle.loads(pickle.dumps(torch.float32)) is torch.float32


@case
def pickling_a_result(torch: Any) -> Any:
    y = torch.ones(2, requires_grad=True) * 2
    return raises(lambda: pickle.loads(pickle.dumps(y)))


@case
def equality_and_hash(torch: Any) -> Any:
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])
    return (
        x == y,
        x != y,
        torch.equal(x, x),
        torch.equal(x, y),
        hash(x) == hash(x),
        len({x, y, x}),
        x == None,  # noqa: E711 - what the operator gives is the question
        x == "a",
        torch.equal(x, x.double()),
    )  # noqa: E711


@case
def truth_of_comparisons(torch: Any) -> Any:
    return (
        bool(torch.tensor(1) == 1),
        torch.allclose(torch.ones(2), torch.ones(2) + 1e-9),
        torch.isclose(torch.ones(2), torch.tensor([1.0, 1.1])),
    )


@case
def mixing_with_numpy(torch: Any) -> Any:
    x, a = torch.tensor([1.0, 2.0]), np.array([3.0, 4.0])
    return (
        raises(lambda: x + a),
        raises(lambda: torch.add(x, a)),
        x * np.float32(2),
        x + np.int64(1),
        x * np.float64(2),
    )


@case
def descriptions(torch: Any) -> Any:
    x = torch.zeros(2, 3, 4)
    return (
        x.dim(),
        x.ndim,
        x.numel(),
        x.nelement(),
        x.element_size(),
        x.nbytes,
        x.itemsize,
        x.size(1),
        x.stride(0),
        x.device,
        x.layout,
        x.is_floating_point(),
        x.is_complex(),
        x.is_signed(),
        x.is_cuda,
    )


@case
def devices(torch: Any) -> Any:
    d = torch.device("cpu")
    return (
        repr(d),
        str(d),
        d.type,
        d.index,
        d == torch.device("cpu"),
        torch.device("cpu", 0),
        d == torch.device("cpu:0"),
        torch.zeros(1, device=d).device,
    )
