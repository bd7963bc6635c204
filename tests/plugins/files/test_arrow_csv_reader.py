import logging
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voxpop import DataError
from voxpop_plugins.files import arrow_csv_reader
from voxpop_plugins.files.arrow_csv_reader import ArrowCsvReader, open_table
from voxpop_plugins.files.config import FilesConfig
from voxpop_plugins.files.csv_reader import CsvReader
from voxpop_plugins.files.input_file import InputFile
from voxpop_plugins.files.rows import BadRow, Reader


def both_readers(path: Path, **options: object) -> tuple[CsvReader, ArrowCsvReader]:
    config = FilesConfig.model_validate({"train": "x", **options})
    file = InputFile.of(path, config)
    exact = CsvReader(file, config)
    return exact, ArrowCsvReader(file, exact)


def everything(reader: Reader) -> list[object] | str:
    """What a reader gives: values, and what is bad, each with where it stands."""
    try:
        return [
            (reader.where(row.place), row.reason if isinstance(row, BadRow) else tuple(row.values))
            for row in reader.rows()
        ]
    except DataError as error:
        return str(error)


ANYTHING = st.lists(
    st.sampled_from(['"', '""', ",", "\n", "\r", "\r\n", "a", "é", " ", "\0", "\ufeff", "1,2\n"]),
    max_size=40,
).map("".join)
FIELD = st.lists(st.sampled_from(["a", "é", ",", '"', "\n", "\r\n", "\r", " "]), max_size=6).map(
    lambda parts: '"' + "".join(parts).replace('"', '""') + '"'
)
TABLE = st.lists(st.tuples(FIELD, FIELD, st.sampled_from(["\n", "\r\n", "\n\n"])), max_size=20).map(
    lambda rows: "".join(f"{first},{second}{end}" for first, second, end in rows)
)


@settings(deadline=None, max_examples=150)
@given(
    content=ANYTHING | TABLE,
    block=st.sampled_from([40, 64, 2**20]),
    quotes=st.sampled_from([True, True, False]),
)
def test_it_gives_the_same_as_the_exact_reader(
    tmp_path_factory: pytest.TempPathFactory, content: str, block: int, quotes: bool
) -> None:
    path = tmp_path_factory.mktemp("table") / "r.csv"
    path.write_bytes(b"h1,h2\n" + content.encode())
    exact, arrow = both_readers(path, quotes=quotes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrow_csv_reader, "_BLOCK", block)
        assert everything(arrow) == everything(exact)


@settings(deadline=None, max_examples=60)
@given(content=TABLE)
def test_arrow_itself_reads_what_is_well_formed(
    tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    path = tmp_path_factory.mktemp("table") / "r.csv"
    path.write_bytes(b"h1,h2\n" + content.encode())
    _, arrow = both_readers(path)
    assert all(row.place < 0 for row in arrow.rows())  # the exact reader would know the lines


def test_line_breaks_at_the_border_of_blocks_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(b"h1,h2\r\n" + b'"a\r\n\r\nb","\r\n"\r\n' * 50)
    for block in range(20, 60):
        monkeypatch.setattr(arrow_csv_reader, "_BLOCK", block)
        _, arrow = both_readers(path)
        assert [row.values for row in arrow.rows() if not isinstance(row, BadRow)] == [
            ("a\r\n\r\nb", "\r\n")
        ] * 50


def test_the_exact_reader_goes_on_where_arrow_stops(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "r.csv"
    good = "".join(f'{row},"two\nlines"\n' for row in range(40_000))
    path.write_text(f"h1,h2\n{good}bad\n{good}")
    exact, arrow = both_readers(path)
    with caplog.at_level(logging.DEBUG, logger="voxpop_plugins"):
        rows = list(arrow.rows())
    assert len(rows) == 80_001
    assert rows[40_000] == next(row for row in exact.rows() if isinstance(row, BadRow))
    assert arrow.where(rows[40_000].place) == "line 80002"
    assert arrow.where(-39_999) == "line 79998"
    assert "Arrow stops after" in caplog.text


def test_a_row_beyond_a_block_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_csv_reader, "_BLOCK", 1_000)
    path = tmp_path / "r.csv"
    path.write_text("h1,h2\n1,2\n1," + "x" * 9_000 + "\n3,4\n")
    exact, arrow = both_readers(path)
    assert everything(arrow) == everything(exact)
    assert len(everything(arrow)) == 3


def test_a_wrong_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    good = b"1,2\n" * 100_000
    path.write_bytes(b"h1,h2\n" + good + b"3,caf\xe9\n" + good)
    _, arrow = both_readers(path)
    assert "byte 0xe9 at position 400011 (line 100002)" in str(everything(arrow))


@pytest.mark.parametrize(
    ("size", "options", "kind"),
    [
        (arrow_csv_reader.LARGE - 1, {}, CsvReader),
        (arrow_csv_reader.LARGE, {}, ArrowCsvReader),
        (arrow_csv_reader.LARGE, {"encoding": "ascii"}, ArrowCsvReader),
        (arrow_csv_reader.LARGE, {"encoding": "latin-1"}, CsvReader),
    ],
)
def test_large_tables_in_utf_8_are_read_by_arrow(
    tmp_path: Path, size: int, options: dict[str, str], kind: type[Reader]
) -> None:
    path = tmp_path / "r.csv"
    with path.open("wb") as file:
        file.write(b"h1,h2\n")
        file.truncate(size)  # the rest takes no room on the disk
    config = FilesConfig.model_validate({"train": "x", **options})
    assert type(open_table(InputFile.of(path, config), config)) is kind
