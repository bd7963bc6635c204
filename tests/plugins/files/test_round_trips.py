"""Reviews come out of every format as they went in."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.files.review_files import (
    FORMATS,
    PACKERS,
    REVIEWS,
    ROWS,
    load,
    rows_of,
    write_reviews,
)
from voxpop import review_text
from voxpop_plugins.files import arrow_csv_reader

TABLES = (".csv", ".tsv")
TYPED = (".jsonl", ".parquet")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "None",
        "NA",
        "nan",
        "null",
        "",
        " ",
        '"',
        '""',
        "\r\n",
        "a\rb",
        "=1+1",
        "\ufeff",
        "'",
        "\\",
        "\0",
    ]
)
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
LABEL = st.sampled_from(["negative", "positive", "0", "1", "1.5", "été"])


def examples(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, str, str]]]:
    return st.lists(st.tuples(LABEL, texts, texts), min_size=1, max_size=8)


@pytest.mark.parametrize("packer", ["", *PACKERS])
@pytest.mark.parametrize("format_", [".csv", ".tsv", ".jsonl"])
def test_every_format_can_be_compressed(tmp_path: Path, format_: str, packer: str) -> None:
    path = write_reviews(tmp_path / f"reviews{format_}{packer}")
    splits, notices = load(path)
    assert splits.labels == ("negative", "positive")
    assert (splits.validation, splits.test) == (None, None)
    assert rows_of(splits.train) == REVIEWS
    assert notices == []


def test_parquet(tmp_path: Path) -> None:
    splits, _ = load(write_reviews(tmp_path / "reviews.parquet"))
    assert rows_of(splits.train) == REVIEWS


@pytest.mark.parametrize("packer", ["", *PACKERS])
def test_fasttext_can_be_compressed(tmp_path: Path, packer: str) -> None:
    rows = [(label, "", content.replace("\n", " ")) for label, _, content in ROWS]
    splits, _ = load(write_reviews(tmp_path / f"reviews.txt{packer}", rows))
    assert rows_of(splits.train) == [
        (review_text(None, content), int(label == "positive")) for label, _, content in rows
    ]


@settings(deadline=None, max_examples=40)
@given(rows=examples(TEXT), format_=st.sampled_from([*TABLES, *TYPED]), data=st.data())
def test_any_text_round_trips(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    format_: str,
    data: st.DataObject,
) -> None:
    packer = "" if format_ == ".parquet" else data.draw(st.sampled_from(["", *PACKERS]))
    path = write_reviews(tmp_path_factory.mktemp("round") / f"r{format_}{packer}", rows)
    splits, _ = load(path)
    assert [(text, splits.labels[label]) for text, label in rows_of(splits.train)] == [
        (review_text(title, content), label) for label, title, content in rows
    ]


@settings(deadline=None, max_examples=40)
@given(rows=examples(TEXT), format_=st.sampled_from(TABLES))
def test_large_tables_round_trip_alike(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], format_: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_csv_reader, "LARGE", 0)
        patch.setattr(arrow_csv_reader, "_BLOCK", 150)
        path = write_reviews(tmp_path_factory.mktemp("round") / f"large{format_}", rows)
        splits, _ = load(path)
    assert [(text, splits.labels[label]) for text, label in rows_of(splits.train)] == [
        (review_text(title, content), label) for label, title, content in rows
    ]


@settings(deadline=None, max_examples=40)
@given(rows=examples(LINE))
def test_any_line_round_trips_as_fasttext(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    splits, _ = load(write_reviews(tmp_path_factory.mktemp("round") / "reviews.txt", rows))
    assert [(text, splits.labels[label]) for text, label in rows_of(splits.train)] == [
        (review_text(None, content), label) for label, _, content in rows
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1"])
@pytest.mark.parametrize("format_", [".csv", ".jsonl", ".txt"])
def test_other_encodings(tmp_path: Path, format_: str, encoding: str) -> None:
    rows = [("negative", "", "Zu spät, très bien"), ("positive", "", "Schön ÀÿÖ")]
    path = write_reviews(tmp_path / f"reviews{format_}", rows, encoding)
    splits, _ = load(path, encoding="utf-8" if encoding == "utf-8-sig" else encoding)
    assert rows_of(splits.train) == [(rows[0][2], 0), (rows[1][2], 1)]


assert set(FORMATS) == {*TABLES, *TYPED, ".txt"}
