"""The life of an op: promote, compute, record.

The generated functions (`isograd.ops.generate`) do this for plain operands without leaving their own frame. What they do not cover comes
here: `apply` handles any operands, `apply_inplace` and `write_out` the other two forms. All three know no particular op.
"""

from __future__ import annotations

from operator import index
from typing import Any

from isograd import dtypes
from isograd.dtypes import BOOL, FLOAT, INTEGER, dtype
from isograd.grad_mode import INFERENCE, grad_enabled, inference_enabled, no_grad
from isograd.graph import CONSTANT, FREED, LEAF, UNVERSIONED, VIEW, Node, modified, next_sequence
from isograd.ops.declare import FLOAT as TO_FLOAT
from isograd.ops.declare import RECORDED, Op
from isograd.ops.declare import VIEW as VIEW_KIND
from isograd.ops.generate import is_result, metadata, readers
from isograd.ops.outputs import KEPT, REFUSED, Out, OutRule
from isograd.promotion import common_dtype
from isograd.shapes import check_broadcast
from isograd.tensor import Tensor, bad_argument, is_number
from isograd.views import check_inplace, edge_of, make_view, rebase, set_view_edge, view_edge

__all__ = ["apply", "apply_inplace", "write_out", "OpNode", "GeneralNode"]

new = object.__new__


def freed() -> RuntimeError:
    """The error for a second backward through a freed graph, with torch's text."""
    return RuntimeError(FREED)


# -- operands -----------------------------------------------------------------------------------------------------------------------
def number(value: Any) -> Any:
    """`value` as a plain Python number."""
    if value.__class__ in (bool, int, float, complex):
        return value
    kind: Any
    for kind in (bool, int, float, complex):
        if isinstance(value, kind):
            return kind(value)
    return value.item()  # a NumPy scalar


def checked(op: Op, values: tuple[Any, ...]) -> tuple[list[Any], list[Tensor]]:
    """`values` with their numbers made plain, and the tensors among them.

    Raises
    ------
    TypeError
        With torch's text, for an operand that is neither tensor nor (where allowed) number.
    """
    found = list(values)
    tensors: list[Tensor] = []
    for position, name in enumerate(op.names):
        if name not in op.tensors:
            continue
        value = values[position]
        if isinstance(value, Tensor):
            tensors.append(value)
        elif name in op.lists:
            if not isinstance(value, (list, tuple)):
                raise bad_argument(op.public, name, position, value, "tuple of Tensors")
            for i, item in enumerate(value):
                if isinstance(item, Tensor):
                    tensors.append(item)
                elif item is not None or name not in op.optional:
                    raise TypeError(f"expected Tensor as element {i} in argument {position}, but got {type(item).__name__}")
        elif value is None and name in op.optional:
            continue
        elif name in op.scalars and is_number(value):
            found[position] = number(value)
        else:
            from isograd.signatures import mismatch

            raise mismatch(op, values, position)
    if not tensors:
        if op.lists:
            op.forward(None, *found)  # an empty list is for the op to refuse
        from isograd.signatures import mismatch

        raise mismatch(op, values, op.names.index(op.tensors[0]))
    return found, tensors


def common_space(op: Op, values: list[Any], tensors: list[Tensor]) -> Any:
    """The space in which `op` computes these operands."""
    anchor = tensors[0].space
    for other in tensors[1:]:
        if other.space.device is not anchor.device and other.space.device != anchor.device:
            if other.array.ndim == 0 and other.space.device.type == "cpu" and op.promote:
                continue
            if anchor.device.type == "cpu" and tensors[0].array.ndim == 0 and op.promote:
                anchor = other.space
                continue
            raise RuntimeError(f"Expected all tensors to be on the same device, but found at least two devices, "
                               f"{tensors[0].space.device} and {other.space.device}!")
    if op.check is not None:
        op.check(*[v for n, v in zip(op.names, values, strict=True) if n in op.tensors])
    if op.promote is None:
        return anchor
    operands: list[Any] = []
    for position, name in enumerate(op.names):
        if name in op.kept:
            continue
        if name in op.lists:
            operands.extend(values[position])
        elif name in op.tensors and values[position] is not None:
            operands.append(values[position])
    dtype = common_dtype(operands)
    promote = op.promote
    if callable(promote):
        promote = promote(*arguments_of(promote, op, values))
    if promote == TO_FLOAT and dtype.category < FLOAT:
        from isograd.defaults import get_default_dtype

        dtype = get_default_dtype()
    return anchor if dtype is anchor.dtype else anchor.to(dtype)


