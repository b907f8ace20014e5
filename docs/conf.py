"""How the documentation is built: ``nox -s docs``."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

project = "isograd"
author = "The isograd developers"
release = importlib.metadata.version("isograd")

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
]
html_theme = "furo"
html_title = f"isograd {release}"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "none"
numpydoc_show_class_members = False
suppress_warnings = ["myst.xref_missing"]  # links that hold on the repository's own pages


def write_op_pages(app: Any) -> None:
    """Write a page for each registered op: its declaration says all that the page does."""
    import isograd

    directory = Path(app.srcdir, "api", "ops")
    directory.mkdir(parents=True, exist_ok=True)
    for name, op in isograd.ops().items():
        lines = [f"# {name}", "", "```python", op.signature, "```", "", op.doc, ""]
        lines += [f"Kind: {op.kind}. Node: `{op.node}`.", ""]
        if op.joint is not None:
            lines.append(f"All gradients are computed together, from {_names(op.joint.reads[1:])}.")
        for operand, derivative in op.derivatives.items():
            lines.append(f"- The gradient of `{operand}` reads {_names(derivative.reads)}.")
        if not op.differentiable:
            lines.append("Not differentiable.")
        forms = [f"`Tensor.{name}_`"] * op.has_inplace + ["`out=`"] * op.has_out
        if forms:
            lines += ["", f"Further forms: {', '.join(forms)}."]
        (directory / f"{name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _names(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing that was saved"


def setup(app: Any) -> None:
    """Hook the above into Sphinx."""
    app.connect("builder-inited", write_op_pages)
