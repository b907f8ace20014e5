"""Padding."""

from __future__ import annotations

from typing import Any

from isograd.ops.declare import RECORDED

__all__ = ["pad"]

UNSUPPORTED = """Padding size {} is not supported for {}D input tensor.
Supported combinations for non-constant padding:
  - 2D or 3D input: padding size = 2 (pads last dimension)
  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"""


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """`input` with margins.

    Parameters
    ----------
    input : Tensor
    pad : sequence of int
        The lengths before and after, last dimension first; negative ones crop.
    mode : {"constant", "reflect", "replicate", "circular"}
    value : number, optional
        What the margins hold in mode "constant"; 0 when left out.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.nn.functional.pad(torch.tensor([[1., 2., 3.]]), (1, 2), mode="reflect")
    tensor([[2., 1., 2., 3., 2., 1.]])
    """
    padding = tuple(pad)
    ndim = input.array.ndim
    if len(padding) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(padding) > 2 * ndim:
        raise RuntimeError("Padding length should be less than or equal to two times the input dimension but "
                           f"got padding length {len(padding)} and input of dimension {ndim}")
    if mode == "constant":
        return RECORDED.constant_pad_nd(input, padding, 0 if value is None else value)
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    dims = len(padding) // 2
    if mode not in ("reflect", "replicate", "circular"):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if not dims or ndim not in (dims + 1, dims + 2) or dims > 3:
        raise NotImplementedError(UNSUPPORTED.format(len(padding), ndim))
    if mode == "circular":
        return circular(input, padding)
    kind = "reflection" if mode == "reflect" else "replication"
    return getattr(RECORDED, f"{kind}_pad{dims}d")(input, padding)


def circular(input: Any, padding: tuple[int, ...]) -> Any:
    """The input wrapped around: copied into an empty tensor, then each margin from the other side."""
    from isograd.record import wrap

    shape = tuple(input.array.shape)
    ndim = len(shape)
    sizes, inner, source = list(shape), [slice(None)] * ndim, [slice(None)] * ndim
    for i in range(len(padding) // 2):
        d, before, after = ndim - 1 - i, padding[2 * i], padding[2 * i + 1]
        sizes[d] = shape[d] + before + after
        if before > shape[d] or after > shape[d]:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if sizes[d] < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
        inner[d] = slice(max(before, 0), sizes[d] - max(after, 0))
        source[d] = slice(max(-before, 0), shape[d] - max(-after, 0))
    space = input.space
    out = wrap(space.K.empty(tuple(sizes), dtype=space.K.native[space.dtype]), space)
    part, shown = out, input
    for d in range(ndim):
        if inner[d] != slice(None):
            part = RECORDED.slice(part, d, inner[d].start, inner[d].stop)
            shown = RECORDED.slice(shown, d, source[d].start, source[d].stop)
    part.copy_(shown)
    for i in range(len(padding) // 2):
        d, before, after = ndim - 1 - i, padding[2 * i], padding[2 * i + 1]
        size = sizes[d]
        if before > 0:
            filled = RECORDED.slice(out, d, size - before - max(after, 0), size - max(after, 0))
            RECORDED.slice(out, d, 0, before).copy_(filled)
        if after > 0:
            filled = RECORDED.slice(out, d, max(before, 0), max(before, 0) + after)
            RECORDED.slice(out, d, size - after, size).copy_(filled)
    return out
