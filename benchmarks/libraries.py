"""The libraries that are compared, which of them are installed, and the machine."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import platform
from pathlib import Path
from typing import Any

#: In the order of the table's columns.
LIBRARIES = ("numpy", "torch", "isograd", "autograd", "mygrad")

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")


def use_one_thread() -> None:
    """Give every library one thread; call it before any of them is imported."""
    for variable in ONE_THREAD:
        os.environ[variable] = "1"


def load(library: str) -> Any:
    """Import a library in the state in which it is fastest."""
    module = importlib.import_module(library)
    if library == "torch":
        module.set_num_threads(1)
    elif library == "mygrad":
        module.turn_memory_guarding_off()  # as its manual advises where speed matters
    return module


def installed() -> dict[str, str]:
    """The version of each library that is installed."""
    return {
        library: importlib.metadata.version(library)
        for library in LIBRARIES
        if importlib.util.find_spec(library) is not None
    }


def machine() -> str:
    """What kind of machine this is; nothing that tells which one."""
    name = platform.processor() or platform.machine()
    widest = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        facts: dict[str, str] = {}
        for line in cpuinfo.read_text().splitlines():
            key, _, value = line.partition(":")
            facts[key.strip()] = value.strip()
        name = facts.get("model name", name)
        flags = facts.get("flags", "").split()
        widest = next((f", {f}" for f in ("avx512f", "avx2", "sse4_2") if f in flags), "")
    return f"{name}{widest}, {os.cpu_count()} cores, {platform.system()}, one thread used"
