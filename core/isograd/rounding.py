"""Multiplication and addition with a single rounding.

torch's vectorised loops are compiled with fused multiply-add. Array libraries offer no such kernel, and without it one value in
three differs in its last bit; this is the exact composition.
"""

from __future__ import annotations

from typing import Any

__all__ = ["multiply_add"]

_SPLITTER = 134217729.0  # 2**27 + 1


def multiply_add(K: Any, x: Any, y: Any, z: Any) -> Any:
    """``x * y + z`` in float64, rounded once. `x` is an array; `y` and `z` are arrays or numbers, all of them finite.

    The rounding errors of the product (Dekker, 1971) and of the sum (Knuth's two-sum) are exact, and are added back.
    """
    product = K.multiply(x, y)
    (a, b), (c, d) = _split(K, x), _split(K, y)
    error = K.subtract(K.multiply(a, c), product)
    error = K.add(K.add(error, K.multiply(a, d)), K.multiply(b, c))
    error = K.add(error, K.multiply(b, d))
    total = K.add(product, z)
    part = K.subtract(total, product)
    dropped = K.subtract(product, K.subtract(total, part))
    return K.add(total, K.add(K.add(dropped, K.negative(K.subtract(part, z))), error))


def _split(K: Any, x: Any) -> tuple[Any, Any]:
    """A number or array as the sum of two halves, whose products have no rounding error."""
    if isinstance(x, float):
        high = x * _SPLITTER
        high -= high - x
        return high, x - high
    scaled = K.multiply(x, _SPLITTER)
    whole = K.subtract(scaled, K.subtract(scaled, x))
    return whole, K.subtract(x, whole)
