"""The benchmark harness: what it counts, in which order, and what it writes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.machine import machine
from benchmarks.measure import (
    Cost,
    Options,
    Report,
    measure,
    measure_rounds,
    median,
    parse_options,
    ratio,
)

BURN = "import time\nwhile time.process_time() < 0.3: pass"


def burn(cpu_s: float) -> None:
    end = time.thread_time() + cpu_s
    while time.thread_time() < end:
        pass


def costs_of(*cpu_s: float) -> list[Cost]:
    return [Cost(cpu_s=seconds, wall_s=2 * seconds) for seconds in cpu_s]


def options_for(*argv: str) -> Options:
    return parse_options("sample", "A sample.", rounds=5, argv=argv)


def test_sleeping_takes_wall_time_and_no_cpu_time() -> None:
    cost = measure(lambda: time.sleep(0.2))
    assert cost.wall_s >= 0.2
    assert cost.cpu_s < 0.1


def test_cpu_time_of_other_threads_is_counted() -> None:
    def work() -> None:
        threads = [threading.Thread(target=burn, args=(0.1,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert measure(work).cpu_s >= 0.19


def test_cpu_time_of_ended_children_is_counted() -> None:
    cost = measure(lambda: subprocess.run([sys.executable, "-c", BURN], check=True))
    assert cost.cpu_s >= 0.29


def test_a_contender_that_measures_itself_is_taken_at_its_word() -> None:
    assert measure(lambda: Cost(cpu_s=3, wall_s=4)) == Cost(cpu_s=3, wall_s=4)


def test_contenders_take_turns_and_every_second_round_is_reversed() -> None:
    ran: list[str] = []
    contenders = {name: lambda name=name: ran.append(name) for name in "ab"}
    costs = measure_rounds(contenders, options_for("--rounds", "3"), warm_ups=1)
    assert "".join(ran) == "ba" + "ab" + "ba" + "ab"
    assert {name: len(rounds) for name, rounds in costs.items()} == {"a": 3, "b": 3}


def test_warm_ups_are_not_counted() -> None:
    given = iter(costs_of(100, 200, 1, 2))
    costs = measure_rounds({"ours": lambda: next(given)}, options_for("--rounds", "2"), warm_ups=2)
    assert costs["ours"] == costs_of(1, 2)


def test_the_median_is_taken_of_cpu_and_wall_by_itself() -> None:
    rounds = [Cost(cpu_s=1, wall_s=9), Cost(cpu_s=5, wall_s=1), Cost(cpu_s=2, wall_s=3)]
    assert median(rounds) == Cost(cpu_s=2, wall_s=3)


def test_a_ratio_compares_costs_of_the_same_round() -> None:
    # The machine was 10 times slower in the second round; the third favours ours.
    plain, ours = costs_of(3, 30, 4), costs_of(1, 10, 1)
    assert ratio(plain, ours) == pytest.approx(3)
    assert ratio(plain, ours, by="wall") == pytest.approx(3)
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        ratio(plain, ours[:2])


def test_a_contender_that_took_no_time_leaves_the_ratio_finite() -> None:
    assert 1 < ratio(costs_of(1), costs_of(0)) < float("inf")


def test_the_small_scale_runs_two_rounds_unless_told() -> None:
    assert (options_for().rounds, options_for().small) == (5, False)
    small = options_for("--scale", "small")
    assert (small.rounds, small.small) == (2, True)
    assert options_for("--scale", "small", "--rounds", "4").rounds == 4


def test_no_round_at_all_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options_for("--rounds", "0")
    assert "--rounds must be 1 or more, not 0" in capsys.readouterr().err


def test_files_of_reviews_are_taken_by_those_that_can_use_them() -> None:
    given = parse_options(
        "sample", "A sample.", rounds=1, takes_reviews=True, argv=["--reviews", "a.csv", "b.csv.gz"]
    )
    assert given.reviews == (Path("a.csv"), Path("b.csv.gz"))
    with pytest.raises(SystemExit):
        options_for("--reviews", "a.csv")


def test_figures_are_written_as_one_json_object(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    screen = StringIO()
    options = options_for("--json", str(file), "--rounds", "2")
    report = Report(options, versions=["rich"], console=Console(file=screen, width=120))
    costs = {"plain": costs_of(3, 3), "ours": costs_of(1, 2)}
    report.add_costs("work", costs, units=1_000, unit="text")
    report.add_figure("cpu_ratio", 2.25, bar=2.5)
    report.add_figure("accuracy", 0.85)
    report.finish()

    written = json.loads(file.read_text())
    about = written.pop("about")
    assert written == {"cpu_ratio": 2.25, "accuracy": 0.85}
    assert about["costs"]["work"]["ours"] == {"cpu_s": [1, 2], "wall_s": [2, 4]}
    assert (about["benchmark"], about["rounds"], about["scale"]) == ("sample", 2, "full")
    assert about["bars"] == {"cpu_ratio": 2.5}
    assert set(about["versions"]) == {"rich"}
    assert about["machine"] == machine()

    shown = screen.getvalue()
    for part in ("1,000 texts", "median of 2 rounds", "1,500.00", "333", "2.250", "missed", "rich"):
        assert part in shown, part


def test_a_figure_that_reaches_its_bar_says_so() -> None:
    screen = StringIO()
    report = Report(options_for(), versions=[], console=Console(file=screen))
    report.add_figure("cpu_ratio", 2.5, bar=2.5)
    report.finish()
    assert "reached" in screen.getvalue()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_figure_that_is_no_number_is_refused(value: float) -> None:
    report = Report(options_for(), versions=[])
    with pytest.raises(ValueError, match=r"accuracy is (nan|inf)"):
        report.add_figure("accuracy", value)


def test_a_figure_is_reported_once() -> None:
    report = Report(options_for(), versions=[])
    report.add_figure("accuracy", 0.8)
    with pytest.raises(ValueError, match="accuracy is reported twice"):
        report.add_figure("accuracy", 0.9)


def test_the_machine_is_described() -> None:
    described = machine()
    assert set(described) == {"cpu", "cores", "memory", "system", "python"}
    assert all(described.values())
    assert int(described["cores"]) >= 1
