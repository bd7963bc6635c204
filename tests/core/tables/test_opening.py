"""Files as people have them: delimiters, headers, sheets, packing; what is not clear is asked."""

from __future__ import annotations

import datetime
import gzip
import importlib
import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voxpop import DataError, MissingExtraError, ReadingOptions, UsageError, open_table
from voxpop.tables.table import unique_names

GOOD = "a very good lamp, I love it"
BAD = "it broke, what a waste"


def open_text(file: Path, text: str, **options: str | bool) -> list[tuple[object, ...]]:
    """Read a file of this text; gives its header and its rows."""
    file.write_bytes(text.encode())
    table = open_table(file, ReadingOptions(**options))  # type: ignore[arg-type]
    rows: list[tuple[object, ...]] = [table.columns]
    for batch in table.batches(2):
        rows += zip(*(batch.column(place) for place in range(len(table.columns))), strict=True)
    return rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (f'review,stars\n"{GOOD}",5\n"{BAD}",1\n', [("review", "stars"), (GOOD, "5"), (BAD, "1")]),
        (f"sep=;\r\nreview;stars\r\n{GOOD};5\r\n", [("review", "stars"), (GOOD, "5")]),
        (f"review\n{GOOD}\n{BAD}\n", [("review",), (GOOD,), (BAD,)]),
        (f"review\n\n{GOOD}\n\n", [("review",), (GOOD,)]),
        (
            f'review|stars\n"{GOOD}\nreally | so"|5\n',
            [("review", "stars"), (f"{GOOD}\nreally | so", "5")],
        ),
        ('review,stars\n"a \\"good\\" lamp",5\n', [("review", "stars"), ('a "good" lamp', "5")]),
        (
            f'review;stars\nthe 5" lamp; is;4\n{BAD};5\n{BAD};5\n{BAD};4\n',
            [("review", "stars"), ('the 5" lamp', " is;4"), (BAD, "5"), (BAD, "5"), (BAD, "4")],
        ),
        (
            f"stars;review;;\n5;{GOOD};;\n",
            [("stars", "review", "column 3", "column 4"), ("5", GOOD, "", "")],
        ),
        (
            "2025-01-02,5,good lamp\n2025-01-03,1,it broke\n",
            [
                ("column 1", "column 2", "column 3"),
                ("2025-01-02", "5", "good lamp"),
                ("2025-01-03", "1", "it broke"),
            ],
        ),
    ],
)
def test_delimited_text(tmp_path: Path, text: str, rows: list[tuple[str, ...]]) -> None:
    assert open_text(tmp_path / "reviews.csv", text) == rows


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("alpha,beta\ngamma,delta\nepsilon,zeta\n", "--header or --no-header"),
        ("review,a;stars,b\nx,y;5,z\nv,w;4,u\n", "--delimiter"),
        ("great, really\ngood, cheap\nno\nbad, late\n", "--delimiter"),
    ],
)
def test_what_is_not_clear_is_asked(tmp_path: Path, text: str, option: str) -> None:
    with pytest.raises(DataError, match=option):
        open_text(tmp_path / "reviews.csv", text)


def test_the_answers_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    assert open_text(file, "alpha,beta\ngamma,delta\n", header=True)[0] == ("alpha", "beta")
    assert open_text(file, "alpha,beta\ngamma,delta\n", header=False)[1] == ("alpha", "beta")
    assert open_text(file, "review,a;stars,b\nx,y;5,z\n", delimiter=";")[1] == ("x,y", "5,z")
    with pytest.raises(UsageError, match="A delimiter is one character"):
        open_text(file, "a,b\n", delimiter=";;")


def test_gzip_is_unpacked_and_its_damage_told(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv.gz"
    packed = gzip.compress(f"review,stars\n{GOOD[:6]},5\n".encode() * 2_000)
    file.write_bytes(packed)
    assert open_table(file).columns == ("review", "stars")

    file.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataError, match="cut short"):
        sum(len(batch) for batch in open_table(file).batches(100))


