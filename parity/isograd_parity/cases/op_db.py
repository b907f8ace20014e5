"""The one adapter on torch's ``op_db``: its operators, their samples as plain data, their callables in the subject.

An OpInfo names torch's callable in one of three ways. Most are attributes of ``torch`` or ``torch.Tensor``, and the
subject's is found at the same path. Some are lambdas of torch's test suite around such attributes; they are run with
the global ``torch`` standing for the subject, so that there is no second table to keep in step. The rest are
operators of ``torch.ops.aten``.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import inspect
import random
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import BinaryUfuncInfo, OpInfo, UnaryUfuncInfo

from isograd_parity.oracle import Frozen, Unsupported, freeze
from isograd_parity.subject import Attribute, Device, Instance, Missing, Subject

__all__ = ["Case", "Operator", "operators"]

SEED = 1234
# A sample of more elements is left out: grid_sampler_3d has one of 5 million, which takes longer than all else together.
MOST_ELEMENTS = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One call of an operator, as data.

    ``process`` is torch's ``output_process_fn_grad``: the part of the output that is well defined, as a singular vector is
    only up to its phase; values and gradients are compared behind it. ``rounded_to`` names the dtype whose numbers a
    case holds that was cast to a wider one.
    """

    op: str
    dtype: str
    index: int
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    process: Callable[..., Any] | None = None
    rounded_to: str | None = None

    def cast(self, types: dict[str, str]) -> Case:
        """The same call in other dtypes."""
        made: dict[int, Any] = {}

        def cast(value: Any) -> Any:
            if isinstance(value, Frozen):
                if id(value) not in made:
                    made[id(value)] = (
                        value.cast(types[value.dtype]) if value.dtype in types else value
                    )
                return made[id(value)]
            if isinstance(value, Attribute):
                return Attribute(types.get(value.path, value.path))
            if isinstance(value, (tuple, list)):
                return type(value)(cast(item) for item in value)
            if isinstance(value, dict):
                return {key: cast(item) for key, item in value.items()}
            return value

        return Case(
            self.op,
            self.dtype,
            self.index,
            cast(self.args),
            cast(self.kwargs),
            self.process,
            self.dtype,
        )


class Operator:
    """An OpInfo: what it declares, its samples, and where its callables are.

    Attributes
    ----------
    name : str
        torch's ``formatted_name``, unique in ``op_db``.
    differentiable : bool
    dtypes, backward_dtypes : tuple of str
        As declared for the CPU.
    """

    def __init__(self, info: OpInfo) -> None:
        self.info = info
        self.name: str = info.formatted_name
        self.differentiable: bool = info.supports_autograd
        self.dtypes = names(info.supported_dtypes("cpu"))
        self.backward_dtypes = names(info.supported_backward_dtypes("cpu"))
        self.has_double_backward: bool = info.supports_gradgrad
        self.has_out: bool = info.supports_out
        self.inplace: Callable[..., Any] | None = PUBLIC_INPLACE.get(self.name, info.get_inplace())
        self.has_inplace: bool = self.inplace is not None
        self.elementwise = isinstance(info, (UnaryUfuncInfo, BinaryUfuncInfo))
        self.has_errors: bool = info.error_inputs_func is not None

    def __repr__(self) -> str:
        return f"Operator({self.name!r})"

    @functools.cached_property
    def path(self) -> str | None:
        """Where torch keeps the callable; ``None`` for a lambda of torch's test suite."""
        return path_of(self.info.op, self.info.name)

    @functools.cached_property
    def inplace_path(self) -> str | None:
        """Where torch keeps the in-place form; ``None`` for a lambda of torch's test suite."""
        return path_of(self.inplace, f"{self.info.name}_")

    def requirements(self) -> list[str]:
        """The paths that a subject needs to have this operator."""
        return [self.path] if self.path else sorted(attributes(self.info.op))

    def inplace_requirements(self) -> list[str]:
        """The paths that a subject needs to have the in-place form."""
        if self.inplace is None:
            return []
        return [self.inplace_path] if self.inplace_path else sorted(attributes(self.inplace))

    def function(self, subject: Subject) -> Callable[..., Any]:
        """The operator in the subject; raises `Missing`."""
        return find(subject, self.info.op, self.path, self.requirements())

    def inplace_function(self, subject: Subject) -> Callable[..., Any]:
        """Its in-place form in the subject; raises `Missing`."""
        return find(subject, self.inplace, self.inplace_path, self.inplace_requirements())

    def samples(self, dtype: str, limit: int | None = None) -> list[Case]:
        """torch's sample inputs, frozen."""
        requires_grad = dtype in self.backward_dtypes
        cases = []
        with quiet():
            seed()
            inputs = iter(
                self.info.sample_inputs(
                    "cpu", getattr(torch, dtype), requires_grad=requires_grad, set_seed=False
                )
            )
            for index, sample in enumerate(seeded(inputs)):
                if limit is not None and index >= limit:
                    break
                if elements(sample) <= MOST_ELEMENTS:
                    cases.append(self._case(sample, dtype, index))
        return cases

    def errors(self) -> list[Case]:
        """torch's erroneous inputs, frozen; without those about a second device."""
        if not self.has_errors:
            return []
        with quiet():
            seed()
            try:
                inputs = list(
                    seeded(iter(self.info.error_inputs(torch.device("cpu"), set_seed=False)))
                )
            except AttributeError:  # some of torch's generators want the device's string
                inputs = list(seeded(iter(self.info.error_inputs("cpu", set_seed=False))))
            cases = []
            for index, error in enumerate(inputs):
                with contextlib.suppress(Unsupported):
                    cases.append(self._case(error.sample_input, "", index))
            return cases

    def _case(self, sample: Any, dtype: str, index: int) -> Case:
        memo: dict[int, Any] = {}
        args = frozen((sample.input, *sample.args), memo)
        process = sample.output_process_fn_grad
        if process.__module__.endswith("opinfo.core"):  # the identity by default
            process = None
        return Case(self.name, dtype, index, args, frozen(sample.kwargs, memo), process)


