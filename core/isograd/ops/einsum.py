"""Einstein's summation convention, composed as torch composes it: permutations, then products of pairs as `bmm`."""

from __future__ import annotations

from isograd.ops.declare import FUNCTIONS, RECORDED
from isograd.shapes import numel

ELLIPSIS = "..."
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def einsum(equation, *operands):
    """The sum of products that `equation` names, such as ``"ij,jk->ik"``.

    Parameters
    ----------
    equation : str
        Subscripts of each operand, and after ``->`` of the result (by default those that occur once, in alphabetical order). ``...``
        stands for dimensions to broadcast.
    *operands : Tensor
        Also as ``einsum(x, [0, 1], y, [1, 2], [0, 2])``, without an equation.

    Examples
    --------
    >>> import isograd as torch
    >>> torch.einsum("ij->j", torch.ones(2, 3))
    tensor([2., 2., 2.])
    """
    if not isinstance(equation, str):
        equation, operands = from_sublists([equation, *operands])
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ValueError("einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts "
                         "list")
    return summed(RECORDED, equation, list(operands))


FUNCTIONS["einsum"] = einsum


def from_sublists(arguments):
    """The equation and operands of ``einsum(x, [0, 1], y, [1, 2], [0, 2])``."""

    def text(sublist):
        letters = []
        for item in sublist:
            if item is Ellipsis:
                letters.append(ELLIPSIS)
            elif not 0 <= item < 52:
                raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
            else:
                letters.append(LETTERS[item])
        return "".join(letters)

    equation = ",".join([text(sublist) for sublist in arguments[1::2]])
    if len(arguments) % 2:
        return f"{equation}->{text(arguments[-1])}", arguments[:-1:2]
    return equation, arguments[::2]


def labels_of(text, number=None):
    """The subscripts in `text`, with ``...`` as one of them."""
    found, i = [], 0
    where = "the output" if number is None else f"operand {number}"
    while i < len(text):
        c = text[i]
        if c == ".":
            if text[i : i + 3] != ELLIPSIS:
                raise RuntimeError(f"einsum(): found '.' for {where} that is not part of any ellipsis")
            if ELLIPSIS in found:
                raise RuntimeError(f"einsum(): found '.' for {where} for which an ellipsis was already found")
            found.append(ELLIPSIS)
            i += 3
            continue
        if c in LETTERS:
            found.append(c)
        elif c != " ":
            raise RuntimeError(f"einsum(): invalid subscript given at index {i} in the equation string, subscripts must be in [a-zA-Z]")
        i += 1
    return found


def summed(F, equation, operands):
    left, arrow, right = equation.partition("->")
    subscripts = [labels_of(text, number) for number, text in enumerate(left.split(","))]
    if len(subscripts) < len(operands):
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    if len(subscripts) > len(operands):
        raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
    covered = 0  # dimensions that the longest ellipsis stands for
    for number, (labels, operand) in enumerate(zip(subscripts, operands, strict=True)):
        named = len([label for label in labels if label != ELLIPSIS])
        extra = len(operand.shape) - named
        if extra < 0 or (extra and ELLIPSIS not in labels):
            relation, end = ("is more than", "") if ELLIPSIS in labels else ("does not match", " and no ellipsis was given")
            raise RuntimeError(f"einsum(): the number of subscripts in the equation ({named}) {relation} the number of dimensions "
                               f"({len(operand.shape)}) for operand {number}{end}")
        if ELLIPSIS in labels:
            covered = max(covered, extra)
    counts: dict[str, int] = {}
    for labels in subscripts:
        for label in labels:
            counts[label] = counts.get(label, 0) + 1
    if arrow:
        output = labels_of(right)
        for label in output:
            if label != ELLIPSIS:
                if output.count(label) > 1:
                    raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
                if label not in counts:
                    raise RuntimeError(f"einsum(): output subscript {label} does not appear in the equation for any input operand")
    else:
        output = ([ELLIPSIS] if ELLIPSIS in counts else []) + [c for c in LETTERS if counts.get(c) == 1]
    # Every operand gets the dimensions: those of the output, then those to be summed.
    order = []
    for label in output:
        order += [(ELLIPSIS, i) for i in range(covered)] if label == ELLIPSIS else [label]
    kept = len(order)
    if ELLIPSIS in counts and ELLIPSIS not in output:
        order += [(ELLIPSIS, i) for i in range(covered)]
    order += [c for c in LETTERS if c in counts and c not in order]
    operands = [arranged(F, operand, labels, order, covered, number)
                for number, (operand, labels) in enumerate(zip(operands, subscripts, strict=True))]
    check_sizes(operands, order)
    single = len(operands) == 1
    nontrivial = [len([x for x in operands if x.shape[d] != 1]) for d in range(len(order))]
    result = operands[0]
    for other in operands[1:]:
        both: list[int] = []
        only_left: list[int] = []
        only_right: list[int] = []
        for d in range(kept, len(order)):
            if result.shape[d] != 1 and other.shape[d] != 1:
                nontrivial[d] -= 1
                if nontrivial[d] == 1:
                    both.append(d)
                    nontrivial[d] = 0
            elif nontrivial[d] == 1 and (result.shape[d] != 1 or other.shape[d] != 1):
                (only_left if result.shape[d] != 1 else only_right).append(d)
                nontrivial[d] = 0
        if only_left:
            result = F.sum(result, only_left, True)
        if only_right:
            other = F.sum(other, only_right, True)
        result = pair_product(F, result, other, both)
    if len(order) > kept:
        if single:
            return F.sum(result, list(range(kept, len(order))))
        return F.view(result, tuple(result.shape[:kept]))
    return result


