"""Measures contenders in alternating rounds and reports their figures.

A benchmark is a module with a `main` like this one::

    def main() -> None:
        options = parse_options("tokenizer", "Texts to ids, against Keras.", rounds=7)
        texts = make_texts(2_000 if options.small else 200_000)
        contenders = {"keras": lambda: keras(texts), "ours": lambda: ours(texts)}
        costs = measure_rounds(contenders, options)
        report = Report(options, versions=("keras", "numpy"))
        report.add_costs("encode", costs, units=len(texts), unit="text")
        report.add_figure("encode_cpu_ratio", ratio(costs["keras"], costs["ours"]), bar=1.5)
        report.finish()

CPU seconds are the main figure: they stay steady when other work runs on the machine. Ratios are
plain / ours, so bigger is better.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine

Contender = Callable[[], object]
"""One way of doing the work. It may return its own `Cost` (measured in a child process, say)."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line asks for; every benchmark takes these."""

    name: str
    summary: str
    rounds: int
    small: bool  # a form for CI: the same work on little data, its figures mean nothing
    json_file: Path | None
    reviews: tuple[Path, ...] = ()  # files of real reviews to measure on as well


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one run took. `cpu_s` is user + system time of all threads and of ended children."""

    cpu_s: float
    wall_s: float


def parse_options(
    name: str,
    summary: str,
    *,
    rounds: int,
    takes_reviews: bool = False,
    argv: Sequence[str] | None = None,
) -> Options:
    """Read the command line of a benchmark; `rounds` is its default at full scale (small: 2)."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=summary)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"default: {rounds}, small: 2")
    parser.add_argument("--scale", choices=("full", "small"), default="full")
    if takes_reviews:
        about = "CSV files (also .csv.gz) with title and content, to measure on as well"
        parser.add_argument("--reviews", type=Path, nargs="+", metavar="FILE", help=about)
    parser.set_defaults(reviews=())
    given = parser.parse_args(argv)
    small = given.scale == "small"
    wanted = given.rounds if given.rounds is not None else (2 if small else rounds)
    if wanted < 1:
        parser.error(f"--rounds must be 1 or more, not {wanted}")
    return Options(
        name=name,
        summary=summary,
        rounds=wanted,
        small=small,
        json_file=given.json,
        reviews=tuple(given.reviews),
    )


def measure(contender: Contender) -> Cost:
    """Run once and give the cost; a contender that returns a `Cost` is taken at its word."""
    gc.collect()
    cpu_s, wall_s = _cpu_s(), time.perf_counter()
    result = contender()
    measured = Cost(cpu_s=_cpu_s() - cpu_s, wall_s=time.perf_counter() - wall_s)
    return result if isinstance(result, Cost) else measured


