"""Finding, loading and choosing backends. The plug-ins here are distributions written for the
test."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from isograd import config
from isograd.backend import discover
from isograd.backend.contract import Backend, BackendError
from isograd.devices import device

Install = Callable[..., None]

GOOD = """
    from isograd_numpy.backend import NumPyBackend

    class Made(NumPyBackend):
        name = {name!r}
        device_types = ({name!r},)
"""


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No choice made yet, and what a test registers or installs is forgotten after it."""
    monkeypatch.delenv("ISOGRAD_BACKEND", raising=False)
    registered = dict(discover._registered)
    discover.rescan()
    config.reload()
    yield
    discover._registered.clear()
    discover._registered.update(registered)
    monkeypatch.undo()
    discover.rescan()
    config.reload()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution that has a backend: its metadata and its module."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(
        name: str, source: str, distribution: str | None = None, target: str = "Made"
    ) -> None:
        distribution = distribution or f"isograd-{name}"
        module = distribution.replace("-", "_")
        text = textwrap.dedent(source).format(name=name)
        (tmp_path / f"{module}.py").write_text(text, encoding="utf-8")
        metadata = tmp_path / f"{module}-1.5.dist-info"
        metadata.mkdir()
        lines = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.5\n"
        (metadata / "METADATA").write_text(lines)
        (metadata / "entry_points.txt").write_text(
            f"[isograd.backends]\n{name} = {module}:{target}\n"
        )
        monkeypatch.delitem(sys.modules, module, raising=False)
        discover.rescan()

    return install


def test_numpy_comes_through_the_door_of_everyone() -> None:
    (found,) = [found for found in discover.discovered() if found.backend_name == "numpy"]
    assert found.distribution == "isograd"
    chosen = discover.chosen()
    assert (chosen.backend_name, chosen.source) == ("numpy", "default: no other source names a backend")
    assert discover.current() is chosen.kernels is discover.get_backend("numpy")


def test_scanning_imports_no_plugin(install: Install) -> None:
    install("alpha", "raise SystemError('imported')")
    names = [found.backend_name for found in discover.discovered()]
    assert "alpha" in names
    assert "isograd_alpha" not in sys.modules


def test_a_plugin_is_loaded_at_first_use_and_once(install: Install) -> None:
    install("alpha", GOOD)
    kernels = discover.get_backend("alpha")
    assert kernels.backend.name == "alpha"
    assert discover.get_backend("alpha") is kernels