def arguments_of(function: Any, op: Op, values: Any) -> list[Any]:
    """Those of `values` that `function` names as its parameters."""
    bound = dict(zip(op.names, values, strict=True))
    code = function.__code__
    return [bound[n] for n in code.co_varnames[: code.co_argcount]]


def raw(op: Op, values: list[Any], space: Any) -> list[Any]:
    """The arrays, numbers and attributes that the raw op receives."""
    arguments: list[Any] = []
    for position, name in enumerate(op.names):
        value = values[position]
        promote = None if name in op.kept else op.promote
        if name in op.lists:
            arguments.append([None if item is None else array_in(item, space, promote) for item in value])
        elif isinstance(value, Tensor) and name in op.tensors:
            arguments.append(array_in(value, space, promote))
        elif value.__class__ is int and space.category == INTEGER and name in op.scalars:
            arguments.append(wrapped(value, space.dtype))
        else:
            arguments.append(value)
    return arguments


def wrapped(value: int, dtype: dtype) -> int:
    """`value` modulo the range of an integer type, as C converts it."""
    bits = dtype.itemsize * 8
    value &= (1 << bits) - 1
    return value - (1 << bits) if dtype.is_signed and value >> bits - 1 else value


def array_in(tensor: Tensor, space: Any, promote: Any) -> Any:
    """The array of `tensor`, cast to `space` if the op promotes."""
    if promote is None or tensor.space is space:
        return tensor.array
    array = tensor.array
    if tensor.space.device is not space.device:
        array = space.K.asarray(tensor.item())
    return space.K.astype(array, space.K.native[space.dtype])


def check_shapes(op: Op, values: tuple[Any, ...]) -> None:
    """Raise torch's error if the operands of an elementwise op do not broadcast."""
    shape: tuple[int, ...] = ()
    for name, value in zip(op.names, values, strict=True):
        if name in op.tensors and isinstance(value, Tensor):
            shape = check_broadcast(shape, value.array.shape)


# -- out of place -------------------------------------------------------------------------------------------------------------------
def wrap(array: Any, space: Any) -> Tensor:
    """A new tensor of `array`, without history."""
    if array.__class__ is not space.array_type:
        array = space.K.asarray(array)
    out = new(Tensor)
    out.array = array
    out.space = space.of(array)
    out._versions = UNVERSIONED if INFERENCE and inference_enabled() else None
    out._edge = None
    return out


def compute(op: Op, values: list[Any], space: Any) -> Any:
    """The raw op's result, with torch's error where shapes do not broadcast."""
    try:
        arguments = raw(op, values, space)
        if op.keyword_only:
            count = len(op.names) - len(op.keyword_only)
            return getattr(space, op.name)(*arguments[:count], **dict(zip(op.keyword_only, arguments[count:], strict=True)))
        return getattr(space, op.name)(*arguments)
    except ValueError:
        if op.kind == "elementwise":
            check_shapes(op, tuple(values))
        raise


def apply(op: Op, values: tuple[Any, ...]) -> Any:
    """Apply `op` to any operands: promote, compute, and record if a gradient is needed."""
    plain, tensors = checked(op, values)
    space = common_space(op, plain, tensors)
    result = compute(op, plain, space)
    if isinstance(result, (tuple, list)):
        outs = [None if array is None else wrap(array, space) for array in result]  # as an output mask may leave them
    else:
        outs = [wrap(result, space)]
    if op.kind == VIEW_KIND:
        for i, out in enumerate(outs):
            make_view(op, tensors[0], out, tuple(plain), i if op.multi_view else None)
    record(op, tuple(plain), outs, space)
    if op.outputs is not None:
        return return_type(op)(outs)
    return tuple(outs) if isinstance(result, (tuple, list)) else outs[0]


def apply_operator(op: Op, values: tuple[Any, ...], symbol: str) -> Any:
    """`apply` for the operator `symbol`: an operand of a foreign type is left to that type, as Python asks."""
    if not isinstance(values[0], Tensor):
        return not_a_tensor(symbol, values[0])
    for name, value in zip(op.names, values, strict=True):
        if name in op.tensors and not (isinstance(value, Tensor) or is_number(value)):
            return NotImplemented
    return apply(op, values)


