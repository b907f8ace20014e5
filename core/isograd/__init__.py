"""isograd: torch's autograd on anybody's arrays.

``import isograd as torch`` gives torch's names and semantics; the arrays come from a backend (NumPy, unless another is chosen).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isograd import dtypes as _dtypes
from isograd.backend.discover import set_default_backend
from isograd.defaults import get_default_device, get_default_dtype, set_default_device, set_default_dtype
from isograd.devices import device
from isograd.dtypes import (
    bfloat16,
    bool,
    complex64,
    complex128,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from isograd.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from isograd.layouts import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    layout,
    memory_format,
    preserve_format,
    sparse_coo,
    sparse_csr,
    strided,
)
from isograd.ops import ops
from isograd.promotion import can_cast, promote_types, result_type
from isograd.shapes import Size, broadcast_shapes
from isograd.tensor import Tensor

__version__ = "0.1.0"
half, float, double, cfloat, cdouble = float16, float32, float64, complex64, complex128
short, int, long = int16, int32, int64
newaxis = None

import isograd.ops.families  # noqa: E402  (declares the ops)
from isograd import autograd, creation, data, facts, interchange, legacy, linalg, nn, random, ranges, sampling, special  # noqa: E402
from isograd.ops.install import install as _install  # noqa: E402
from isograd.printing import set_printoptions  # noqa: E402

_install(globals(), Tensor)

for _module in (creation, data, facts, interchange, legacy, random, ranges, sampling):
    for _name in _module.__all__:
        globals()[_name] = getattr(_module, _name)

from math import e, inf, nan, pi  # noqa: E402

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...
