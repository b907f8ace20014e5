"""torch.special's names."""

from __future__ import annotations

from typing import Any

from isograd.ops.declare import FUNCTIONS, RECORDED, REGISTRY

#: Names that are functions of the package too, perhaps by another name there.
_SAME = {
    **{name: name for name in (
        "digamma erf erfc erfinv exp2 expm1 i0 log1p log_softmax logit logsumexp polygamma sinc softmax xlogy").split()},
    "expit": "sigmoid", "gammainc": "igamma", "gammaincc": "igammac", "gammaln": "lgamma", "multigammaln": "mvlgamma", "psi": "digamma",
}  # fmt: skip

__all__ = ["ndtr", "round", *[name for name, other in _SAME.items() if other in FUNCTIONS]]

for _name in list(__all__[2:]):
    globals()[_name] = FUNCTIONS[_SAME[_name]]

for _name, _op in REGISTRY.items():
    if _name.startswith("special_"):
        globals()[_name[8:]] = _op.function
        __all__.append(_name[8:])


def ndtr(input: Any, *, out: Any = None) -> Any:
    """The distribution function of the normal distribution."""
    if out is not None:
        from isograd.grad_mode import no_grad
        from isograd.record import fill_out

        with no_grad():
            fill_out(out, ndtr(input))
        return out
    return RECORDED.special_ndtr(input)


def round(input: Any, *, decimals: int = 0, out: Any = None) -> Any:
    """Each element rounded to even, to so many `decimals`."""
    return FUNCTIONS["round"](input, decimals=decimals, out=out)