@functools.cache
def operators() -> dict[str, Operator]:
    """Every operator of ``op_db``, by name, in torch's order."""
    return {info.formatted_name: Operator(info) for info in op_db}


# These OpInfos name functions of torch._C._nn; this is their public spelling.
PUBLIC_INPLACE: dict[str, Callable[..., Any]] = {
    "nn_functional_hardsigmoid": lambda x: torch.nn.functional.hardsigmoid(x, inplace=True),
    "nn_functional_mish": lambda x: torch.nn.functional.mish(x, inplace=True),
}
WRITTEN_WITH_TORCH = (
    "torch.testing",
    __name__,
)  # modules whose functions may be run with the subject for torch


def names(dtypes: Any) -> tuple[str, ...]:
    order = list(
        torch.testing._internal.common_dtype.all_types_and_complex_and(
            torch.bool, torch.half, torch.bfloat16
        )
    )
    known = [d for d in order if d in dtypes]
    rest = sorted((d for d in dtypes if d not in order), key=str)
    return tuple(str(d).removeprefix("torch.") for d in known + rest)


# ------------------------------------------------------------------------------------------- samples as plain data


def seed() -> None:
    """Seed every generator that torch's sample functions draw from."""
    torch.default_generator.manual_seed(SEED)
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002 - torch's sample functions use the global generator


def elements(sample: Any) -> int:
    """How many elements the first argument has."""
    return sample.input.numel() if isinstance(sample.input, torch.Tensor) else 0


def seeded(iterator: Iterator[Any]) -> Iterator[Any]:
    """Seed before each item: a sample then depends on its index alone, not on the name of the running test."""
    while True:
        seed()
        try:
            yield next(iterator)
        except StopIteration:
            return


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def frozen(value: Any, memo: dict[int, Any]) -> Any:
    """Turn an argument of any nesting into data that names nothing of torch."""
    if isinstance(value, torch.Tensor):
        if id(value) not in memo:
            memo[id(value)] = (freeze(value), value)
        return memo[id(value)][0]
    if isinstance(value, torch.Size):
        return tuple(value)
    if type(value) in (tuple, list):
        return type(value)(frozen(item, memo) for item in value)
    if isinstance(value, dict):
        return {key: frozen(item, memo) for key, item in value.items()}
    if (
        value is None
        or value is Ellipsis
        or isinstance(value, (bool, int, float, complex, str, np.ndarray, np.generic))
    ):
        return value
    if isinstance(value, slice):
        return slice(frozen(value.start, memo), frozen(value.stop, memo), frozen(value.step, memo))
    if isinstance(value, (torch.dtype, torch.memory_format, torch.layout)):
        return Attribute(str(value).removeprefix("torch."))
    if isinstance(value, torch.device):
        return Device(str(value))
    cls = type(value)
    if cls.__module__.startswith("torch.nn.modules"):
        kwargs = {
            key: getattr(value, key)
            for key in inspect.signature(cls).parameters
            if hasattr(value, key)
        }
        return Instance(f"nn.{cls.__name__}", frozen(kwargs, memo))
    raise Unsupported(f"{cls.__module__}.{cls.__qualname__}")


