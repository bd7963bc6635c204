"""Rows that cannot be used: refused with file and line, or left out and counted."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.plugins.files.review_files import ROWS, load, rows_of, write_reviews
from voxpop import DataError
from voxpop_plugins.files import arrow_csv_reader

GOOD = 'label,title,content\nnegative,"two\nlines",ok\n\n'  # the next row begins in line 5
LABELS = {"labels": ("negative", "positive")}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",A,b", "it has no label"),
        ("  ,A,b", "it has no label"),
        ("negativ,A,b", r"unknown label 'negativ' .* did it mean 'negative'\?"),
        ("7,A,b", r"unknown label '7' \(`labels` in \[data\] knows 'negative', 'positive'\)"),
        ("positive,A", "2 fields instead of 3"),
        ("positive,A,b,c", "4 fields instead of 3"),
    ],
)
def test_a_bad_row_of_a_table_is_refused_with_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str, reason: str, large: bool
) -> None:
    monkeypatch.setattr(arrow_csv_reader, "LARGE", 0 if large else 10**9)
    path = tmp_path / "reviews.csv"
    path.write_text(f"{GOOD}{row}\npositive,A,b\n")
    with pytest.raises(DataError, match=rf"reviews\.csv', line 5: {reason}.*`bad_rows = "):
        load(path, **LABELS)
    splits, notices = load(path, bad_rows="skip", **LABELS)
    assert rows_of(splits.train) == [("two\nlines. ok", 0), ("A. b", 1)]
    assert len(notices) == 1
    assert notices[0].startswith(f"1 of 3 rows of {str(path)!r} were left out (1 ")
    assert "the first is line 5: " in notices[0]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", r"invalid JSON \(.*\)"),
        ('{"label": NaN, "content": "x"}', r"invalid JSON \(NaN is no JSON\)"),
        ("[" * 100_000, r"invalid JSON \(.*\)"),
        ("[1]", "a JSON array, no object"),
        ('"text"', "a JSON string, no object"),
        ("12", "a JSON number or boolean, no object"),
        ("null", "a JSON null, no object"),
        ('{"content": "x"}', "it has no label"),
        ('{"label": null, "content": "x"}', "it has no label"),
        ('{"label": "positive"}', "its text is missing"),
        ('{"label": "positive", "content": null}', "its text is missing"),
        ('{"label": "positive", "content": ["x"]}', "label or text is a list"),
        ('{"label": {"is": 1}, "content": "x"}', "label or text is a table"),
        ('{"label": "maybe", "content": "x"}', "unknown label 'maybe'"),
        (r'{"label": "positive", "content": "half \ud83d"}', "half of a surrogate pair"),
    ],
)
def test_a_bad_line_of_json_is_refused_with_file_and_line(
    tmp_path: Path, line: str, reason: str
) -> None:
    path = tmp_path / "reviews.jsonl"
    good = '{"label": "negative", "content": "ok"}'
    path.write_text(f'{good}\n\n{line}\n{{"label": "positive", "content": "fine"}}')
    with pytest.raises(DataError, match=rf"reviews\.jsonl', line 3: {reason}"):
        load(path, **LABELS)
    splits, notices = load(path, bad_rows="skip", **LABELS)
    assert rows_of(splits.train) == [("ok", 0), ("fine", 1)]
    assert "the first is line 3: " in notices[0]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("no label here", "it does not begin with __label__"),
        ("__label__ text", "it has no label"),
        ("__label__positive __label__negative text", "more than one label"),
        ("__label__maybe text", "unknown label 'maybe'"),
    ],
)
def test_a_bad_line_of_fasttext_is_refused_with_file_and_line(
    tmp_path: Path, line: str, reason: str
) -> None:
    path = tmp_path / "reviews.txt"
    path.write_text(f"__label__negative bad\n\n{line}\n__label__positive\n")
    with pytest.raises(DataError, match=rf"reviews\.txt', line 3: {reason}"):
        load(path, **LABELS)
    splits, _ = load(path, bad_rows="skip", **LABELS)
    assert rows_of(splits.train) == [("bad", 0), ("", 1)]


@pytest.mark.parametrize(
    ("label", "content", "reason"),
    [
        (None, "x", "it has no label"),
        ("maybe", "x", "unknown label 'maybe'"),
        ("positive", None, "its text is missing"),
    ],
)
def test_a_bad_row_of_parquet_is_refused_with_file_and_row(
    tmp_path: Path, label: str | None, content: str | None, reason: str
) -> None:
    path = tmp_path / "reviews.parquet"
    labels, texts = ["negative", label, "positive"], ["ok", content, "fine"]
    pa.parquet.write_table(pa.table({"label": labels, "content": texts}), path)
    with pytest.raises(DataError, match=rf"reviews\.parquet', row 2: {reason}"):
        load(path, **LABELS)
    splits, _ = load(path, bad_rows="skip", **LABELS)
    assert rows_of(splits.train) == [("ok", 0), ("fine", 1)]


def test_bytes_of_parquet_that_are_no_text_are_refused(tmp_path: Path) -> None:
    table = pa.table({"label": ["negative", "positive"], "content": [b"ok", b"caf\xe9"]})
    pa.parquet.write_table(table, tmp_path / "reviews.parquet")
    with pytest.raises(DataError, match="row 2: label or text is bytes that are no UTF-8"):
        load(tmp_path / "reviews.parquet")


def test_skipped_rows_are_told_again_when_the_reviews_come_from_the_cache(tmp_path: Path) -> None:
    first = tmp_path / "a.csv"
    first.write_text("label,content\nnegative,a\n,b\n,c\npositive\npositive,d\n")
    second = write_reviews(tmp_path / "b.csv")
    expected = [
        f"3 of 5 rows of {str(first)!r} were left out (1 another number of fields, "
        "2 without a label); the first is line 3: it has no label"
    ]
    assert load([first, second], bad_rows="skip")[1] == expected
    assert load([first, second], bad_rows="skip")[1] == expected


def test_a_file_without_one_good_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("label,content\n,a\n,b\n")
    with pytest.raises(DataError, match=r"No row of the train files can be used: .*reviews\.csv"):
        load(path, bad_rows="skip", **LABELS)


def test_a_header_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No row of the train files can be used"):
        load(write_reviews(tmp_path / "reviews.csv", []), **LABELS)


def test_a_refused_file_leaves_nothing_in_the_cache(tmp_path: Path, voxpop_home: Path) -> None:
    path = write_reviews(tmp_path / "reviews.csv", [*ROWS, ("", "no", "label")])
    with pytest.raises(DataError):
        load(path)
    assert list((voxpop_home / "cache" / "files").iterdir()) == []