def not_a_tensor(symbol: str, value: Any) -> Any:
    """What torch does when an operator's method is called on something that is no tensor."""
    if symbol in ("__rsub__", "__rpow__", "__rmod__", "__rfloordiv__", "__rmatmul__", "__rlshift__", "__rrshift__"):
        return NotImplemented
    raise TypeError(f"descriptor '{symbol}' for 'torch._C.TensorBase' objects doesn't apply to a '{type(value).__name__}' object")


_return_types: dict[str, Any] = {}


def return_type(op: Op) -> Any:
    """The named tuple that `op` returns, as ``torch.return_types``."""
    found = _return_types.get(op.name)
    if found is None:
        from isograd.return_types import make

        assert op.outputs is not None
        named = op.outputs[0] != "result0"  # torch names no results of ops whose derivatives call them so
        found = _return_types[op.name] = make(op.public, op.outputs) if named else tuple
    return found


def operands(op: Op, values: tuple[Any, ...]) -> list[tuple[str, Any]]:
    """(name, tensor or number or None) of each operand that has an edge, lists laid flat."""
    found: list[tuple[str, Any]] = []
    for name, value in zip(op.names, values, strict=True):
        if name in op.tensors and (name in op.derivatives or (op.joint is not None and name not in op.kept)):
            if name in op.lists:
                found.extend([(name, item) for item in value])
            elif op.number_edges or isinstance(value, Tensor):
                found.append((name, value))
    return found


def record(op: Op, values: tuple[Any, ...], outs: Any, space: Any, target: Tensor | None = None) -> Any:
    """Make the node of `op` if a gradient is needed, and make `outs` its outputs.

    `target` is the tensor an in-place op is about to write: its present value is copied where the derivative reads it, and the
    node is returned without touching `outs`.
    """
    single = isinstance(outs, Tensor)
    results: list[Tensor] = [outs] if single else outs
    if not (op.differentiable and grad_enabled()):
        return outs if target is None else None
    flat = operands(op, values)
    edges = [edge_of(t) if isinstance(t, Tensor) and t._edge is not None else None for _, t in flat]
    names = op.outputs
    marked = [i for i, out in enumerate(results)
              if out is not None and out.space.category >= FLOAT and (names is None or names[i] not in op.nondifferentiable)]
    if not marked or all([edge is None for edge in edges]):
        return outs if target is None else None
    bound = dict(zip(op.names, values, strict=True))
    node_name = op.node
    if op.overload is not None:
        node_name = op.overload(*arguments_of(op.overload, op, values))
    for name, other in op.numbers.items():
        if bound[name] is not None and not isinstance(bound[name], Tensor):
            node_name = other
    node: Any = new(op.node_classes(node_name)[1])
    node._seq = next_sequence()
    node.edges = tuple(edges)
    node.space = space
    if len(results) > 1 or op.outputs is not None:
        node.outputs = len(results)
    elif op.multi_view:
        node.outputs = len(results)
        node.tuple_output = True
    result_space = results[marked[0]].space
    shape = results[marked[0]].array.shape
    node.fix = tuple([
        (t.array.shape, t.space)
        if edge is not None and (t.space is not result_space or t.space is not space or t.array.shape != shape) else None
        for edge, (_, t) in zip(edges, flat, strict=True)
    ])
    needed = {name for edge, (name, _) in zip(edges, flat, strict=True) if edge is not None}
    for name, readers_of in readers(op).items():
        if not needed.intersection(readers_of):
            continue
        described = metadata(op, name)
        number_of = is_result(op, name)
        if described is not None:
            setattr(node, name, describe(bound[described[0]], described[1]))
        elif number_of is not None:
            if target is None:
                setattr(node, f"saved_{name}", saved(results[number_of]))
        elif name in op.tensors:
            value = bound[name]
            if target is not None and value is target and name == op.names[0]:
                setattr(node, f"saved_{name}", (space.K.copy(target.array), [0], 0))
            elif isinstance(value, (list, tuple)):
                setattr(node, f"saved_{name}", tuple([(None, CONSTANT, 0) if item is None else saved(item) for item in value]))
            else:
                setattr(node, f"saved_{name}", saved(value) if isinstance(value, Tensor) else (value, CONSTANT, 0))
        else:
            setattr(node, name, bound[name])
    if target is not None:
        return node
    for i in marked:
        out = results[i]
        if op.kind == VIEW_KIND:
            set_view_edge(out, node, i)
        else:
            out._edge = (node, i)
    return outs


