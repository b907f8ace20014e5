"""The contract of backends: what resolving gives, what NumPy's kernels mean, and that every default
is right."""

from __future__ import annotations

import itertools
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import array_api_strict
import ml_dtypes
import numpy as np
import pytest
from scipy import special

from isograd import dtypes
from isograd.backend import contract, discover
from isograd.backend.array_api import ArrayAPIBackend
from isograd.backend.contract import BackendError
from isograd.backend.resolve import Kernels, resolve
from isograd_numpy.backend import NumPyBackend

NUMPY = resolve(NumPyBackend())


def forced() -> Kernels:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISOGRAD_FORCE_DEFAULTS", "1")
        return resolve(NumPyBackend())


def immutable() -> Kernels:
    """NumPy arrays as values: without views and never written to, as far as isograd knows."""
    backend = NumPyBackend()
    backend.capabilities = contract.Capabilities()
    backend.owner = lambda array: array  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ISOGRAD_FORCE_DEFAULTS", "1")
        return resolve(backend)


KERNELS = {
    "defaults": forced(),
    "immutable": immutable(),
    "strict": resolve(ArrayAPIBackend(array_api_strict, name="strict")),
}


@pytest.fixture(params=KERNELS)
def K(request: pytest.FixtureRequest) -> Iterator[Kernels]:
    with warnings.catch_warnings():  # array-api-strict warns of 1/0
        warnings.simplefilter("ignore", RuntimeWarning)
        yield KERNELS[request.param]


def given(K: Kernels, value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    native = K.backend.dtypes[value.dtype.name]
    return K.from_list(value.reshape(-1).tolist(), value.shape, native)


def seen(K: Kernels, value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(seen(K, one) for one in value)
    return np.asarray(K.tolist(value), dtype=K.dtype_of(value).name).reshape(value.shape)


def agree(K: Kernels, name: str, *args: Any, rtol: float = 1e-12, **kwargs: Any) -> None:
    """The kernel of K and NumPy's native one give the same, with the same shapes and dtypes."""
    native = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
    with np.errstate(all="ignore"):
        expected = getattr(NUMPY, name)(*native, **kwargs)
        got = seen(K, getattr(K, name)(*[given(K, arg) for arg in args], **kwargs))
    both = zip(got, expected, strict=True) if isinstance(expected, tuple) else [(got, expected)]
    for one, other in both:
        other = np.asarray(other)
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol)


rng = np.random.default_rng(7)
X = rng.normal(size=(4, 3, 5)) * 3
EDGES = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, np.inf, -np.inf, np.nan])
PAIRS = np.array(list(itertools.product(EDGES, EDGES))).T.copy()

# -- what resolving gives --------------------------------------------------------------------------


def test_every_name_is_bound_and_says_where_it_comes_from() -> None:
    for kernels in (NUMPY, *KERNELS.values()):
        for name in (*contract.REQUIRED, *contract.OPTIONAL):
            assert callable(kernels.__dict__[name])
        assert set(kernels.origins) == {*contract.REQUIRED, *contract.OPTIONAL}
    assert NUMPY.origins["add"] == NUMPY.origins["erf"] == "native"
    assert NUMPY.add is np.add
    assert KERNELS["defaults"].origins["erf"] == "default"
    assert KERNELS["strict"].origins["i0"] == "host"


def test_required_and_optional_are_disjoint_and_documented() -> None:
    assert not set(contract.REQUIRED) & set(contract.OPTIONAL)
    assert not set(contract.MEMORY) & {*contract.REQUIRED, *contract.OPTIONAL}
    assert [name for name, (f, _) in contract.OPTIONAL.items() if not f.__doc__] == []
    unknown = {*contract.STANDARD} - {*contract.REQUIRED, *contract.OPTIONAL}
    assert unknown == set()


def test_required_names_are_the_standards() -> None:
    lacking = [name for name in contract.REQUIRED if not hasattr(array_api_strict, name)]
    assert lacking == []


def test_kernels_of_namesakes_are_taken_from_the_standard_only() -> None:
    library = SimpleNamespace(**vars(array_api_strict), put=None, copy=lambda x: "wrong")
    backend = ArrayAPIBackend(library, name="namesake")
    assert not hasattr(backend.namespace, "copy")
    better = lambda x: x  # noqa: E731
    backend = ArrayAPIBackend(library, name="namesake", kernels={"copy": better})
    assert resolve(backend).copy is better


