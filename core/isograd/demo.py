"""``isograd demo``: the reference example, a small network in training, and torch beside both."""

from __future__ import annotations

import math
import random
import struct
import sys
import time
from collections.abc import Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import isograd

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

SESSION = """\
import isograd as torch
from isograd.autograd import Variable
T = torch.Tensor([[1., 2.], [2., 3.]])
T = Variable(T, requires_grad=True)
print(T.requires_grad)
T1 = torch.sqrt(T)
print(T1)
T2 = T1.sum()
print(T2)
T2.backward()
print(T.grad)"""

POINTS = 64  # of each spiral
WIDTH = 24
STEPS = 400
RATE = 0.3
MOMENTUM = 0.9
SHOWN = (1, 10, 50, 100, 200, STEPS)  # the steps whose losses stand in the table
SEED = 0


class Run(NamedTuple):
    """What one library's training came to, in plain numbers wherever two are compared."""

    torch: ModuleType
    parameters: dict[str, Any]
    losses: list[float]
    first_gradients: dict[str, list[float]]
    seconds: float

    def accuracy(self) -> float:
        """The fraction of points that the network puts on the right spiral."""
        points, classes = spirals()
        guesses = [row.index(max(row)) for row in self.predict(points)]
        return sum(a == b for a, b in zip(guesses, classes)) / len(classes)

    def predict(self, points: list[list[float]]) -> list[list[float]]:
        """The network's log-probabilities of the two spirals at each of `points`."""
        with self.torch.no_grad():
            x = self.torch.tensor(points, dtype=self.torch.float32)
            output: list[list[float]] = network(self.torch, self.parameters, x).tolist()
        return output


def spirals() -> tuple[list[list[float]], list[int]]:
    """Two spirals, one inside the other: points in the plane and the spiral each belongs to."""
    points, classes = [], []
    for spiral in (0, 1):
        for i in range(POINTS):
            radius = 0.1 + 0.9 * i / POINTS
            angle = 2.5 * math.pi * i / POINTS + math.pi * spiral
            points.append([radius * math.cos(angle), radius * math.sin(angle)])
            classes.append(spiral)
    return points, classes


def initial_weights() -> dict[str, list[list[float]]]:
    """Weights of a 2-24-24-2 network, from Python's own generator: the same for every library."""
    generator = random.Random(SEED)
    weights = {}
    for layer, (rows, columns) in enumerate([(2, WIDTH), (WIDTH, WIDTH), (WIDTH, 2)], 1):
        scale = 1 / math.sqrt(rows)
        weights[f"weight{layer}"] = [
            [generator.gauss(0, scale) for _ in range(columns)] for _ in range(rows)
        ]
        weights[f"bias{layer}"] = [[generator.gauss(0, 0.1) for _ in range(columns)]]
    return weights


def network(torch: ModuleType, p: dict[str, Any], x: Any) -> Any:
    """The network's output for the points `x`: log-probabilities of the two spirals."""
    hidden = torch.tanh(x @ p["weight1"] + p["bias1"])
    hidden = torch.tanh(hidden @ p["weight2"] + p["bias2"])
    return torch.log_softmax(hidden @ p["weight3"] + p["bias3"], dim=1)


def train(torch: ModuleType, parameters: dict[str, Any]) -> Iterator[float]:
    """Train on the spirals with `torch`, be it isograd or torch, and fill in `parameters`.

    Yields the loss of each step, while the parameters still have that step's gradients.
    """
    points, classes = spirals()
    x = torch.tensor(points, dtype=torch.float32)
    target = torch.tensor(classes).reshape(-1, 1)
    for name, rows in initial_weights().items():
        parameters[name] = torch.tensor(rows, dtype=torch.float32, requires_grad=True)
    with torch.no_grad():
        velocity = {name: torch.zeros_like(p) for name, p in parameters.items()}

    for _ in range(STEPS):
        loss = -network(torch, parameters, x).gather(1, target).mean()
        loss.backward()
        yield loss.item()
        with torch.no_grad():
            for name, p in parameters.items():
                velocity[name].mul_(MOMENTUM).add_(p.grad)
                p.sub_(RATE * velocity[name])
                p.grad = None


def ulps(a: float, b: float) -> int:
    """How many float32 numbers lie from `a` to `b`: 0 means the same bits, up to the sign of 0."""
    ordered: list[int] = []
    for value in (a, b):
        (bits,) = struct.unpack("<i", struct.pack("<f", value))
        ordered.append(bits if bits >= 0 else -(bits & 0x7FFFFFFF))
    return abs(ordered[0] - ordered[1])


def show_backend(console: Console) -> None:
    """Say which backend was chosen, and why."""
    from isograd.backend import discover

    chosen = discover.chosen()
    console.print(
        f"[bold]isograd {isograd.__version__}[/] computes with backend "
        f"[bold cyan]{chosen.backend_name}[/] from {chosen.distribution} {chosen.version}\n"
        f"chosen by: {chosen.source}"
    )
    for passed_over in chosen.passed_over:
        console.print(str(passed_over), markup=False)


