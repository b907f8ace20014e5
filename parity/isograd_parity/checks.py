"""The checks: what is done with one operator, dtype and sample, in torch and in the subject alike.

Each check is a function of a `Trial` and returns records; an exception is a result like any other, to be compared.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from isograd_parity.cases.op_db import Case, Operator, rebind
from isograd_parity.oracle import Frozen, Raised, Recorder, extent, flatten
from isograd_parity.subject import Missing, Subject, Thawing

__all__ = ["CHECKS", "Check", "Trial", "run"]

NOTHING_TO_DIFFERENTIATE = "no output requires a gradient"


class Trial:
    """One call of an operator in one module, on fresh inputs.

    Attributes
    ----------
    module : module
        torch or the subject.
    args, kwargs
        Live arguments.
    inputs : list of Tensor
        Every tensor among them, in order; labelled "input 0", "input 1", … in records.
    """

    def __init__(self, subject: Subject, operator: Operator, case: Case) -> None:
        self.subject = subject
        self.module = subject.module
        self.operator = operator
        self.case = case
        self.function = operator.function(subject)
        self.thawing = Thawing(subject)
        self.args = self.thawing.thaw(case.args)
        self.kwargs = self.thawing.thaw(case.kwargs)
        self.inputs = list(self.thawing.tensors)
        self.recorder = Recorder(
            self.module, [(f"input {i}", t) for i, t in enumerate(self.inputs)]
        )

    def call(self, *args: Any, **extra: Any) -> Any:
        """Call the operator from a fixed seed, on other positional arguments if any are given."""
        self.subject.seed(0)
        return self.function(*(args or self.args), **self.kwargs, **extra)

    def well_defined(self, output: Any) -> Any:
        """The part of an output that mathematics determines."""
        process = self.case.process
        if process is None:
            return output
        return (process if self.subject.is_torch else rebind(process, self.subject))(output)

    def record(self, output: Any) -> Any:
        """Record an output; where only a part of it is determined, the structure of it all and the values of that part."""
        if self.case.process is None:
            return self.recorder.record(output)
        return {
            "structure": without_values(self.recorder.record(output)),
            "values": self.recorder.record(self.well_defined(output)),
        }

    def differentiable(self, output: Any) -> list[Any]:
        """The tensors of an output that a gradient can start from."""
        return [
            t for t in flatten(self.well_defined(output), self.module.Tensor) if t.requires_grad
        ]

    def leaves(self) -> list[Any]:
        """The inputs that require a gradient."""
        return [t for t in self.inputs if t.requires_grad]

    def cotangents(
        self, tensors: list[Any], salt: str, *, requires_grad: bool = False
    ) -> list[Any]:
        """Random tensors like these. Never ones: a sum's gradient hides a transposed one."""
        made = []
        for i, t in enumerate(tensors):
            key = f"{salt} {i} {self.case.op} {self.case.index} {tuple(t.shape)}"
            frozen = random_like(
                tuple(t.shape), repr(t.dtype).removeprefix("torch."), zlib.crc32(key.encode())
            )
            if (
                self.case.rounded_to is not None
            ):  # the higher-precision twin gets the very same numbers
                frozen = frozen.cast(self.case.rounded_to).cast(frozen.dtype)
            made.append(self.subject.tensor(replace(frozen, requires_grad=requires_grad))[0])
        return made


def random_like(shape: tuple[int, ...], dtype: str, seed: int) -> Frozen:
    """Normal random numbers, with imaginary parts where the dtype has them."""
    draw = np.random.default_rng(seed).standard_normal
    values: np.ndarray = np.asarray(draw(shape))
    if dtype.startswith("complex"):
        values = values + 1j * draw(shape)
    return Frozen.of_array(values).cast(dtype)


def without_values(record: Any) -> Any:
    """The record with its arrays emptied."""
    if hasattr(record, "array"):
        return replace(record, array=np.empty(0))
    if isinstance(record, (tuple, list)):
        return type(record)(without_values(item) for item in record)
    if isinstance(record, dict):
        return {key: without_values(item) for key, item in record.items()}
    return record


# ----------------------------------------------------------------------------------------------------- the checks


