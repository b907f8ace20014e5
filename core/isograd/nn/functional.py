"""torch.nn.functional's names."""

from __future__ import annotations

from isograd.nn import activations as _activations
from isograd.nn import linear as _linear
from isograd.nn import losses as _losses
from isograd.nn import normalization as _normalization
from isograd.nn import padding as _padding
from isograd.ops.declare import FUNCTIONS as _functions

__all__: list[str] = []

for _module in (_activations, _linear, _losses, _normalization, _padding):
    for _name in _module.__all__:
        globals()[_name] = getattr(_module, _name)
        __all__.append(_name)

pdist = _functions["pdist"]

for _name in ("channel_shuffle", "pixel_shuffle", "pixel_unshuffle"):
    globals()[_name] = _functions[_name]
    __all__.append(_name)