def saved(tensor: Tensor) -> tuple[Any, list[int], int]:
    """The record of a tensor saved for backward."""
    versions = tensor._versions
    if versions is None:
        versions = tensor._versions = [0]
    return tensor.array, versions, versions[0]


def describe(value: Any, what: str) -> Any:
    if isinstance(value, (list, tuple)):
        return [describe(item, what) for item in value]
    if not isinstance(value, Tensor):
        return () if what == "shape" else None
    if what == "dtype":
        return value.space.dtype
    if what == "strides":
        return value.space.backend.strides(value.array)
    if what == "offset":
        return value.space.backend.storage_offset(value.array)
    return getattr(value.array, what)


# -- nodes --------------------------------------------------------------------------------------------------------------------------
class OpNode(Node):
    """The node of a declared op. Its generated subclasses hold what the derivative reads."""

    __slots__ = ()

    op: Op
    fix: tuple[Any, ...] | None = None
    tuple_output = False

    def unpack_raw(self, name: str, keep: bool) -> Any:
        """The raw value of a saved name, checked; forgotten unless `keep`."""
        op = self.op
        if metadata(op, name) is not None or name in op.attributes:
            return getattr(self, name)
        slot = f"saved_{name}"
        record = getattr(self, slot)
        if record is None:
            raise freed()
        if not keep:
            setattr(self, slot, None)
        if name in op.lists:
            return [self._checked(name, item) for item in record]
        array = self._checked(name, record)
        if op.promote is not None and name in op.tensors and name not in op.kept and getattr(array, "dtype", None) is not None:
            K = self.space.K
            native = K.native[self.space.dtype]
            if array.dtype != native and K.dtype_of(array).category != BOOL:
                array = K.astype(array, native)
        return array

    def _checked(self, name: str, record: Any) -> Any:
        array, versions, version = record
        if versions[0] != version:
            raise modified(self, "result" if is_result(self.op, name) is not None else name, array, versions, version,
                           self.position(name))
        return array

    def position(self, name: str) -> int:
        """The edge number of operand `name` (or the output number of a result)."""
        number_of = is_result(self.op, name)
        if number_of is not None:
            return number_of
        op = self.op
        names = [n for n in op.tensors if n in op.derivatives or (op.joint is not None and n not in op.kept)]
        return names.index(name) if name in names and not self.op.lists else -1

    def unpack_tensor(self, name: str, keep: bool) -> Any:
        """The saved name as Python or a Tensor with its history."""
        op = self.op
        if metadata(op, name) is not None or name in op.attributes:
            return getattr(self, name)
        slot = f"saved_{name}"
        record = getattr(self, slot, None)
        if record is None:
            raise freed()
        if not keep:
            setattr(self, slot, None)
        if name in op.lists:
            return [self._rebuilt(name, item, -1) for item in record]
        return self._rebuilt(name, record, self.position(name))

    def _rebuilt(self, name: str, record: Any, position: int) -> Any:
        array = self._checked(name, record)
        if record[1] is CONSTANT:
            return array
        edge: Any
        if is_result(self.op, name) is not None:
            edge = None if name in self.op.nondifferentiable else (self, position)
        else:
            edge = self.edges[position] if 0 <= position < len(self.edges) else None
            if edge is not None and not edge[0]._seq and edge[0].array is array:
                return edge[0]
        out = wrap(array, self.space)
        out._versions = record[1]
        out._edge = edge
        return out

    def output_gradient(self, g: Any) -> Any:
        """What a formula calls ``g``: the gradient of the one differentiable output, or those of all."""
        if self.outputs > 1 or self.op.outputs is not None:
            names = self.op.outputs
            if names is not None:
                kept = [i for i, n in enumerate(names) if n not in self.op.nondifferentiable]
                if len(kept) == 1:
                    return g[kept[0]] if self.outputs > 1 else g
        elif self.tuple_output:
            return [g]
        return g

    def gradients(self, F: Any, g: Any, values: dict[str, Any]) -> list[Any]:
        """Run the formulas of the operands that need a gradient, and fit each to its operand."""
        op = self.op
        g = self.output_gradient(g)
        edges = self.edges
        grads: list[Any] = []
        if op.joint is not None:
            needs = tuple([e is not None for e in edges])
            result = op.joint.formula(F, g, needs, *[values[n] for n in op.joint.reads[1:]])
            for item in result:
                grads.extend(item) if isinstance(item, (list, tuple)) else grads.append(item)
        elif F is RECORDED and len(edges) > 1 and not op.lists:
            # torch runs the formulas in the alphabetical order of its names, which is the order in which their own gradients add up
            operands = [n for n in op.tensors if n in op.derivatives][: len(edges)]
            found: dict[str, Any] = {}
            for name, edge in sorted(zip(operands, edges, strict=True), key=lambda pair: "self" if pair[0] == "input" else pair[0]):
                if edge is not None:
                    stated = op.derivatives[name]
                    found[name] = stated.formula(F, g, *[values[n] for n in stated.reads])
            return [found.get(name) for name in operands]
        else:
            for name in op.tensors:
                derivative = op.derivatives.get(name)
                if derivative is None:
                    continue
                if name in op.lists:
                    length = len(edges) - (len(op.derivatives) - 1)
                    needs = tuple([e is not None for e in edges[len(grads) : len(grads) + length]])
                    values["needs"] = needs
                    grads.extend(derivative.formula(F, g, *[values[n] for n in derivative.reads]))
                elif len(grads) == len(edges):
                    break  # a number without an edge
                elif edges[len(grads)] is None:
                    grads.append(None)
                else:
                    grads.append(derivative.formula(F, g, *[values[n] for n in derivative.reads]))
        return grads

    def needed_reads(self) -> list[str]:
        """The names that the formulas to be run read."""
        op = self.op
        needed: set[str] = set()
        at = 0
        if op.joint is not None:
            return list(op.joint.reads[1:])
        for name in op.tensors:
            derivative = op.derivatives.get(name)
            if derivative is None:
                continue
            length = len(self.edges) - (len(op.derivatives) - 1) if name in op.lists else 1
            if any([e is not None for e in self.edges[at : at + length]]):
                needed.update(derivative.reads)
            at += length
        return [n for n in needed if n != "needs"]

    def run_recorded(self, g: Any, keep: bool) -> tuple[Any, ...]:
        values = {name: self.unpack_tensor(name, keep) for name in self.needed_reads()}
        grads = self.gradients(RECORDED, g, values)
        fix = self.fix
        if fix is not None:
            grads = [gradient if gradient is None or wanted is None else fit_recorded(gradient, *wanted)
                     for gradient, wanted in zip(grads, fix, strict=True)]
        return tuple(grads)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_saved_"):
            wanted = {"self": "input"}.get(name[7:], name[7:])
            op = self.op
            if wanted not in op.names and wanted in ("input",):
                wanted = op.tensors[0]
            known = readers(op)
            if wanted in known:
                if metadata(op, wanted) is None and wanted not in op.attributes and not hasattr(self, f"saved_{wanted}"):
                    return None
                return self.unpack_tensor(wanted, True)
        raise AttributeError(f"'{self.name()}' object has no attribute '{name}'")