def test_threads_that_use_it_first_share_one(install: Install) -> None:
    install("alpha", "import time; time.sleep(0.05)\n" + textwrap.dedent(GOOD))
    seen: list[object] = []
    threads = [
        threading.Thread(target=lambda: seen.append(discover.get_backend("alpha")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    assert len(set(map(id, seen))) == 1


@pytest.mark.parametrize(
    ("source", "cause", "step"),
    [
        (
            "import a_library_nobody_has",
            "ModuleNotFoundError: No module",
            "pip install a_library_nob",
        ),
        ("raise OSError('libfoo.so')", "OSError: libfoo.so", "repair or upgrade isograd-broken"),
        ("", "AttributeError: .*no attribute 'Made'", "repair or upgrade isograd-broken"),
        (
            "class Made:\n    available = lambda self: 'no driver'",
            "not available here: no driver",
            "isograd backends",
        ),
        (GOOD.replace("{name!r}", "'other'"), "calls itself 'other'", "report this"),
        (
            GOOD + "        contract_version = 99\n",
            "version 99 of the backend contract",
            "upgrade isograd$",
        ),
    ],
)
def test_a_broken_plugin_is_told_and_hurts_nobody(
    install: Install, source: str, cause: str, step: str
) -> None:
    install("broken", source)
    install("good", GOOD)
    for _ in range(2):  # the second time from memory
        with pytest.raises(BackendError, match=cause) as raised:
            discover.get_backend("broken")
        text = str(raised.value)
        assert text.startswith("backend 'broken' (supplied by isograd-broken 1.5): ")
        assert raised.match(f"next step: (.*){step}")
    assert discover.get_backend("good").backend.name == "good"
    assert discover.current().backend.name == "numpy"


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(BackendError, match="did you mean 'numpy'"):
        discover.get_backend("nunpy")


def test_a_backend_of_ours_that_is_not_installed_names_its_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(discover, "_found", {})
    with pytest.raises(BackendError, match=r'pip install "isograd\[cuda12\]"'):
        discover.get_backend("cupy")


def test_one_name_from_two_distributions_is_ambiguous(install: Install) -> None:
    install("twin", GOOD, distribution="isograd-one")
    install("twin", GOOD, distribution="isograd-two")
    with pytest.raises(BackendError, match="isograd-one 1.5 and isograd-two 1.5 both supply it"):
        discover.get_backend("twin")


def test_the_order_of_selection(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("alpha", "beta", "gamma"):
        install(name, GOOD)
    monkeypatch.setenv("ISOGRAD_BACKEND", "alpha")
    assert discover.chosen().backend_name == "alpha"
    assert discover.chosen().source == "the environment variable ISOGRAD_BACKEND"
    discover.set_default_backend("beta")
    assert discover.current().backend.name == "beta"
    with discover.backend("gamma"):
        assert discover.current().backend.name == "gamma"
        assert discover.chosen().source == "with isograd.backend('gamma')"
        with discover.backend("alpha"):
            assert discover.current().backend.name == "alpha"
        assert discover.current().backend.name == "gamma"
    assert discover.chosen().source == "set_default_backend()"


def test_a_with_survives_an_exception_and_is_the_threads_own(install: Install) -> None:
    install("alpha", GOOD)
    scope = discover.backend("alpha")
    seen = []
    with pytest.raises(ZeroDivisionError), scope:
        with scope:  # it may be entered again
            pass
        assert discover.current().backend.name == "alpha"
        thread = threading.Thread(target=lambda: seen.append(discover.current().backend.name))
        thread.start()
        thread.join()
        raise ZeroDivisionError
    assert seen == ["numpy"]
    assert discover.current().backend.name == "numpy"


def test_fallback_is_explicit(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("broken", "raise OSError('no driver')")
    monkeypatch.setenv("ISOGRAD_BACKEND", "broken, numpy")
    chosen = discover.chosen()
    assert chosen.backend_name == "numpy"
    assert [error.backend for error in chosen.passed_over] == ["broken"]
    with pytest.raises(BackendError, match="no driver"):  # a single name never falls back
        discover.set_default_backend("broken")
    with pytest.raises(BackendError, match="(?s)none of them can be used.*no driver.*nowhere"):
        discover.backend("broken,nowhere")
    assert discover.current().backend.name == "numpy"


def test_a_device_finds_its_backend(install: Install) -> None:
    install("aaa", "raise OSError('no driver')")
    install("quantum", GOOD)
    assert discover.serving("cpu") is discover.get_backend("numpy")
    assert discover.serving("quantum") is discover.get_backend("quantum")
    assert repr(device("quantum:1")) == "device(type='quantum', index=1)"
    with pytest.raises(BackendError, match="(?s)serves the device type 'pigeon'.*aaa.*no driver"):
        discover.serving("pigeon")
    with pytest.raises(RuntimeError, match="Expected one of cpu, cuda, .*, quantum.* device type at"):
        device("pigeon")


def test_the_current_backend_comes_first(install: Install) -> None:
    install("second", GOOD.replace("device_types = ({name!r},)", "device_types = ('cpu',)"))
    with discover.backend("second"):
        assert discover.serving("cpu").backend.name == "second"
    assert discover.serving("cpu").backend.name == "numpy"


def test_a_registered_backend_needs_no_distribution() -> None:
    class Mine(type(discover.get_backend("numpy").backend)):  # type: ignore[misc]
        name = "mine"

    kernels = discover.register_backend(Mine())
    assert discover.get_backend("mine") is kernels
    assert "mine" in {found.backend_name for found in discover.discovered()}
    discover.rescan()
    assert discover.get_backend("mine") is kernels


def test_a_backend_without_kernels_is_refused() -> None:
    class Empty(Backend):
        name = "empty"
        device_types = ("cpu",)
        dtypes: dict[str, object] = {}
        array_type = list
        namespace = object()

    with pytest.raises(BackendError, match=r"lack the required 'add\(x1, x2, /\)', 'subtract"):
        discover.register_backend(Empty())
    assert "empty" not in {found.backend_name for found in discover.discovered()}


def test_an_out_of_tree_plugin(tmp_path: Path) -> None:
    """Install the plug-in of tests/backends/strict with pip, and compute with it in a fresh
    interpreter."""
    project = tmp_path / "project"
    project.mkdir()
    for file in (Path(__file__).parent / "backends/strict").glob("*.*"):
        (project / file.name).write_bytes(file.read_bytes())
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    target = tmp_path / "site"
    subprocess.run([*pip, "--target", str(target), str(project)], check=True)
    script = """
        import sys
        from isograd.backend import discover

        (found,) = [found for found in discover.discovered() if found.backend_name == "strict"]
        assert (found.distribution, found.version) == ("isograd-strict", "0.1.0")
        assert "isograd_strict" not in sys.modules
        K = discover.current()
        assert K.backend.name == "strict" and K.origins["lgamma"] == "default"
        array = K.from_list([0.5, 1.0], (2,), K.backend.dtypes["float64"])
        print(type(array).__module__.partition(".")[0], K.tolist(K.lgamma(array)))
    """
    environment = {**os.environ, "ISOGRAD_BACKEND": "strict"}
    environment["PYTHONPATH"] = os.pathsep.join([str(target), *filter(None, sys.path)])
    command = [sys.executable, "-c", textwrap.dedent(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    library, values = done.stdout.split(maxsplit=1)
    assert library == "array_api_strict"
    assert eval(values) == pytest.approx([0.5723649429247001, 0.0])
