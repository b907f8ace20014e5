"""Settings: their order, strictness and error texts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from isograd import config
from isograd.config import ConfigError


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """No variable, no file, an empty user directory; afterwards everything is read afresh."""
    for variable in list(os.environ):
        if variable.startswith("ISOGRAD_"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("platformdirs.user_config_dir", lambda *a, **k: str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path)
    config.reload()
    yield
    config.reload()


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_each_source_beats_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen() -> str:
        config.reload()
        return config.setting("backend")[0]

    assert config.lookup("backend") == (("numpy",), "default: no other source names a backend")
    write(tmp_path / "user/isograd.toml", 'backend = "user"')
    assert chosen() == "user"
    write(tmp_path / "pyproject.toml", '[tool.isograd]\nbackend = "project"')
    assert chosen() == "project"
    write(tmp_path / "isograd.toml", 'backend = "own"')
    assert chosen() == "own"
    monkeypatch.setenv("ISOGRAD_CONFIG", str(write(tmp_path / "named.toml", 'backend = "named"')))
    assert chosen() == "named"
    monkeypatch.setenv("ISOGRAD_BACKEND", "variable")
    assert chosen() == "variable"
    assert "ISOGRAD_BACKEND" in config.lookup("backend")[1]


def test_sources_are_combined_setting_by_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "user/isograd.toml", "host_fallback = true")
    path = write(tmp_path / "isograd.toml", 'backend = ["cupy", "numpy"]')
    monkeypatch.chdir(write(tmp_path / "a/b/c/file", "").parent)
    assert config.lookup("backend") == (("cupy", "numpy"), str(path))
    assert config.setting("host_fallback") is True


def test_a_project_without_our_table_is_not_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "isograd.toml", 'backend = "outer"')
    write(tmp_path / "inner/pyproject.toml", "this is not TOML, and none of isograd's business")
    monkeypatch.chdir(tmp_path / "inner")
    assert config.setting("backend") == ("outer",)


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("true", True), ("TRUE", True), ("0", False), ("False", False)]
)
def test_booleans_in_variables(text: str, value: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOGRAD_HOST_FALLBACK", text)
    assert config.setting("host_fallback") is value


@pytest.mark.parametrize("text", ["yes", "on", "2", "truee", " 1"])
def test_nothing_else_is_a_boolean(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOGRAD_HOST_FALLBACK", text)
    with pytest.raises(ConfigError, match=f"ISOGRAD_HOST_FALLBACK={text}: expected true or false"):
        config.setting("host_fallback")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\nbackend = numpy\n", None, "is not TOML: .*line 2"),
        ('# settings\n\nbackned = "numpy"', 3, "unknown key 'backned'; did you mean 'backend'"),
        ("backend = 3", 1, "backend = 3: expected a backend's name"),
        ('backend = "numpy,"', 1, "expected a backend's name"),
        (
            'backend = "numpy"\nhost_fallback = "true"',
            2,
            "host_fallback = 'true': expected true or",
        ),
        ("host_fallback = 1", 1, "host_fallback = 1: expected true or false"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    text: str, line: int | None, message: str, tmp_path: Path
) -> None:
    path = write(tmp_path / "isograd.toml", text)
    with pytest.raises(ConfigError, match=message) as raised:
        config.setting("backend")
    place = f"{path}, line {line}: " if line else f"{path}: "
    assert str(raised.value).startswith(place)


def test_the_line_in_pyproject_is_that_of_our_table(tmp_path: Path) -> None:
    text = '[tool.other]\nhost_fallback = "x"\n\n[tool.isograd]\nhost_fallback = "x"\n'
    path = write(tmp_path / "pyproject.toml", text)
    with pytest.raises(ConfigError) as raised:
        config.setting("backend")
    assert str(raised.value).startswith(f"{path}, line 5: ")


def test_a_named_file_must_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ISOGRAD_CONFIG", str(tmp_path / "absent.toml"))
    with pytest.raises(ConfigError, match="absent.toml: there is no such file"):
        config.setting("backend")


def test_a_misspelt_variable_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOGRAD_BACKNED", "numpy")
    with pytest.raises(ConfigError, match="ISOGRAD_BACKNED.*did you mean 'ISOGRAD_BACKEND'"):
        config.setting("backend")
    monkeypatch.delenv("ISOGRAD_BACKNED")
    monkeypatch.setenv("ISOGRAD_SOMEONE_ELSES", "1")
    assert config.setting("backend") == ("numpy",)


def test_nothing_is_written(tmp_path: Path) -> None:
    config.setting("backend")
    assert list(tmp_path.rglob("*")) == []