class GeneralNode(OpNode):
    """The variant for operands that were cast or broadcast, for several results and for lists."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> tuple[Any, ...]:
        values = {name: self.unpack_raw(name, keep) for name in self.needed_reads()}
        grads = self.gradients(self.space, g, values)
        fix = self.fix
        if fix is not None:
            F = self.space
            grads = [gradient if gradient is None or wanted is None else fit(F, gradient, *wanted)
                     for gradient, wanted in zip(grads, fix, strict=True)]
        return tuple(grads)


def unbroadcasting(aligned: Any) -> Any:
    """The `run` of a node whose operands were broadcast: that of the aligned node, then sums over what was expanded."""

    def run(self: Any, g: Any, keep: bool) -> tuple[Any, ...]:
        F = self.space
        return tuple([gradient if wanted is None or gradient is None else unbroadcast(F, gradient, wanted[0])
                      for gradient, wanted in zip(aligned(self, g, keep), self.fix)])

    return run


def unbroadcast(F: Any, g: Any, shape: tuple[int, ...]) -> Any:
    """The sum of a raw gradient over the dimensions that broadcasting expanded from `shape`."""
    own = g.shape
    if tuple(own) == tuple(shape):
        return g
    leading = len(own) - len(shape)
    axes = [*range(leading)]
    for i, length in enumerate(shape):
        if length == 1 and own[leading + i] != 1:
            axes.append(leading + i)
    if axes:
        g = F.sum(g, axes, True)
    return F.K.reshape(g, shape) if leading else g


def fit(F: Any, g: Any, shape: tuple[int, ...], space: Any) -> Any:
    """Bring a raw gradient to its operand's shape and dtype: undo broadcasting, casting and complex promotion."""
    own = F.of(g)
    if own.dtype.is_complex and not space.dtype.is_complex:
        g = own.real(g)
        own = own.of(g)
    if tuple(g.shape) != tuple(shape):
        g = unbroadcast(own, g, shape)
    if own is not space:
        g = space.K.astype(g, space.K.native[space.dtype])
    return g


