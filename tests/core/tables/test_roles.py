"""Which column is which: names and contents together, and questions where they do not tell."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from voxpop import (
    ChosenColumn,
    DataError,
    ReadingOptions,
    UsageError,
    choose_columns,
    open_table,
)
from voxpop.tables import Role

TEXTS = [
    "a very good lamp, I love it",
    "it broke in a week, what a waste",
    "cheap and cheerful it is",
]


def choose(file: Path, *columns: tuple[str, list[str]], **told: str) -> dict[Role, ChosenColumn]:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([name for name, _ in columns])
        writer.writerows(zip(*(values for _, values in columns), strict=True))
    options = ReadingOptions(**told)  # type: ignore[arg-type]
    return choose_columns(open_table(file, options), options)


def test_contents_overrule_names(tmp_path: Path) -> None:
    chosen = choose(
        tmp_path / "r.csv",
        ("review", ["17", "18", "19"]),  # an identifier
        ("date", ["x", "y", "z"]),
        ("rating", ["100", "250", "999"]),
        ("body", TEXTS),
    )
    names = {role: column.name for role, column in chosen.items()}
    assert names == dict.fromkeys(names, None) | {"content": "body"}


def test_a_text_without_a_known_name_is_found_by_its_words(tmp_path: Path) -> None:
    chosen = choose(tmp_path / "r.csv", ("rating", ["5", "1", "4"]), ("spalte_b", TEXTS))
    assert chosen["content"].name == "spalte_b"
    assert "words a cell" in chosen["content"].reason
    assert chosen["content"].samples == tuple(TEXTS)


def test_two_that_look_alike_are_a_question_or_left_out(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"not clear: 'review', 'comment'.*--content"):
        choose(tmp_path / "r.csv", ("review", TEXTS), ("comment", TEXTS))
    chosen = choose(
        tmp_path / "r.csv",
        ("review", TEXTS),
        ("created", ["2025-01-02"] * 3),
        ("date", ["2025-01-03"] * 3),
    )
    assert chosen["date"].name is None
    assert "say which one with --date" in chosen["date"].reason


def test_what_is_said_counts(tmp_path: Path) -> None:
    columns = (("review", TEXTS), ("comment", TEXTS[::-1]))
    chosen = choose(tmp_path / "r.csv", *columns, content="comment", title="review")
    assert (chosen["content"].name, chosen["title"].name) == ("comment", "review")
    with pytest.raises(UsageError, match="Did you mean 'comment'"):
        choose(tmp_path / "r.csv", *columns, content="coment")
    with pytest.raises(UsageError, match="asked for twice"):
        choose(tmp_path / "r.csv", *columns, content="review", title="review")


def test_a_role_that_is_said_to_be_no_columns_stays_empty(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    columns = (("review", TEXTS), ("date", ["2025-01-02"] * 3))
    assert choose(file, *columns)["date"].name == "date"
    options = ReadingOptions(without=("date",))
    chosen = choose_columns(open_table(file, options), options)
    assert (chosen["date"].name, chosen["date"].reason) == (None, "as you say")
    assert chosen["content"].name == "review"
