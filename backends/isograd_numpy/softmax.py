"""Softmax and its kin, in one temporary array each."""

from __future__ import annotations

from typing import Any

import numpy as np

_max: Any = np.maximum.reduce
_sum: Any = np.add.reduce
_subtract, _exp, _divide, _multiply, _log = np.subtract, np.exp, np.divide, np.multiply, np.log


def softmax(x, axis):
    if not x.size:
        return x.copy()
    y = _subtract(x, _max(x, axis, None, None, True))
    _exp(y, y)
    return _divide(y, _sum(y, axis, None, None, True), y)


def log_softmax(x, axis):
    if not x.size:
        return x.copy()
    y = _subtract(x, _max(x, axis, None, None, True))
    return _subtract(y, _log(_sum(_exp(y), axis, None, None, True)), y)


def softmax_backward(g, y, axis):
    result = _multiply(g, y)
    total = _sum(result, axis, None, None, True)
    _subtract(g, total, result)
    return _multiply(result, y, result)


def log_softmax_backward(g, y, axis):
    result = _exp(y)
    _multiply(result, _sum(g, axis, None, None, True), result)
    return _subtract(g, result, result)
