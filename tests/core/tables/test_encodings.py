"""Encodings: right, or a question; never silently wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from voxpop import DataError, ReadingOptions, UsageError, open_table
from voxpop.tables.encodings import choose_encoding
from voxpop.tables.source import FileSource

OTHERS = {
    "cp1250": "Příliš žluťoučký kůň úpěl. Výrobek přišel poškozený, ale nový poslali rychle.\n",
    "iso8859_2": "Świetny produkt, bardzo polecam każdemu. Jakość jest zła, żółty kolor.\n",
    "cp1254": "Ürün çok güzel, herkese tavsiye ederim. Iş\u0131k şahane, ağ\u0131r değil.\n",
    "cp1251": "\u041e\u0447\u0435\u043d\u044c \u0445\u043e\u0440\u043e\u0448\u0438\u0439\n",
    "cp932": "とても良い商品です。すぐに壊れました。\n",
    "euc_jp": "とても良い商品です。すぐに壊れました。\n",
    "gb18030": "质量很好物流很快\n",
}


@pytest.mark.parametrize("encoding", OTHERS)
@pytest.mark.parametrize("lines", [1, 30])
def test_other_languages_are_read_right_or_asked_about(
    tmp_path: Path, encoding: str, lines: int
) -> None:
    file = tmp_path / "reviews.csv"
    text = "text\n" + OTHERS[encoding] * lines
    file.write_bytes(text.encode(encoding))
    try:
        chosen = choose_encoding(FileSource.of(file), None)
    except DataError:
        with pytest.raises(DataError, match="--encoding"):
            choose_encoding(FileSource.of(file), None)
    else:
        assert file.read_bytes().decode(chosen.name) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig", "utf-32"])
def test_unicode_without_and_with_a_mark(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "reviews.csv"
    file.write_bytes("review,stars\nschön war es nicht,1\n".encode(encoding))

    table = open_table(file)

    assert table.columns == ("review", "stars")
    assert next(table.batches(5)).column(0) == ("schön war es nicht",)


def test_the_first_accent_may_come_late(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    plain = "the lamp is good and it was cheap\n" * 80_000
    file.write_bytes(("review\n" + plain + "the café was very good and cosy\n").encode("cp1252"))

    assert choose_encoding(FileSource.of(file), None).name == "cp1252"


def test_bytes_that_are_none_mark_their_row_alone(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    rows = ["schön", "größer", "übel", "süß", "ähnlich"]
    file.write_bytes(b"review\n" + "\n".join(rows).encode() + b"\nsch\xf6n\n")

    batch = next(open_table(file).batches(10))

    assert list(batch.column(0)) == [*rows, "sch\ufffdn"]
    assert list(batch.problems) == [None] * 5 + ["bytes that are not utf-8"]


def test_two_encodings_in_one_file_are_a_question(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_bytes(b"review\n" + "schön\n".encode() + b"sch\xf6n\n" * 3)

    with pytest.raises(DataError, match=r"two encodings.*--encoding"):
        open_table(file)
    assert open_table(file, ReadingOptions(encoding="utf-8")).columns == ("review",)


def test_an_encoding_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("review\ngood\n")

    with pytest.raises(UsageError, match="no encoding 'utf-9'"):
        open_table(file, ReadingOptions(encoding="utf-9"))
