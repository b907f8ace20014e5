"""Data types: torch's names, properties and aliases.

A dtype is a singleton; a backend maps each to its own native type. ``repr`` is torch's text (``torch.float32``),
because everything that prints a dtype prints what torch prints.
"""

from __future__ import annotations

import builtins

__all__ = ["dtype", "ALL", "finfo", "iinfo"]

BOOL, INTEGER, FLOAT, COMPLEX = range(4)  # promotion categories, lowest first


class dtype:
    """The type of a tensor's elements.

    Attributes
    ----------
    name : str
        The Array API name, such as ``"float32"``.
    itemsize : int
        Bytes of one element.
    category : int
        0 bool, 1 integer, 2 floating point, 3 complex: the order in which promotion looks at types.
    is_floating_point, is_complex, is_signed : bool
        As in torch.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.half is torch.float16, torch.float32.itemsize, torch.complex64.to_real()
    (True, 4, torch.float32)
    """

    __slots__ = ("name", "itemsize", "category", "is_floating_point", "is_complex", "is_signed", "is_half", "_index",
                 "__weakref__")

    name: str
    itemsize: int
    category: int
    is_signed: builtins.bool

    def __init__(self, name: str, itemsize: int, category: int, signed: builtins.bool, index: int) -> None:
        self.name = name
        self.itemsize = itemsize
        self.category = category
        self.is_floating_point = category == FLOAT
        self.is_complex = category == COMPLEX
        self.is_signed = signed
        self.is_half = name in ("float16", "bfloat16")  # computed in float32, rounded once
        self._index = index

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name

    def to_complex(self) -> dtype:
        """The complex type whose parts have this precision."""
        return {"float64": complex128, "complex128": complex128, "float16": complex64}.get(self.name, complex64)

    def to_real(self) -> dtype:
        """The type of this complex type's parts; a real type is its own."""
        return {"complex64": float32, "complex128": float64}.get(self.name, self)


uint8 = dtype("uint8", 1, INTEGER, False, 0)
int8 = dtype("int8", 1, INTEGER, True, 1)
int16 = dtype("int16", 2, INTEGER, True, 2)
int32 = dtype("int32", 4, INTEGER, True, 3)
int64 = dtype("int64", 8, INTEGER, True, 4)
float16 = dtype("float16", 2, FLOAT, True, 5)
float32 = dtype("float32", 4, FLOAT, True, 6)
float64 = dtype("float64", 8, FLOAT, True, 7)
complex64 = dtype("complex64", 8, COMPLEX, True, 8)
complex128 = dtype("complex128", 16, COMPLEX, True, 9)
bool = dtype("bool", 1, BOOL, False, 10)
bfloat16 = dtype("bfloat16", 2, FLOAT, True, 11)
uint16 = dtype("uint16", 2, INTEGER, False, 12)
uint32 = dtype("uint32", 4, INTEGER, False, 13)
uint64 = dtype("uint64", 8, INTEGER, False, 14)

ALL = (uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128, bool, bfloat16,
       uint16, uint32, uint64)
BY_NAME = {d.name: d for d in ALL}
ALIASES = {
    "half": float16, "float": float32, "double": float64, "cfloat": complex64, "cdouble": complex128,
    "short": int16, "int": int32, "long": int64,
}

# torch's C++ scalar names, which error messages use ("Byte", "Float", "ComplexDouble")
SCALAR_NAMES = {
    "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long", "float16": "Half",
    "float32": "Float", "float64": "Double", "complex64": "ComplexFloat", "complex128": "ComplexDouble",
    "bool": "Bool", "bfloat16": "BFloat16", "uint16": "UInt16", "uint32": "UInt32", "uint64": "UInt64",
}


class finfo:
    """Limits of a floating point type, as ``torch.finfo``.

    Parameters
    ----------
    type : dtype, optional
        A floating or complex type; the default type when left out. A complex type stands for its parts.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.finfo(torch.float32).eps
    1.1920928955078125e-07
    """

    # (bits, mantissa bits with the hidden one, largest exponent): IEEE 754 and bfloat16
    _FORMATS = {"float16": (16, 11, 15), "bfloat16": (16, 8, 127), "float32": (32, 24, 127), "float64": (64, 53, 1023)}

    def __init__(self, type: dtype | None = None) -> None:
        if type is None:
            from isograd.defaults import get_default_dtype

            type = get_default_dtype()
        if not isinstance(type, dtype):
            raise TypeError(f"finfo(): argument 'type' must be torch.dtype, not {type.__class__.__name__}")
        type = type.to_real()
        if type.name not in self._FORMATS:
            raise TypeError("torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'")
        self.bits, precision, exponent = self._FORMATS[type.name]
        self.dtype = type.name
        self.eps = 2.0 ** (1 - precision)
        self.max = (2.0 - 2.0 ** (1 - precision)) * 2.0**exponent
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0 ** (1 - exponent)
        self.resolution = 10.0 ** -int((precision - 1) * 0.30102999566398120)

    def __repr__(self) -> str:
        def show(value: float) -> str:
            return f"{value:g}"

        return (
            f"finfo(resolution={show(self.resolution)}, min={show(self.min)}, max={show(self.max)}, eps={show(self.eps)}, "
            f"smallest_normal={show(self.smallest_normal)}, tiny={show(self.tiny)}, dtype={self.dtype})"
        )


class iinfo:
    """Limits of an integer type, as ``torch.iinfo``.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.iinfo(torch.int8).max
    127
    """

    def __init__(self, type: dtype) -> None:
        if type.category != INTEGER:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        self.bits = type.itemsize * 8
        self.dtype = type.name
        self.max = 2 ** (self.bits - type.is_signed) - 1
        self.min = -(2 ** (self.bits - 1)) if type.is_signed else 0

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