def fit_recorded(g: Any, shape: tuple[int, ...], space: Any) -> Any:
    """As `fit`, recorded."""
    if g.space.dtype.is_complex and not space.dtype.is_complex:
        g = RECORDED.real(g)
    if tuple(g.array.shape) != tuple(shape):
        g = RECORDED.sum_to_size(g, shape)
    if g.space.dtype is not space.dtype:
        g = RECORDED._to_copy(g, space.dtype)
    return g


# -- in place and out= --------------------------------------------------------------------------------------------------------------
def apply_inplace(op: Op, values: tuple[Any, ...]) -> Tensor:
    """Apply `op` and write its result into its first operand."""
    target = values[0]
    if not isinstance(target, Tensor):
        raise bad_argument(op.public + "_", op.names[0], 0, target)
    op = op.written or op
    if op.kind == VIEW_KIND:
        return apply_view_inplace(op, values)
    plain, tensors = checked(op, values)
    if grad_enabled():
        check_inplace(target, tensors)
    recording = grad_enabled() and op.differentiable and any([t._edge is not None and edge_of(t) is not None for t in tensors])
    if not op.overlap:
        check_overlap(target)
    space = common_space(op, plain, tensors)
    own = target.space
    direct = getattr(space, f"direct_{op.name}") if space is own else None
    if direct is not None and all([value is op.defaults[n] for n, value in zip(op.names, plain, strict=True) if n not in op.tensors]):
        # The kernel writes over its first operand: no second array.
        node = record(op, tuple(plain), [target], space, target) if recording else None
        arrays = [array_in(value, space, op.promote) if isinstance(value, Tensor) else value
                  for name, value in zip(op.names, plain, strict=True) if name in op.tensors]
        try:
            direct(*arrays, out=target.array)
        except ValueError:
            check_output_shape(op, tuple(plain), target)
            raise
        bump(target)
        return finished(op, target, node)
    try:
        result = compute(op, plain, space)
    except NotImplementedError:
        check_castable(space, own)  # torch says this first
        raise
    if result.__class__ is not space.array_type:
        result = space.K.asarray(result)
    if tuple(result.shape) != tuple(target.array.shape):
        raise wrong_output_shape(op, target, result.shape)
    check_castable(space.of(result), own)
    node = None
    if recording:
        node = record(op, tuple(plain), [wrap(result, space)], space, target)
    write(target, result)
    return finished(op, target, node)


def finished(op: Op, target: Tensor, node: Any) -> Tensor:
    """`target` after an in-place op, with `node` (if any) as its history."""
    if node is not None:
        for name in readers(op):
            if is_result(op, name) is not None:
                setattr(node, f"saved_{name}", saved(target))
        rebase(target, node)
    return target


def check_castable(space: Any, own: Any) -> None:
    """Raise torch's error if a result of `space` may not be written over elements of `own`."""
    from isograd.promotion import can_cast

    if space is not own and not can_cast(space.dtype, own.dtype):
        raise RuntimeError(f"result type {dtypes.SCALAR_NAMES[space.dtype.name]} can't be cast to the desired output type "
                           f"{dtypes.SCALAR_NAMES[own.dtype.name]}")


def wrong_output_shape(op: Op, target: Tensor, shape: Any) -> RuntimeError:
    if op.wrong_shape is not None:
        return RuntimeError(op.wrong_shape(tuple(target.array.shape), tuple(shape)))
    if op.kind == "contraction":
        return RuntimeError(f"Bad in-place call: input tensor size {list(target.array.shape)} and output tensor size {list(shape)} "
                            "should match")
    return RuntimeError(f"output with shape {list(target.array.shape)} doesn't match the broadcast shape {list(shape)}")