def arranged(F, operand, labels, order, covered, number):
    """`operand` with its dimensions in `order`: diagonals of repeated subscripts, new dimensions for missing ones."""
    place = {}
    size = len(operand.shape)
    j = 0
    for label in labels:
        if label == ELLIPSIS:
            own = size - (len(labels) - 1)
            for _ in range(covered - own):
                operand = F.unsqueeze(operand, j)
            for i in range(covered):
                place[ELLIPSIS, i] = j
                j += 1
        elif label in place:
            d = place[label]
            if operand.shape[d] != operand.shape[j]:
                raise RuntimeError(f"einsum(): subscript {label} is repeated for operand {number} but the sizes don't match, "
                                   f"{operand.shape[j]} != {operand.shape[d]}")
            operand = F.movedim(F.diagonal(operand, 0, d, j), -1, d)
        else:
            place[label] = j
            j += 1
    for label in order:
        if label not in place:
            operand = F.unsqueeze(operand, -1)
            place[label] = j
            j += 1
    return F.permute(operand, [place[label] for label in order])


def check_sizes(operands, order):
    for d in range(len(order)):
        sizes = {x.shape[d] for x in operands} - {1}
        if len(sizes) > 1:
            label = order[d]
            first = next(x.shape[d] for x in operands if x.shape[d] != 1)
            number, other = next((i, x.shape[d]) for i, x in enumerate(operands) if x.shape[d] not in (1, first))
            name = "..." if isinstance(label, tuple) else label
            raise RuntimeError(f"einsum(): subscript {name} has size {other} for operand {number} which does not broadcast with previously "
                               f"seen size {first}")


def pair_product(F, left, right, summed_dims):
    """The product of two operands of equal dimensions, summed over `summed_dims`, which keep length 1."""
    if not summed_dims:
        return F.mul(left, right)
    shared: list[int] = []
    of_left: list[int] = []
    of_right: list[int] = []
    for d in range(len(left.shape)):
        if d in summed_dims:
            continue
        in_left, in_right = left.shape[d] != 1, right.shape[d] != 1
        (shared if in_left and in_right else of_left if in_left else of_right).append(d)
    sizes = [numel([x.shape[d] for d in dims]) for x, dims in ((left, shared), (left, of_left), (right, of_right), (left, summed_dims))]
    batch, rows, columns, inner = sizes
    shape = [*[left.shape[d] for d in (*shared, *of_left)], *[1] * len(summed_dims), *[right.shape[d] for d in of_right]]
    back = [0] * len(left.shape)
    for i, d in enumerate([*shared, *of_left, *summed_dims, *of_right]):
        back[d] = i
    left = F.reshape(F.permute(left, [*shared, *of_left, *summed_dims, *of_right]), (batch, rows, inner))
    right = F.reshape(F.permute(right, [*shared, *summed_dims, *of_right, *of_left]), (batch, inner, columns))
    return F.permute(F.view(F.bmm(left, right), shape), back)
