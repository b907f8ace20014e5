"""Spaces: where a tensor's array lives, and the raw operations bound to it.

A `Space` is one (backend, device, dtype). Two operands that share a space need no promotion, no device check and no backend look-up, so one
identity test settles all three. Its attributes are the registered ops bound to the backend's kernels: ``space.mul(x, y)`` takes and
returns raw arrays. Derivative formulas receive a space as their ``F``.

An op is bound when it is first used. A forward that does nothing but hand its arguments to one kernel is replaced by that kernel.
For float16 and bfloat16, an op that computes is bound to its float32 form, rounded once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from isograd import dtypes
from isograd.backend.discover import current, serving
from isograd.devices import device as make_device
from isograd.dtypes import dtype

__all__ = ["Space", "space_for"]


class Space:
    """One backend, device and dtype, with every op bound to them as an attribute.

    Attributes
    ----------
    backend : Backend
    K : Kernels
        The backend's resolved kernels.
    dtype : isograd.dtype
    device : isograd.device
    category : int
        The dtype's promotion category.
    array_type : type
        The class of the arrays held here.
    """

    def __init__(self, backend: Any, K: Any, device: Any, dtype: dtype, family: dict[Any, Space]) -> None:
        self.backend = backend
        self.K = K
        self.device = device
        self.dtype = dtype
        self.category = dtype.category
        self.array_type = backend.array_type
        self._family = family  # native dtype -> Space, for this backend and device

    def of(self, array: Any) -> Space:
        """The space of `array`, which lives on this backend and device."""
        try:
            return self._family[array.dtype]
        except KeyError:
            return self.to(self.K.dtype_of(array))

    def to(self, dtype: dtype) -> Space:
        """The space of `dtype` on this backend and device."""
        return space_for(self.backend, self.K, self.device, dtype)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        from isograd.ops.declare import COMPOSITES, RAW_COMPOSITES, REGISTRY

        op = REGISTRY.get(name)
        if op is not None:
            bound = _refusal(op, self) or _bind(op, self)
        elif name in RAW_COMPOSITES:
            bound = partial(RAW_COMPOSITES[name], self.K)
        elif name in COMPOSITES:
            bound = partial(COMPOSITES[name], self)
        elif name.startswith("plain_") and name[6:] in REGISTRY:
            op = REGISTRY[name[6:]]
            bound = _refusal(op, self) or _bind(op, self, plain=True)
        elif name.startswith("direct_") and name[7:] in REGISTRY:
            bound = _direct(REGISTRY[name[7:]], self)
        else:
            raise AttributeError(f"no op is registered as {name!r}")
        setattr(self, name, bound)
        return bound

    def __repr__(self) -> str:
        return f"Space({self.backend.name}, {self.device}, {self.dtype!r})"


_spaces: dict[tuple[Any, Any, dtype], Space] = {}
_families: dict[tuple[Any, Any], dict[Any, Space]] = {}


def space_for(backend: Any, K: Any, device: Any, dtype: dtype) -> Space:
    """The one Space of this backend, device and dtype.

    Raises
    ------
    TypeError
        When the backend has no such dtype.
    """
    key = (backend, device, dtype)
    space = _spaces.get(key)
    if space is None:
        native = K.native.get(dtype)
        if native is None:
            raise TypeError(f"backend {backend.name!r} has no dtype {dtype!r}; it has "
                            + ", ".join(repr(d) for d in dtypes.ALL if d in K.native))
        family = _families.setdefault((backend, device), {})
        space = _spaces.setdefault(key, Space(backend, K, device, dtype, family))
        try:
            family[native] = space
        except TypeError:
            pass  # a native dtype that cannot be hashed is looked up through dtype_of
    return space


def _refusal(op: Any, space: Space) -> Callable[..., Any] | None:
    """None if `op` takes the dtype of `space`: asked once, so that no call has to. Else what raises torch's error.

    A formula may still apply the op to other arrays here: a comparison to the real part of a complex number.
    """
    if op.supports is None:
        return None
    try:
        op.supports(space.dtype)
    except (RuntimeError, TypeError):
        pass
    else:
        return None

    def refuse(*args: Any, **kwargs: Any) -> Any:
        found = space.of(next(a for a in args if hasattr(a, "dtype")))
        op.supports(found.dtype)
        return getattr(found, op.name)(*args, **kwargs)

    return refuse


def _bind(op: Any, space: Space, plain: bool = False) -> Callable[..., Any]:
    """The raw op; `plain` if it will only be called without attributes (``space.plain_add`` is the kernel itself)."""
    override = space.backend.overrides(op.name, space.dtype)
    if op.real_identity:
        return _conjugating(override or partial(op.forward, space.K)) if space.dtype.is_complex else _identity
    if override is not None:
        return override  # type: ignore[no-any-return]
    if space.dtype.is_half and op.rounds:
        return _rounding(op, space)
    kernel = _single_kernel(op, space.K, plain)
    bound = partial(op.forward, space.K) if kernel is None else kernel
    return _native_numbers(bound, op, space) if space.dtype.is_half and op.scalars and op.kind == "elementwise" else bound


def _direct(op: Any, space: Space) -> Any:
    """The kernel that is the whole of an elementwise `op` and can write its result with ``out=``, or None."""
    if op.kind != "elementwise" or op.written is not None or not space.backend.capabilities.out:
        return None
    if _refusal(op, space) is not None or (space.dtype.is_half and op.rounds):
        return None
    if space.backend.overrides(op.name, space.dtype) is not None:
        return None
    kernel = _single_kernel(op, space.K, plain=True)
    return kernel if getattr(kernel, "nout", 0) == 1 else None  # a ufunc, which takes ``out=``


def _identity(input: Any) -> Any:
    return input


def _conjugating(conjugate: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`conjugate` for arrays; Python numbers, which formulas may meet in place of arrays, conjugate themselves."""

    def call(input: Any) -> Any:
        return input.conjugate() if isinstance(input, (int, float, complex)) else conjugate(input)

    return call


