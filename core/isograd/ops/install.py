"""Putting the declared ops where users look for them: the package, ``Tensor``, its operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isograd.dtypes import INTEGER
from isograd.ops.declare import FUNCTIONS, METHODS, RECORDED, REGISTRY
from isograd.record import not_a_tensor
from isograd.tensor import Tensor, is_number, seal

__all__ = ["install"]

BINARY = {
    "add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "pow", "floordiv": "floor_divide", "mod": "remainder",
    "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor", "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
UNARY = {"neg": "neg", "abs": "abs"}


def install(package: dict[str, Any], tensor: type) -> None:
    """Give `package` the public functions, and `tensor` the methods and operators."""
    for name, function in FUNCTIONS.items():
        package.setdefault(name, function)
    for name, method in METHODS.items():
        if name not in tensor.__dict__:
            setattr(tensor, name, method)
    for symbol, name in BINARY.items():
        if name not in METHODS:
            continue
        setattr(tensor, f"__{symbol}__", operator(name, f"__{symbol}__"))
        setattr(tensor, f"__r{symbol}__", reflected(f"__r{symbol}__", name))
        if symbol == "truediv":
            tensor.__rdiv__ = tensor.__rtruediv__  # type: ignore[attr-defined]  # Python 2's name, which torch keeps
        if name + "_" in METHODS:
            setattr(tensor, f"__i{symbol}__", METHODS[name + "_"])
    for name in COMPARISONS:
        if name in METHODS:
            setattr(tensor, f"__{name}__", operator(name, f"__{name}__"))
    for symbol, name in UNARY.items():
        if name in METHODS:
            setattr(tensor, f"__{symbol}__", METHODS[name])
    tensor.__pos__ = METHODS.get("positive")
    tensor.__invert__ = invert
    tensor.__hash__ = object.__hash__  # type: ignore[method-assign, assignment]
    seal(tensor)


def invert(self: Any) -> Any:
    """The operator ``~``."""
    if self.space.category > INTEGER:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return METHODS["bitwise_not"](self)


def operator(name: str, symbol: str) -> Callable[..., Any]:
    """The method `name` as the operator `symbol`: an operand of a foreign type is left to that type, as Python asks."""
    if name in REGISTRY:
        return REGISTRY[name].as_operator(symbol)
    method = METHODS[name]

    def apply(self: Any, other: Any) -> Any:
        if not (isinstance(other, Tensor) or (is_number(other) and name != "matmul")):
            return NotImplemented
        return method(self, other)

    apply.__name__ = symbol
    return apply


def reflected(symbol: str, name: str) -> Callable[..., Any]:
    """The operator with its operands exchanged (``2 - x``)."""
    if name in ("add", "mul"):
        return operator(name, symbol)
    if name == "sub":
        return operator("rsub", symbol)

    def apply(self: Any, other: Any) -> Any:
        if not (isinstance(other, Tensor) or (is_number(other) and name != "matmul")):
            return NotImplemented
        if not isinstance(self, Tensor) and name != "div":
            return not_a_tensor(symbol, self)
        if name == "div":
            return RECORDED.mul(self.reciprocal(), other)  # torch: reciprocal, then multiply
        return getattr(RECORDED, name)(other, self)

    return apply
