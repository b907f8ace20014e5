"""Named tuples of the ops that return several tensors: ``torch.return_types``."""

from __future__ import annotations

from typing import Any

__all__ = ["make"]


def make(name: str, fields: tuple[str, ...]) -> Any:
    """The named tuple type that op `name` returns, printed as torch prints it."""
    from operator import itemgetter

    def __repr__(self: Any) -> str:
        return f"torch.return_types.{name}(\n" + ",\n".join(f"{f}={v!r}" for f, v in zip(fields, self, strict=True)) + ")"

    body: dict[str, Any] = {f: property(itemgetter(i)) for i, f in enumerate(fields)}
    return type(name, (tuple,), {"__repr__": __repr__, "__slots__": (), "_fields": fields, "__module__": "isograd.return_types", **body})
