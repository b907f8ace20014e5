"""Backward: from roots to leaves in order of sequence number, without recursion.

A node's operands always have lower sequence numbers than the node, so taking the highest from a heap visits every node after all that
feed it; no counting pass is needed. All state belongs to one call: backward may run inside backward, and in several threads at once on
graphs that share leaves. Gradients are raw arrays unless the backward is itself recorded (``create_graph=True``); tensors are
made only for hooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush, heappushpop
from sys import getrefcount
from threading import RLock
from typing import Any

from isograd import tensor as tensor_module
from isograd.dtypes import FLOAT
from isograd.grad_mode import enable_grad, no_grad
from isograd.graph import type_text
from isograd.layouts import is_dense
from isograd.record import bump, wrap
from isograd.tensor import Tensor
from isograd.views import edge_of

__all__ = ["backward", "grad"]

_accumulation = RLock()  # two backwards that share a leaf add to its .grad one after the other


class Run:
    """One backward pass.

    Attributes
    ----------
    recorded : bool
        Whether gradients are Tensors and the pass is recorded.
    keep : bool
        Whether saved tensors outlive the pass.
    captures : dict
        (node or leaf, output number) -> gradient, for those whose gradient is asked for.
    needed, visited : set or None
        Nodes that lead to a captured one, and those with the captured ones themselves; None when everything is wanted.
    accumulate_only : set or None
        The leaves whose ``.grad`` may change; None for all.
    """

    __slots__ = ("recorded", "keep", "heap", "pending", "leaves", "owned", "captures", "accumulate_only", "needed", "visited")

    def __init__(self, recorded: bool, keep: bool) -> None:
        self.recorded = recorded
        self.keep = keep
        self.heap: list[tuple[int, Any]] = []
        self.pending: dict[Any, Any] = {}  # node -> gradient of its output, or a list of them
        self.leaves: dict[Any, Any] = {}
        self.owned: set[int] = set()  # gradients (by id) that this pass made and nobody else holds
        self.captures: dict[tuple[Any, int], Any] | None = None
        self.accumulate_only: set[Any] | None = None
        self.needed: set[Any] | None = None
        self.visited: set[Any] | None = None

    # -- gradients in flight --------------------------------------------------------------------------------------------------
    def add(self, old: Any, g: Any, space: Any) -> Any:
        """The sum of two gradients that reached one place: written over `old` once this pass owns it."""
        if self.recorded:
            return old + g
        if id(old) in self.owned:
            return space.of(old).K.iadd(old, g)
        total = space.of(old).plain_add(old, g)
        if total.__class__ is space.array_type:  # not a NumPy scalar
            self.owned.add(id(total))
        return total

    def send(self, edge: tuple[Any, int], g: Any, space: Any) -> None:
        """Deliver `g` to where `edge` leads."""
        target, number = edge
        seq = target._seq
        if not seq:
            leaves = self.leaves
            old = leaves.get(target)
            leaves[target] = g if old is None else self.add(old, g, space)
            return
        if self.visited is not None and target not in self.visited:
            return
        pending = self.pending
        if target.outputs == 1:
            if target in pending:
                pending[target] = self.add(pending[target], g, space)
            else:
                pending[target] = g
                heappush(self.heap, (-seq, target))
        else:
            slots = pending.get(target)
            if slots is None:
                slots = pending[target] = [None] * target.outputs
                heappush(self.heap, (-seq, target))
            old = slots[number]
            slots[number] = g if old is None else self.add(old, g, space)

    # -- the pass -------------------------------------------------------------------------------------------------------------
    def execute(self) -> None:
        """Run every node in the heap, then settle the leaves."""
        if self.recorded:
            with enable_grad():
                self.run_general()
                self.settle()
            return
        # A raw pass records nothing, so grad mode is turned off only around hooks.
        if self.visited is not None:
            self.run_general()
        else:
            self.run_plain()
        self.owned.clear()
        self.settle()

    def run_general(self) -> None:
        """The pass when it is recorded, or only some gradients are wanted."""
        heap, pending, keep = self.heap, self.pending, self.keep
        recorded, needed = self.recorded, self.needed
        while heap:
            node = heappop(heap)[1]
            g = pending.pop(node)
            runs = needed is None or node in needed
            if runs and self.captures:  # torch: of a node that runs, what arrives is captured; of another, what its hooks made of it
                self.capture(node, g)
            if node.hooked:
                g = self.before(node, g, runs)
            if not runs:
                if self.captures:
                    self.capture(node, g)
                continue
            grads = node.run_recorded(g, keep) if recorded else node.run(g, keep)
            if node.hooked and node.node_hooks:
                grads = self.after(node, g, grads)
            space = node.space
            for edge, g in zip(node.edges, grads, strict=True):
                if edge is not None and g is not None:
                    self.send(edge, g, space)

    def run_plain(self, following: Any = None, waiting: Any = None) -> None:
        """The usual pass, with `send` written out for nodes of one output.

        The newest node waits in `following`, and its gradient in `waiting`, instead of the heap: in a chain it is always the next to run.
        """
        heap, pending, leaves, keep = self.heap, self.pending, self.leaves, self.keep
        while True:
            if following is None:
                if not heap:
                    break
                node = heappop(heap)[1]
                g = pending.pop(node)
            elif heap and -heap[0][0] > following._seq:
                pending[following] = waiting
                node = heappushpop(heap, (-following._seq, following))[1]
                g = pending.pop(node)
            else:
                node, g = following, waiting
            following = waiting = None
            if node.hooked:
                g = self.before(node, g)
                grads = node.run(g, keep)
                if node.node_hooks:
                    grads = self.after(node, g, grads)
            else:
                grads = node.run(g, keep)
            for edge, g in zip(node.edges, grads):  # noqa: B905  (`run` answers for the length)
                if edge is None or g is None:
                    continue
                target = edge[0]
                if not target._seq:
                    if target in leaves:
                        leaves[target] = self.add(leaves[target], g, node.space)
                    else:
                        leaves[target] = g
                elif target is following:
                    waiting = self.add(waiting, g, node.space)
                elif target in pending or target.outputs != 1:
                    self.send(edge, g, node.space)
                elif following is None:
                    following, waiting = target, g
                else:
                    pending[target] = g
                    heappush(heap, (-target._seq, target))

    def capture(self, node: Any, g: Any) -> None:
        captures = self.captures
        assert captures is not None
        if node.outputs == 1:
            if (node, 0) in captures:
                captures[node, 0] = g
        else:
            for number, item in enumerate(g):
                if (node, number) in captures:
                    captures[node, number] = item

    def settle(self) -> None:
        """Give each leaf its gradient."""
        leaves = self.leaves
        for leaf in list(leaves):
            g = leaves.pop(leaf)
            if self.captures is not None and (leaf, 0) in self.captures:
                if leaf._hooks is not None:
                    g = self.hooked(leaf._hooks, g, leaf.space)
                self.captures[leaf, 0] = g
                continue
            if self.accumulate_only is not None and leaf not in self.accumulate_only:
                continue
            if leaf._hooks is not None:
                g = self.hooked(leaf._hooks, g, leaf.space)
                if g is None:
                    continue
            hooks = leaf._accumulate_hooks
            if hooks is not None:
                for hook in list(hooks[1].values()):
                    result = self.call(hook, (self.tensor(g, leaf.space),))
                    if result is not None:
                        result = result[0] if isinstance(result, tuple) else result
                        g = result if self.recorded else result.array
            if self.recorded:
                accumulate_recorded(leaf, g)
            else:
                exclusive = getrefcount(g) == 2  # this frame and the call itself
                with _accumulation:
                    accumulate(leaf, g, exclusive)
            if hooks is not None:
                for hook in list(hooks[0].values()):
                    self.call(hook, (), (self.tensor(g, leaf.space),))
            if leaf._post_accumulate is not None:
                for hook in list(leaf._post_accumulate.values()):
                    self.call(hook, leaf)

    # -- hooks ----------------------------------------------------------------------------------------------------------------
    def tensor(self, g: Any, space: Any) -> Any:
        return g if self.recorded or g is None else wrap(g, space)

    def call(self, hook: Any, *args: Any) -> Any:
        """Run a hook; it records only if the pass does."""
        if self.recorded:
            return hook(*args)
        with no_grad():
            return hook(*args)

    def hooked(self, hooks: dict[int, Any], g: Any, space: Any) -> Any:
        """`g` after tensor hooks, each of which may replace it."""
        if not hooks:
            return g
        value = self.tensor(g, space)
        for hook in list(hooks.values()):
            result = self.call(hook, value)
            if result is not None:
                check_replacement(hook, value, result)
                value = result
        return value if self.recorded or value is None else value.array

    def replaced(self, hook: Any, values: tuple[Any, ...], *others: Any) -> tuple[Any, ...]:
        """`values` after a node's hook, which may replace them."""
        result = self.call(hook, values, *others)
        if result is None:
            return values
        if not isinstance(result, tuple):
            raise TypeError(f"expected tuple, but hook returned '{type(result).__name__}'")
        if len(result) != len(values):
            raise RuntimeError(f"hook '{hook_name(hook)}' has returned an incorrect number of values (got {len(result)}, but expected "
                               f"{len(values)})")
        for old, new in zip(values, result, strict=True):
            if old is not None or new is not None:
                check_replacement(hook, old, new)
        return result

    def before(self, node: Any, g: Any, runs: bool = True) -> Any:
        """`g` after the tensor hooks of the node's outputs, ``retain_grad`` and, if the node runs, its pre-hooks, in torch's order."""
        gradients = [g] if node.outputs == 1 else g
        if node.pre_hooks is not None:
            for number, hooks in node.pre_hooks.items():
                gradients[number] = self.hooked(hooks, gradients[number], node.space)
        if node.retained is not None:
            for number, reference in node.retained.items():
                tensor = reference()
                if tensor is not None and gradients[number] is not None:
                    value = self.tensor(gradients[number], node.space)
                    held = tensor._grad
                    if held is None:
                        tensor._grad = value if self.recorded else self.call(value.clone)
                    else:
                        tensor._grad = self.call(held.__add__, value)
        if runs and node.node_pre_hooks:
            values = tuple([self.tensor(item, node.space) for item in gradients])
            for hook in list(node.node_pre_hooks.values()):
                values = self.replaced(hook, values)
            gradients = [v if v is None or self.recorded else v.array for v in values]
        return gradients[0] if node.outputs == 1 else gradients

    def after(self, node: Any, g: Any, grads: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands' gradients after the node's hooks."""
        outputs = [g] if node.outputs == 1 else g
        given = tuple([self.tensor(item, node.space) for item in outputs])
        values = tuple([self.tensor(item, node.space) for item in grads])
        for hook in list(node.node_hooks.values()):
            values = self.replaced(hook, values, given)
        return tuple([v if v is None or self.recorded else v.array for v in values])


def hook_name(hook: Any) -> str:
    return getattr(hook, "__name__", "<unknown>")


def check_replacement(hook: Any, old: Any, new: Any) -> None:
    """Raise torch's error if a hook returned something else than a gradient of the same type and size."""
    if new is not None and not isinstance(new, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(new).__name__}'")
    if old is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if new is None:
        return
    if old.space is not new.space:
        raise RuntimeError(f"hook '{hook_name(hook)}' has changed the type of value (was {type_text(old.space)} got "
                           f"{type_text(new.space)})")
    if old.array.shape != new.array.shape:
        raise RuntimeError(f"hook '{hook_name(hook)}' has changed the size of value")


def accumulate(leaf: Tensor, g: Any, exclusive: bool) -> None:
    """Add the raw gradient `g` to ``leaf.grad``; take it over if nobody else holds it and its layout is the leaf's."""
    held: Any = leaf._grad
    space = leaf.space
    if held is not None:
        if held._edge is None and held.space is space:
            held.array = space.K.iadd(held.array, g)
            bump(held)
        else:
            with no_grad():
                leaf._grad = held + wrap(g, space)
        return
    backend = space.backend
    if g.__class__ is not space.array_type:
        g = space.K.asarray(g)
    elif not (exclusive and backend.owns_memory(g) and same_layout(backend, g, leaf.array)):
        g = laid_out_like(space, g, leaf.array)
    leaf._grad = wrap(g, space)


def same_layout(backend: Any, g: Any, like: Any) -> bool:
    """Whether `g` has the layout a gradient of `like` keeps: its strides if it is dense, else row-major."""
    if backend.is_contiguous(like):
        return bool(backend.is_contiguous(g))
    strides = backend.strides(like)
    if is_dense(tuple(like.shape), strides):
        return bool(strides == backend.strides(g))
    return bool(backend.is_contiguous(g))


def laid_out_like(space: Any, g: Any, like: Any) -> Any:
    """A copy of `g` in the layout a gradient of `like` keeps."""
    backend, K = space.backend, space.K
    if backend.is_contiguous(like) or not backend.capabilities.strides:
        return K.assign(K.empty(tuple(g.shape), dtype=K.native[space.dtype]), g)
    strides = backend.strides(like)
    if not is_dense(tuple(like.shape), strides):
        return K.assign(K.empty(tuple(g.shape), dtype=K.native[space.dtype]), g)
    order = sorted(range(len(strides)), key=lambda d: -strides[d])
    memory = K.empty(tuple([g.shape[d] for d in order]), dtype=K.native[space.dtype])
    back = [order.index(d) for d in range(len(order))]
    return K.assign(K.permute_dims(memory, tuple(back)), g)


def accumulate_recorded(leaf: Tensor, g: Tensor) -> None:
    """Add the recorded gradient `g` to ``leaf.grad``, out of place; the first is copied into the layout that `accumulate` gives it."""
    with _accumulation:
        held: Any = leaf._grad
        if held is not None:
            leaf._grad = held + g
            return
        like = leaf.array
        space, backend = g.space, g.space.backend
        if backend.is_contiguous(like) or (backend.capabilities.strides and is_dense(tuple(like.shape), backend.strides(like))):
            leaf._grad = wrap(laid_out_like(space, g.array, like), space).copy_(g)
        else:
            leaf._grad = g.clone()


# -- entries ------------------------------------------------------------------------------------------------------------------------
def root_gradients(tensors: Sequence[Tensor], gradients: Sequence[Any], create_graph: bool) -> list[Tensor]:
    """The gradient each root starts with: as given, or 1 for a scalar.

    Raises
    ------
    RuntimeError
        With torch's texts.
    """
    result: list[Any] = []
    for i, (tensor, gradient) in enumerate(zip(tensors, gradients, strict=False)):
        if not isinstance(tensor, Tensor):
            raise AssertionError("Expected output to be a torch.Tensor")
        if gradient is None:
            if tensor.requires_grad:
                K = tensor.space.K
                result.append(wrap(K.ones(scalar_shape(tensor), dtype=K.native[tensor.dtype]), tensor.space))
            else:
                result.append(None)
            continue
        if not isinstance(gradient, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
        if tuple(gradient.array.shape) != tuple(tensor.array.shape):
            raise RuntimeError(f"Mismatch in shape: grad_output[{i}] has a shape of {gradient.shape!r} and output[{i}] has a shape of "
                               f"{tensor.shape!r}.")
        if tensor.dtype.is_complex != gradient.dtype.is_complex:
            raise RuntimeError(f"For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
                               f"grad_output[{i}] has a dtype of {gradient.dtype!r} and output[{i}] has a dtype of {tensor.dtype!r}.")
        if gradient.space is not tensor.space:
            gradient = gradient.to(tensor.dtype)
        result.append(gradient)
    if len(result) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(result)} gradients")
    return result


def as_tuple(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, Tensor) else tuple(value)


def check_inputs(inputs: Sequence[Any]) -> None:
    for target in inputs:
        if not isinstance(target, Tensor):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(target).__name__}")


