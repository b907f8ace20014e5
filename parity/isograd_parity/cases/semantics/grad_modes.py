"""Grad modes: as blocks, functions and decorators, nested, left by exceptions; inference tensors."""

from __future__ import annotations

from typing import Any

from isograd_parity.cases.semantics.table import attempt, case, each, leaf

MODES = ["no_grad", "enable_grad", "inference_mode"]


def state(torch: Any) -> tuple[bool, bool]:
    return torch.is_grad_enabled(), torch.is_inference_mode_enabled()


@each(mode=MODES)
def block(torch, mode):
    x = leaf(torch)
    with getattr(torch, mode)():
        inside = state(torch)
        y = x * 2
    return [inside, state(torch), y.requires_grad, y.is_leaf, y.grad_fn is None]


@each(outer=MODES, inner=MODES)
def nested_blocks(torch, outer, inner):
    seen = [state(torch)]
    with getattr(torch, outer)():
        seen.append(state(torch))
        with getattr(torch, inner)():
            seen.append(state(torch))
        seen.append(state(torch))
    return [*seen, state(torch)]


@each(mode=MODES)
def block_left_by_exception(torch, mode):
    def fail():
        with getattr(torch, mode)():
            raise ValueError("from the block")

    return [attempt(fail), state(torch)]


@each(mode=MODES)
def same_object_entered_twice(torch, mode):
    context = getattr(torch, mode)()
    seen = []
    for _ in range(2):
        with context:
            seen.append(state(torch))
        seen.append(state(torch))
    return seen


@each(mode=MODES)
def decorator_with_parentheses(torch, mode):
    @getattr(torch, mode)()
    def function(x):
        "Says what it does."
        return state(torch), (x * 2).requires_grad

    return [function(leaf(torch)), state(torch), function.__name__, function.__doc__]


@each(mode=MODES)
def decorator_without_parentheses(torch, mode):
    @getattr(torch, mode)
    def function(x):
        return state(torch), (x * 2).requires_grad

    return [function(leaf(torch)), state(torch), function.__name__]


@each(mode=MODES)
def decorated_function_that_raises(torch, mode):
    @getattr(torch, mode)()
    def function():
        raise KeyError("inside")

    return [attempt(function), state(torch)]


@each(mode=MODES)
def decorated_method(torch, mode):
    class Model:
        @getattr(torch, mode)()
        def forward(self, x):
            return (x * 2).requires_grad

    return [Model().forward(leaf(torch)), state(torch)]


@case
def decorated_recursion(torch):
    @torch.no_grad()
    def down(depth):
        seen = torch.is_grad_enabled()
        return [seen] if depth == 0 else [seen, *down(depth - 1)]

    return [down(3), state(torch)]


@each(mode=MODES)
def decorated_generator(torch, mode):
    seen = []

    @getattr(torch, mode)()
    def numbers():
        try:
            for i in range(3):
                seen.append(("body", state(torch)))
                got = yield i
                seen.append(("got", got))
        finally:
            seen.append(("finally", state(torch)))

    generator = numbers()
    seen.append(("first", next(generator), state(torch)))
    seen.append(("second", generator.send("hello"), state(torch)))
    generator.close()
    return [*seen, state(torch)]


@case
def exception_thrown_into_decorated_generator(torch):
    @torch.no_grad()
    def numbers():
        try:
            yield 1
        except ValueError as error:
            yield str(error), torch.is_grad_enabled()
        return

    generator = numbers()
    next(generator)
    return [generator.throw(ValueError("thrown")), state(torch), list(generator)]


@case
def decorated_generator_returns(torch):
    @torch.no_grad()
    def numbers():
        yield 1
        return "done"

    def outer():
        result = yield from numbers()
        yield result

    return list(outer())


@case
def caller_of_generator_keeps_its_mode(torch):
    @torch.no_grad()
    def numbers():
        yield torch.is_grad_enabled()
        yield torch.is_grad_enabled()

    with torch.enable_grad():
        seen = [(inner, torch.is_grad_enabled()) for inner in numbers()]
    with torch.inference_mode():
        seen += [(inner, torch.is_grad_enabled()) for inner in numbers()]
    return seen


