"""What a backend gives: the reference for authors.

A backend is an object with the attributes of `Backend` and a *kernel namespace*. Its kernels bear
the Array API's names (2024.12) and meaning, ``axis`` and ``keepdims`` included; a name the standard
lacks is torch's. `REQUIRED` lists the names every backend must have, with their signatures. Every
other name is optional: `isograd.backend.defaults` composes it from the required ones, and a native
kernel of that name and signature replaces the default.

What a kernel may rely on

- Arrays reach a kernel with one dtype, or as an array and a Python scalar; a real array may meet a
  complex one of the same precision. `isograd` has promoted before, so a kernel promotes nothing.
- float16 and bfloat16 never reach an arithmetic kernel. Movement, comparison, creation and
  ``astype`` see them.
- Required arguments come by position in the order given here, ``axis``, ``keepdims``, ``dtype`` and
  all after them by keyword or position as the signature says. Axes are in range; a negative axis is
  allowed.
- ``axis=None`` reduces everything, ``axis=()`` nothing, a tuple several. Only ``argmax``,
  ``argmin`` and the cumulative kernels take a single axis.

What a kernel must do

- Mean what C and IEEE 754 mean: ``1/0`` is ``inf``, ``0/0`` is ``nan``, without a warning or an
  exception.
- Return ``Backend.array_type``. Whatever else it returns (NumPy's 0-d scalars) is passed through
  ``asarray`` at the end of an op; between the kernels of one op it goes on as it is.
- Never write to an argument, except the *writing kernels*: ``assign``, ``iadd``, ``fill``,
  ``setitem``, ``put``, ``scatter``, ``scatter_add``, ``index_add``. They return the array to hold
  from then on: their first argument, written in place, when ``capabilities.mutable``; a new array
  otherwise. Who wants the old value copies first.
- ``permute_dims``, ``broadcast_to``, ``expand_dims``, ``squeeze`` and basic indexing give views
  when ``capabilities.views``; ``reshape`` when it can; ``flip`` and ``roll`` always give fresh
  arrays (torch has no negative strides). The result of ``broadcast_to`` may overlap itself and is
  never written to.
- ``remainder`` and ``floor_divide`` round towards minus infinity (Python's ``%`` and ``//``);
  ``fmod`` and ``trunc_divide`` towards zero. ``round`` is to even. ``sign`` of nan is nan.
  ``maximum`` and ``minimum`` propagate nan.
- ``argmax`` and ``argmin`` give the first of equals, nan before all; indices are int64. ``sum``,
  ``prod`` and the cumulative kernels accumulate in and give ``dtype``; callers always pass it for
  bool and integers.
- ``pow`` of integers with a negative exponent is the exact power rounded towards zero (``2 ** -1 ==
  0``).
- ``take`` and ``take_along_axis`` accept negative indices and raise IndexError for one out of
  range. The shapes of the array and of the indices of ``take_along_axis`` may differ along ``axis``
  only.

A backend has three ways to say more: a native kernel of an optional name, `Backend.overrides`,
which replaces whole ops (a fused softmax, a convolution), and capability flags.
"""

from __future__ import annotations

