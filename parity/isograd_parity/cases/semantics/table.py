"""The table of semantic cases, and the words they are written in.

A case is a function of a module, torch or the subject, that returns anything made of tensors, numbers, texts, exceptions, lists and
dicts. Tensors are recorded with all that can be seen of them (values, dtype, strides, version, ``grad_fn``, …); those directly in
a returned dict are labelled by their keys, and for every tensor it is recorded whether it is, is a view of, or shares memory with them.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from isograd_parity.oracle import Raised, Recorder

__all__ = ["CASES", "attempt", "case", "each", "graph", "leaf", "record", "warned"]

CASES: dict[str, Callable[[Any], Any]] = {}

TRIGGERED = re.compile(r" ?\(Triggered internally at .*?\)$", re.DOTALL)


def case(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Enter a function into the table, as ``<subject>.<function>``."""
    enter(f"{function.__module__.rpartition('.')[2]}.{function.__name__}", function)
    return function


def each(**choices: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function once for every combination of `choices`, as ``<subject>.<function>[<choice>-…]``.

    Parameters
    ----------
    **choices
        For each parameter of the function, its values: a list of texts and numbers, or a dict from ids to anything.
    """
    columns = [list(c.items()) if isinstance(c, dict) else [(str(v), v) for v in c] for c in choices.values()]

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for row in itertools.product(*columns):
            label = "-".join(name for name, _ in row)
            bound = partial(function, **dict(zip(choices, [value for _, value in row], strict=True)))
            enter(f"{function.__module__.rpartition('.')[2]}.{function.__name__}[{label}]", bound)
        return function

    return decorate


def enter(name: str, function: Callable[[Any], Any]) -> None:
    if name in CASES:
        raise ValueError(f"two semantic cases are called {name}")
    CASES[name] = function


def attempt(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What the call returns, or the exception that it raises."""
    try:
        return call(*args, **kwargs)
    except Exception as error:
        return Raised.of(error)


def warned(call: Callable[..., Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """What the call returns or raises, and the warnings it gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = attempt(call, *args, **kwargs)
    texts = [f"{w.category.__name__}: {TRIGGERED.sub('', str(w.message))}" for w in caught]
    return {"result": result, "warnings": texts}


def leaf(torch: Any, values: Any = (1.0, 2.0, 3.0), **options: Any) -> Any:
    """A leaf that requires a gradient."""
    return torch.tensor(values, requires_grad=True, **options)


def graph(torch: Any, *tensors: Any, **leaves: Any) -> str:
    """The graph behind `tensors` as text, its leaves named by keyword."""
    return str(Recorder(torch, list(leaves.items())).graph(*tensors))


def record(module: Any, result: Any) -> Any:
    """What a case returned, as plain data."""
    known = result.items() if isinstance(result, dict) else ()
    return Recorder(module, [(key, value) for key, value in known if isinstance(value, module.Tensor)]).record(result)
