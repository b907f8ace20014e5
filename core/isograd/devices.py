"""Devices: torch's ``device``, whose types are torch's words and those of the installed
backends."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["device"]

# torch's own list, in the order of its error text
_TYPES = (
    "cpu cuda ipu xpu mkldnn opengl opencl ideep hip ve fpga maia xla lazy vulkan mps meta hpu "
    "mtia privateuseone"
).split()

_interned: dict[tuple[str, int | None], device] = {}
_parsed: dict[str, device] = {}


class device:
    """Where a tensor lives: a type and, optionally, an index.

    Equal devices are one object.

    Parameters
    ----------
    type : str or device or int
        A type, a type with an index (``"cuda:1"``), or the index of an accelerator.
    index : int, optional
        The index, if the string has none.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.device("cuda:1"), str(torch.device("cuda", 1)), torch.device("cpu").index
    (device(type='cuda', index=1), 'cuda:1', None)
    """

    __slots__ = ("type", "index", "__weakref__")

    type: str
    index: int | None

    def __new__(cls, *args: Any, **kwargs: Any) -> device:
        if len(args) == 1 and not kwargs:
            (word,) = args
            if word.__class__ is str:
                return _parsed.get(word) or _parse(word)
            if word.__class__ is device:
                return word
        return _from_arguments(args, kwargs)

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{index})"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("type", "index"):
            raise AttributeError(f"attribute {name!r} of 'torch.device' objects is not writable")
        raise AttributeError(f"'torch.device' object has no attribute {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (self.type,) if self.index is None else (self.type, self.index)


def _make(type: str, index: int | None) -> device:
    made = _interned.get((type, index))
    if made is None:
        fresh = object.__new__(device)
        object.__setattr__(fresh, "type", type)
        object.__setattr__(fresh, "index", index)
        made = _interned.setdefault((type, index), fresh)
    return made


def _parse(text: str) -> device:
    if not text:
        raise RuntimeError("Device string must not be empty")
    type, colon, number = text.partition(":")
    if not _is_word(type) or colon and not (number.isascii() and number.isdigit()):
        raise RuntimeError(f"Invalid device string: '{text}'")
    if len(number) > 1 and number[0] == "0":
        raise RuntimeError(f"Invalid device string: '{text}'")
    if colon and int(number) >= 2**31:
        raise RuntimeError(f"Could not parse device index '{number}' in device string '{text}'")
    _check_type(type, text)
    parsed = _parsed[text] = _make(type, int(number) if colon else None)
    return parsed


def _is_word(type: str) -> bool:
    return type.isascii() and type.replace("_", "a").isalpha()


def _check_type(type: str, text: str) -> None:
    if type in _TYPES:
        return
    from isograd.backend import discover
    from isograd.backend.contract import BackendError

    try:
        discover.serving(type)
    except BackendError:
        known = [*_TYPES, *sorted(discover.device_types().difference(_TYPES))]
        raise RuntimeError(
            f"Expected one of {', '.join(known)} device type at start of device string: {type}"
        ) from None


def _from_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> device:
    if len(args) == 1 and not kwargs and isinstance(args[0], int) and not isinstance(args[0], bool):
        return _accelerator(args[0])
    if not args and kwargs.keys() == {"device"} and isinstance(kwargs["device"], (str, device)):
        return device(kwargs["device"])
    values = dict(zip(("type", "index"), args))
    if twice := values.keys() & kwargs.keys():
        raise TypeError(f"device() got multiple values for argument '{twice.pop()}'")
    values |= kwargs
    type, index = values.get("type"), values.get("index")
    if len(args) > 2 or type is None or not values.keys() <= {"type", "index"}:
        raise _no_form(args, kwargs)
    if not isinstance(type, str):
        if len(values) == 1:
            raise _no_form(args, kwargs)
        raise TypeError(f"device(): argument 'type' (position 1) must be str, not {_spell(type)}")
    if index is None:
        return device(str(type))
    if not isinstance(index, int) or isinstance(index, bool):
        raise TypeError(f"device(): argument 'index' (position 2) must be int, not {_spell(index)}")
    if ":" in type:
        raise RuntimeError(
            f"type (string) must not include an index because index was passed explicitly: {type}"
        )
    if index < 0:
        raise RuntimeError("Device index must not be negative")
    return _make(device(str(type)).type, index)


def _accelerator(index: int) -> device:
    if index < 0:
        raise RuntimeError("Device index must not be negative")
    from isograd.backend import discover
    from isograd.backend.contract import BackendError

    try:
        discover.serving("cuda")
    except BackendError:
        raise RuntimeError("Cannot access accelerator device when none is available.") from None
    return _make("cuda", index)


def _spell(value: Any) -> str:
    return "torch.device" if isinstance(value, device) else value.__class__.__name__


def _no_form(args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError:
    got = [_spell(value) for value in args] + [
        f"{name}={_spell(value)}" for name, value in kwargs.items()
    ]
    end = ", " if kwargs else ""  # torch's parser leaves it there
    why = ""
    if len(kwargs) == 1 and not args:
        why = (
            f"      didn't match because some of the keywords were incorrect: {', '.join(kwargs)}\n"
        )
    elif len(args) == 1 and not kwargs:
        wrong = _spell(args[0])
        why = f"      didn't match because some of the arguments have invalid types: (!{wrong}!)\n"
    return TypeError(
        f"device() received an invalid combination of arguments - got ({', '.join(got)}{end}), "
        "but expected one of:\n"
        f" * (torch.device device)\n{why} * (str type, int index = -1)\n"
    )
