"""Grad mode: whether operations are recorded.

The mode is a :class:`contextvars.ContextVar`, so that each thread and each asyncio task has its own. (torch keeps it per thread;
under asyncio a ``with no_grad()`` that awaits leaks into other tasks there. See docs/differences.md.)
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any, TypeVar

__all__ = [
    "no_grad", "enable_grad", "set_grad_enabled", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled",
]

_grad: ContextVar[bool] = ContextVar("isograd.grad_enabled", default=True)
_inference: ContextVar[bool] = ContextVar("isograd.inference_mode", default=False)
_claimed: ContextVar[bool] = ContextVar("isograd.grad_enabled_in_inference_mode", default=False)

#: Not empty once the program has entered inference mode: until then, no operation asks whether it is on.
INFERENCE: list[bool] = []

C = TypeVar("C", bound=Callable[..., Any])

# The hot path calls this once per recorded operation.
grad_enabled = _grad.get
inference_enabled = _inference.get


def is_grad_enabled() -> bool:
    """Whether operations are recorded at present, in this thread or task.

    Inside inference mode, `enable_grad` makes this True although nothing is recorded there, as in torch.
    """
    return _grad.get() or _claimed.get()


def is_inference_mode_enabled() -> bool:
    """Whether inference mode is on at present, in this thread or task."""
    return _inference.get()


def set_mode(grad: bool, inference: bool) -> None:
    """Set both modes; inside inference mode nothing is recorded, whatever `grad` says."""
    _grad.set(grad and not inference)
    _inference.set(inference)
    _claimed.set(grad and inference)


class _GradMode:
    """A context manager and decorator that sets the mode and restores it, also after an exception."""

    _previous: list[tuple[bool, bool, bool]]

    def _mode(self) -> tuple[bool, bool]:
        raise AssertionError("a grad mode states its (grad, inference) pair")

    def __enter__(self) -> None:
        if not hasattr(self, "_previous"):
            self._previous = []  # a list: the same object may be entered again inside itself
        self._previous.append((_grad.get(), _inference.get(), _claimed.get()))
        set_mode(*self._mode())

    def __exit__(self, *exception: object) -> None:
        grad, inference, claimed = self._previous.pop()
        _grad.set(grad)
        _inference.set(inference)
        _claimed.set(claimed)

    def clone(self) -> _GradMode:
        return self.__class__()

    def __call__(self, function: C) -> C:
        return _decorate(self.clone, function)


def _decorate(context: Callable[[], _GradMode], function: C) -> C:
    """Run `function` (also a generator or coroutine function) under a fresh context, as torch's decorators do."""
    import inspect

    if inspect.isclass(function):
        import warnings

        warnings.warn("Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or "
                      "methods. To preserve the current behavior of class decoration, you can directly decorate the `__init__` method "
                      "and nothing else.", FutureWarning, stacklevel=3)
    if inspect.isgeneratorfunction(function):

        @wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            # The mode holds while the body runs and not while the caller does.
            body = function(*args, **kwargs)
            send: Callable[[], Any] = lambda: next(body)
            while True:
                try:
                    with context():
                        item = send()
                except StopIteration as stop:
                    return stop.value
                try:
                    value = yield item
                except GeneratorExit:
                    with context():
                        body.close()
                    raise
                except BaseException as error:
                    send = partial(body.throw, error)
                else:
                    send = partial(body.send, value)

        return generator  # type: ignore[return-value]
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with context():
                return await function(*args, **kwargs)

        return coroutine  # type: ignore[return-value]

    @wraps(function)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        with context():
            return function(*args, **kwargs)

    return decorated  # type: ignore[return-value]


class _PlainGradMode(_GradMode):
    """A mode without parameters, which decorates with or without parentheses."""

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        if function is None:
            return super().__new__(cls)
        return _decorate(cls, function)


class no_grad(_PlainGradMode):
    """Do not record: results do not require gradients. A context manager and a decorator.

    Examples
    --------
    >>> import isograd as torch
    >>> x = torch.tensor([1.], requires_grad=True)
    >>> with torch.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    def _mode(self) -> tuple[bool, bool]:
        return False, _inference.get()


class enable_grad(_PlainGradMode):
    """Record again inside :class:`no_grad`. A context manager and a decorator."""

    def _mode(self) -> tuple[bool, bool]:
        return True, _inference.get()


class set_grad_enabled(_GradMode):
    """Set grad mode by a bool: at once as a function, for a block as a context manager.

    Parameters
    ----------
    mode : bool
        Whether to record.
    """

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}")
        self.mode = mode
        self._previous = [(_grad.get(), _inference.get(), _claimed.get())]
        set_mode(mode, _inference.get())

    def __enter__(self) -> None:
        set_mode(self.mode, _inference.get())

    def clone(self) -> set_grad_enabled:
        return set_grad_enabled(self.mode)

    def __call__(self, function: C) -> C:
        self.__exit__()  # torch: decorating does not change the mode
        return super().__call__(function)

    def __repr__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"


class inference_mode(_GradMode):
    """As :class:`no_grad`, and its results can never enter a recorded computation. A context manager and a decorator.

    Parameters
    ----------
    mode : bool or callable, optional
        Whether to turn inference mode on or off.
    """

    def __new__(cls, mode: Any = True) -> Any:
        if isinstance(mode, bool):
            return super().__new__(cls)
        return _decorate(cls, mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode

    def _mode(self) -> tuple[bool, bool]:
        if self.mode and not INFERENCE:
            INFERENCE.append(True)
        return not self.mode, self.mode

    def clone(self) -> inference_mode:
        return inference_mode(self.mode)
