"""No floating point warnings from kernels.

A kernel means what IEEE 754 means, so 1/0 is no occasion for a warning. NumPy's own switch,
``np.errstate``, costs 0.8 µs per kernel (0.12 as a bare ContextVar), where a kernel itself takes
0.2; set once for all it would change the user's state. A warnings filter on the modules that call
kernels costs nothing, unless a floating point flag is raised (then 0.8 µs).

``warnings.catch_warnings`` undoes filters at its end, and pytest puts one around every test, so
whoever creates an array looks whether the filter is still there. A user's own
``np.errstate(all="raise")`` does reach the kernels: it finds the operation that makes the first
nan.
"""

from __future__ import annotations

import warnings

__all__ = ["silence"]

_list, _first = None, None


def silence() -> None:
    """Make sure that the filter is in force; 0.04 µs if nobody touched the filters."""
    global _list, _first
    filters = warnings.filters
    if filters is _list and filters[0] is _first:
        return
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"isograd(_numpy)?(\.|\Z)")
    _list = warnings.filters
    _first = _list[0]


silence()