@each(mode=["no_grad", "inference_mode"])
def undecorated_generator_leaks_nothing_after_its_end(torch, mode):
    def numbers():
        with getattr(torch, mode)():
            yield state(torch)

    return [list(numbers()), state(torch)]


@case
def set_grad_enabled_as_function(torch):
    seen = [state(torch)]
    torch.set_grad_enabled(False)
    seen.append(state(torch))
    y = leaf(torch) * 2
    torch.set_grad_enabled(True)
    return [*seen, state(torch), y.requires_grad]


@each(mode=[True, False])
def set_grad_enabled_as_block(torch, mode):
    x = leaf(torch)
    with torch.set_grad_enabled(mode):
        y = x * 2
        inside = state(torch)
    return [inside, state(torch), y.requires_grad]


@each(mode=[True, False])
def set_grad_enabled_acts_before_the_block(torch, mode):
    context = torch.set_grad_enabled(mode)
    before = state(torch)
    with context:
        inside = state(torch)
    return [before, inside, state(torch)]


@each(mode=[True, False])
def set_grad_enabled_as_decorator(torch, mode):
    decorator = torch.set_grad_enabled(mode)

    @decorator
    def function(x):
        return (x * 2).requires_grad

    return [state(torch), function(leaf(torch)), state(torch)]


@case
def set_grad_enabled_restores_the_outer_mode(torch):
    with torch.no_grad():
        with torch.set_grad_enabled(True):
            inside = state(torch)
        after = state(torch)
    return [inside, after, state(torch)]


@case
def set_grad_enabled_repr(torch):
    context = torch.set_grad_enabled(True)
    return [repr(context), repr(torch.set_grad_enabled(False)), torch.set_grad_enabled(True) is not None]


@each(value=[1, 0, "on", None])
def set_grad_enabled_of_no_bool(torch, value):
    result = attempt(torch.set_grad_enabled, value)
    mode = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    return [type(result).__name__, result if hasattr(result, "text") else None, mode]


@case
def modes_do_not_change_what_is_recorded_already(torch):
    x = leaf(torch)
    y = x * x
    with torch.no_grad():
        y.backward(torch.ones(3))
    return [x.grad, y.requires_grad]


@case
def sum_under_no_grad_cannot_go_backward(torch):
    x = leaf(torch)
    with torch.no_grad():
        y = (x * x).sum()
    return [attempt(y.backward), y]


@case
def enable_grad_inside_no_grad_records(torch):
    x = leaf(torch)
    with torch.no_grad(), torch.enable_grad():
        y = x * 3
    y.sum().backward()
    return [y, x.grad]


@case
def creation_with_requires_grad_ignores_the_mode(torch):
    with torch.no_grad():
        x = torch.ones(2, requires_grad=True)
        y = torch.ones(2).requires_grad_()
    return [x, y]


@case
def inplace_on_leaf_under_no_grad(torch):
    x = leaf(torch)
    with torch.no_grad():
        x.mul_(2)
        x += 1
    return [x, x._version]


@case
def views_under_no_grad_require_no_gradient(torch):
    x = leaf(torch)
    y = x * 1
    with torch.no_grad():
        return {"x": x, "y": y, "view": y[1:], "leaf view": x.view(3), "detached": y.detach(), "same": y.contiguous()}


@case
def outputs_of_no_grad_are_leaves(torch):
    with torch.no_grad():
        y = leaf(torch) * 2
    y.requires_grad_()
    (y * y).sum().backward()
    return [y, y.grad]


@case
def grad_mode_inside_hooks(torch):
    seen = []
    x = leaf(torch)
    y = x * x
    y.register_hook(lambda g: seen.append(state(torch)))
    x.register_hook(lambda g: seen.append(state(torch)))
    y.sum().backward(retain_graph=True)
    y.sum().backward(create_graph=True)
    return seen


@case
def backward_restores_the_mode(torch):
    seen = []
    x = leaf(torch)
    (x * x).sum().backward(create_graph=True)
    seen.append(state(torch))
    y = (x * x).sum()
    with torch.no_grad():
        y.backward()
        seen.append(state(torch))
    return [*seen, state(torch)]


@case
def create_graph_under_no_grad_records(torch):
    x = leaf(torch)
    y = (x * x * x).sum()
    with torch.no_grad():
        (g,) = torch.autograd.grad(y, x, create_graph=True)
    return [g, torch.autograd.grad(g.sum(), x)]