__all__ = [
    "Backend",
    "BackendError",
    "Capabilities",
    "CONTRACT_VERSION",
    "MEMORY",
    "OPTIONAL",
    "REQUIRED",
    "STANDARD",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    OPTIONAL: dict[str, tuple[Callable[..., Any], str]]
    STANDARD: frozenset[str]

CONTRACT_VERSION = 1

_UNARY = "(x, /)"
_BINARY = "(x1, x2, /)"
_REDUCTION = "(x, /, *, axis=None, keepdims=False)"

#: Every required kernel and its signature; all are in the Array API standard.
REQUIRED: dict[str, str] = {
    # elementwise arithmetic and functions
    **dict.fromkeys(
        (
            "add subtract multiply divide floor_divide remainder pow maximum minimum atan2 hypot "
            "copysign nextafter"
        ).split(),
        _BINARY,
    ),
    **dict.fromkeys(
        (
            "negative abs sign sqrt exp expm1 log log1p log2 log10 sin cos tan asin acos atan sinh "
            "cosh tanh asinh acosh atanh floor ceil trunc round real imag conj"
        ).split(),
        _UNARY,
    ),
    # logic and comparison
    **dict.fromkeys(
        (
            "equal not_equal less less_equal greater greater_equal logical_and logical_or "
            "logical_xor bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift"
        ).split(),
        _BINARY,
    ),
    **dict.fromkeys("logical_not bitwise_invert isfinite isinf isnan signbit".split(), _UNARY),
    "where": "(condition, x1, x2, /)",
    "clip": "(x, /, min=None, max=None)",
    # reductions and scans
    **dict.fromkeys("sum prod".split(), "(x, /, *, axis=None, dtype=None, keepdims=False)"),
    **dict.fromkeys("max min any all".split(), _REDUCTION),
    **dict.fromkeys("argmax argmin".split(), _REDUCTION),
    **dict.fromkeys("cumulative_sum cumulative_prod".split(), "(x, /, *, axis, dtype=None)"),
    # products
    "matmul": _BINARY,
    "tensordot": "(x1, x2, /, *, axes=2)",
    # shape and movement
    "reshape": "(x, /, shape)",
    "permute_dims": "(x, /, axes)",
    "broadcast_to": "(x, /, shape)",
    "expand_dims": "(x, /, *, axis)",
    "squeeze": "(x, /, axis)",
    "concat": "(arrays, /, *, axis=0)",
    "stack": "(arrays, /, *, axis=0)",
    "flip": "(x, /, *, axis=None)",
    "roll": "(x, /, shift, *, axis=None)",
    "repeat": "(x, repeats, /, *, axis=None)",
    "tile": "(x, repetitions, /)",
    # indexing, sorting, sets
    "take": "(x, indices, /, *, axis)",
    "take_along_axis": "(x, indices, /, *, axis)",
    "nonzero": _UNARY,
    "searchsorted": "(x1, x2, /, *, side='left')",
    "sort": "(x, /, *, axis=-1, descending=False, stable=True)",
    "argsort": "(x, /, *, axis=-1, descending=False, stable=True)",
    "unique_values": _UNARY,
    "unique_counts": _UNARY,
    "unique_inverse": _UNARY,
    "unique_all": _UNARY,
    # creation
    "zeros": "(shape, *, dtype, device=None)",
    "ones": "(shape, *, dtype, device=None)",
    "empty": "(shape, *, dtype, device=None)",
    "full": "(shape, fill_value, *, dtype, device=None)",
    "arange": "(start, stop, step=1, *, dtype, device=None)",
    "linspace": "(start, stop, num, *, dtype, device=None)",
    "eye": "(n_rows, n_cols=None, *, k=0, dtype, device=None)",
    "tril": "(x, /, *, k=0)",
    "triu": "(x, /, *, k=0)",
    "asarray": "(obj, /, *, dtype=None, device=None, copy=None)",
    "astype": "(x, dtype, /, *, copy=True)",
    "from_dlpack": "(x, /)",
}

#: Optional names that the standard defines too: an Array API library's function of that name has
#: this meaning.
_STANDARD_OPTIONAL = frozenset(
    (
        "mean var std square reciprocal vecdot logaddexp count_nonzero diff "
        "zeros_like ones_like empty_like full_like"
    ).split()
)

#: Names that `isograd.backend.resolve` copies from the backend object itself onto the kernels.
MEMORY = (
    "owns_memory owner rooted is_contiguous strides storage_offset data_ptr "
    "tolist item from_list to_host device_of"
).split()


def __getattr__(name: str) -> Any:
    # Derived, and read late: the defaults are found only when a backend is resolved.
    if name == "OPTIONAL":
        from .defaults import registry

        return registry()
    if name == "STANDARD":
        return _STANDARD_OPTIONAL.union(REQUIRED)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class BackendError(RuntimeError):
    """A backend that cannot be found, loaded or used; the text names it, its supplier, the cause
    and the next step."""

    def __init__(
        self, backend: str, cause: str, next_step: str, supplier: str | None = None
    ) -> None:
        self.backend, self.supplier, self.cause, self.next_step = (
            backend,
            supplier,
            cause,
            next_step,
        )
        source = f" (supplied by {supplier})" if supplier else ""
        super().__init__(f"backend {backend!r}{source}: {cause}\n  next step: {next_step}")


class Capabilities:
    """What the arrays of a backend can do; every flag is a promise.

    Attributes
    ----------
    views : bool
        Basic indexing, ``reshape`` (where possible) and transposition alias the memory of their
        argument.
    mutable : bool
        ``x[key] = value`` and ``assign`` write in place.
    strides : bool
        Arrays are strided memory: `Backend.strides` and ``as_strided`` are real.
    out : bool
        Elementwise kernels accept ``out=``.
    """

    __slots__ = ("views", "mutable", "strides", "out")

    def __init__(
        self,
        *,
        views: bool = False,
        mutable: bool = False,
        strides: bool = False,
        out: bool = False,
    ) -> None:
        self.views, self.mutable, self.strides, self.out = views, mutable, strides, out

    def __repr__(self) -> str:
        return (
            f"Capabilities({', '.join(f'{flag}={getattr(self, flag)}' for flag in self.__slots__)})"
        )


class Backend:
    """One array library, as isograd sees it. Subclass it, or give an object with the same
    attributes.

    An entry point of the group ``isograd.backends`` names the backend and points at the object, or
    at a class or function that makes it without arguments.

    Attributes
    ----------
    name : str
        The word users write: ``isograd.backend("numpy")``.
    device_types : tuple of str
        The device types it serves: ``("cpu",)``, ``("cuda",)``, or a word of its own.
    dtypes : mapping of str to object
        isograd's dtype names to the library's types; a missing name is an unsupported dtype.
    array_type : type
        The type of the arrays that kernels return.
    namespace : object
        Its attributes are the native kernels.
    capabilities : Capabilities
        See there; the default promises nothing.
    contract_version : int
        The version of this contract that the backend was written for.
    """

    name: str
    device_types: tuple[str, ...]
    dtypes: Mapping[str, Any]
    array_type: type
    namespace: Any
    capabilities: Capabilities = Capabilities()
    contract_version: int = CONTRACT_VERSION

    def available(self) -> str | None:
        """Why the backend cannot serve on this machine, or None when it can."""
        return None

    def device_count(self) -> int:
        """How many devices of its types this machine has."""
        return 1

    def native_device(self, type: str, index: int | None) -> Any:
        """What creation kernels get as ``device=`` for this device; None lets the library
        decide."""
        return None

    def overrides(self, op: str, dtype: Any) -> Callable[..., Any] | None:
        """What computes a whole op in place of isograd's own forward, or None.

        It takes the native arrays and the other arguments of the op's forward, without the kernels.
        float16 and bfloat16 reach it as they are.
        """
        return None

    # Memory. The defaults are those of a library whose arrays are opaque, contiguous values.

    def dtype_of(self, array: Any) -> Any:
        """The native dtype of an array."""
        return array.dtype

    def device_of(self, array: Any) -> tuple[str, int | None]:
        """The device that holds an array: its type and, where there are several, its index."""
        return self.device_types[0], None

    def owns_memory(self, array: Any) -> bool:
        """True only if the array object owns its buffer, so that being its sole reference means
        being its sole user."""
        return False

    def owner(self, array: Any) -> Any:
        """The array that owns the memory under a view: itself when there are no views."""
        return array

    def rooted(self, array: Any) -> Any:
        """The same elements as an array that is its own owner: a tensor made of it has storage of its own."""
        return array

    def is_contiguous(self, array: Any) -> bool:
        """Whether the elements lie densely in row-major order."""
        return True

    def strides(self, array: Any) -> tuple[int, ...]:
        """Strides in elements."""
        strides, step = [], 1
        for size in reversed(array.shape):
            strides.append(step)
            step *= max(size, 1)
        return tuple(reversed(strides))

    def storage_offset(self, array: Any) -> int:
        """Elements between the start of the owner's memory and the array's first."""
        return 0

    def data_ptr(self, array: Any) -> int:
        """Address of the first element; 0 where the library has none to tell."""
        return 0

    # Going to and from Python and other libraries. Arrays also offer ``__dlpack__`` where the
    # library does.

    def item(self, array: Any) -> Any:
        """The Python number of an array with one element."""
        value = array if array.ndim == 0 else self.namespace.reshape(array, ())
        kind = str(value.dtype)
        return next((convert(value) for word, convert in _PYTHON_TYPES if word in kind), None)

    def tolist(self, array: Any) -> Any:
        """Nested lists of Python numbers."""
        if array.ndim == 0:
            return self.item(array)
        return [self.tolist(array[i, ...]) for i in range(array.shape[0])]

    def from_list(
        self, values: list[Any], shape: tuple[int, ...], dtype: Any, device: Any = None
    ) -> Any:
        """An array of a native dtype from a flat list of Python numbers in row-major order."""
        return self.namespace.reshape(
            self.namespace.asarray(values, dtype=dtype, device=device), shape
        )

    def to_host(self, array: Any) -> Any:
        """The array as something NumPy's ``from_dlpack`` or ``asarray`` reads; copies if it lives
        on a device."""
        return array


_PYTHON_TYPES = (("bool", bool), ("complex", complex), ("float", float), ("int", int))