def check_output_shape(op: Op, values: tuple[Any, ...], target: Tensor) -> None:
    """Raise torch's error if the operands broadcast to another shape than that of `target`."""
    shape: tuple[int, ...] = ()
    for name, value in zip(op.names, values, strict=True):
        if name in op.tensors and isinstance(value, Tensor):
            shape = check_broadcast(shape, value.array.shape)
    if shape != tuple(target.array.shape):
        raise wrong_output_shape(op, target, shape)


def check_overlap(target: Tensor) -> None:
    """Raise torch's error for a tensor of which several elements are one place in memory."""
    backend = target.space.backend
    if not backend.capabilities.strides or backend.is_contiguous(target.array):
        return
    for stride, length in zip(backend.strides(target.array), target.array.shape, strict=True):
        if not stride and length > 1:
            raise RuntimeError("unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
                               "Please clone() the tensor before performing the operation.")


def check_apart(op: Op, out: Tensor, tensors: list[Tensor]) -> None:
    """Raise torch's error if `out` shares memory with an operand, otherwise than an elementwise operation may."""
    if op.kind != "elementwise":
        check_overlap(out)
    backend = out.space.backend
    for tensor in tensors:
        if tensor.space.backend is not backend or not out.numel() or backend.owner(tensor.array) is not backend.owner(out.array):
            continue
        if not (backend.is_contiguous(tensor.array) and backend.is_contiguous(out.array)):
            continue
        start, other = out.data_ptr(), tensor.data_ptr()
        if op.kind == "elementwise" and start == other and out.nbytes == tensor.nbytes:
            continue
        if start < other + tensor.nbytes and other < start + out.nbytes:
            raise RuntimeError("unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
                               "memory "
                               "location. Please clone() the tensor before performing the operation.")


def apply_view_inplace(op: Op, values: tuple[Any, ...]) -> Tensor:
    """Make the first operand the view of itself that `op` gives (``x.t_()``)."""
    target: Tensor = values[0]
    if grad_enabled():
        check_inplace(target, (target,))
    out = op.function(*values)
    target.array = out.array
    bump(target)
    edge = out._view.edge
    if edge is not None:
        node = edge[0]
        node.__class__ = op.node_classes(shifted(node.__class__.__name__, op.inplace_shift))[isinstance(node, GeneralNode)]
    if target._view is not None:
        target._view.chain = out._view.chain
        target._view.edge = edge
        target._view.version = target._versions[0]  # type: ignore[index]
    else:
        target._edge = edge
    return target


def shifted(name: str, shift: int) -> str:
    """``ViewBackward0`` as ``ViewBackward1``, for a shift of 1."""
    return f"{name[:-1]}{int(name[-1]) + shift}"


def write(target: Tensor, array: Any) -> None:
    """Overwrite the elements of `target`, and count the change."""
    own = target.space
    if own.of(array) is not own:
        array = own.K.astype(array, own.K.native[own.dtype])
    target.array = own.K.assign(target.array, array)
    bump(target)


def bump(target: Tensor) -> None:
    """Count a change of `target`'s elements, for all views that share them."""
    versions = target._versions
    if versions is None:
        target._versions = [1]
    elif versions is not UNVERSIONED:
        versions[0] += 1
    elif not inference_enabled():  # torch, too, says so after the write
        raise RuntimeError("Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal "
                           "tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.")


def write_out(op: Op, values: tuple[Any, ...], out: Any) -> Any:
    """Apply `op` and write its results into the tensors `out`, as torch's ``out=``."""
    plain, tensors = checked(op, values)
    several = op.outputs is not None or op.multi_view
    outs = list(out) if several and isinstance(out, (tuple, list)) else [out]
    for item in outs:
        if not isinstance(item, Tensor):
            raise TypeError(f"{op.public}(): argument 'out' must be Tensor, not {type(item).__name__}")
    if grad_enabled() and not op.out_with_grad:
        # torch has two texts: the operand's and the result's
        if any([t.requires_grad for t in tensors]) or any([t.requires_grad for t in outs]):
            raise RuntimeError(f"{op.public}(): functions with out=... arguments don't support automatic differentiation, but one of "
                               "the arguments requires grad.")
    space = common_space(op, plain, tensors)
    result = compute(op, plain, space)
    results = list(result) if isinstance(result, (tuple, list)) else [result]
    for item, array in zip(outs, results, strict=True):
        check_apart(op, item, tensors)
        found = wrap(array, space)
        if op.check_out is not None:
            op.check_out(found.space.dtype, item.space.dtype, *([plain] if op.check_out.__code__.co_argcount > 2 else ()))
        fill_out(item, found, (1, 2) if op.multi_view else (1, 1))
    return None if op.multi_view else out