# -- inference mode -----------------------------------------------------------------------------------------------------------


@case
def inference_tensors_say_so(torch):
    x = leaf(torch)
    with torch.inference_mode():
        made, computed, view = torch.ones(2), x * 2, x[1:]
        inside = [x.is_inference(), made.is_inference(), computed.is_inference(), view.is_inference()]
    after = torch.ones(2)
    return [inside, made.is_inference(), after.is_inference(), (made * 2).is_inference(), made.detach().is_inference(),
            made[0].is_inference(), made.clone().is_inference()]


@case
def inference_tensor_facts(torch):
    with torch.inference_mode():
        t = torch.ones(2)
    return [attempt(lambda: t._version), t.requires_grad, t.is_leaf, t.grad_fn, t.tolist()]


@case
def inference_tensor_saved_for_backward(torch):
    with torch.inference_mode():
        t = torch.ones(3)
    return [attempt(lambda: leaf(torch) * t), attempt(lambda: (leaf(torch) + t).sum().backward())]


@case
def inference_tensor_cloned_can_be_saved(torch):
    x = leaf(torch)
    with torch.inference_mode():
        t = torch.ones(3)
    (x * t.clone()).sum().backward()
    return [x.grad]


@case
def inference_tensor_in_place_outside(torch):
    with torch.inference_mode():
        t = torch.ones(3)
    return [attempt(t.add_, 1), attempt(t.__setitem__, 0, 5.0), t.tolist()]


@case
def inference_tensor_in_place_inside(torch):
    with torch.inference_mode():
        t = torch.ones(3)
        t.add_(1)
        t[0] = 7.0
    return [t.tolist()]


@case
def inference_tensor_in_place_under_no_grad(torch):
    with torch.inference_mode():
        t = torch.ones(3)
    with torch.no_grad():
        return [attempt(t.add_, 1), t.tolist()]


@case
def requires_grad_of_inference_tensor(torch):
    with torch.inference_mode():
        t = torch.ones(3)
        inside = torch.ones(3)
        inside_result = attempt(lambda: inside.requires_grad_().requires_grad)
    return [attempt(t.requires_grad_), attempt(setattr, t, "requires_grad", True), t.requires_grad, inside_result]


@case
def requires_grad_argument_inside_inference_mode(torch):
    with torch.inference_mode():
        x = torch.ones(2, requires_grad=True)
        y = x * 2
    return [x.requires_grad, x.is_inference(), y.requires_grad]


@case
def normal_tensor_written_in_inference_mode(torch):
    x = torch.ones(3)
    y = leaf(torch) * 1
    with torch.inference_mode():
        x.add_(1)
        result = attempt(lambda: y.add_(1).tolist())
    return [x.tolist(), x._version, x.is_inference(), result]


@each(mode=[True, False])
def inference_mode_with_flag(torch, mode):
    x = leaf(torch)
    with torch.inference_mode(mode):
        y = x * 2
        inside = state(torch)
    return [inside, y.requires_grad, y.is_inference()]


@case
def inference_mode_off_inside_on(torch):
    x = leaf(torch)
    with torch.inference_mode():
        t = torch.ones(3)
        with torch.inference_mode(False):
            y = x * 2
            inside = state(torch)
            mixed = attempt(lambda: x * t)
    return [inside, y.requires_grad, y.is_inference(), mixed]


@case
def enable_grad_inside_inference_mode(torch):
    x = leaf(torch)
    with torch.inference_mode(), torch.enable_grad():
        y = x * 2
        return [state(torch), y.requires_grad, y.is_inference()]


@case
def backward_inside_inference_mode(torch):
    x = leaf(torch)
    y = (x * x).sum()
    with torch.inference_mode():
        result = attempt(y.backward)
    grad = x.grad
    return [result, None if grad is None else (grad.tolist(), grad.is_inference())]


@case
def class_cannot_be_decorated_silently(torch):
    def decorate():
        @torch.no_grad()
        class Model:
            def __init__(self):
                self.mode = torch.is_grad_enabled()

        return Model().mode

    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [attempt(decorate)]


@case
def threads_start_with_grad_enabled(torch):
    import threading

    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(state(torch)))
        thread.start()
        thread.join()
        return [seen, state(torch)]
