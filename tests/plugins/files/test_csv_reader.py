from pathlib import Path

import pytest

from voxpop import DataError
from voxpop_plugins.files.config import FilesConfig
from voxpop_plugins.files.csv_reader import CsvReader
from voxpop_plugins.files.input_file import InputFile
from voxpop_plugins.files.rows import BadRow, Row


def open_csv(path: Path, content: str, **options: object) -> CsvReader:
    path.write_bytes(content.encode())
    config = FilesConfig.model_validate({"train": "x", **options})
    return CsvReader(InputFile.of(path, config), config)


def read(path: Path, content: str, **options: object) -> list[Row | BadRow]:
    return [
        row if isinstance(row, BadRow) else Row(row.place, tuple(row.values))
        for row in open_csv(path, content, **options).rows()
    ]


def test_a_row_is_told_by_the_line_it_begins_in(tmp_path: Path) -> None:
    content = 'a,b\n1,"two\r\nlines"\n\n3,4\r\n5,"\n\n"\r6,7'
    assert read(tmp_path / "r.csv", content) == [
        Row(2, ("1", "two\r\nlines")),
        Row(5, ("3", "4")),
        Row(6, ("5", "\n\n")),
        Row(9, ("6", "7")),
    ]


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ('1,"x,y"', ("1", "x,y")),
        ('1,"say ""hi"""', ("1", 'say "hi"')),
        ('1,say "hi"', ("1", 'say "hi"')),
        (" 1 ,\t2 ", (" 1 ", "\t2 ")),
        ("NA,", ("NA", "")),
        ("1,a\0b", ("1", "a\0b")),
        ("1,a\u2028b\x85c\x0b", ("1", "a\u2028b\x85c\x0b")),
    ],
)
def test_fields(tmp_path: Path, content: str, values: tuple[str, ...]) -> None:
    assert read(tmp_path / "r.csv", f"a,b\n{content}") == [Row(2, values)]
    assert read(tmp_path / "r.csv", f"a,b\n{content}\n") == [Row(2, values)]


@pytest.mark.parametrize(
    ("content", "bad"),
    [
        ("1", BadRow(2, "another number of fields", "1 field instead of 2")),
        ("1,2,3", BadRow(2, "another number of fields", "3 fields instead of 2")),
        ("   ", BadRow(2, "another number of fields", "1 field instead of 2")),
    ],
)
def test_another_number_of_fields_is_a_bad_row(tmp_path: Path, content: str, bad: BadRow) -> None:
    assert read(tmp_path / "r.csv", f"a,b\n{content}\n8,9\n") == [bad, Row(3, ("8", "9"))]


def test_the_header_may_have_a_mark_and_blanks(tmp_path: Path) -> None:
    assert open_csv(tmp_path / "r.csv", '\ufeff"a" , b \n1,2').columns == ("a", "b")


def test_columns_stand_for_a_header_line(tmp_path: Path) -> None:
    assert read(tmp_path / "r.csv", "1,2\n3,4", columns=["a", "b"]) == [
        Row(1, ("1", "2")),
        Row(2, ("3", "4")),
    ]


def test_tabs_and_other_delimiters(tmp_path: Path) -> None:
    assert read(tmp_path / "r.tsv", "a\tb\n1,1\t2") == [Row(2, ("1,1", "2"))]
    assert read(tmp_path / "r.csv", "a;b\n1,1;2", delimiter=";") == [Row(2, ("1,1", "2"))]


def test_quotes_may_be_ordinary_characters(tmp_path: Path) -> None:
    rows = read(tmp_path / "r.tsv", 'a\tb\n1\t"Great" stuff\n2\t"open\n', quotes=False)
    assert rows == [Row(2, ("1", '"Great" stuff')), Row(3, ("2", '"open'))]


@pytest.mark.parametrize("end", ["", "\n", "\n3,4\n5,6\n"])
def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path, end: str) -> None:
    message = r"r\.csv', line 3: .*a quote is never closed.*`quotes = false` in \[data\]"
    with pytest.raises(DataError, match=message):
        read(tmp_path / "r.csv", f'a,b\n1,2\n1,"never closed{end}')


def test_a_field_without_end_is_refused(tmp_path: Path) -> None:
    content = 'a,b\n1,"' + "x\n" * 2**23 + "x" + '"\n'
    with pytest.raises(DataError, match=r"line 2: .*field larger than field limit"):
        read(tmp_path / "r.csv", content)


def test_a_long_review_is_a_review(tmp_path: Path) -> None:
    assert read(tmp_path / "r.csv", f"a,b\n1,{'x' * 200_000}") == [Row(2, ("1", "x" * 200_000))]


def test_a_file_of_blank_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"r\.csv' holds nothing but blank lines"):
        read(tmp_path / "r.csv", "\n\r\n\n")