def show_session(console: Console) -> None:
    """Run the reference example line by line, as an interactive session does, and show it."""
    from rich.text import Text

    namespace: dict[str, Any] = {"__name__": "__console__"}
    for line in SESSION.splitlines():
        console.print(Text.assemble((">>> ", "bold green"), line))
        exec(compile(line, "<demo>", "single"), namespace)
        sys.stdout.flush()


def run(torch: ModuleType, title: str, console: Console) -> Run:
    """Train with a progress bar."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description:<8}", style="bold"),
        BarColumn(32),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.6f}", style="magenta"),
    )
    parameters: dict[str, Any] = {}
    losses: list[float] = []
    gradients: dict[str, list[float]] = {}
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(title, total=STEPS, loss=math.nan)
        start = time.perf_counter()
        for loss in train(torch, parameters):
            losses.append(loss)
            gradients = gradients or {
                name: p.grad.reshape(-1).tolist() for name, p in parameters.items()
            }
            progress.update(bar, advance=1, loss=loss)
        seconds = time.perf_counter() - start
    return Run(torch, parameters, losses, gradients, seconds)


def show_picture(trained: Run, console: Console) -> None:
    """Draw what the network learned: the plane in two colours, and the points it was shown."""
    from rich.text import Text

    rows, columns = 17, 46
    points, classes = spirals()
    marks = {
        (round((1 - y) / 2 * (rows - 1)), round((x + 1) / 2 * (columns - 1))): label
        for (x, y), label in zip(points, classes)
    }
    plane = [
        [2 * column / (columns - 1) - 1, 1 - 2 * row / (rows - 1)]
        for row in range(rows)
        for column in range(columns)
    ]
    output = trained.predict(plane)
    for row in range(rows):
        line = Text("  ")
        for column in range(columns):
            zero, one = output[row * columns + column]
            background = "on blue" if one > zero else "on red"
            if (row, column) in marks:
                line.append("ox"[marks[row, column]], f"bold white {background}")
            else:
                line.append(" :"[one > zero], f"dim white {background}")
        console.print(line)


def loss_table(runs: dict[str, Run]) -> Table:
    """The losses along the way, a column for each library."""
    from rich.table import Table

    table = Table(title="Loss, each library training on its own", title_justify="left")
    table.add_column("step", justify="right")
    for name in runs:
        table.add_column(name, justify="right")
    for number in SHOWN:
        table.add_row(str(number), *(f"{r.losses[number - 1]:.9g}" for r in runs.values()))
    return table


def agreement_table(ours: Run, theirs: Run) -> Table:
    """How far two libraries agree in their first step, from the same weights."""
    from rich.table import Table

    table = Table(title="First step, from the same weights", title_justify="left")
    for heading in ("quantity", "numbers", "bits equal", "max ULP", "difference", "largest"):
        table.add_column(heading, justify="left" if heading == "quantity" else "right")
    quantities = {"loss": (ours.losses[:1], theirs.losses[:1])}
    for name, gradient in ours.first_gradients.items():
        quantities[f"{name}.grad"] = (gradient, theirs.first_gradients[name])
    for name, (a, b) in quantities.items():
        apart = [ulps(p, q) for p, q in zip(a, b)]
        table.add_row(
            name,
            str(len(apart)),
            f"{apart.count(0) / len(apart):.1%}",
            str(max(apart)),
            f"{max(abs(p - q) for p, q in zip(a, b)):.2e}",
            f"{max(map(abs, b)):.2e}",
        )
    return table


def installed_torch(console: Console) -> ModuleType | None:
    """The real torch, if it is installed."""
    with console.status("importing torch"):
        try:
            import torch
        except ImportError:
            return None
    torch.set_num_threads(1)  # the arrays are small: more threads only make it slower
    return torch  # type: ignore[no-any-return]


def main() -> int:
    """Run the demo; the exit status."""
    from rich.console import Console
    from rich.rule import Rule

    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())

    def section(title: str) -> None:
        console.print("", Rule(title, align="left", style="dim"))

    show_backend(console)

    section("The reference example, line by line")
    show_session(console)

    section(f"Two spirals: a 2-{WIDTH}-{WIDTH}-2 network, {STEPS} steps")
    runs = {"isograd": run(isograd, "isograd", console)}
    torch = installed_torch(console)
    if torch is not None:
        runs["torch"] = run(torch, "torch", console)
    for name, trained in runs.items():
        console.print(
            f"{name:<8} {trained.accuracy():.1%} of the points on the right spiral, "
            f"{trained.seconds / STEPS * 1e3:.2f} ms a step"
        )
    console.print()
    show_picture(runs["isograd"], console)
    console.print("", loss_table(runs))

    section("Beside torch")
    if torch is None:
        console.print(
            "torch is not installed; with it (`pip install isograd[parity]`) the same steps run "
            "on both and are compared here.",
            markup=False,
        )
    else:
        console.print(agreement_table(runs["isograd"], runs["torch"]))
        console.print(
            "Same formulas, different kernels: where the last digits differ, so do the orders of "
            "the sums.\n`isograd parity` compares op by op, on torch's own kernels bit for bit."
        )
    return 0