def _native_numbers(bound: Callable[..., Any], op: Any, space: Space) -> Callable[..., Any]:
    """`bound` with Python numbers rounded to half precision first, as torch compares them (``half(0.1) == 0.1``)."""
    K, native = space.K, space.K.native[space.dtype]
    takes = [name in op.scalars for name in op.names]

    def call(*args: Any, **kwargs: Any) -> Any:
        rounded = [K.asarray(a, dtype=native) if number and a.__class__ in (int, float) else a for a, number in zip(args, takes)]
        return bound(*rounded, **kwargs)

    return call


def _rounding(op: Any, space: Space) -> Callable[..., Any]:
    """`op` computed in float32, and its floating results rounded once to this half precision type."""
    wide = getattr(space.to(dtypes.float32), op.name)
    K = space.K
    half, single = K.native[space.dtype], K.native[dtypes.float32]
    astype = K.astype
    dtype_position = op.names.index("dtype") if "dtype" in op.names else None
    halves = [K.native[d] for d in (dtypes.float16, dtypes.bfloat16) if d in K.native]

    def widen(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [widen(v) for v in value]
        found = getattr(value, "dtype", None)
        return astype(value, single) if found is not None and found in halves else value

    def narrow(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple([narrow(v) for v in value])
        return astype(value, half) if getattr(value, "dtype", None) == single else value

    def rounded(*args: Any, **kwargs: Any) -> Any:
        result = wide(*[widen(a) for a in args], **kwargs)
        if dtype_position is not None:
            asked = args[dtype_position] if len(args) > dtype_position else kwargs.get("dtype")
            if asked is not None:
                return result if asked is not space.dtype else narrow(result)
        return narrow(result)

    return rounded


class _Probe:
    """Stands for the kernels while a forward is read: notes the one kernel it calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.result = object()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def kernel(*args: Any) -> Any:
            self.calls.append((name, args))
            return self.result

        return kernel


def _single_kernel(op: Any, K: Any, plain: bool) -> Callable[..., Any] | None:
    """The kernel to which `op`'s forward hands its arguments unchanged, or None if it does anything else."""
    if op.defaults and not plain:
        return None
    probe = _Probe()
    arguments = tuple([object() for _ in (op.tensors if plain else op.names)])
    try:
        result = op.forward(probe, *arguments)
    except Exception:  # it looked at an argument
        return None
    if result is probe.result and len(probe.calls) == 1 and probe.calls[0][1] == arguments:
        found: Callable[..., Any] = getattr(K, probe.calls[0][0])
        return found
    return None


_defaults: dict[tuple[Any, dtype], Space] = {}


def default_space(dtype: dtype, device: Any = None) -> Space:
    """The space of `dtype` on `device`, or on the first device of the chosen backend."""
    if device is None:
        K = current()
        space = _defaults.get((K, dtype))
        if space is None:
            space = _defaults[K, dtype] = space_for(K.backend, K, make_device(K.backend.device_types[0]), dtype)
        return space
    wanted = device if isinstance(device, make_device) else make_device(device)
    K = serving(wanted.type)
    if wanted.type != "cpu" and wanted.index is None:
        wanted = make_device(wanted.type, 0)
    elif wanted.type == "cpu" and wanted.index is not None:
        wanted = make_device("cpu")
    return space_for(K.backend, K, wanted, dtype)
