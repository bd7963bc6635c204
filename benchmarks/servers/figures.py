"""What `benchmarks.serving` measured, as figures and as tables."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from benchmarks.measure import Report
from benchmarks.servers.contenders import BARE, ECHO, NAIVE, OURS, PEERS

CONCURRENCIES = (1, 16, 64)
MAIN = 16  # the concurrency that the bars are about

Loads = list[dict[str, Any]]  # what the client told, or what a start took, one a round
Rounds = dict[str, list[dict[int, dict[str, Any]]]]  # by server: what the client told, by number


@dataclass(frozen=True)
class Measured:
    """All that was measured, by server.

    Attributes:
        starts: the cold start and the memory of each server alone.
        rounds: what the client told of each at every concurrency.
        features: what the client told of Voxpop with a feature less or more, at `MAIN`.
    """

    starts: dict[str, Loads]
    rounds: Rounds
    features: dict[str, Loads]


def add_figures(report: Report, measured: Measured) -> None:
    """Add the figures that there are bars for, and what stands beside them."""
    starts, rounds = measured.starts, measured.rounds
    peers = [name for name in PEERS if name in rounds]
    bars = {"cpu_ratio_naive": 60.0, "cpu_ratio_best_peer": 1.5, "rps_ratio_best_peer": 1.3}
    if peers:
        ratios = {
            "cpu_ratio_naive": _ratio(rounds, NAIVE, OURS, "cpu_s_per_1000"),
            "cpu_ratio_best_peer": min(
                _ratio(rounds, peer, OURS, "cpu_s_per_1000") for peer in peers
            ),
            "rps_ratio_best_peer": min(
                _ratio(rounds, OURS, peer, "requests_per_s") for peer in peers
            ),
        }
        for key, value in ratios.items():
            report.add_figure(key, value, bar=bars[key])
        for peer in peers:
            value = _ratio(rounds, peer, OURS, "cpu_s_per_1000")
            report.add_figure(f"cpu_ratio_{peer.lower()}", value)
    bare_rps = _ratio(rounds, OURS, BARE, "requests_per_s")
    report.add_figure("rps_ratio_bare", bare_rps, bar=0.7)
    report.add_figure("cpu_ratio_bare", _ratio(rounds, BARE, OURS, "cpu_s_per_1000"))
    report.add_figure("p50_ratio_bare_c1", _ratio(rounds, OURS, BARE, "p50_ms", at=1), most=1.5)
    report.add_figure("share_of_echo_rps", _ratio(rounds, OURS, ECHO, "requests_per_s"))
    report.add_figure("cold_start_s", _middle(starts[OURS], "cold_start_s"), most=1.5)
    report.add_figure("pss_mib", _middle(starts[OURS], "pss"), most=130)
    loads = _all_loads({OURS: rounds[OURS]})
    report.add_figure("errors", sum(one["errors"] for one in loads), most=0)
    report.add_figure("wrong_answers", sum(one["wrong"] for one in loads), most=0)
    for name in measured.features:
        if name != OURS:
            value = _difference_ms(measured.features, name)
            report.add_figure(f"cpu_ms_{name.replace(' ', '_')}", value)
    report.add_figure("others_share", _middle(_all_loads(rounds), "others_share"))


def _ratio(rounds: Rounds, over: str, under: str, what: str, at: int = MAIN) -> float:
    """Give the median over the rounds of one server's figure over another's."""
    pairs = zip(rounds[over], rounds[under], strict=True)
    ratios: list[float] = [one[at][what] / other[at][what] for one, other in pairs]
    return statistics.median(ratios)


def _middle(records: Loads, what: str) -> float:
    return float(statistics.median(record[what] for record in records))


def _all_loads(rounds: Rounds) -> Loads:
    return [load for those in rounds.values() for one in those for load in one.values()]


def tables(measured: Measured) -> list[Table]:
    """Show everything by server."""
    return [
        *(_loads_table(measured.rounds, at) for at in CONCURRENCIES),
        _starts_table(measured.starts),
        _features_table(measured.features),
    ]


def _loads_table(rounds: Rounds, at: int) -> Table:
    table = Table(title=f"{at} at a time: medians of the rounds")
    table.add_column("server")
    for heading in ("CPU s per 1,000", "requests/s", "p50 ms", "p99 ms", "errors", "wrong"):
        table.add_column(heading, justify="right")
    for name, those in rounds.items():
        loads = [one[at] for one in those]
        table.add_row(
            name,
            f"{_middle(loads, 'cpu_s_per_1000'):.2f}",
            f"{_middle(loads, 'requests_per_s'):,.0f}",
            f"{_middle(loads, 'p50_ms'):,.2f}",
            f"{_middle(loads, 'p99_ms'):,.1f}",
            str(sum(load["errors"] for load in loads)),
            str(sum(load["wrong"] for load in loads)),
        )
    return table


def _starts_table(starts: Mapping[str, Loads]) -> Table:
    table = Table(title="alone, all its processes; from the start to the first right answer")
    table.add_column("server")
    for heading in ("RSS MiB", "PSS MiB", "cold start s"):
        table.add_column(heading, justify="right")
    for name, those in starts.items():
        held = [f"{_middle(those, what):,.0f}" for what in ("rss", "pss")]
        table.add_row(name, *held, f"{_middle(those, 'cold_start_s'):.2f}")
    return table


def _features_table(features: Mapping[str, Loads]) -> Table:
    table = Table(title=f"what features cost, at {MAIN} connections")
    table.add_column("server")
    for heading in ("CPU ms a request", "difference", "requests/s"):
        table.add_column(heading, justify="right")
    for name, loads in features.items():
        cpu_ms = _middle(loads, "cpu_s_per_1000")
        difference = "" if name == OURS else f"{_difference_ms(features, name):+.3f}"
        rate = f"{_middle(loads, 'requests_per_s'):,.0f}"
        table.add_row(name, f"{cpu_ms:.3f}", difference, rate)
    return table


def _difference_ms(features: Mapping[str, Loads], name: str) -> float:
    """Give the CPU milliseconds a request that a server needs more than Voxpop as it is."""
    pairs = zip(features[name], features[OURS], strict=True)
    more: list[float] = [one["cpu_s_per_1000"] - ours["cpu_s_per_1000"] for one, ours in pairs]
    return statistics.median(more)