# --------------------------------------------------------------------------------------- torch's callables elsewhere


def path_of(function: Any, name: str) -> str | None:
    """Path of a callable in torch's namespace; ``None`` for a lambda around such."""
    if isinstance(function, types.FunctionType) and function.__module__.startswith(
        WRITTEN_WITH_TORCH
    ):
        return None
    if isinstance(function, (torch._ops.OpOverload, torch._ops.OpOverloadPacket)):
        short = str(function).split(".")[1]
        return short if hasattr(torch, short) else f"ops.{function}"
    for path in (
        name,
        f"Tensor.{name}",
        getattr(function, "__name__", name),
        f"Tensor.{getattr(function, '__name__', name)}",
    ):
        try:
            found: Any = torch
            for part in path.split("."):
                found = getattr(found, part)
        except AttributeError:
            continue
        if found is function or found == function:
            return path
    return name


def attributes(function: Any) -> set[str]:
    """What a function of torch's test suite takes from torch: ``nn.functional.dropout``, ``Tensor.expand``.

    Read off the bytecode. An attribute of anything but ``torch`` is taken for a tensor's.
    """
    found: set[str] = set()
    chain: str | None = None
    instructions = [*dis.get_instructions(function.__code__), None]
    for step in instructions:
        if step is not None and step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            chain = f"{chain}.{step.argval}" if chain else f"Tensor.{step.argval}"
            continue
        if chain:
            found.add(chain.removeprefix("torch."))
            chain = None
        if step is not None and step.opname == "LOAD_GLOBAL" and step.argval == "torch":
            chain = "torch"
    for constant in function.__code__.co_consts:
        if isinstance(constant, types.CodeType):
            found |= attributes(
                types.FunctionType(
                    constant,
                    function.__globals__,
                    closure=tuple(types.CellType() for _ in constant.co_freevars),
                )
            )
    return found


def find(subject: Subject, function: Any, path: str | None, needs: list[str]) -> Callable[..., Any]:
    """The subject's form of one of torch's callables; raises `Missing`."""
    if subject.is_torch:
        return function
    for need in needs:
        if not subject.has(need):
            raise Missing(need)
    return subject.find(path) if path else rebind(function, subject)


def rebind(function: Callable[..., Any], subject: Subject) -> Callable[..., Any]:
    """A function of torch's test suite, with the global ``torch`` standing for the subject."""
    if not isinstance(function, types.FunctionType) or not function.__module__.startswith(
        WRITTEN_WITH_TORCH
    ):
        return function
    module = subject.module

    def replacement(value: Any) -> Any:
        if value is torch:
            return module
        if isinstance(value, types.FunctionType) and value.__module__.startswith(
            WRITTEN_WITH_TORCH
        ):
            return (
                wrapper_set_seed(module)
                if value.__name__ == "wrapper_set_seed"
                else rebind(value, subject)
            )
        return value

    used = global_names(function.__code__)
    scope = {
        k: replacement(v) if k in used else v
        for k, v in function.__globals__.items()
        if k in used or k[:2] == "__"
    }
    closure = function.__closure__ and tuple(
        types.CellType(replacement(cell.cell_contents)) for cell in function.__closure__
    )
    bound = types.FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, closure
    )
    bound.__kwdefaults__ = function.__kwdefaults__
    return bound


def global_names(code: types.CodeType) -> set[str]:
    used = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            used |= global_names(constant)
    return used


def wrapper_set_seed(module: types.ModuleType) -> Callable[..., Any]:
    """What torch's function of this name does: run an operator from a fixed seed."""

    def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        module.manual_seed(42)
        return function(*args, **kwargs)

    return call