def forward(t: Trial) -> Any:
    """The result, how it is tied to the inputs, and that these are as they were."""
    versions = [x._version for x in t.inputs]
    result = t.record(t.call())
    bumps = [x._version - before for x, before in zip(t.inputs, versions, strict=True)]
    return {
        "result": result,
        "version bumps of inputs": bumps,
        "inputs untouched": t.thawing.untouched(),
    }


def grad_fn(t: Trial) -> Any:
    """The graph that the call leaves behind: names, edges, leaves."""
    output = t.call()
    return [str(t.recorder.graph(x)) for x in flatten(output, t.module.Tensor)]


def backward(t: Trial) -> Any:
    """Gradients for random cotangents, and that computing them writes to no input."""
    outputs = t.differentiable(t.call())
    if not outputs:
        return NOTHING_TO_DIFFERENTIATE
    grads = t.module.autograd.grad(
        outputs, t.leaves(), t.cotangents(outputs, "first"), allow_unused=True
    )
    return {"gradients": t.recorder.record(grads), "inputs untouched": t.thawing.untouched()}


def double_backward(t: Trial) -> Any:
    """Gradients of a random combination of the gradients, for the inputs and for the cotangents."""
    outputs = t.differentiable(t.call())
    if not outputs:
        return NOTHING_TO_DIFFERENTIATE
    cotangents = t.cotangents(outputs, "first", requires_grad=True)
    leaves = t.leaves()
    first = t.module.autograd.grad(
        outputs, leaves, cotangents, allow_unused=True, create_graph=True
    )
    again = [g for g in first if g is not None and g.requires_grad]
    if not again:
        return [g if g is None else "constant" for g in first]
    second = t.module.autograd.grad(
        again, [*leaves, *cotangents], t.cotangents(again, "second"), allow_unused=True
    )
    return {
        "further differentiable": [g is not None and g.requires_grad for g in first],
        "gradients": t.recorder.record(second),
    }


def no_grad(t: Trial) -> Any:
    """The same call while recording is off."""
    with t.module.no_grad():
        return t.record(t.call())


def detach(t: Trial) -> Any:
    """The call on detached inputs, and the detached result of the call."""

    def detached(value: Any) -> Any:
        if isinstance(value, t.module.Tensor):
            return value.detach()
        return type(value)(map(detached, value)) if type(value) in (tuple, list) else value

    on_detached = t.call(*detached(t.args))
    outputs = list(flatten(t.call(), t.module.Tensor))
    values = t.recorder.record(t.well_defined(on_detached))
    if t.case.process is not None:
        outputs = []
    return {
        "on detached inputs": values,
        "detached result": t.recorder.record([x.detach() for x in outputs]),
        "shares memory": [extent(x.detach()) == extent(x) for x in outputs],
    }


def inplace(t: Trial) -> Any:
    """The in-place form while recording and not: identity, value, version, graph, gradients.

    A leaf that wants a gradient may not be written to, so a clone of it is.
    """
    first, *rest = t.args
    if not isinstance(first, t.module.Tensor):
        return "the first argument is no tensor"
    function = t.operator.inplace_function(t.subject)
    target = first.clone() if first.requires_grad else first
    with t.module.no_grad():
        spare = first.detach().clone()
    t.recorder.known.append(("target", target))

    def write(tensor: Any) -> dict[str, Any]:
        before = tensor._version
        t.subject.seed(0)
        returned = function(tensor, *rest, **t.kwargs)
        return {
            "returns its target": returned is tensor,
            "target": t.recorder.record(tensor),
            "version bumps": tensor._version - before,
        }

    def write_and_differentiate() -> dict[str, Any]:
        result = write(target)
        result["graph"] = str(t.recorder.graph(target))
        if target.requires_grad:
            cotangent = t.cotangents([target], "first")[0]
            grads = t.module.autograd.grad(target, t.leaves(), cotangent, allow_unused=True)
            result["gradients"] = t.recorder.record(grads)
        return result

    recording = outcome(write_and_differentiate)
    with t.module.no_grad():
        return {"recording": recording, "not recording": outcome(lambda: write(spare))}


