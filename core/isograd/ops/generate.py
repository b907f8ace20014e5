"""The code generator: from a declaration, a specialised function and node class.

Generic code that looks at a declaration on every call would double the cost of a small op, so for each op this module writes the Python one
would write by hand: ``function`` checks that its operands are plain (tensors of one space, or numbers that do not change the
dtype), calls the raw op, and makes the node; anything else goes to `isograd.record.apply`, which handles every case.
The source is registered with `linecache`, so tracebacks and debuggers show it; ``print(source(op))`` shows it to you.
"""

from __future__ import annotations

import linecache
from types import FunctionType
from typing import Any

from isograd.ops.declare import COMMON, CONTRACTION, ELEMENTWISE, VIEW, Op

__all__ = ["generate", "node_classes", "source"]


def compiled(text: str, label: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """Run generated source `text` in `namespace`; tracebacks will show its lines."""
    filename = f"<isograd generated {label}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), namespace)
    return namespace


def generate(op: Op, function: FunctionType, form: str) -> None:
    """Give `function` (a stub) the generated code of `op` in `form`: function, method or inplace."""
    from isograd import record

    namespace = function.__globals__
    namespace.update(record.NAMES, OP=op)
    namespace.update({f"DEFAULT_{n}": value for n, value in op.defaults.items()})
    if op.overload is None and op.differentiable:
        namespace["Node"] = op.node_classes(op.node)[0]
        namespace.update({f"Node_{n}": op.node_classes(node)[0] for n, node in op.numbers.items()})
    if op.outputs is not None:
        namespace["RESULTS"] = record.return_type(op)
    name = function.__name__
    text = {"function": source, "operator": operator_source, "method": method_source, "inplace": inplace_source}[form](op, name)
    compiled(text, name if form != "method" else f"Tensor.{name}", namespace)
    made = namespace[name]
    function.__code__ = made.__code__
    function.__defaults__ = made.__defaults__
    function.__kwdefaults__ = made.__kwdefaults__
    namespace[name] = function


def parameters(op: Op, namespace_default: bool = True, skip_out: bool = False) -> str:
    parts = []
    star = False
    for n in op.names:
        if n in op.keyword_only and not star:
            parts.append("*")
            star = True
        parts.append(f"{n}={op.defaults[n]!r}" if n in op.defaults else n)
    if op.has_out and not skip_out:
        parts += ["out=None"] if star else ["*", "out=None"]
    return ", ".join(parts)


def source(op: Op, name: str | None = None) -> str:
    """The generated source of `op`'s public function."""
    name = name or op.name
    values = "".join([f"{n}, " for n in op.names])
    lines = [f"def {name}({parameters(op)}):"]
    add = lines.append
    if op.has_out:
        add("    if out is not None:")
        add(f"        return write_out(OP, ({values}), out)")
    simple = (op.tensors and not op.lists and op.names[0] == op.tensors[0] and op.number_edges
              and op.tensors[0] not in op.kept and op.tensors[0] not in op.optional and "output_mask" not in op.names)
    if not simple or op.multi_view:
        add(f"    return apply(OP, ({values}))")
        return "\n".join(lines) + "\n"

    general = f"return apply(OP, ({values}))"
    first, rest = op.tensors[0], op.tensors[1:]
    add("    try:")
    add(f"        space = {first}.space")
    add(f"        x_{first} = {first}.array")
    add(f"        e_{first} = {first}._edge")
    for n in rest:
        if n in op.scalars:
            also = f" or {n} is None" if n in op.optional else ""
            add(f"        if {n}.__class__ is float or {n}.__class__ is int{also}:")
            add("            if space.category < 2:")
            add(f"                {general}")
            add(f"            x_{n} = {n}")
            add(f"            e_{n} = None")
            add("        else:")
            add(f"            if {n}.space is not space:")
            add(f"                {general}")
            add(f"            x_{n} = {n}.array")
            add(f"            e_{n} = {n}._edge")
        else:
            indent = "        "
            if n in op.optional:
                add(f"        if {n} is None: x_{n} = e_{n} = None")
                add("        else:")
                indent = "            "
            if (op.promote or n in op.derivatives or op.joint) and n not in op.kept:
                add(f"{indent}if {n}.space is not space:")
                add(f"{indent}    {general}")
            elif n not in op.derivatives:
                add(f"{indent}if {n}.space.device is not space.device:")
                add(f"{indent}    {general}")
            add(f"{indent}x_{n} = {n}.array")
            add(f"{indent}e_{n} = {n}._edge")
    add("    except AttributeError:")
    if op.real_identity:
        add(f"        if is_number({first}): return {first}.conjugate()")
    add(f"        {general}")
    if op.real_identity:
        add(f"    if space.category < 3: return {first}")
    if op.promote not in (None, COMMON):
        add("    if space.category < 2:")
        add(f"        {general}")
    words = [f"x_{n}" if n in op.tensors else n for n in op.names]
    call = f"space.{op.name}({', '.join([f'{n}={w}' if n in op.keyword_only else w for n, w in zip(op.names, words, strict=True)])})"
    if op.kind == ELEMENTWISE and op.attributes and all([n in op.defaults for n in op.attributes]):
        # Attributes left at their defaults: the kernel alone, where the forward is then no more than that.
        plain = ", ".join([f"x_{n}" for n in op.tensors])
        call = f"space.plain_{op.name}({plain}) if {' and '.join([f'{n} is DEFAULT_{n}' for n in op.attributes])} else {call}"
    if op.kind == ELEMENTWISE and rest:
        add("    try:")
        add(f"        {', '.join(arrays(op))} = {call}")
        add("    except ValueError:")
        add(f"        check_shapes(OP, ({values}))")
        add("        raise")
    else:
        add(f"    {', '.join(arrays(op))} = {call}")
    for array, out in zip(arrays(op), outs(op)):
        add(f"    if {array}.__class__ is not space.array_type:")
        add(f"        {array} = space.K.asarray({array})")
        add(f"    {out} = new(Tensor)")
        add(f"    {out}.array = {array}")
        add(f"    {out}.space = space.of({array})" if op.changes_dtype else f"    {out}.space = space")
        add(f"    {out}._versions = UNVERSIONED if INFERENCE and inference_enabled() else None")
        if op.kind != VIEW:
            add(f"    {out}._edge = None")
    if op.kind == VIEW:
        add(f"    make_view(OP, {first}, out, ({values}))")
    marked = 0
    result = "out"
    if op.outputs is not None:
        result = "results"
        add(f"    results = RESULTS(({', '.join(outs(op))},))")
        marked = next(i for i, n in enumerate(op.outputs) if n not in op.nondifferentiable)
    if not op.differentiable:
        add(f"    return {result}")
        return "\n".join(lines) + "\n"

    differentiable = [n for n in op.tensors if n in op.derivatives or (op.joint and n not in op.kept)]
    add(f"    if ({' or '.join([f'e_{n} is not None' for n in differentiable])}) and grad_enabled():")
    for n in differentiable:
        add(f"        if e_{n} is LEAF: e_{n} = ({n}, 0)")
        add(f"        elif e_{n} is VIEW: e_{n} = view_edge({n})")
    add(f"        if {' and '.join([f'e_{n} is None' for n in differentiable])}: return {result}")
    if op.changes_dtype:
        add(f"        if {outs(op)[marked]}.space is not space:")
        add(f"            record(OP, ({values}), [{', '.join(outs(op))}], space)")
        add(f"            return {result}")
    broadcast = []
    if op.kind == ELEMENTWISE:
        broadcast = [f"x_{first}.shape != x_{n}.shape" if n not in op.scalars and n not in op.optional else
                     f"(x_{n} is not {n} and x_{first}.shape != x_{n}.shape)" for n in rest]
    elif op.kind == CONTRACTION and "beta" in op.attributes:  # a product is added to the first operand, which is expanded to it
        broadcast = [f"x_{first}.shape != {arrays(op)[marked]}.shape"]
    if broadcast:
        # Broadcast operands need their gradients summed: a node class of its own does that.
        add(f"        broadcast = {' or '.join(broadcast)}")
        add(f"        node = ({_node_class(op)})")
        add("        node = new(node.broadcast if broadcast else node)")
        add("        if broadcast:")
        add(f"            shape = {arrays(op)[marked]}.shape")
        fixes = [f"None if e_{n} is None or x_{n}.shape == shape else (x_{n}.shape, space)" for n in differentiable]
        add(f"            node.fix = ({', '.join(fixes)},)")
    else:
        add(f"        node = new({_node_class(op)})")
    add("        node._seq = next_sequence()")
    add(f"        node.edges = ({', '.join([f'e_{n}' for n in differentiable])},)")
    add("        node.space = space")
    for _, saving_lines in saving(op, differentiable):
        lines.extend(["        " + line for line in saving_lines])
    if op.kind == VIEW:
        add("        set_view_edge(out, node)")
    else:
        for i, out in enumerate(outs(op)):
            if op.outputs is None or op.outputs[i] not in op.nondifferentiable:
                add(f"        {out}._edge = (node, {i})")
    add(f"    return {result}")
    return "\n".join(lines) + "\n"


def arrays(op: Op) -> list[str]:
    """What the generated code calls the arrays of the results."""
    return ["array"] if op.outputs is None else [f"array_{i}" for i in range(len(op.outputs))]


def outs(op: Op) -> list[str]:
    """What the generated code calls the results."""
    return ["out"] if op.outputs is None else [f"out_{i}" for i in range(len(op.outputs))]


def _node_class(op: Op) -> str:
    if op.overload is None:
        given = {n: f"x_{n} is {n}" + (f" and {n} is not None" if n in op.optional else "") for n in op.tensors[1:]}
        return "".join([f"Node_{n} if {given[n]} else " for n in op.tensors[1:] if n in op.numbers]) + "Node"
    code = op.overload.__code__
    return f"OP.node_classes(OP.overload({', '.join(code.co_varnames[: code.co_argcount])}))[0]"


def readers(op: Op) -> dict[str, list[str]]:
    """What the derivative reads: name -> the operands whose formulas read it."""
    found: dict[str, list[str]] = {}
    for operand, derivative in op.derivatives.items():
        for name in derivative.reads:
            if name == "needs":  # which of a list's tensors need a gradient: known when the formula runs
                continue
            found.setdefault(name, []).append(operand)
    if op.joint is not None:
        for name in op.joint.reads[1:]:  # after `needs`
            found.setdefault(name, []).extend(op.tensors)
    return found


def is_result(op: Op, name: str) -> int | None:
    """The output number that a formula's `name` means, or None."""
    if op.outputs is not None:
        return op.outputs.index(name) if name in op.outputs else None
    return 0 if name == "result" else None


def metadata(op: Op, name: str) -> tuple[str, str] | None:
    """``("input", "shape")`` for ``input_shape``; None for other names."""
    if name in op.names:
        return None
    stem, _, what = name.rpartition("_")
    return (stem, what) if stem in op.tensors and what in ("shape", "dtype", "ndim", "strides", "offset") else None


def saving(op: Op, differentiable: list[str]) -> list[tuple[str, list[str]]]:
    """For each value the derivative reads, the lines that save it on ``node``."""
    result = []
    for name, operands in readers(op).items():
        described = metadata(op, name)
        lines = []
        if described is not None:
            stem, what = described
            expression = {"shape": f"x_{stem}.shape", "ndim": f"x_{stem}.ndim", "dtype": f"{stem}.space.dtype",
                          "strides": f"space.backend.strides(x_{stem})",
                          "offset": f"space.backend.storage_offset(x_{stem})"}[what]
            lines.append(f"node.{name} = {expression}")
        elif is_result(op, name) is not None:
            number = is_result(op, name) or 0
            array, out = arrays(op)[number], outs(op)[number]
            lines += [f"versions = {out}._versions", f"if versions is None: versions = {out}._versions = [0]",
                      f"node.saved_{name} = ({array}, versions, versions[0])"]
        elif name in op.tensors:
            lines += [f"versions = {name}._versions", f"if versions is None: versions = {name}._versions = [0]",
                      f"node.saved_{name} = (x_{name}, versions, versions[0])"]
            if name in op.scalars and name != op.tensors[0]:
                lines = [f"if x_{name} is {name}: node.saved_{name} = ({name}, CONSTANT, 0)", "else:", *["    " + s for s in lines]]
            elif name in op.optional:
                lines = [f"if {name} is None: node.saved_{name} = (None, CONSTANT, 0)", "else:", *["    " + s for s in lines]]
        else:
            lines.append(f"node.{name} = {name}")
        if len(differentiable) > 1 and set(operands) != set(differentiable):
            lines = [f"if {' or '.join([f'e_{n} is not None' for n in operands])}:", *["    " + s for s in lines]]
        result.append((name, lines))
    return result


def operator_source(op: Op, name: str) -> str:
    """The function as an operator method: two operands, and NotImplemented for what is not ours."""
    text = source(op, name)
    head, _, body = text.partition("\n")
    operands = op.tensors
    if op.has_out:
        body = body.split("\n", 2)[2]
    lines = "".join([f"    {n} = DEFAULT_{n}\n" for n in op.attributes])
    values = "".join([f"{n}, " for n in op.names])
    return f"def {name}({', '.join(operands)}):\n{lines}{body}".replace(
        f"return apply(OP, ({values}))", f"return apply_operator(OP, ({values}), {name!r})")


def method_source(op: Op, name: str) -> str:
    """A method that takes one parameter also as separate arguments: ``x.view(2, 3)`` and ``x.view((2, 3))``."""
    variadic = op.variadic
    before = op.names[: op.names.index(variadic)] if variadic else ()
    after = [n for n in op.names if n not in before and n != variadic]
    keywords = "".join([f", {n}={op.defaults[n]!r}" if n in op.defaults else f", {n}" for n in after])
    call = ", ".join([*before, f"{variadic}", *[f"{n}={n}" if n in op.keyword_only else n for n in after]])
    return (
        f"def {name}({', '.join(before)}, *{variadic}{keywords}, **named):\n"
        f"    if named: {variadic} = take_named(OP, {variadic}, named)\n"
        f"    elif len({variadic}) == 1 and not is_index({variadic}[0]): {variadic} = {variadic}[0]\n"
        f"    return OP.function({call})\n"
    )


def inplace_source(op: Op, name: str) -> str:
    """The in-place form: same parameters, without ``out``.

    Where nothing is recorded and one kernel is the whole op, that kernel writes over its operand at once.
    """
    values = "".join([f"{n}, " for n in op.names])
    lines = [f"def {name}({parameters(op, skip_out=True)}):"]
    add = lines.append
    first, rest = op.tensors[0], op.tensors[1:]
    if op.kind == ELEMENTWISE and not op.lists and not op.optional and op.names[0] == first and (
            not op.attributes or rest and op.attributes == ("alpha",)):
        add("    try:")
        add(f"        space = {first}.space")
        add(f"        direct = space.direct_{op.name}")
        conditions = ["direct is not None"] + (["space.category > 1"] if op.promote not in (None, COMMON) else [])
        unrecorded = " and ".join([f"{first}._edge is None", *[f"({n}.__class__ is float or {n}._edge is None)" for n in rest]])
        conditions += [f"{n}.__class__ is float and space.category > 1 or {n}.space is space" for n in rest]
        add(f"        if {' and '.join([f'({c})' for c in conditions])} and (not grad_enabled() or {unrecorded}):")
        words = [f"{n} if {n}.__class__ is float else {n}.array" for n in rest]
        if op.attributes:  # torch's `alpha` multiplies the other operand of a sum
            add(f"            second = {words[0]}")
            add("            if alpha is not DEFAULT_alpha:")
            add("                if alpha.__class__ is not float or space.category < 2:")
            add(f"                    return apply_inplace(OP, ({values}))")
            add("                second = second * alpha if second.__class__ is float else space.K.multiply(second, alpha)")
            words = ["second"]
        add(f"            versions = {first}._versions")
        add("            if versions is UNVERSIONED:")
        add(f"                return apply_inplace(OP, ({values}))")
        add(f"            array = {first}.array")
        add(f"            direct({', '.join(['array', *words])}, out=array)")
        add(f"            if versions is None: {first}._versions = [1]")
        add("            else: versions[0] += 1")
        add(f"            return {first}")
        add("    except (AttributeError, TypeError, ValueError):")
        add("        pass  # nothing was written; the general way tells what is wrong")
    add(f"    return apply_inplace(OP, ({values}))")
    return "\n".join(lines) + "\n"


# -- nodes --------------------------------------------------------------------------------------------------------------------------
def node_classes(op: Op, name: str) -> tuple[type, type]:
    """The class of `op`'s nodes called `name`, and its general variant for cast and broadcast operands."""
    from isograd import record
    from isograd.graph import Node

    slots = []
    for read in readers(op):
        plain = metadata(op, read) is not None or (read in op.attributes)
        slots.append(read if plain else f"saved_{read}")
    body: dict[str, Any] = {"__slots__": tuple(slots), "__module__": "isograd.autograd", "op": op}
    hidden = [n for n, node in op.numbers.items() if node == name]
    if hidden:
        operands = [n for n in op.tensors if n in op.derivatives or (op.joint and n not in op.kept)]
        body["hidden"] = tuple([operands.index(n) for n in hidden if n in operands])
    if op.kind == VIEW:
        body["makes_view"] = True
    if op.outputs is not None:
        body["outputs"] = len(op.outputs)
    if name in ("CopyBackwards", "NotImplemented"):  # not generated in torch, which shows in their names
        body["name"] = lambda self: f"torch::autograd::{name}"
    aligned = type(name, (record.OpNode,), body)
    aligned.broadcast = type(name, (aligned,), {"__slots__": (), "__module__": "isograd.autograd"})  # type: ignore[attr-defined]
    general = type(name, (aligned, record.GeneralNode), {"__slots__": (), "__module__": "isograd.autograd"})
    if op.joint is not None or op.lists:
        aligned.run = record.GeneralNode.run  # type: ignore[attr-defined]
    elif op.differentiable:
        namespace = dict(record.NAMES)
        text = run_source(op)
        for operand, derivative in op.derivatives.items():
            namespace[f"D_{operand}"] = derivative.formula
        aligned.run = compiled(text, f"{name}.run", namespace)["run"]  # type: ignore[attr-defined]
        aligned.broadcast.run = record.unbroadcasting(aligned.run)  # type: ignore[attr-defined]
    elif op.differentiable:
        aligned.run = record.GeneralNode.run
    general.run = record.GeneralNode.run  # type: ignore[attr-defined]
    assert issubclass(aligned, Node)
    return aligned, general


def run_source(op: Op) -> str:
    """The generated source of a node's ``run``: unpack what was saved, check its version, apply the formulas."""
    differentiable = [n for n in op.tensors if n in op.derivatives]
    lines = ["def run(self, g, keep):", "    F = self.space"]
    add = lines.append
    if op.outputs is not None and len(op.outputs) - len(op.nondifferentiable) == 1 < len(op.outputs):
        number = next(i for i, n in enumerate(op.outputs) if n not in op.nondifferentiable)
        add(f"    g = g[{number}]")
    if len(differentiable) > 1:
        add("    edges = self.edges")
    needed = {n: f"edges[{i}] is not None" for i, n in enumerate(differentiable)}
    release = []
    read_by = readers(op)
    for name in read_by:
        if metadata(op, name) is not None or name in op.attributes:
            continue
        users = [n for n in differentiable if n in read_by[name]]
        always = len(users) == len(differentiable)
        indent = "    "
        if not always:
            add(f"    if {' or '.join([needed[n] for n in users])}:")
            indent = "        "
        add(f"{indent}saved = self.saved_{name}")
        add(f"{indent}if saved is None: raise freed()")
        add(f"{indent}v_{name}, versions, version = saved")
        result_number = is_result(op, name)
        position = result_number if result_number is not None else (differentiable.index(name) if name in differentiable else -1)
        label = "result" if result_number is not None else name
        add(f"{indent}if versions[0] != version: raise modified(self, {label!r}, v_{name}, versions, version, {position})")
        release.append((indent, name, users, always))
    if release:
        add("    if not keep:")
        for _, name, users, always in release:
            if always:
                add(f"        self.saved_{name} = None")
            else:
                add(f"        if {' or '.join([needed[n] for n in users])}: self.saved_{name} = None")
    terms = []
    for n in differentiable:
        arguments = "".join(
            [f", self.{r}" if metadata(op, r) is not None or r in op.attributes else f", v_{r}"
             for r in op.derivatives[n].reads])
        term = f"D_{n}(F, g{arguments})"
        terms.append(f"{term} if {needed[n]} else None" if len(differentiable) > 1 else term)
    add(f"    return ({', '.join(terms)},)")
    return "\n".join(lines) + "\n"


