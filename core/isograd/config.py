"""Settings: what may be set, where from, and what is said about a mistake.

For each setting the first of these that has it decides: the environment variable
``ISOGRAD_<NAME>``, the file that ``ISOGRAD_CONFIG`` names, the nearest ``isograd.toml`` or
``pyproject.toml`` with a ``[tool.isograd]`` table, upwards from the current directory, and
``isograd.toml`` in the user's config directory. Files are read when a setting is first needed and
no variable has decided it; nothing is ever written.

Examples
--------
>>> from isograd import config
>>> config.setting("host_fallback")
False
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["ConfigError", "SETTINGS", "lookup", "reload", "setting"]


class ConfigError(ValueError):
    """A setting that cannot be understood; the text names the file, the line, the key and the next
    step."""


def parse_names(value: Any) -> tuple[str, ...]:
    """Backend names: a list, or a string with commas.

    Examples
    --------
    >>> parse_names("cupy, numpy")
    ('cupy', 'numpy')
    """
    words = value.split(",") if isinstance(value, str) else value
    if (
        not isinstance(words, (list, tuple))
        or not all(isinstance(word, str) and word.strip() for word in words)
        or not words
    ):
        raise ValueError(
            "a backend's name, or several in order of preference: 'cupy' or 'cupy,numpy'"
        )
    return tuple(word.strip() for word in words)


def _parse_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


_WORDS = {"1": True, "true": True, "0": False, "false": False}


def _from_variable(value: str) -> Any:
    return _WORDS.get(value.lower(), value)  # a variable is text: these four words are the booleans


#: Name to parser, default and meaning. A parser raises ValueError with what it expected.
SETTINGS: dict[str, tuple[Callable[[Any], Any], Any, str]] = {
    "backend": (parse_names, ("numpy",), "The backend to use, or several in order of preference."),
    "host_fallback": (
        _parse_bool,
        False,
        "Let a kernel that a backend lacks run on the host, with SciPy.",
    ),
    "force_defaults": (
        _parse_bool,
        False,
        "Use the default of every optional kernel, to test the defaults.",
    ),
}

_PROGRAM = "isograd"
_files: list[tuple[str, dict[str, Any]]] | None = None


def setting(name: str) -> Any:
    """The value of a setting."""
    return lookup(name)[0]


def lookup(name: str) -> tuple[Any, str]:
    """The value of a setting, and in words where it comes from."""
    parse, default, _ = SETTINGS[name]
    variable = f"ISOGRAD_{name.upper()}"
    text = os.environ.get(variable)
    if (
        text
    ):  # an empty variable counts as unset, as shells can hardly unset one for a single command
        value = _from_variable(text) if parse is _parse_bool else text
        try:
            return parse(value), f"the environment variable {variable}"
        except ValueError as error:
            raise ConfigError(f"{variable}={text}: expected {error}") from None
    for path, table in _load():
        if name in table:
            return table[name], path
    return default, "default: no other source names a backend"


def reload() -> None:
    """Forget what was read; the files are read again when next needed."""
    global _files
    _files = None


def _load() -> list[tuple[str, dict[str, Any]]]:
    global _files
    if _files is None:
        _check_variables()
        _files = [(path, table) for path, table in map(_read, _paths()) if table]
    return _files


def _check_variables() -> None:
    known = {"ISOGRAD_CONFIG", *(f"ISOGRAD_{name.upper()}" for name in SETTINGS)}
    for variable in os.environ:
        # other tools may have variables that begin so; only a near miss is a mistake
        if variable.startswith("ISOGRAD_") and variable not in known:
            from difflib import get_close_matches

            if near := get_close_matches(variable, known, 1, 0.85):
                raise ConfigError(f"{variable}: unknown variable; did you mean {near[0]!r}?")


def _paths() -> Iterator[str]:
    named = os.environ.get("ISOGRAD_CONFIG")
    if named:
        if not os.path.isfile(named):
            raise ConfigError(f"ISOGRAD_CONFIG={named}: there is no such file")
        yield named
    try:
        directory = os.getcwd()
    except FileNotFoundError:  # removed under us
        directory = os.sep
    while True:
        own, project = (
            os.path.join(directory, "isograd.toml"),
            os.path.join(directory, "pyproject.toml"),
        )
        if os.path.isfile(own):
            yield own
            break
        if os.path.isfile(project) and _has_table(project):
            yield project
            break
        parent = os.path.dirname(directory)
        if parent == directory:
            break
        directory = parent
    import platformdirs

    own = os.path.join(platformdirs.user_config_dir(_PROGRAM, appauthor=False), "isograd.toml")
    if os.path.isfile(own):
        yield own


def _has_table(path: str) -> bool:
    # Text first: most projects have no such table, and their files need no parsing, nor even be
    # right.
    text = _text(path)
    return ("tool.isograd" in text or "[tool]" in text) and bool(_table(path, text))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None


def _table(path: str, text: str) -> dict[str, Any]:
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:  # its text has the line and the column
        raise ConfigError(f"{path}: is not TOML: {error}") from None
    if os.path.basename(path) == "pyproject.toml":
        data = data.get("tool", {}).get("isograd", {})
        if not isinstance(data, dict):
            raise ConfigError(f"{_place(path, text, 'isograd')}: tool.isograd must be a table")
    return data


def _read(path: str) -> tuple[str, dict[str, Any]]:
    text = _text(path)
    values = {}
    for key, value in _table(path, text).items():
        if key not in SETTINGS:
            raise ConfigError(
                f"{_place(path, text, key)}: unknown key {key!r}; {suggest(key, SETTINGS)}"
            )
        try:
            values[key] = SETTINGS[key][0](value)
        except ValueError as error:
            raise ConfigError(
                f"{_place(path, text, key)}: {key} = {value!r}: expected {error}"
            ) from None
    return path, values


def _place(path: str, text: str, key: str) -> str:
    import re

    match = re.search(
        rf"""^[ \t]*(\[.*)?["']?{re.escape(key)}["']?[ \t]*[\].=]""",
        _after_table(path, text),
        re.MULTILINE,
    )
    if match is None:
        return path
    skipped = len(text) - len(_after_table(path, text))
    return f"{path}, line {text.count(chr(10), 0, skipped + match.start()) + 1}"


def _after_table(path: str, text: str) -> str:
    # In pyproject.toml another tool's table may have a key of the same name.
    start = text.find("[tool.isograd]") if os.path.basename(path) == "pyproject.toml" else 0
    return text[max(start, 0) :]


def suggest(word: str, known: Any) -> str:
    """``did you mean`` the nearest of the known words, or a list of all."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), 1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(map(repr, known))}"
