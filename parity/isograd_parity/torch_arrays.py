"""The reference backend: isograd over raw torch tensors.

Its kernels *are* torch's: each op is torch's own function of that name, so that every bit in which isograd on this backend differs from
torch is the doing of isograd's engine and formulas, not of arithmetic. It is registered by the harness and is never an entry point.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch

from isograd.backend.contract import REQUIRED, Backend, Capabilities
from isograd.dtypes import BY_NAME
from isograd.dtypes import dtype as Dtype
from isograd.layouts import memory_format
from isograd.tensor import Tensor

__all__ = ["TorchArrays", "register"]

TORCH = {name: getattr(torch, name) for name in BY_NAME}
BY_DTYPE = {BY_NAME[name]: native for name, native in TORCH.items()}

# Ops whose torch function goes by another name than the op.
ELSEWHERE: dict[str, Any] = {
    "_to_copy": lambda input, dtype=None, memory_format=torch.preserve_format: input.to(dtype, copy=True, memory_format=memory_format),
    "conj": lambda input: torch.conj(input) if isinstance(input, torch.Tensor) else input.conjugate(),
    "prod": lambda input, dim=None, keepdim=False, dtype=None: (
        torch.prod(input, dtype=dtype) if dim is None else torch.prod(input, dim, keepdim, dtype=dtype)),
    "neg": torch.neg,
    "norm_dim": lambda input, p, dim, keepdim=False: torch.ops.aten.norm.ScalarOpt_dim(input, p, [dim], keepdim),
    "index_put": torch.ops.aten.index_put.default,  # which takes None for a whole dimension
    "slice_backward": lambda g, sizes, dim, start, end, step: torch.ops.aten.slice_backward.default(
        g, sizes, dim, 0 if start is None else start, sizes[dim] if end is None else end, step),
    "block_diag": lambda tensors: torch.block_diag(*tensors),
    "unfold": lambda input, *arguments: input.unfold(*arguments),
    "_polygamma": lambda input, n: torch.polygamma(n, input),
    "alias": torch.ops.aten.alias.default,
    "_unsafe_view": torch.ops.aten._unsafe_view.default,
}

# Ops computed from kernels although torch has a function of that name, because its signature means something else.
OWN: frozenset[str] = frozenset(["rrelu_with_noise"])  # torch's draws the noise itself


def translated(value: Any) -> Any:
    """isograd's dtype or memory format as torch's, a tensor given as an attribute as its array."""
    if isinstance(value, Tensor):
        return value.array
    if isinstance(value, Dtype):
        return BY_DTYPE[value]
    if isinstance(value, memory_format):
        return getattr(torch, value.name)
    return value


def torch_function(op: str) -> Callable[..., Any] | None:
    """torch's own function for an op of isograd's registry, or None."""
    if op in OWN:
        return None
    if op in ELSEWHERE:
        return ELSEWHERE[op]
    for place in (torch, torch._C._nn, torch.special, torch.nn.functional, torch.linalg):
        found = getattr(place, op, None)
        if found is not None and callable(found) and not isinstance(found, type):
            return found
    if op.startswith(("linalg_", "special_")):
        place, _, name = op.partition("_")
        found = getattr(getattr(torch, place), name, None)
        if found is not None:
            return found
    return getattr(torch.ops.aten, op, None)


class Namespace:
    """The required kernels over torch, for the ops that torch has no function for."""

    def __init__(self) -> None:
        from array_api_compat import torch as standard

        for name in REQUIRED:
            found = getattr(standard, name, None)
            if found is not None:
                setattr(self, name, found)

    @staticmethod
    def astype(x: torch.Tensor, dtype: torch.dtype, *, copy: bool = True) -> torch.Tensor:
        return x.to(dtype, copy=copy)

    @staticmethod
    def assign(dst: torch.Tensor, src: Any) -> torch.Tensor:
        if not isinstance(src, torch.Tensor):
            return dst.fill_(src)
        place = dst
        for dim, (length, stride) in enumerate(zip(dst.shape, dst.stride(), strict=True)):
            if length > 1 and not stride:  # one place in memory for all; torch's copy_ would refuse
                place, src = place.narrow(dim, 0, 1), src if src.ndim < dst.ndim else src.narrow(dim, 0, 1)
        place.copy_(src)
        return dst

    @staticmethod
    def iadd(dst: torch.Tensor, src: torch.Tensor) -> torch.Tensor:
        return dst.add_(src)

    @staticmethod
    def fill(dst: torch.Tensor, value: Any) -> torch.Tensor:
        return dst.fill_(value)

    @staticmethod
    def copy(x: torch.Tensor) -> torch.Tensor:
        return x.clone()

    @staticmethod
    def ascontiguous(x: torch.Tensor) -> torch.Tensor:
        return x.contiguous()

    @staticmethod
    def as_strided(x: torch.Tensor, shape: Any, strides: Any, offset: int = 0) -> torch.Tensor:
        return torch.as_strided(x, tuple(shape), tuple(strides), offset)

    @staticmethod
    def view_dtype(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        return x.view(dtype)

    @staticmethod
    def unfold(x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        return x.unfold(*args, **kwargs)

    @staticmethod
    def index_add(x: torch.Tensor, axis: int, index: torch.Tensor, src: torch.Tensor) -> torch.Tensor:
        return x.index_add(axis, index, src)

    @staticmethod
    def setitem(x: torch.Tensor, key: Any, value: Any) -> torch.Tensor:
        x[key] = value
        return x

    @staticmethod
    def concat(arrays: Any, *, axis: int = 0) -> torch.Tensor:
        return torch.cat(list(arrays), axis)

    @staticmethod
    def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> torch.Tensor:
        return torch.asarray(obj, dtype=dtype, copy=copy)


class TorchArrays(Backend):
    """Raw torch tensors on the CPU as arrays."""

    name = "reference"
    device_types = ("cpu",)
    dtypes = TORCH
    array_type = torch.Tensor
    capabilities = Capabilities(views=True, mutable=True, strides=True, out=True)

    def __init__(self) -> None:
        self.namespace = Namespace()
        self._bound: dict[str, Callable[..., Any] | None] = {}

    def overrides(self, op: str, dtype: Any) -> Callable[..., Any] | None:
        if op not in self._bound:
            # torch would draw from its own generator
            function = None if op in random_ops() else torch_function(op)
            self._bound[op] = None if function is None else bound(function, op)
        return self._bound[op]

    def owner(self, array: torch.Tensor) -> torch.Tensor:
        return array if array._base is None else array._base

    def is_contiguous(self, array: torch.Tensor) -> bool:
        return array.is_contiguous()

    def strides(self, array: torch.Tensor) -> tuple[int, ...]:
        return array.stride()

    def storage_offset(self, array: torch.Tensor) -> int:
        return int(array.storage_offset())

    def data_ptr(self, array: torch.Tensor) -> int:
        return array.data_ptr()

    def item(self, array: torch.Tensor) -> Any:
        return array.item()

    def tolist(self, array: torch.Tensor) -> Any:
        return array.tolist()

    def from_list(self, values: list[Any], shape: tuple[int, ...], dtype: Any, device: Any = None) -> torch.Tensor:
        return torch.tensor(values, dtype=dtype).reshape(shape)

    def to_host(self, array: torch.Tensor) -> Any:
        return array.resolve_conj().resolve_neg().view(torch.uint16).numpy() if array.dtype == torch.bfloat16 else array.numpy()


@functools.cache
def random_ops() -> frozenset[str]:
    """The ops that draw random numbers."""
    from isograd.ops.declare import REGISTRY

    return frozenset([name for name, op in REGISTRY.items() if op.forward.__module__ == "isograd.ops.sampling"])


def bound(function: Callable[..., Any], op: str) -> Callable[..., Any]:
    """`function` for raw calls of `op`: in order, as the op is declared, or by torch's parameter names where it wants those.

    dtypes and memory formats are translated, arguments left out are not passed, and lazy conjugation is resolved (isograd conjugates
    at once).
    """
    from isograd.ops.declare import REGISTRY

    names, keyword_only = REGISTRY[op].names, REGISTRY[op].keyword_only
    by_name: set[frozenset[str]] = set()  # the parameters of calls whose order torch refused

    def call(*args: Any, **kwargs: Any) -> Any:
        values = dict(zip(names, args)) | kwargs
        given = {name: translated(value) for name, value in values.items() if value is not ...}
        parameters = frozenset(given)
        refusal = None
        if parameters not in by_name:
            ordered = [given[name] for name in names if name in given and name not in keyword_only]
            while ordered and ordered[-1] is None:
                ordered.pop()
            keywords = {name: given[name] for name in keyword_only if given.get(name) is not None}
            try:
                return resolved(function(*ordered, **keywords))
            except (TypeError, RuntimeError) as error:
                refusal = error
        first, *rest = given.items()
        try:
            result = resolved(function(first[1], **{name: value for name, value in rest if value is not None}))
        except (TypeError, RuntimeError) as error:
            raise (refusal or error) from None
        by_name.add(parameters)
        return result

    call.__name__ = op
    return call


def resolved(result: Any) -> Any:
    """A result without lazy conjugation; several results as a tuple; None where an output mask left one out."""
    if isinstance(result, torch.Tensor):
        return result.resolve_conj() if result.is_conj() else result
    return None if result is None else tuple([resolved(item) for item in result])


def register() -> None:
    """Make the backend known to isograd in this process, as ``"reference"``."""
    from isograd.backend.discover import discovered, register_backend

    if all(found.backend_name != "reference" for found in discovered()):
        register_backend(TorchArrays(), distribution="isograd_parity")


register()  # importing this module is how the harness asks for it