def test_what_is_lacking_is_named_with_supplier_and_next_step() -> None:
    library = SimpleNamespace(**vars(array_api_strict))
    del library.matmul, library.nextafter
    with pytest.raises(BackendError) as raised:
        resolve(ArrayAPIBackend(library, name="poor"), "isograd-poor 0.3")
    assert str(raised.value) == (
        "backend 'poor' (supplied by isograd-poor 0.3): its kernels lack the required "
        "'nextafter(x1, x2, /)', 'matmul(x1, x2, /)'\n"
        "  next step: upgrade isograd-poor, or report this to its authors"
    )


def test_dtypes_map_both_ways() -> None:
    for dtype, native in NUMPY.native.items():
        assert NUMPY.dtype_of(np.empty(0, native)) is dtype
    assert set(NUMPY.native) == set(dtypes.ALL)
    assert dtypes.bfloat16 not in KERNELS["strict"].native
    with pytest.raises(TypeError, match="backend 'numpy' has no isograd dtype for datetime64"):
        NUMPY.dtype_of(np.empty(0, "datetime64[s]"))


# -- NumPy's kernels -------------------------------------------------------------------------------


def test_division_by_zero_is_silent_and_the_users_state_is_his_own() -> None:
    script = """
        import warnings
        import numpy as np
        import isograd as torch
        before = np.geterr()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            x = torch.tensor([0.0, 1.0])
            print((x / 0).tolist())
            try:
                np.ones(1) / np.zeros(1)
            except RuntimeWarning:
                print("the user's own division warns")
        assert np.geterr() == before
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[nan, inf]\nthe user's own division warns\n"


def test_integer_powers_round_towards_zero() -> None:
    base = np.array([2, -1, -1, 1, 0, 3])
    got = NUMPY.pow(base, np.array([-1, -3, -4, -7, 2, 2]))
    assert got.tolist() == [0, -1, 1, 1, 0, 9]
    assert got.dtype == base.dtype


def test_reductions_take_every_axis() -> None:
    assert NUMPY.sum(X).shape == ()
    assert NUMPY.sum(X, axis=()).shape == X.shape
    assert NUMPY.max(X, axis=(0, 2), keepdims=True).shape == (1, 3, 1)
    assert NUMPY.sum(np.ones(300, np.uint8), dtype=np.dtype("int64")) == 300


@pytest.mark.parametrize("shape", [(4, 3, 5), (2, 4, 3, 5), (6, 4, 3, 5), (0, 4, 3, 5)])
@pytest.mark.parametrize("base", [X, X[:, :, ::2], X.T, X[:1], X[:, 1:2, :1], X[0, 0, 0, ...]])
def test_broadcasting(base: np.ndarray, shape: tuple[int, ...]) -> None:
    try:
        expected = np.broadcast_to(base, shape)
    except ValueError:
        with pytest.raises(ValueError, match="could not be broadcast"):
            NUMPY.broadcast_to(base, shape)
        return
    got = NUMPY.broadcast_to(base, shape)
    np.testing.assert_array_equal(got, expected)
    assert np.shares_memory(got, base) or got.size == 0


def test_strided_views_see_the_owners_memory() -> None:
    owner = X.copy()
    for view in (owner, owner[1:], owner[:, 1:, ::2], owner.T, owner[1, 2]):
        strides, offset = NUMPY.strides(view), NUMPY.storage_offset(view)
        again = NUMPY.as_strided(view, view.shape, strides, offset)
        np.testing.assert_array_equal(again, view)
        assert NUMPY.owner(again) is owner
        assert NUMPY.data_ptr(again) == NUMPY.data_ptr(view)
        assert NUMPY.owns_memory(view) == (view is owner)
    with pytest.raises(ValueError, match="incompatible"):
        NUMPY.as_strided(owner, (61,), (1,), 0)
    fortran = np.asfortranarray(owner)
    np.testing.assert_array_equal(NUMPY.as_strided(fortran, (60,), (1,), 0), fortran.ravel("K"))
    assert np.shares_memory(NUMPY.as_strided(fortran, (3,), (2,), 1), fortran)


def test_a_copy_keeps_the_order_of_strides() -> None:
    assert NUMPY.copy(X.T).strides == X.T.strides
    assert NUMPY.ascontiguous(X) is X
    assert NUMPY.is_contiguous(NUMPY.ascontiguous(X.T))


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2)])
def test_flip_and_roll_are_fresh(axis: Any) -> None:
    for got, expected in (
        (NUMPY.flip(X, axis=axis), np.flip(X, axis)),
        (NUMPY.roll(X, 2, axis=axis), np.roll(X, 2, axis)),
    ):
        np.testing.assert_array_equal(got, expected)
        assert not np.shares_memory(got, X)
        assert min(got.strides) > 0
    np.testing.assert_array_equal(NUMPY.roll(X, (1, -9), axis=(0, 1)), np.roll(X, (1, -9), (0, 1)))
    assert NUMPY.roll(np.empty((0, 2)), 1, axis=0).shape == (0, 2)


def test_sorting_is_stable_both_ways() -> None:
    x = np.array([2.0, np.nan, 1.0, 2.0, -0.0, 0.0, np.nan])
    assert NUMPY.argsort(x).tolist() == [4, 5, 2, 0, 3, 1, 6]
    assert NUMPY.argsort(x, descending=True).tolist() == [1, 6, 0, 3, 2, 4, 5]
    order = NUMPY.argsort(X, axis=1, descending=True)
    taken = NUMPY.take_along_axis(X, order, axis=1)
    np.testing.assert_array_equal(taken, NUMPY.sort(X, axis=1, descending=True))


def test_bfloat16_moves_and_compares() -> None:
    x = X.astype(ml_dtypes.bfloat16)
    wide = x.astype(np.float32)
    assert NUMPY.tolist(x) == wide.tolist()
    assert type(NUMPY.item(x[0, 0, 0])) is float
    for got, expected in (
        (NUMPY.broadcast_to(x, (2, *x.shape)), np.broadcast_to(wide, (2, *x.shape))),
        (NUMPY.as_strided(x, (5,), (2,), 1), wide.reshape(-1)[1:11:2]),
        (NUMPY.stack((x, x), axis=-1), np.stack((wide, wide), -1)),
        (NUMPY.flip(x), np.flip(wide)),
        (NUMPY.sort(x), np.sort(wide)),
        (NUMPY.where(NUMPY.less(x, 0), x, x), wide),
    ):
        np.testing.assert_array_equal(got.astype(np.float32), expected)
    assert NUMPY.argmax(x) == np.argmax(wide)


def test_lgamma_is_that_of_c() -> None:
    assert NUMPY.lgamma(np.array([-np.inf, 0.0, -3.0])).tolist() == [np.inf] * 3


PLACES = np.array([0, 2])
ZEROS = np.zeros((4, 3, 5), np.int64)
WRITERS: dict[str, Callable[[Kernels, Any], Any]] = {
    "assign": lambda K, x: K.assign(x, 1.0),
    "fill": lambda K, x: K.fill(x, 2.0),
    "iadd": lambda K, x: K.iadd(x, np.ones_like(x)),
    "setitem": lambda K, x: K.setitem(x, (0, ...), 5.0),
    "put": lambda K, x: K.put(x, PLACES, np.array([7.0, 8.0])),
    "accumulate": lambda K, x: K.put(x, PLACES, np.array([7.0, 8.0]), accumulate=True),
    "scatter": lambda K, x: K.scatter(x, 0, ZEROS[: x.shape[0]], np.ones(x.shape)),
    "scatter_add": lambda K, x: K.scatter_add(x, 1, ZEROS, np.ones(x.shape)),
    "index_add": lambda K, x: K.index_add(x, 0, PLACES, np.ones((2, *x.shape[1:]))),
}


@pytest.mark.parametrize("kernels", [NUMPY, KERNELS["defaults"]], ids=["native", "default"])
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("layout", ["C", "F"])
def test_writing_kernels_write_in_place(
    write: Callable[[Kernels, Any], Any], kernels: Kernels, layout: Any
) -> None:
    x = X.copy(layout)
    written = write(kernels, x)
    assert written is x
    assert (x != X).any()
    np.testing.assert_allclose(write(KERNELS["immutable"], X.copy()), x, rtol=1e-14)


# -- the defaults, against NumPy's own kernels -----------------------------------------------------


def test_immutable_arrays_are_not_written_to() -> None:
    kernels = KERNELS["immutable"]
    x = X.copy()
    x.flags.writeable = False
    index = np.zeros(x.shape, np.int64)
    kernels.assign(x, 1.0)
    kernels.iadd(x, x)
    kernels.setitem(x, (0, ...), 5.0)
    kernels.scatter_add(x, 0, index, x)
    np.testing.assert_array_equal(x, X)


@pytest.mark.parametrize("name", ["square", "reciprocal", "exp2"])
def test_elementwise(K: Kernels, name: str) -> None:
    agree(K, name, X)
    agree(K, name, EDGES)
    agree(K, name, X.astype(np.float32), rtol=1e-6)


@pytest.mark.parametrize("name", ["fmod", "logaddexp", "xlogy", "xlog1py"])
def test_elementwise_pairs(K: Kernels, name: str) -> None:
    agree(K, name, *PAIRS)


def test_elementwise_by_definition(K: Kernels) -> None:
    x = given(K, np.array([0.0, 1.5, -30.0, 800.0, -800.0]))
    sigmoid = [0.5, special.expit(1.5), special.expit(-30), 1, 0]
    np.testing.assert_allclose(seen(K, K.sigmoid(x)), sigmoid, rtol=1e-15)
    np.testing.assert_allclose(
        seen(K, K.log_sigmoid(x)), [-np.log(2), special.log_expit(1.5), -30, 0, -800], rtol=1e-12
    )
    np.testing.assert_allclose(seen(K, K.sinc(x)), np.sinc(seen(K, x)), atol=1e-15)
    np.testing.assert_allclose(seen(K, K.rsqrt(K.square(x)))[1:3], [1 / 1.5, 1 / 30], rtol=1e-15)
    ends = given(K, np.array([1.0, 2.0])), given(K, np.array([3.0, 1.0]))
    assert seen(K, K.lerp(*ends, 0.25)).tolist() == [1.5, 1.75]
    assert seen(K, K.lerp(*ends, given(K, np.array([0.25, 1.0])))).tolist() == [1.5, 1.0]


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32, np.float64])
def test_division_towards_zero(K: Kernels, dtype: type) -> None:
    values = np.array([-7, -6, -1, 0, 1, 5, 7])
    top, bottom = (part.astype(dtype) for part in np.meshgrid(values, [-3, -2, 2, 3]))
    agree(K, "fmod", top, bottom)
    got = seen(K, K.trunc_divide(given(K, top), given(K, bottom)))
    np.testing.assert_array_equal(got, np.trunc(top / bottom))
    assert got.dtype == dtype


SPECIAL = {
    "erf": np.concatenate([np.linspace(-7, 7, 301), EDGES]),
    "erfc": np.concatenate([np.linspace(-7, 26, 301), EDGES]),
    "erfcx": np.concatenate([np.linspace(-7, 50, 301), [0.0, 1e9, np.nan]]),
    "erfinv": np.concatenate([np.linspace(-1, 1, 301), [1e-300, 1 - 1e-15, 2.0, -3.0, np.nan]]),
    "digamma": np.concatenate([np.linspace(-6.05, 40, 301), [1e-5, 1e8], EDGES]),
    "lgamma": np.concatenate([np.linspace(-6.05, 40, 301), [1e-5, 1e8, 1e300], EDGES]),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_functions(K: Kernels, name: str) -> None:
    agree(K, name, SPECIAL[name], rtol=2e-14)
    agree(K, name, SPECIAL[name][:301].astype(np.float32), rtol=2e-5)


def test_lgamma_keeps_its_digits_at_its_zeros() -> None:
    # lgamma(1 + t) = -gamma t + zeta(2)/2 t^2 - ..., where SciPy keeps none for such t
    t = 2.0**-30
    expected = -0.5772156649015329 * t + 0.8224670334241132 * t * t
    got = KERNELS["defaults"].lgamma(np.array([1 + t]))
    assert got == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_along_an_axis(K: Kernels, axis: int) -> None:
    ties = np.round(X)
    ties[1, 1, 1] = ties[3, 2, 4] = np.nan
    size = X.shape[axis]
    index = rng.integers(0, size, (4, 3, 5))
    distinct = np.argsort(X, axis)
    agree(K, "cumulative_max", ties, axis=axis)
    agree(K, "cumulative_min", ties, axis=axis)
    agree(K, "scatter_add", X, axis, index, X)
    agree(K, "scatter", X, axis, distinct, ties)
    agree(K, "index_add", X, axis, rng.integers(0, size, size), X)
    agree(K, "topk", ties, 2, axis=axis)
    agree(K, "topk", ties, 2, axis=axis, largest=False)
    agree(K, "kthvalue", ties, 2, axis=axis)
    agree(K, "unfold", X, axis, 2, 1)
    agree(K, "diff", X, axis=axis, n=2)
    for name in ("mean", "var", "std"):
        agree(K, name, X, axis=axis, keepdims=True)
    agree(K, "count_nonzero", ties, axis=axis)


def test_cumulative_extrema_of_ties_by_hand(K: Kernels) -> None:
    x = np.array([1.0, 3.0, 3.0, 2.0, np.nan, 5.0, np.nan])
    values, places = K.cumulative_max(given(K, x), axis=0)
    assert seen(K, places).tolist() == [0, 1, 2, 2, 4, 4, 6]
    np.testing.assert_array_equal(seen(K, values), np.maximum.accumulate(x))


@pytest.mark.parametrize("accumulate", [False, True])
@pytest.mark.parametrize("count", [0, 1, 7, 100])
def test_put(K: Kernels, count: int, accumulate: bool) -> None:
    places = rng.integers(0, X.size, count)
    values = rng.normal(size=count)
    agree(K, "put", X, places, values, accumulate=accumulate)
    heap = np.full(count, 5)
    agree(K, "put", X, heap, values, accumulate=accumulate)


def test_put_does_not_cancel(K: Kernels) -> None:
    # a difference of running sums would lose the second slot's 1e-8 beside the first's 1e16
    places = given(K, np.array([0, 1, 0, 1]))
    values = given(K, np.array([1e16, 1e-8, 1.0, 1e-8]))
    got = K.put(given(K, np.zeros(2)), places, values, accumulate=True)
    assert seen(K, got)[1] == 2e-8


def test_bincount(K: Kernels) -> None:
    places = np.array([1, 1, 0, 4])
    agree(K, "bincount", places)
    agree(K, "bincount", places, np.array([0.5, 1.0, 2.0, 3.0]), 7)
    agree(K, "bincount", np.array([], dtype=np.int64), None, 3)


def test_memory(K: Kernels) -> None:
    agree(K, "as_strided", X, (2, 3), (1, 2), 4)
    agree(K, "as_strided", X, (), (), 4)
    agree(K, "assign", X, X[0])
    agree(K, "assign", X, 2.0)
    agree(K, "fill", X, 3.0)
    agree(K, "iadd", X, X)
    agree(K, "copy", X)
    for key in ((0, ...), (..., slice(1, 4)), (slice(None), 1, slice(None))):
        agree(K, "setitem", X, key, 0.5)
    agree(K, "setitem", X, (0, ...), X[1])


@pytest.mark.parametrize("offset", [-5, -1, 0, 2, 9])
def test_diagonal(K: Kernels, offset: int) -> None:
    for axes in ((0, 1), (2, 0), (-1, -2)):
        agree(K, "diagonal", X, offset, *axes)


def test_likeness(K: Kernels) -> None:
    single = K.backend.dtypes["float32"]
    for name in ("zeros_like", "ones_like"):
        assert seen(K, getattr(K, name)(given(K, X))).sum() in (0, X.size)
        assert K.dtype_of(getattr(K, name)(given(K, X), dtype=single)) is dtypes.float32
    assert set(seen(K, K.full_like(given(K, X), 2.5)).flat) == {2.5}
    assert K.empty_like(given(K, X)).shape == X.shape


def test_to_python_and_back(K: Kernels) -> None:
    for values in (X, X > 0, np.arange(6).reshape(2, 3), X + 1j * X[::-1]):
        array = given(K, values)
        assert K.tolist(array) == values.tolist()
        one = K.item(array[(0,) * values.ndim])
        assert type(one) is type(values.item(0))


def test_the_host_is_used_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    K = KERNELS["strict"]
    x = given(K, np.array([0.5, 2.0]))
    monkeypatch.delenv("ISOGRAD_HOST_FALLBACK", raising=False)
    with pytest.raises(BackendError, match="(?s)'strict': it has no kernel 'i0'.*HOST_FALLBACK=1"):
        K.i0(x)
    monkeypatch.setenv("ISOGRAD_HOST_FALLBACK", "1")
    assert discover.get_backend("numpy")
    got = K.i0(x)
    assert isinstance(got, K.array_type)
    np.testing.assert_allclose(seen(K, got), special.i0([0.5, 2.0]))
