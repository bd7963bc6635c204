from pathlib import Path

import pytest

from tests.plugins.files.review_files import load, write_reviews
from voxpop import DataError

ROWS = [("negative", "", "fine " * 50_000), ("positive", "", "Très\ncafé")]


@pytest.mark.parametrize("name", ["r.csv", "r.csv.gz", "r.jsonl", "r.tsv.zst"])
def test_a_wrong_encoding_is_told_with_byte_line_and_remedy(tmp_path: Path, name: str) -> None:
    path = write_reviews(tmp_path / name, ROWS, "cp1252")
    plain = write_reviews(tmp_path / name.removesuffix(".gz").removesuffix(".zst"), ROWS, "cp1252")
    position = plain.read_bytes().index(b"\xe8")
    with pytest.raises(DataError) as error:
        load(path)
    line = 2 if ".jsonl" in name else 3
    assert f"{str(path)!r} is not utf-8: byte 0xe8 at position {position} (line {line})" in str(
        error.value
    )
    assert "Set `encoding` in [data]" in str(error.value)
    assert "\"cp1252\" (Windows), for example, that byte is 'è'" in str(error.value)


def test_the_line_counts_what_stands_before_in_other_chunks(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(b"label,content\n" + b"a,\xc3\xa9\n" * 30_000 + b"a,\xe9\n")
    with pytest.raises(DataError, match=r"position 150016 \(line 30002\)"):
        load(path)


def test_utf_16_is_known_by_its_mark(tmp_path: Path) -> None:
    path = write_reviews(tmp_path / "r.csv", encoding="utf-16")
    with pytest.raises(DataError, match=r'byte-order mark of utf-16: set `encoding = "utf-16"`'):
        load(path)


def test_a_file_that_ends_within_a_character_is_told(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b"label,content\na,caf\xc3")
    with pytest.raises(DataError, match=r"byte 0xc3 at position 19 \(line 2\)"):
        load(tmp_path / "r.csv")


def test_a_byte_that_is_no_character_anywhere(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b"label,content\na,\x81\n")
    with pytest.raises(DataError, match=r"Set `encoding` in .* to the one it was written in$"):
        load(tmp_path / "r.csv")


def test_ascii_refuses_what_is_not(tmp_path: Path) -> None:
    path = write_reviews(tmp_path / "r.csv", ROWS)
    with pytest.raises(DataError, match="is not ascii: byte 0xc3"):
        load(path, encoding="ascii")
