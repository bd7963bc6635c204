"""The planted defects of benchmarks/insights.py in a small form; docs/insights.md has the full."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import insights as planted
from benchmarks.insights_on_texts import labelled_reviews, read_reviews, reports_on_texts
from benchmarks.reviews import given_reviews, synthetic_reviews

SAMPLES = sorted((Path(__file__).parents[3].parent / "shared" / "data").glob("*.csv.gz"))


def texts(kind: str) -> list[str]:
    """Synthetic reviews; or real ones, where there are any, with products and dates made."""
    if kind == "real" and SAMPLES:
        return given_reviews(SAMPLES)[:3_000]
    return synthetic_reviews(2_000, seed=4)


def test_a_product_that_turned_bad_is_found_with_its_month() -> None:
    found = planted.changes_found(20)
    assert found["change_found"] >= 0.8
    assert found["change_right_month"] >= 0.7
    assert found["change_false_products_a_file"] <= 0.15


def test_a_product_that_is_well_again_is_found_with_its_months() -> None:
    found = planted.spells_found(40)
    assert found["spell_found"] >= 0.45
    assert found["spell_right_months"] >= 0.6


def test_the_smallest_visible_rise_is_seen_in_about_four_of_five_files() -> None:
    few = planted.changes_found(20, planted=15)
    many = planted.changes_found(20, planted=60)
    assert few["change_smallest_visible"] > 0.255 > many["change_smallest_visible"]
    assert few["change_found"] < 0.8 < many["change_found"]


@pytest.mark.parametrize("wobble", [0.0, 0.03])
def test_files_without_a_change_stay_silent(wobble: float) -> None:
    assert planted.files_without_alert(30, wobble) >= 0.85


def test_a_file_without_products_that_turned_bad_is_found_with_its_month() -> None:
    found = planted.whole_file_found(20, 960)
    assert found["whole_found"] >= 0.95
    assert found["whole_right_month"] >= 0.9


@pytest.mark.parametrize("reviews", [960, 5_000])
@pytest.mark.parametrize("wobble", [0.0, 0.01, 0.03])
def test_a_file_without_a_change_stays_silent_as_a_whole(reviews: int, wobble: float) -> None:
    assert planted.whole_files_silent(200, reviews, 12, wobble) >= 0.95


def test_a_few_months_that_wobble_are_no_change_of_the_whole() -> None:
    assert planted.whole_files_silent(200, 5_000, 6, 0.03) >= 0.95


def test_alerts_of_a_brand_are_true() -> None:
    found = planted.changes_of_a_brand(2_000)
    assert found["brand_true_share"] >= 0.9
    assert found["brand_found"] >= 0.8


@pytest.mark.parametrize("truth", [0.05, 0.2, 0.5])
def test_corrected_intervals_hold_the_truth_and_raw_ones_do_not(truth: float) -> None:
    found = planted.coverage(300, truth)
    assert found["coverage"] >= 0.91
    assert found["coverage_raw"] <= 0.15


def test_labels_of_the_file_need_no_likeness_to_another() -> None:
    assert planted.coverage_by_labels(300)["coverage_by_labels"] >= 0.91


def test_the_worst_ten_are_worse_than_by_raw_share() -> None:
    found = planted.worst_ten(10)
    assert found["worst_ten_true_share"] >= 0.28
    assert found["worst_ten_true_share_raw"] <= 0.22
    assert found["rank_interval_coverage"] >= 0.9


def test_mix_and_rate_are_told_apart() -> None:
    found = planted.mix_and_rate()
    assert found["mix_points"] == pytest.approx(8, abs=0.5)
    assert found["rate_points"] == pytest.approx(0, abs=0.5)
    assert found["reversal_warned"] == 1


def test_flipped_stars_come_first() -> None:
    assert planted.flipped_stars(0.97)["flipped_stars_precision"] >= 0.8


def test_review_bombing_is_found_to_the_day() -> None:
    found = planted.bombing(30)
    assert found["bombing_right_window"] >= 0.9
    assert found["bombing_share_within_2_points"] >= 0.9
    assert found["days_without_bombing_silent"] >= 0.9


def test_few_complaints_among_many_reviews_are_no_issue() -> None:
    assert planted.short_text()["issue_rule_right"] == 1


@pytest.mark.parametrize("kind", ["synthetic", "real"])
def test_the_words_of_a_defect_are_found(kind: str) -> None:
    found = planted.broken_strap(4, texts(kind))
    assert found == {"strap_in_top_3": 1, "random_files_without_words": 1}


@pytest.mark.parametrize("kind", ["synthetic", "real"])
def test_copies_are_found_and_distinct_reviews_are_none(kind: str) -> None:
    found = planted.copies(texts(kind))
    assert found["copies_found"] >= 0.95
    assert found["false_groups"] == 0
    assert found["praise_over_a_year_is_no_campaign"] == 1


@pytest.mark.parametrize("kind", ["synthetic", "real"])
def test_an_aspect_is_flagged_where_the_total_is_not(kind: str) -> None:
    found = planted.battery_and_price(4, texts(kind))
    assert found["battery_flagged"] == found["price_flagged_better"] == 1
    assert found["total_not_flagged"] >= 0.75  # a single test is wrong in 1 of 20 files


def test_a_whole_report_over_real_texts_says_what_was_planted() -> None:
    reviews = read_reviews(labelled_reviews(SAMPLES, None if SAMPLES else 6_000))
    found = reports_on_texts(2, reviews)
    assert found["report_defect_alerted"] >= 0.5
    for name in ("no_other_alert", "share_held", "burst_found"):
        assert found[f"report_{name}"] == 1, name
