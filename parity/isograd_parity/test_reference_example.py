"""The example that started it all: the gradient of a sum of square roots, printed byte for byte as torch prints it."""

from __future__ import annotations

import contextlib
import io

import pytest

from isograd_parity.oracle import warm_up
from isograd_parity.plugin import option

EXAMPLE = """\
T = torch.Tensor([[1., 2.], [2., 3.]])
T = Variable(T, requires_grad=True)
print(T.requires_grad)
T1 = torch.sqrt(T)
print(T1)
T2 = T1.sum()
print(T2)
T2.backward()
print(T.grad)
"""
ACCUMULATING = EXAMPLE.replace(
    "print(T.requires_grad)\n", "T.sum().backward()\nprint(T.requires_grad)\n"
)
OTHER_SPELLINGS = """\
T = torch.tensor([[1., 2.], [2., 3.]], requires_grad=True)
with torch.no_grad():
    print(T.sqrt())
print(T.sqrt().sum().item())
T.sqrt().sum().backward()
T.sqrt().sum().backward()
print(T, T.grad, T.grad.dtype, sep="\\n")
print(T.sqrt().detach(), T.sqrt().grad_fn.__class__.__name__)
"""
PRINTED = """\
True
tensor([[1.0000, 1.4142],
        [1.4142, 1.7321]], grad_fn=<SqrtBackward0>)
tensor(5.5605, grad_fn=<SumBackward0>)
tensor([[0.5000, 0.3536],
        [0.3536, 0.2887]])
"""


def printed(program: str, module: str) -> str:
    """What a program prints, with ``torch`` being this module."""
    text = io.StringIO()
    head = f"import {module} as torch\nVariable = torch.autograd.Variable\n"
    with contextlib.redirect_stdout(text):
        exec(compile(head + program, f"<{module}>", "exec"), {})
    return text.getvalue()


@pytest.mark.parametrize(
    "program", [EXAMPLE, ACCUMULATING, OTHER_SPELLINGS], ids=["plain", "accumulating", "other"]
)
def test_prints_what_torch_prints(program: str, pytestconfig: pytest.Config) -> None:
    warm_up()
    assert printed(program, option(pytestconfig, "--isograd-subject")) == printed(program, "torch")


def test_torch_prints_what_the_documentation_says() -> None:
    assert printed(EXAMPLE, "torch") == PRINTED