def test_bytes_know_better_than_names(tmp_path: Path) -> None:
    xlsxwriter = importlib.import_module("xlsxwriter")  # without types
    file = tmp_path / "export.csv"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet("Export")
        sheet.write_row(0, 0, ["Date", "Comment"])
        sheet.write_datetime(
            1, 0, datetime.datetime(2025, 3, 4), book.add_format({"num_format": "dd/mm/yy"})
        )
        sheet.write_string(1, 1, GOOD)

    table = open_table(file)

    assert table.layout.kind == "excel"
    assert table.sample().column(0) == (datetime.date(2025, 3, 4),)
    assert table.sample().column(1) == (GOOD,)


def test_several_sheets_are_a_question(tmp_path: Path) -> None:
    xlsxwriter = importlib.import_module("xlsxwriter")
    file = tmp_path / "reviews.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        for name in ("2024", "2025"):
            book.add_worksheet(name).write_row(0, 0, ["Comment"])
        book.add_worksheet("notes")

    with pytest.raises(DataError, match=r"several sheets: '2024', '2025'.*--sheet"):
        open_table(file)
    assert open_table(file, ReadingOptions(sheet="2025")).columns == ("Comment",)
    with pytest.raises(UsageError, match="no sheet '2026'"):
        open_table(file, ReadingOptions(sheet="2026"))


def test_parquet_comes_in_batches_from_any_place(tmp_path: Path) -> None:
    file = tmp_path / "reviews.parquet"
    pq.write_table(pa.table({"id": range(1_000)}), file, row_group_size=70)
    table = open_table(file)

    for first in (0, 1, 3, 9, 10):
        batches = list(table.batches(100, first=first))
        ids = [value for batch in batches for value in batch.column(0)]
        assert ids == list(range(first * 100, 1_000))
        assert [batch.start for batch in batches] == list(range(first * 100, 1_000, 100))
    assert [len(batch) for batch in table.batches(300)] == [300, 300, 300, 100]


def test_jsonl_has_the_keys_of_all_lines_once_surveyed(tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    lines = [{"text": "a"}] * 1_500 + [{"text": "b", "late": 1}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    table = open_table(file)
    assert list(table.columns) == ["text"]

    assert table.survey(lambda count: None).rows == 1_501
    assert list(table.columns) == ["text", "late"]
    *_, last = table.batches(1_000)
    assert list(last.column(1)) == [None] * 500 + [1]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("reviews.json", b'[\n{"text": "a"}\n]\n', "is one JSON array.*jq -c"),
        ("reviews.doc", b"text", "tells no format"),
        ("reviews.parquet", b"PAR1 and no more", "cannot be read as Parquet"),
        ("reviews.xlsx", b"PK\x03\x04 and no more", "cannot be read as a workbook"),
        ("reviews.csv.bz2", b"BZh91AY", "packed by bzip2"),
        ("reviews.csv", b"\n\n\n", "nothing but blank lines"),
    ],
)
def test_what_cannot_be_read_is_told(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DataError, match=message):
        open_table(tmp_path / name)


@pytest.mark.parametrize(
    ("module", "name", "content"),
    [
        ("pyarrow.parquet", "r.parquet", b"PAR1"),
        ("python_calamine", "r.xlsx", b"PK\x03\x04"),
        ("charset_normalizer", "r.csv", "text\nŁódź\n".encode("cp1250")),
    ],
)
def test_a_missing_library_names_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(MissingExtraError, match=r'pip install "voxpop\[score\]"'):
        open_table(tmp_path / name)


def test_every_column_has_a_name_of_its_own() -> None:
    assert unique_names(["a", "a", "", " ", "a (2)"]) == (
        "a",
        "a (3)",
        "column 3",
        "column 4",
        "a (2)",
    )
