from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voxpop import Notice
from voxpop.insights import ReviewTable, analyse
from voxpop.insights.reading import read_reviews
from voxpop.insights.stray_days import days_to_come, far_days

TODAY = datetime.date(2026, 3, 1)
DATES = "datetime64[D]"


def of_2025(rows: int) -> NDArray[np.datetime64]:
    days = np.datetime64("2025-01-01", "D") + (np.arange(rows) % 365).astype("timedelta64[D]")
    return np.asarray(days)


def with_days(days: NDArray[np.datetime64], *more: str) -> NDArray[np.datetime64]:
    return np.concatenate((days, np.array(more, dtype=DATES)))


def test_a_day_after_tomorrow_is_to_come() -> None:
    days = with_days(of_2025(10), "2026-03-01", "2026-03-02", "2026-03-03", "2052-01-01", "NaT")
    assert np.flatnonzero(days_to_come(days, TODAY)).tolist() == [12, 13]


def test_a_wrong_clock_takes_no_days_away() -> None:
    assert not days_to_come(of_2025(10), datetime.date(1970, 1, 1)).any()


def test_a_few_far_away_are_slips_on_either_side() -> None:
    days = with_days(of_2025(1_000), "2015-06-01", "2035-01-01", "2035-01-02", "NaT")
    assert np.flatnonzero(far_days(days)).tolist() == [1_000, 1_001, 1_002]


def test_a_shop_that_paused_keeps_its_days() -> None:
    few = with_days(of_2025(1_000), *["2015-06-01"] * 6)  # 0.6 %
    near = with_days(of_2025(1_000), "2023-12-31")  # twelve empty months between
    assert not far_days(few).any()
    assert not far_days(near).any()
    assert far_days(with_days(of_2025(1_000), "2023-11-30")).sum() == 1
    assert not far_days(with_days(of_2025(0), "2015-06-01", "2025-06-01")).any()
    assert not far_days(with_days(of_2025(0), "NaT")).any()


def test_the_zero_of_clocks_is_no_day_however_often() -> None:
    days = with_days(of_2025(10), "1970-01-01", "1970-01-01", "1970-01-01")
    assert far_days(days).sum() == 3
    assert not far_days(with_days(of_2025(10), "1970-01-01", "1970-01-02")).any()
    assert not far_days(np.array(["1970-01-01"] * 3, dtype=DATES)).any()


def test_slips_are_told_and_move_nothing(tmp_path: Path) -> None:
    days = [str(day) for day in of_2025(600)]
    days[100], days[200] = "2052-07-14", "2008-01-31"
    rows = "".join(f"A review with so many words in it,{day}\n" for day in days)
    (tmp_path / "shop.csv").write_text(f"Text,Date\n{rows}")
    told: list[str] = []

    def listen(event: object) -> None:
        if isinstance(event, Notice):
            told.append(event.message)

    found = read_reviews([tmp_path / "shop.csv"], today=TODAY, listen=listen)
    assert found.days is not None
    assert np.flatnonzero(np.isnat(found.days)).tolist() == [100, 200]
    assert found.unreadable == {"dates: after today": 1, "dates: far from all others": 1}
    assert told == [
        "1 date after today (2052-07-14) counts as not known",
        "1 date far from all others (2008-01-31) counts as not known",
    ]


def test_one_far_day_changes_no_figure_of_a_table(shop_table: ReviewTable) -> None:
    assert shop_table.days is not None
    days, without = shop_table.days.copy(), shop_table.days.copy()
    days[3], without[3] = np.datetime64("2099-01-01", "D"), np.datetime64("NaT", "D")

    def figures(days: NDArray[np.datetime64]) -> dict[str, object]:
        table = ReviewTable(
            texts=shop_table.texts,
            probabilities=shop_table.probabilities,
            labels=shop_table.labels,
            products=shop_table.products,
            days=days,
        )
        return analyse(table).to_json()

    assert figures(days) == figures(without)


def test_a_product_sold_late_has_no_burst_for_having_been_sold() -> None:
    """Years without it are no reason to expect no complaints of its first months."""
    rng = np.random.default_rng(3)
    old = np.datetime64("2006-01-01") + rng.integers(0, 7_000, 1_000).astype("timedelta64[D]")
    new = np.datetime64("2025-06-01") + rng.integers(0, 90, 300).astype("timedelta64[D]")
    bad = rng.random(1_300) < 0.3
    table = ReviewTable(
        texts=[f"number {row}" for row in range(1_300)],
        probabilities=np.stack((bad, 1.0 - bad), axis=1),
        labels=("negative", "positive"),
        products=["old"] * 1_000 + ["new"] * 300,
        days=np.concatenate((old, new)),
    )
    assert analyse(table).bursts == ()
