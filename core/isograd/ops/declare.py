"""Declaring ops: `op`, its kinds, and the registry.

One declaration says everything about an op: its forward over a backend's kernels ``K``, its derivative over a namespace ``F`` of ops, its
kind, and its documentation. From it come the public function, the method, the in-place and ``out=`` forms, and the doc page. See
docs/writing-an-op.md.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from copy import copy
from types import FunctionType
from typing import Any

from isograd.ops.outputs import OutRule

__all__ = [
    "op", "composite", "Op", "REGISTRY", "COMPOSITES", "OUT_RULES", "Array", "Arrays", "IndexArray", "IndexArrays", "Scalar",
    "ELEMENTWISE", "REDUCTION", "VIEW", "MOVEMENT", "CONTRACTION", "OTHER", "COMMON", "FLOAT",
]

# Annotations of a forward's parameters. A parameter without one of these is an attribute.
Array = Any  #: a tensor
Arrays = Any  #: a list of tensors
IndexArray = Any  #: a tensor of indices or conditions: it has no part in promotion, and no gradient
IndexArrays = Any  #: a list of them
Scalar = Any  #: `Array | Scalar`: a tensor or a Python number

# Kinds: what an op does to positions. They give the batching rule and forward mode, and say where rounding happens.
ELEMENTWISE = "elementwise"  # each result element from the elements at its place, after broadcasting
REDUCTION = "reduction"
VIEW = "view"  # the result shares its operand's memory
MOVEMENT = "movement"  # elements are moved or copied, never computed with
CONTRACTION = "contraction"  # sums of products
OTHER = "other"

# Promotion of the operands
COMMON = "common"  # to their common dtype
FLOAT = "float"  # likewise, and integers to the default dtype

REGISTRY: dict[str, Op] = {}
COMPOSITES: dict[str, Callable[..., Any]] = {}  # name -> function over F
OUT_RULES: dict[str, OutRule] = {}  # name -> how a composite writes its ``out=``
RAW_COMPOSITES: dict[str, Callable[..., Any]] = {}  # name -> what a composite is on raw arrays, if something simpler
FUNCTIONS: dict[str, Callable[..., Any]] = {}  # public functions
METHODS: dict[str, Any] = {}  # methods and properties of Tensor


class Derivative:
    """The formula for one operand: what it reads, and where the generated code finds that."""

    __slots__ = ("formula", "reads")

    def __init__(self, formula: Callable[..., Any]) -> None:
        code = formula.__code__
        self.formula = formula
        self.reads = code.co_varnames[2 : code.co_argcount]  # after F and g


class Op:
    """A registered operation.

    Attributes
    ----------
    name : str
        torch's name; ``F.<name>`` in formulas.
    kind : str
    forward : callable
        ``forward(K, *operands, *attributes)`` on raw arrays.
    names : tuple of str
        Parameter names, in order.
    tensors, lists, optional, scalars : frozenset of str
        Parameters that take a tensor; a list of tensors; a tensor or None; a tensor or a number.
    derivatives : dict
        Operand name -> `Derivative`.
    """

    def __init__(self, name: str, kind: str, forward: Callable[..., Any], **options: Any) -> None:
        signature = getattr(forward, "__wrapped__", forward)  # as functools.wraps leaves it
        code = signature.__code__
        self.name = name
        self.kind = kind
        self.forward = forward
        count = code.co_argcount + code.co_kwonlyargcount
        self.names = code.co_varnames[1:count]  # after K
        self.keyword_only = code.co_varnames[code.co_argcount : count]
        defaults = signature.__defaults__ or ()
        positional = code.co_varnames[1 : code.co_argcount]
        self.defaults: dict[str, Any] = dict(zip(positional[len(positional) - len(defaults) :], defaults))
        self.defaults.update(signature.__kwdefaults__ or {})
        kinds = {n: str(forward.__annotations__.get(n, "")) for n in self.names}
        self.tensors = tuple([n for n in self.names if "Array" in kinds[n]])
        self.lists = frozenset([n for n in self.names if "Arrays" in kinds[n]])
        self.optional = frozenset([n for n in self.tensors if "None" in kinds[n]])
        self.scalars = frozenset([n for n in self.tensors if "Scalar" in kinds[n]])
        self.kept = frozenset([n for n in self.tensors if "IndexArray" in kinds[n]])
        self.attributes = tuple([n for n in self.names if n not in self.tensors])
        self.derivatives: dict[str, Derivative] = {}
        self.joint: Derivative | None = None
        self.inplace: Callable[..., Any] | None = None
        self.jvp: Callable[..., Any] | None = None
        self.promote: str | Callable[..., str] | None = options["promote"]
        self.outputs: tuple[str, ...] | None = options["outputs"]
        self.nondifferentiable: frozenset[str] = frozenset(options["nondifferentiable"])
        self.public: str = options["public"]
        self.node: str = options["node"]
        self.written: Op | None = None
        self.overload: Callable[..., str] | None = options["overload"]
        self.numbers: dict[str, str] = options["numbers"] or {}
        self.check: Callable[..., None] | None = options["check"]
        self.supports: Callable[[Any], None] | None = options["supports"]
        self.has_inplace: bool = bool(options["inplace"])
        self.wrong_shape: Callable[[Any, Any], str] | None = options["inplace"] if callable(options["inplace"]) else None
        self.has_out: bool = bool(options["out"])
        self.check_out: Callable[[Any, Any], None] | None = options["out"] if callable(options["out"]) else None
        self.variadic: str | None = options["variadic"]
        self.rounds: bool = options["rounds"]
        self.real_identity: bool = options["real_identity"]
        self.multi_view: bool = options["multi_view"]
        self.changes_dtype: bool = options["changes_dtype"]
        self.number_edges: bool = options["number_edges"]
        self.suffix: str = options["suffix"]
        self.out_with_grad: bool = options["out_with_grad"]
        self.overlap: bool = options["overlap"]
        self.inplace_shift: int = options["inplace_shift"]
        self.doc: str = forward.__doc__ or ""
        self._classes: dict[str, tuple[type, type]] = {}
        self.function: Callable[..., Any] = _lazy(self, name, "function")

    # -- declaration ----------------------------------------------------------------------------------------------------------
    def derivative(self, **formulas: Callable[..., Any] | None) -> Op:
        """State the derivative: for each operand, ``lambda F, g, <what it reads>: <its gradient>``.

        What a formula reads is saved for backward, by name: an operand, ``result`` (or an output's name), an attribute, or
        ``<operand>_shape``, ``<operand>_dtype``. An operand named with None is not differentiable but kept in the graph's edges.
        """
        for name, formula in formulas.items():
            if formula is not None:
                self.derivatives[name] = Derivative(formula)
        return self

    def joint_derivative(self, formula: Callable[..., Any]) -> Op:
        """State one formula for all tensor operands at once: ``lambda F, g, needs, <reads>: (gradient, ...)``.

        ``needs`` is a tuple of bools; a gradient that is not needed may be None.
        """
        self.joint = Derivative(formula)
        return self

    def inplace_form(self, node: str | None = None, check: Callable[..., None] | None = None, **formulas: Callable[..., Any]) -> Op:
        """State what is different in place, where torch's ``<name>_`` has a node or a derivative of its own."""
        form = copy(self)
        form._classes = {}
        form.node = node or self.node
        form.check = check or self.check
        if formulas:
            form.derivatives = {}
            form.derivative(**formulas)
        self.written = form
        return self

    @property
    def differentiable(self) -> bool:
        """Whether any operand has a derivative."""
        return bool(self.derivatives) or self.joint is not None

    @property
    def signature(self) -> str:
        """The signature as torch writes it."""
        parts: list[str] = []
        star = False
        for n in self.names:
            if n in self.keyword_only and not star:
                parts.append("*")
                star = True
            parts.append(f"{n}={self.defaults[n]!r}" if n in self.defaults else n)
        if self.has_out:
            parts += ["out=None"] if star else ["*", "out=None"]
        return f"{self.name}({', '.join(parts)}) -> Tensor"

    def as_operator(self, symbol: str) -> Callable[..., Any]:
        """The op as the operator method `symbol` of Tensor."""
        return _lazy(self, symbol, "operator")

    # -- classes of nodes -----------------------------------------------------------------------------------------------------
    def node_classes(self, name: str) -> tuple[type, type]:
        """The node classes called `name`: for aligned operands, and for any (cast, broadcast)."""
        found = self._classes.get(name)
        if found is None:
            from isograd.ops.generate import node_classes

            found = self._classes[name] = node_classes(self, name + self.suffix)
        return found

    def __repr__(self) -> str:
        return f"<op {self.signature}>"


def op(
    name: str,
    *,
    kind: str,
    promote: str | Callable[..., str] | None = None,
    outputs: tuple[str, ...] | None = None,
    nondifferentiable: tuple[str, ...] = (),
    public: str | None = None,
    node: str | None = None,
    overload: Callable[..., str] | None = None,
    numbers: dict[str, str] | None = None,
    check: Callable[..., None] | None = None,
    supports: Callable[[Any], None] | None = None,
    inplace: bool | Callable[[Any, Any], str] = False,
    out: bool | Callable[[Any, Any], None] = False,
    function: bool = True,
    method: bool = True,
    variadic: str | None = None,
    rounds: bool | None = None,
    real_identity: bool = False,
    multi_view: bool = False,
    changes_dtype: bool | None = None,
    number_edges: bool = True,
    suffix: str = "",
    out_with_grad: bool = False,
    overlap: bool = False,
    inplace_shift: int = 0,
    aliases: tuple[str, ...] = (),
) -> Callable[[Callable[..., Any]], Op]:
    """Register the decorated forward as an op.

    Parameters
    ----------
    name : str
        torch's name.
    kind : str
        ELEMENTWISE, REDUCTION, VIEW, MOVEMENT, CONTRACTION or OTHER.
    promote : {None, COMMON, FLOAT}
        How operands are brought to one dtype before the kernel sees them. An elementwise op of several operands promotes to their
        common dtype unless told otherwise. Where an attribute decides, ``lambda <attributes>: COMMON or FLOAT``.
    outputs : tuple of str, optional
        Names of the results of an op that returns several (``torch.return_types``).
    nondifferentiable : tuple of str
        Those outputs that never require a gradient (indices).
    public : str, optional
        torch's public name, where several ops here are overloads of one there (``max_dim`` of ``max``).
    node : str, optional
        The ``grad_fn`` name; ``<Name>Backward0`` when left out.
    overload : callable, optional
        ``lambda <parameters>: node name`` where torch's overloads have nodes of their own.
    numbers : dict, optional
        Operand -> ``grad_fn`` name when it is a number, where torch has an overload for that; the node then shows no edge for it.
    check : callable, optional
        Called with the operands before promotion, unless they are tensors of one space; raises torch's error for what it refuses.
    supports : callable, optional
        Called once with each dtype that the op is to compute in; raises torch's error for one it refuses.
    inplace, out : bool
        Whether ``<name>_`` and ``out=`` exist. ``inplace=text`` gives torch's error for a tensor that has not the result's shape, as
        ``text(own shape, result's shape)``. ``out=check`` calls ``check(result dtype, out dtype)``, which raises torch's error for a
        tensor it refuses to write to.
    function, method : bool
        Whether there is a public ``isograd.<name>`` and ``Tensor.<name>``.
    variadic : str, optional
        A parameter that the method also takes as separate arguments (``x.view(2, 3)``).
    rounds : bool, optional
        Whether half precision must be computed in float32 and rounded; by default every kind but views and movement.
    real_identity : bool
        Whether the op returns a real operand itself (conj).
    multi_view : bool
        Whether the op returns a tuple of results, as many as it finds (split, unbind). If they are views, they must not be written
        in place.
    changes_dtype : bool, optional
        Whether the result may have another dtype than the (promoted) operands, as for comparisons; True for REDUCTION and OTHER
        unless told otherwise.
    number_edges : bool
        Whether a number in place of a (last) tensor has an edge at all, even one that `numbers` hides.
    suffix : str
        What follows the ``grad_fn`` name of every overload.
    out_with_grad : bool
        Whether ``out=`` may be given although an operand requires a gradient, which then passes it by.
    overlap : bool
        Whether the in-place form may write a tensor of which several elements are one place in memory (an expanded one).
    inplace_shift : int
        What torch adds to the number at the end of the ``grad_fn`` name of the in-place form.
    aliases : tuple of str
        Further public names of the same op.
    """

    def declare(forward: Callable[..., Any]) -> Op:
        tensor_count = sum("Array" in str(a) for a in forward.__annotations__.values())
        declared = Op(
            name, kind, forward,
            promote=promote or (COMMON if kind == ELEMENTWISE and tensor_count > 1 else None),
            outputs=outputs, nondifferentiable=nondifferentiable, public=public or name, node=node or camel(name) + "Backward0",
            overload=overload, numbers=numbers, check=check, supports=supports, inplace=inplace, out=out, variadic=variadic,
            rounds=kind not in (VIEW, MOVEMENT) if rounds is None else rounds,
            real_identity=real_identity, multi_view=multi_view,
            changes_dtype=kind in (REDUCTION, OTHER) if changes_dtype is None else changes_dtype,
            number_edges=number_edges, suffix=suffix, out_with_grad=out_with_grad, overlap=overlap, inplace_shift=inplace_shift,
        )
        if name in REGISTRY:
            raise ValueError(f"an op is registered as {name!r} already")
        REGISTRY[name] = declared
        if inplace:
            declared.inplace = _lazy(declared, name + "_", "inplace")
        for spelling in (name, *aliases):
            if function:
                FUNCTIONS[spelling] = declared.function
            if method:
                METHODS[spelling] = _lazy(declared, spelling, "method") if variadic else declared.function
            if inplace:
                METHODS[spelling + "_"] = _lazy(declared, spelling + "_", "inplace")
                if function:
                    FUNCTIONS[spelling + "_"] = METHODS[spelling + "_"]
        return declared

    return declare


def composite(
    name: str, *, function: bool = True, method: bool = True, aliases: tuple[str, ...] = (), variadic: bool = False,
    raw: Callable[..., Any] | None = None, out: bool | OutRule = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function over ``F`` as a composition of ops, without a node of its own.

    It receives ``F`` first: the recorded ops when a user calls it, a Space when a formula does, so it must call everything through ``F``.

    Parameters
    ----------
    name : str
        torch's name.
    function, method : bool
        Whether there is a public ``isograd.<name>`` and ``Tensor.<name>``.
    aliases : tuple of str
        Further public names.
    variadic : bool
        Whether the method also takes its one parameter, a sequence, as separate arguments (``x.reshape(2, 3)``).
    raw : callable, optional
        ``raw(K, ...)``: what formulas on raw arrays call instead, where that is less than the composition (a copy without a node).
    out : bool, str, Out or callable
        Whether ``out=`` exists; the name torch's errors about it use, where that is another; all else there is to say about it, or what
        says so when called with a call's arguments.
    """

    def declare(body: Callable[..., Any]) -> Callable[..., Any]:
        COMPOSITES[name] = body
        if raw is not None:
            RAW_COMPOSITES[name] = raw

        def public(*args: Any, **kwargs: Any) -> Any:
            return body(RECORDED, *args, **kwargs)

        if out:
            rule = OUT_RULES[name] = name if isinstance(out, bool) else out
            public = _with_out(rule, body)
        public.__name__ = public.__qualname__ = name
        public.__doc__ = body.__doc__
        public.__module__ = "isograd"
        for n in (name, *aliases):
            if function:
                FUNCTIONS[n] = public
            if method:
                METHODS[n] = _gathering(public) if variadic else public
        return body

    return declare


def _with_out(rule: OutRule, body: Callable[..., Any]) -> Callable[..., Any]:
    """The public function of a composite that has an ``out=``."""

    def public(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is None:
            return body(RECORDED, *args, **kwargs)
        from functools import partial

        from isograd.record import composite_out

        return composite_out(rule, partial(body, RECORDED), args, kwargs, out)

    return public


def _gathering(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of a tensor and a sequence as a method that also takes the sequence as separate arguments."""

    def method(self: Any, *items: Any, **named: Any) -> Any:
        if named:
            return function(self, *items, **named)
        return function(self, items[0] if len(items) == 1 and not hasattr(items[0], "__index__") else items)

    method.__name__, method.__qualname__, method.__doc__ = function.__name__, function.__qualname__, function.__doc__
    return method


class Recorded:
    """The recorded ops as an ``F``: every registered op and composite on Tensors, by name."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        declared = REGISTRY.get(name)
        if declared is not None:
            found = declared.function
        elif name in COMPOSITES:
            from functools import partial

            found = partial(COMPOSITES[name], self)
        else:
            raise AttributeError(f"no op is registered as {name!r}")
        setattr(self, name, found)
        return found


RECORDED = Recorded()


def camel(name: str) -> str:
    """torch's CamelCase of an op name: ``log_softmax`` -> ``LogSoftmax``, ``_softmax`` -> ``Softmax``."""
    return "".join([part.title() for part in name.split("_")])  # a letter after a digit too: Log1PBackward0


def _stub(*args: Any, **kwargs: Any) -> Any:
    return __build__()(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821


def _lazy(declared: Op, name: str, form: str) -> Callable[..., Any]:
    """A function that becomes its generated, specialised form when first called.

    Generating code for every op at import would cost more than NumPy's own import; the function object stays the same throughout,
    so references taken before the first call are as fast as later ones.
    """
    namespace: dict[str, Any] = {"__builtins__": builtins, "__name__": "isograd"}
    function = FunctionType(_stub.__code__, namespace, name)
    function.__doc__ = f"{declared.signature}\n\n{declared.doc}"
    function.__module__ = "isograd"

    def build() -> Callable[..., Any]:
        from isograd.ops.generate import generate

        generate(declared, function, form)
        return function

    namespace["__build__"] = build
    return function


def ops() -> dict[str, Op]:
    """All registered ops, by name.

    Examples
    --------
    >>> import isograd
    >>> isograd.ops()["tanh"].kind
    'elementwise'
    """
    return dict(sorted(REGISTRY.items()))
