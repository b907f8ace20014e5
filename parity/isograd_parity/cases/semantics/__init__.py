"""Semantic cases: small programs whose every visible consequence is compared, one file per subject.

Importing this package fills `table.CASES`. To add a case, write a function of the module under test and decorate it::

    @case
    def detached_result_shares_memory(torch):
        x = torch.ones(3, requires_grad=True)
        return {"x": x, "y": x.detach()}
"""

from isograd_parity.cases.semantics import (
    attributes,
    backward,
    bad_inputs,
    conversions,
    copies,
    creation,
    functions,
    grad_modes,
    gradients,
    graphs,
    hooks,
    indexing,
    inplace,
    leaves,
    operators,
    promotion,
    views,
    writes_through_views,
)
from isograd_parity.cases.semantics.table import CASES

__all__ = ["CASES"]
