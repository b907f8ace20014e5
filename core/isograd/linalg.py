"""torch.linalg's names."""

from __future__ import annotations

from functools import partial
from typing import Any

from isograd.ops.declare import COMPOSITES, OUT_RULES, RECORDED, REGISTRY

__all__ = []


def _public(name: str, op: str) -> Any:
    declared = REGISTRY.get(op)
    if declared is not None and op not in COMPOSITES:
        return declared.function
    body = COMPOSITES[op]

    def function(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is None:
            return body(RECORDED, *args, **kwargs)
        from isograd.record import composite_out

        return composite_out(OUT_RULES.get(op, op), partial(body, RECORDED), args, kwargs, out)

    function.__name__ = function.__qualname__ = name
    function.__module__ = "isograd.linalg"
    function.__doc__ = body.__doc__
    return function


for _op in sorted({*REGISTRY, *COMPOSITES}):
    if _op.startswith("linalg_"):
        globals()[_op[7:]] = _public(_op[7:], _op)
        __all__.append(_op[7:])