def start(run: Run, tensors: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
    for i, (tensor, gradient) in enumerate(zip(tensors, gradients, strict=True)):
        edge = edge_of(tensor)
        if edge is None:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        run.send(edge, gradient if run.recorded else gradient.array, tensor.space)


def mark_needed(run: Run, roots: Sequence[Any], wanted: set[Any]) -> None:
    """Find the nodes from which a wanted node or leaf can be reached."""
    reached: dict[Any, bool] = {}
    order: list[Any] = []
    stack = [r for r in roots if r._seq]
    while stack:
        node = stack.pop()
        if node in reached:
            continue
        reached[node] = False
        order.append(node)
        for edge in node.edges:
            if edge is not None and edge[0]._seq and edge[0] not in reached:
                stack.append(edge[0])
    order.sort(key=lambda node: node._seq)
    needed: set[Any] = set()
    for node in order:  # operands come before what uses them
        for edge in node.edges:
            if edge is not None and (edge[0] in needed or edge[0] in wanted):
                needed.add(node)
                break
    run.needed = needed


def backward(
    tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False, grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Accumulate the gradients of `tensors` in the ``.grad`` of the leaves behind them. As ``torch.autograd.backward``.

    Parameters
    ----------
    tensors : Tensor or sequence of Tensor
        The roots.
    grad_tensors : Tensor or sequence of (Tensor or None), optional
        The gradient each root starts with; 1 for scalars when left out.
    retain_graph : bool, optional
        Keep saved tensors; as `create_graph` when left out.
    create_graph : bool
        Record the backward itself.
    inputs : Tensor or sequence of Tensor, optional
        Accumulate into these only.

    Raises
    ------
    RuntimeError
        With torch's texts: non-scalar root without gradient, freed graph, modified saved tensor, nothing that requires a gradient.
    """
    if isinstance(tensors, Tensor) and grad_tensors is None and inputs is None and not create_graph:
        from_scalar(tensors, bool(retain_graph))
        return
    targets = None if inputs is None else as_tuple(inputs)
    if targets == ():
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    roots = as_tuple(tensors)
    given = (None,) * len(roots) if grad_tensors is None else as_tuple(grad_tensors)
    gradients = root_gradients(roots, given, create_graph)
    run = Run(create_graph, create_graph if retain_graph is None else bool(retain_graph))
    if targets is not None:
        check_inputs(targets)
        for target in targets:  # a result among the inputs keeps its gradient from now on, as in torch
            target.retain_grad()
        run.accumulate_only = {t for t in targets if t.is_leaf}
        _prepare(run, roots, targets)
    start(run, roots, gradients)
    del gradients, grad_tensors, given
    run.execute()


def from_scalar(root: Tensor, keep: bool) -> None:
    """The usual backward: from one scalar, to all leaves."""
    edge = root._edge
    if edge.__class__ is not tuple:
        edge = edge_of(root)
        if edge is None:
            raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
    space = root.space
    g = space.K.ones(scalar_shape(root), dtype=space.K.native[space.dtype])
    run = Run(False, keep)
    node = edge[0]
    if node._seq and node.outputs == 1:
        run.run_plain(node, g)
    else:
        run.send(edge, g, space)
        run.run_plain()
    del g
    run.owned.clear()
    run.settle()


def scalar_shape(root: Tensor) -> tuple[int, ...]:
    """The shape of a root without a gradient of its own; torch's errors if it is no real scalar."""
    shape = tuple(root.array.shape)
    if shape and root.numel() != 1:
        raise RuntimeError("grad can be implicitly created only for scalar outputs")
    if root.space.category != FLOAT:
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {root.dtype!r}")
    return shape


def _prepare(run: Run, roots: Sequence[Tensor], targets: Sequence[Tensor]) -> None:
    edges = [edge_of(r) for r in roots]
    wanted = {edge_of(t)[0] for t in targets}  # type: ignore[index]
    mark_needed(run, [e[0] for e in edges if e is not None], wanted)
    assert run.needed is not None
    # A captured node is visited to be read, and run only if it leads to another.
    run.visited = run.needed | {w for w in wanted if w._seq}


def grad(
    outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
    only_inputs: bool = True, allow_unused: bool | None = None, is_grads_batched: bool = False, materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, without touching any ``.grad``. As ``torch.autograd.grad``.

    Parameters
    ----------
    outputs : Tensor or sequence of Tensor
    inputs : Tensor or sequence of Tensor
    grad_outputs : Tensor or sequence of (Tensor or None), optional
        The gradient each output starts with; 1 for scalars when left out.
    retain_graph, create_graph : bool
        As in `backward`.
    allow_unused : bool, optional
        Return None for an input the outputs do not depend on, instead of raising.
    materialize_grads : bool
        Return zeros instead of None there.

    Returns
    -------
    tuple of (Tensor or None)
        One for each input.

    Raises
    ------
    RuntimeError
        With torch's texts.

    Examples
    --------
    >>> import isograd as torch
    >>> x = torch.tensor(3., requires_grad=True)
    >>> torch.autograd.grad(x ** 2, x)
    (tensor(6.),)
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False.")
    if not only_inputs:
        import warnings

        warnings.warn("only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other parts "
                      "of the graph, please use torch.autograd.backward.", FutureWarning, stacklevel=2)
    if allow_unused is None:
        allow_unused = materialize_grads
    roots, targets = as_tuple(outputs), as_tuple(inputs)
    given = (None,) * len(roots) if grad_outputs is None else as_tuple(grad_outputs)
    if is_grads_batched:
        return batched(roots, targets, given, create_graph if retain_graph is None else retain_graph, create_graph, allow_unused,
                       materialize_grads)
    gradients = root_gradients(roots, given, create_graph)
    if not targets:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    run = Run(create_graph, create_graph if retain_graph is None else bool(retain_graph))
    for i, root in enumerate(roots):
        if edge_of(root) is None:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
    check_inputs(targets)
    edges = []
    for target in targets:
        edge = edge_of(target)
        if edge is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        edges.append(edge)
    run.captures = {edge: None for edge in edges}
    run.accumulate_only = set()
    _prepare(run, roots, targets)
    start(run, roots, gradients)
    run.execute()
    result: list[Any] = []
    for i, (target, edge) in enumerate(zip(targets, edges, strict=True)):
        g = run.captures[edge]
        if g is None:
            if not allow_unused:
                raise RuntimeError(f"The differentiated Tensor at index {i} appears to not have been used in the graph. Set "
                                   "allow_unused=True if this is the desired behavior.")
            if materialize_grads:
                K = target.space.K
                g = wrap(K.zeros(tuple(target.array.shape), dtype=K.native[target.dtype]), target.space)
                if create_graph:
                    g.requires_grad_()
            result.append(g)
        else:
            result.append(g if create_graph else wrap(g, target.space))
    return tuple(result)


def batched(
    roots: tuple[Tensor, ...], targets: tuple[Tensor, ...], given: tuple[Any, ...], retain_graph: bool, create_graph: bool,
    allow_unused: bool, materialize_grads: bool,
) -> tuple[Any, ...]:
    """`grad` for each of a batch of gradients, stacked: what torch vectorises is done one by one here."""
    from isograd.ops.declare import RECORDED

    size = next(g for g in given if g is not None).shape[0]
    rows = [grad(roots, targets, [None if g is None else g[row] for g in given], retain_graph or row < size - 1, create_graph,
                 allow_unused=allow_unused, materialize_grads=materialize_grads) for row in range(size)]
    return tuple([None if column[0] is None else RECORDED.stack(column) for column in zip(*rows, strict=True)])


tensor_module.backward = backward  # which Tensor.backward calls; that module cannot import this one
