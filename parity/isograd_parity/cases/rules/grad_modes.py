"""When operations are recorded."""

from __future__ import annotations

from typing import Any

from isograd_parity.cases.rules import case, raises


@case
def recording_is_on_at_first(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    return torch.is_grad_enabled(), x * 2


@case
def no_grad_as_a_context(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        inside = torch.is_grad_enabled()
        y = x * 2
    return inside, torch.is_grad_enabled(), y, y.requires_grad


@case
def no_grad_as_a_decorator(torch: Any) -> Any:
    @torch.no_grad()
    def double(x: Any) -> Any:
        return x * 2, torch.is_grad_enabled()

    return double(torch.ones(2, requires_grad=True)), torch.is_grad_enabled(), double.__name__


@case
def no_grad_as_a_decorator_without_parentheses(torch: Any) -> Any:
    @torch.no_grad
    def double(x: Any) -> Any:
        return x * 2

    return double(torch.ones(2, requires_grad=True)), double.__name__


@case
def no_grad_decorates_a_generator(torch: Any) -> Any:
    @torch.no_grad()
    def generate() -> Any:
        yield torch.is_grad_enabled()
        yield torch.is_grad_enabled()

    seen = []
    for inside in generate():
        seen.append((inside, torch.is_grad_enabled()))
    return seen


@case
def modes_nest(torch: Any) -> Any:
    seen = []
    with torch.no_grad():
        seen.append(torch.is_grad_enabled())
        with torch.enable_grad():
            seen.append(torch.is_grad_enabled())
            with torch.no_grad():
                seen.append(torch.is_grad_enabled())
            seen.append(torch.is_grad_enabled())
        seen.append(torch.is_grad_enabled())
    return [*seen, torch.is_grad_enabled()]


@case
def an_exception_restores_the_mode(torch: Any) -> Any:
    try:
        with torch.no_grad():
            raise KeyError
    except KeyError:
        pass
    return torch.is_grad_enabled()


@case
def enable_grad_records_within_no_grad(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad(), torch.enable_grad():
        y = x * 2
    return y


@case
def set_grad_enabled_as_a_function(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    torch.set_grad_enabled(False)
    off = (torch.is_grad_enabled(), x * 2)
    torch.set_grad_enabled(True)
    return off, torch.is_grad_enabled(), x * 2


@case
def set_grad_enabled_as_a_context(torch: Any) -> Any:
    seen = []
    for mode in (True, False):
        with torch.set_grad_enabled(mode):
            seen.append(torch.is_grad_enabled())
    return [*seen, torch.is_grad_enabled()]


@case
def set_grad_enabled_as_a_decorator_waits_for_the_call(torch: Any) -> Any:
    @torch.set_grad_enabled(False)
    def inside() -> bool:
        return bool(torch.is_grad_enabled())

    return torch.is_grad_enabled(), inside(), torch.is_grad_enabled()


@case
def a_mode_object_can_be_used_again(torch: Any) -> Any:
    mode = torch.no_grad()
    seen = []
    for _ in range(2):
        with mode:
            seen.append(torch.is_grad_enabled())
        seen.append(torch.is_grad_enabled())
    return seen


@case
def a_new_leaf_may_require_grad_within_no_grad(torch: Any) -> Any:
    with torch.no_grad():
        x = torch.ones(2, requires_grad=True)
        y = x * 2
    return x, y


@case
def no_grad_results_stay_without_history(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        y = x * 2
    z = y * x
    z.sum().backward()
    return y, z, x.grad


@case
def requires_grad_may_be_set_on_a_no_grad_result(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        y = x * 2
    y.requires_grad_()
    (y * y).sum().backward()
    return y, y.grad, x.grad


@case
def inference_mode_as_a_context(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        inside = (torch.is_inference_mode_enabled(), torch.is_grad_enabled())
        y = x * 2
    return (
        inside,
        torch.is_inference_mode_enabled(),
        y.requires_grad,
        y.is_inference(),
        x.is_inference(),
    )


@case
def inference_mode_may_be_switched_off(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode(mode=False):
        y = x * 2
    return torch.is_inference_mode_enabled(), y


@case
def inference_mode_as_a_decorator(torch: Any) -> Any:
    @torch.inference_mode()
    def double(x: Any) -> Any:
        return x * 2

    y = double(torch.ones(2, requires_grad=True))
    return y.is_inference(), y.requires_grad


@case
def inference_tensors_have_no_version(torch: Any) -> Any:
    with torch.inference_mode():
        y = torch.ones(2)
    return raises(lambda: y._version)


@case
def inference_tensors_cannot_be_saved(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.inference_mode():
        y = torch.ones(2)
    return raises(lambda: x * y)


@case
def inference_tensors_cannot_be_changed_outside(torch: Any) -> Any:
    with torch.inference_mode():
        y = torch.ones(2)
    return raises(lambda: y.add_(1))


@case
def inference_tensors_cannot_require_grad_outside(torch: Any) -> Any:
    with torch.inference_mode():
        y = torch.ones(2)
    return raises(y.requires_grad_)


@case
def a_clone_of_an_inference_tensor_is_ordinary(torch: Any) -> Any:
    with torch.inference_mode():
        y = torch.ones(2)
    z = y.clone()
    return z.is_inference(), z, z.requires_grad_()


@case
def in_place_under_no_grad_changes_a_leaf(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        x.add_(1)
    return x, x._version


@case
def backward_runs_under_no_grad(torch: Any) -> Any:
    x = torch.ones(2, requires_grad=True)
    y = (x * x).sum()
    with torch.no_grad():
        y.backward()
    return x.grad


@case
def set_grad_enabled_wants_a_bool(torch: Any) -> Any:
    return raises(lambda: torch.set_grad_enabled("no")), torch.is_grad_enabled()


@case
def recording_does_not_reach_threads(torch: Any) -> Any:
    import threading

    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    return seen