def out(t: Trial) -> Any:
    """``out=``: a ready tensor of unusual strides, an empty one to grow, another dtype, and inputs that want gradients."""
    module = t.module
    refused = outcome(lambda: t.call(out=empty_outputs(t, t.call())))
    with module.no_grad():
        model = t.call()
        result = {
            "where a gradient is wanted": refused if isinstance(refused, Raised) else "accepted"
        }
        for label, prepare in (
            # transposed matrices only: with batches of them, torch's triu and lu write outside the memory
            ("ready", lambda x: zeros(t, name_of(x), tuple(x.shape), reverse=len(x.shape) == 2)),
            ("growing", lambda x: module.empty(0, dtype=x.dtype)),
            ("another dtype", lambda x: zeros(t, other_dtype(x), tuple(x.shape))),
        ):
            result[label] = outcome(functools.partial(write_out, t, model, prepare))
    return result


def write_out(t: Trial, model: Any, prepare: Callable[[Any], Any]) -> Any:
    targets = outputs_like(model, t.module.Tensor, prepare)
    returned = t.call(out=targets)
    flat = list(flatten(targets, t.module.Tensor))
    same = [a is b for a, b in zip(flatten(returned, t.module.Tensor), flat, strict=False)]
    return {"returns its target": same, "target": t.record(targets)}


def empty_outputs(t: Trial, model: Any) -> Any:
    return outputs_like(model, t.module.Tensor, lambda x: t.module.empty(0, dtype=x.dtype))


def outputs_like(model: Any, tensor_type: type, make: Callable[[Any], Any]) -> Any:
    """What to pass as ``out=`` for a result like this one: a tensor, or a tuple of them."""
    if isinstance(model, tensor_type):
        return make(model)
    return tuple(make(x) for x in model)


def zeros(t: Trial, dtype: str, shape: tuple[int, ...], *, reverse: bool = False) -> Any:
    array = np.zeros(shape, order="F" if reverse else "C")
    strides = tuple(s // array.itemsize for s in array.strides)
    return t.subject.tensor(
        replace(Frozen.of_array(array.ravel()).cast(dtype), shape=shape, strides=strides)
    )[0]


def name_of(tensor: Any) -> str:
    return repr(tensor.dtype).removeprefix("torch.")


def other_dtype(tensor: Any) -> str:
    return "int64" if tensor.dtype.is_floating_point or tensor.dtype.is_complex else "float32"


def errors(t: Trial) -> Any:
    """A call that torch refuses: type and text of the exception."""
    return t.record(t.call())


# --------------------------------------------------------------------------------------------------- the registry


@dataclass(frozen=True, slots=True)
class Check:
    """A check and the cells it makes: one for each dtype of an operator that it applies to."""

    name: str
    function: Callable[[Trial], Any]
    dtypes: Callable[[Operator], tuple[str, ...]]


CHECKS = {
    check.name: check
    for check in (
        Check("forward", forward, lambda o: o.dtypes),
        Check("grad_fn", grad_fn, lambda o: o.backward_dtypes),
        Check("backward", backward, lambda o: o.backward_dtypes),
        Check(
            "double_backward",
            double_backward,
            lambda o: o.backward_dtypes if o.has_double_backward else (),
        ),
        Check("no_grad", no_grad, lambda o: o.backward_dtypes),
        Check("detach", detach, lambda o: o.backward_dtypes),
        Check("inplace", inplace, lambda o: o.dtypes if o.has_inplace else ()),
        Check("out", out, lambda o: o.dtypes if o.has_out else ()),
        Check("errors", errors, lambda o: ("any",) if o.has_errors else ()),
    )
}


def outcome(function: Callable[[], Any]) -> Any:
    """What a call gives: its value, or the exception as a record. A name that the subject lacks is no outcome."""
    try:
        return function()
    except Missing:
        raise
    except Exception as error:  # whatever is raised is what is compared
        return Raised.of(error)


def run(check: Check, subject: Subject, operator: Operator, case: Case) -> Any:
    """Run one check on one sample; raises `Missing`."""
    trial = Trial(subject, operator, case)
    return outcome(lambda: check.function(trial))