def measure_rounds(
    contenders: Mapping[str, Contender], options: Options, *, warm_ups: int = 1
) -> dict[str, list[Cost]]:
    """Run every contender once a round and give its costs, one a round, in order of rounds.

    Each round runs all of them, every second round in reverse order, so that a slower minute of the
    machine hits all alike. The warm-ups come first and are not counted.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    with Console(stderr=True).status("") as status:
        for number in range(-warm_ups, options.rounds):
            label = f"round {number + 1} of {options.rounds}" if number >= 0 else "warming up"
            names = list(contenders) if number % 2 == 0 else list(contenders)[::-1]
            for name in names:
                status.update(f"{options.name}, {label}: {name}")
                cost = measure(contenders[name])
                if number >= 0:
                    costs[name].append(cost)
    return costs


def median(costs: Iterable[Cost]) -> Cost:
    """Give the median CPU time and the median wall time, each by itself."""
    costs = list(costs)
    return Cost(
        cpu_s=statistics.median(cost.cpu_s for cost in costs),
        wall_s=statistics.median(cost.wall_s for cost in costs),
    )


def ratio(
    plain: Sequence[Cost], ours: Sequence[Cost], *, by: Literal["cpu", "wall"] = "cpu"
) -> float:
    """Give the median over the rounds of plain / ours: how many times less ours takes.

    Costs of the same round are compared, because they were measured in the same minute.
    """

    def seconds(cost: Cost) -> float:
        return max(cost.cpu_s if by == "cpu" else cost.wall_s, 1e-9)

    pairs = zip(plain, ours, strict=True)
    return statistics.median(seconds(theirs) / seconds(our) for theirs, our in pairs)


class Report:
    """Collects costs and figures, prints them as tables and writes the figures as JSON."""

    def __init__(
        self, options: Options, *, versions: Iterable[str], console: Console | None = None
    ) -> None:
        self.options = options
        self.versions = {name: metadata.version(name) for name in sorted(versions)}
        self.machine = machine()
        self.figures: dict[str, float] = {}
        self.bars: dict[str, float] = {}
        self.limits: dict[str, float] = {}
        self.costs: dict[str, dict[str, object]] = {}
        self._console = console or Console()
        self._tables: list[Table] = []

    def add_costs(
        self, work: str, costs: Mapping[str, Sequence[Cost]], *, units: int, unit: str
    ) -> None:
        """Add what each contender took for some work on `units` things called `unit` each."""
        table = Table(title=f"{work}: {units:,} {unit}s, median of {self.options.rounds} rounds")
        table.add_column("contender")
        for heading in ("CPU s", "wall s", f"CPU us/{unit}", f"{unit}s/s (wall)", "wall min-max s"):
            table.add_column(heading, justify="right")
        for name, rounds in costs.items():
            middle = median(rounds)
            walls = [cost.wall_s for cost in rounds]
            table.add_row(
                name,
                f"{middle.cpu_s:.3f}",
                f"{middle.wall_s:.3f}",
                f"{middle.cpu_s / units * 1e6:,.2f}",
                f"{units / middle.wall_s:,.0f}",
                f"{min(walls):.3f}-{max(walls):.3f}",
            )
            self.costs.setdefault(work, {})[name] = {
                "cpu_s": [cost.cpu_s for cost in rounds],
                "wall_s": walls,
            }
        self._tables.append(table)

    def add_figure(
        self, name: str, value: float, *, bar: float | None = None, most: float | None = None
    ) -> None:
        """Add one figure of the result; it should be `bar` at least, and `most` at most."""
        if not math.isfinite(value):
            raise ValueError(f"The figure {name} is {value}; only finite figures are reported")
        if name in self.figures:
            raise ValueError(f"The figure {name} is reported twice")
        self.figures[name] = value
        if bar is not None:
            self.bars[name] = bar
        if most is not None:
            self.limits[name] = most

    def add_table(self, table: Table) -> None:
        """Add a table of the benchmark's own; it is shown and not written."""
        self._tables.append(table)

    def to_json(self) -> dict[str, object]:
        """Give the figures by name, and beside them what they rest on."""
        return {
            **self.figures,
            "about": {
                "benchmark": self.options.name,
                "rounds": self.options.rounds,
                "scale": "small" if self.options.small else "full",
                "bars": self.bars,
                "limits": self.limits,
                "costs": self.costs,
                "versions": self.versions,
                "machine": self.machine,
            },
        }

    def finish(self) -> None:
        """Print everything and write the JSON file when one was asked for."""
        show = self._console.print
        show(f"[bold]{self.options.name}[/]: {self.options.summary}")
        for table in self._tables:
            show(table)
        show(self._figures_table())
        show(", ".join(f"{name} {version}" for name, version in self.versions.items()))
        show(", ".join(f"{name}: {value}" for name, value in self.machine.items()))
        if self.options.small:
            show("Small scale: the work was done and checked; the figures mean nothing.")
        if self.options.json_file is not None:
            text = json.dumps(self.to_json(), indent=2, allow_nan=False)
            self.options.json_file.write_text(text + "\n", encoding="utf-8")

    def _figures_table(self) -> Table:
        table = Table(title="figures (ratios are plain / ours: bigger is better)")
        table.add_column("figure")
        for heading in ("value", "bar", ""):
            table.add_column(heading, justify="right")
        for name, value in self.figures.items():
            bar, most = self.bars.get(name), self.limits.get(name)
            bounds = [] if bar is None else [f">= {bar:g}"]
            bounds += [] if most is None else [f"<= {most:g}"]
            kept = (bar is None or value >= bar) and (most is None or value <= most)
            verdict = "" if not bounds else "reached" if kept else "missed"
            table.add_row(name, f"{value:.3f}", " ".join(bounds), verdict)
        return table


def _cpu_s() -> float:
    whole = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in whole)