def composite_out(rule: OutRule, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Any:
    """Write what a composite returns into the tensor `out`, as `rule` says."""
    said: str | Out = rule if isinstance(rule, (str, Out)) else rule(*args, **kwargs)
    name, check, gradient, changes = said if isinstance(said, Out) else Out(said)
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if gradient == REFUSED and grad_enabled():
        given = [t for value in (*args, *kwargs.values(), out) for t in (value if isinstance(value, (tuple, list)) else (value,))]
        if any([isinstance(t, Tensor) and t.requires_grad for t in given]):
            raise RuntimeError(f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
                               "arguments requires grad.")
    if gradient == KEPT:
        result = function(*args, **kwargs)
    else:
        with no_grad():
            result = function(*args, **kwargs)
    if check is not None:
        check(result.space.dtype, out.space.dtype)
    if gradient == KEPT and grad_enabled() and (result.requires_grad or out.requires_grad):
        if tuple(out.array.shape) != tuple(result.array.shape):
            with no_grad():
                fill_out(out, result, (0, changes[1] - 1))
        return out.copy_(result)
    fill_out(out, result, changes)
    return out


def fill_out(out: Tensor, result: Tensor, changes: tuple[int, int] = (1, 1)) -> None:
    """Copy `result` into `out`, resizing it as torch does."""
    own, found = out.space, result.space
    if own.device != found.device:
        raise RuntimeError(f"Expected all tensors to be on the same device, but found at least two devices, {own.device} and "
                           f"{found.device}!")
    check_castable(found, own)
    if tuple(out.array.shape) != tuple(result.array.shape):
        if out.numel():
            import warnings

            warnings.warn(f"An output with one or more elements was resized since it had shape {list(out.array.shape)}, which does not "
                          f"match the required output shape {list(result.array.shape)}. This behavior is deprecated, and in a future "
                          "PyTorch release outputs will not be resized unless they have zero elements. You can explicitly reuse an out "
                          "tensor t by resizing it, inplace, to zero elements with t.resize_(0).", stacklevel=4)
        out.array = own.K.astype(own.K.copy(result.array), own.K.native[own.dtype])
        for _ in range(changes[1]):
            bump(out)
        return
    check_overlap(out)
    if changes[0]:
        write(out, result.array)
        for _ in range(changes[0] - 1):
            bump(out)
    else:
        out.array = own.K.assign(out.array, own.K.astype(result.array, own.K.native[own.dtype]))


def take_named(op: Op, collected: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """The variadic parameter given by name (``x.permute(dims=(1, 0))``)."""
    if collected or list(named) != [op.variadic]:
        unknown = next(n for n in named if n != op.variadic or collected)
        raise TypeError(f"{op.name}() got an unexpected keyword argument '{unknown}'")
    assert op.variadic is not None
    return named[op.variadic]


def is_index(value: Any) -> bool:
    """Whether `value` is one integer (so that it stands for itself among separate arguments)."""
    if value.__class__ is int:
        return True
    if isinstance(value, (tuple, list, dtype)):
        return False
    try:
        index(value)
    except TypeError:
        return False
    return True


#: What generated code refers to.
NAMES: dict[str, Any] = {
    "Tensor": Tensor, "new": new, "LEAF": LEAF, "VIEW": VIEW, "CONSTANT": CONSTANT, "grad_enabled": grad_enabled,
    "next_sequence": next_sequence, "apply": apply, "apply_operator": apply_operator, "record": record,
    "write_out": write_out, "apply_inplace": apply_inplace,
    "view_edge": view_edge, "make_view": make_view, "set_view_edge": set_view_edge, "check_shapes": check_shapes, "freed": freed,
    "INFERENCE": INFERENCE, "UNVERSIONED": UNVERSIONED, "inference_enabled": inference_enabled,
    "__name__": "isograd", "modified": modified, "take_named": take_named, "is_index": is_index, "is_number": is_number,
}
