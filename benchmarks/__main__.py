"""``python -m benchmarks``."""

from __future__ import annotations

import argparse
import datetime
import gc
import json
import platform
import sys
from pathlib import Path
from typing import Any

from . import libraries

libraries.use_one_thread()  # before NumPy is imported, which the modules below do

from . import deep, large, measure, networks, report, small  # noqa: E402

WORKLOADS = (
    small.SqrtSum(),
    small.Chain(),
    small.ChainOfThreeLeaves(),
    networks.SmallNetwork(),
    networks.LargeNetwork(),
    large.Elementwise(),
    deep.Deep(),
    deep.Deeper(),
)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time isograd beside NumPy, torch, autograd and MyGrad, in one run, in turns.",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements to FILE")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--list", action="store_true", help="list the rows and stop")
    parser.add_argument(
        "--rows", nargs="+", metavar="TEXT", default=[""], help="only rows whose name has a TEXT"
    )
    parser.add_argument(
        "--libraries", nargs="+", choices=libraries.LIBRARIES, default=libraries.LIBRARIES
    )
    return parser.parse_args()


def main() -> int:
    """Run the benchmarks; the exit status."""
    options = arguments()
    workloads = [w for w in WORKLOADS if any(text in w.name for text in options.rows)]
    if options.list:
        for workload in workloads:
            print(f"{workload.name:<32} {(workload.__doc__ or '').splitlines()[0]}")
        return 0
    versions = libraries.installed()
    modules = {name: libraries.load(name) for name in options.libraries if name in versions}
    gc.freeze()  # what was imported is nobody's to collect while another is timed
    rows: list[dict[str, Any]] = []
    for workload in workloads:
        print(f"{workload.name} …", file=sys.stderr)
        times = measure.time(workload, modules)
        rows.append(
            {
                "name": workload.name,
                "unit": workload.unit,
                "seconds": measure.medians(times),
                "rounds": times,
                "peak_bytes": measure.memory(workload, modules) if workload.memory else {},
                "without": workload.without,
            }
        )
    result = {
        "machine": libraries.machine(),
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        "versions": {name: versions[name] for name in modules},
        "missing": [name for name in options.libraries if name not in versions],
        "rows": rows,
    }
    if options.json:
        options.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    if options.markdown:
        print(report.heading(result), report.markdown(result), sep="\n\n")
    else:
        report.show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
