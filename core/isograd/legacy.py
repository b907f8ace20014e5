"""The legacy constructors: ``Tensor(...)``, ``FloatTensor(...)`` and their kin, ``Tensor.new``."""

from __future__ import annotations

from typing import Any

from isograd import defaults, dtypes
from isograd.arguments import make, size_of, space_of
from isograd.backend.space import Space
from isograd.creation import allocate
from isograd.data import from_data, is_sequence, spelled
from isograd.dtypes import dtype
from isograd.graph import TYPE_NAMES
from isograd.ops.declare import METHODS
from isograd.shapes import Size
from isograd.tensor import Tensor

__all__ = ["set_default_tensor_type"]


def constructed(kind: dtype | None, args: tuple[Any, ...], named: dict[str, Any]) -> Tensor:
    """``Tensor(2, 3)``, ``Tensor([1, 2])``, ``LongTensor(...)``: sizes, data or another tensor.

    `kind` is the dtype of the constructor; None is the default dtype, and takes a tensor of any.
    """
    device = named.pop("device", None)
    if unknown := list(named):
        if unknown[0] == "data" and not args:
            raise TypeError(f"new(): data must be a sequence (got {type(named['data']).__name__})")
        raise no_form(args, named)
    wanted = kind or defaults.get_default_dtype()
    space = space_of("new", wanted, device)
    if not args:
        return make(allocate(space, (0,), None), space)
    first = args[0]
    if len(args) > 1 or first.__class__ is int or isinstance(first, Size):
        return make(allocate(space, size_of("new", args), None), space)
    if isinstance(first, Tensor):
        if kind is not None and first.space.dtype is not kind:
            raise TypeError(f"expected {options(kind, space)} (got {options(first.space.dtype, first.space)})")
        from isograd.ops.declare import RECORDED

        return RECORDED.alias(first)  # type: ignore[no-any-return]
    if isinstance(first, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(first).__name__}'")
    if not is_sequence(first):
        raise TypeError(f"new(): data must be a sequence (got {spelled(first)})")
    return from_data("new", first, wanted, device, False, copy=False)


def no_form(args: tuple[Any, ...], named: dict[str, Any]) -> TypeError:
    """torch's error for arguments that fit no form of the legacy constructor."""
    types = {word: "torch.dtype" if isinstance(value, dtype) else type(value).__name__ for word, value in named.items()}
    got = [type(value).__name__ for value in args] + [f"{word}={name}" for word, name in types.items()]
    return TypeError(
        f"new() received an invalid combination of arguments - got ({', '.join(got)}), but expected one of:\n"
        " * (*, torch.device device = None)\n"
        f"      didn't match because some of the keywords were incorrect: {', '.join(named)}\n"
        " * (torch.Storage storage)\n * (Tensor other)\n * (tuple of ints size, *, torch.device device = None)\n"
        " * (object data, *, torch.device device = None)\n"
    )


def options(kind: dtype, space: Space) -> str:
    """How torch's legacy constructors describe a type of tensor."""
    words = {"int64": "long int", "uint8": "unsigned char", "int8": "signed char", "int16": "short int"}
    word = words.get(kind.name) or {"int32": "int", "float32": "float", "float64": "double"}.get(kind.name)
    return (
        f"TensorOptions(dtype={word or dtypes.SCALAR_NAMES[kind.name]}, device={space.device}, layout=Strided, "
        "requires_grad=false (default), pinned_memory=false (default), memory_format=(nullopt))"
    )


def legacy_constructor(*args: Any, **named: Any) -> Tensor:
    """What ``Tensor(...)`` does."""
    return constructed(None, args, named)


def new(self: Tensor, *args: Any, **named: Any) -> Tensor:
    """As the legacy constructor, of this tensor's dtype and device."""
    return constructed(self.space.dtype, args, {"device": self.space.device, **named})


METHODS["new"] = new


class LegacyType(type):
    """``FloatTensor`` and its kin: calling one makes a tensor of its dtype, and such tensors are its instances."""

    dtype: dtype
    is_cuda = False

    def __call__(cls, *args: Any, **named: Any) -> Tensor:
        return constructed(cls.dtype, args, named)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.space.dtype is cls.dtype and instance.is_cpu


for _kind in ("float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool").split():
    _name = TYPE_NAMES[_kind]
    _members = {
        "dtype": dtypes.BY_NAME[_kind], "__module__": "torch",
        "__doc__": f"The old way to make a tensor of {_kind}; ``tensor(..., dtype=)`` is the new.",
    }
    globals()[_name] = LegacyType(_name, (), _members)
    __all__.append(_name)


def set_default_tensor_type(t: Any) -> None:
    """Set the default dtype by a legacy type or its name. Deprecated in torch, and here."""
    from isograd.interchange import warn_once

    warn_once(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.", 3,
    )
    if isinstance(t, str):
        named = {f"torch.{word}": dtypes.BY_NAME[name] for name, word in TYPE_NAMES.items()}
        if t not in named:
            raise TypeError(f"invalid type: '{t}'")
        kind = named[t]
    else:
        kind = t.dtype
    defaults.set_default_dtype(kind)
