from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voxpop import DataError, ReadingOptions, UsageError
from voxpop.insights.reading import read_reviews

CSV = (
    "Product,Headline,Review Text,Rating,Review Date,Reviewer,Truth\n"
    "Lamp,Fine,A lamp that gives light to us,5,2025-03-14,ann,positive\n"
    "Lamp,,Broke in a week and was a waste,1,2025-03-15,bob,\n"
    "Chair,,,3,2025-03-16,bob,\n"
    ",,Nobody knows what this one is about,nine,someday,,negative\n"
    "Chair,too few\n"
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.csv"
    file.write_text(CSV)
    return file


def test_columns_are_read_and_what_is_left_out_is_counted(shop: Path) -> None:
    found = read_reviews([shop], ReadingOptions(date="Review Date", rating="Rating"))
    assert found.texts[0] == "Fine. A lamp that gives light to us"
    assert found.row.tolist() == [1, 2, 4]
    assert found.products == ["Lamp", "Lamp", None]
    assert found.authors == ["ann", "bob", None]
    assert found.days is not None
    assert np.isnat(found.days).tolist() == [False, False, True]
    assert found.stars is not None
    assert np.nan_to_num(found.stars).tolist() == [5, 1, 0]
    assert found.read == 5
    assert found.left_out == {"no text": 1, "too few cells": 1}
    assert found.unreadable == {"dates: no date": 1, "ratings: no number": 1}


def test_files_follow_each_other(shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("Review\nA text of several words that stands alone\n")
    found = read_reviews([shop, other])
    assert found.file.tolist() == [0, 0, 0, 1]
    assert found.row.tolist()[-1] == 1
    assert found.products is not None
    assert found.products[-1] is None


def test_labels_of_a_person_are_kept_by_place(shop: Path) -> None:
    labels = ("negative", "positive")
    found = read_reviews([shop], labels=labels, labels_column="Truth")
    assert found.truth == {0: "positive", 2: "negative"}
    with pytest.raises(DataError, match=r"row 1: 'positive' .* is no label. Labels are: bad, good"):
        read_reviews([shop], labels=("bad", "good"), labels_column="Truth")
    with pytest.raises(UsageError, match="no column 'Labels'"):
        read_reviews([shop], labels=labels, labels_column="Labels")


def test_dates_that_may_mean_two_things_ask(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    rows = "".join(f"A review with so many words in it,0{day}/04/2025\n" for day in range(1, 9))
    file.write_text(f"Text,Date\n{rows}")
    with pytest.raises(UsageError, match="--date-order dmy"):
        read_reviews([file])
    found = read_reviews([file], ReadingOptions(date_order="mdy"))
    assert str((found.days or [])[0] if found.days is None else found.days[2]) == "2025-03-04"


def test_a_file_without_texts_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text("Text,Date\n,2025-01-01\n,2025-01-02\n")
    with pytest.raises(DataError, match="2 no text"):
        read_reviews([file], ReadingOptions(content="Text"))
    with pytest.raises(UsageError, match="no file"):
        read_reviews([])


def test_empty_cells_are_not_known_and_odd_ones_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    text = "a very good lamp, I love it"
    file.write_text(
        "review,stars,date,product\n"
        + f'"{text}",5,2025-01-02,Lamp\n' * 20
        + f'"{text}",9,soon, \n,3,2025-01-02,Lamp\n"{text}",  , ,Lamp\n"{text}",,,Lamp\n'
    )
    found = read_reviews([file])
    assert found.row.tolist()[-3:] == [21, 23, 24]
    assert found.left_out == {"no text": 1}
    assert found.unreadable == {"dates: no date": 1, "ratings: above 5": 1}
    assert found.products is not None
    assert found.products[-3:] == [None, "Lamp", "Lamp"]
    assert found.stars is not None
    assert np.isnan(found.stars).sum() == 3
    assert found.days is not None
    assert np.isnat(found.days).sum() == 3
    assert found.authors is None


def of_ratings(place: Path, ratings: list[object]) -> Path:
    rows = "".join(f"A review with so many words in it,{rating}\n" for rating in ratings)
    place.write_text(f"Text,Rating\n{rows}")
    return place


def test_a_scale_of_ten_gives_no_stars_and_says_so(tmp_path: Path) -> None:
    ten = of_ratings(tmp_path / "ten.csv", [1 + place % 10 for place in range(100)])
    five = of_ratings(tmp_path / "five.csv", [*[1 + place % 5 for place in range(100)], 9, "x"])
    found = read_reviews([five, ten])
    assert found.stars is not None
    assert np.isnan(found.stars[102:]).all()
    assert found.stars[:5].tolist() == [1, 2, 3, 4, 5]  # one slip spoils no column
    assert found.unreadable == {
        "ratings: above 5": 1,
        "ratings: looks like a scale of 10": 100,
        "ratings: no number": 1,
    }
    reasons = [one.reason for columns in found.columns for one in columns if one.role == "rating"]
    assert ["scale of 10" in reason for reason in reasons] == [False, True]


def test_a_list_or_a_table_is_no_date(tmp_path: Path) -> None:
    file = tmp_path / "shop.jsonl"
    dates = ['["2025-01-02"]', '{"$date": "2025-01-02"}', '"2025-01-02"']
    rows = [f'{{"text": "so many words in it", "date": {date}}}' for date in dates]
    file.write_text("\n".join(rows) + "\n")
    found = read_reviews([file], ReadingOptions(content="text", date="date"))
    assert found.days is not None
    assert np.isnat(found.days).tolist() == [True, True, False]
    assert found.unreadable == {"dates: no date": 2}


def test_cells_of_spaces_are_empty(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text("Text,Date,Rating\n" + "A review with so many words,  ,  \n" * 3)
    found = read_reviews([file], ReadingOptions(date="Date", rating="Rating"))
    assert found.unreadable == {}


def test_names_that_look_the_same_are_one(tmp_path: Path) -> None:
    file = tmp_path / "shop.csv"
    names = ["Caf\u00e9 cup", "Cafe\u0301 cup", " Caf\u00e9  cup ", "Caf\u00e9\u00a0cup"]
    rows = "".join(f"A review with so many words,{name}\n" for name in names)
    file.write_text(f"Text,Product\n{rows}", encoding="utf-8")
    assert read_reviews([file]).products == ["Caf\u00e9 cup"] * 4
