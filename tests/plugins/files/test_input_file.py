import zipfile
from pathlib import Path

import pytest

from tests.plugins.files.review_files import PACKERS, REVIEWS, load, rows_of, write_reviews
from voxpop import DataError
from voxpop_plugins.files.config import FilesConfig
from voxpop_plugins.files.input_file import InputFile


@pytest.mark.parametrize(
    ("name", "format_", "compression"),
    [
        ("r.csv", "csv", None),
        ("R.CSV.GZ", "csv", "gzip"),
        ("r.v2.tsv.bz2", "tsv", "bzip2"),
        ("r.tab", "tsv", None),
        ("r.jsonl.xz", "jsonl", "xz"),
        ("r.ndjson.zst", "jsonl", "zstd"),
        ("r.json", "jsonl", None),
        ("r.parquet", "parquet", None),
        ("r.pq", "parquet", None),
        ("train.ft.txt.bz2", "fasttext", "bzip2"),
        ("r.csv.zip", "csv", "zip"),
    ],
)
def test_the_name_tells_format_and_compression(
    name: str, format_: str, compression: str | None
) -> None:
    file = InputFile.of(Path(name), FilesConfig(train="x"))
    assert (file.format, file.compression) == (format_, compression)


@pytest.mark.parametrize("name", ["reviews", "reviews.dat", "reviews.gz", ".csv"])
def test_a_name_that_tells_nothing_needs_the_option(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        DataError, match=r"tells no format\. Set `format` in \[data\] to one of csv"
    ):
        InputFile.of(tmp_path / name, FilesConfig(train="x"))
    file = InputFile.of(tmp_path / name, FilesConfig(train="x", format="jsonl"))
    assert file.format == "jsonl"


def test_the_option_outdoes_the_name(tmp_path: Path) -> None:
    path = write_reviews(tmp_path / "reviews.csv").rename(tmp_path / "reviews.txt")
    assert rows_of(load(path, format="csv")[0].train) == REVIEWS


def test_the_member_of_an_archive_tells_the_format(tmp_path: Path) -> None:
    inner = write_reviews(tmp_path / "inner.csv")
    with zipfile.ZipFile(tmp_path / "reviews.zip", "w") as archive:
        archive.mkdir("folder")
        archive.write(inner, "folder/inner.csv")
        archive.writestr("__MACOSX/folder/._inner.csv", "junk")
    assert rows_of(load(tmp_path / "reviews.zip")[0].train) == REVIEWS


def test_an_archive_of_several_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "reviews.csv.zip", "w") as archive:
        archive.writestr("a.csv", "label,content\n")
        archive.writestr("b.csv", "label,content\n")
    with pytest.raises(DataError, match=r"reviews\.csv\.zip' holds 2 files"):
        load(tmp_path / "reviews.csv.zip")


def test_packed_parquet_is_refused(tmp_path: Path) -> None:
    write_reviews(tmp_path / "r.parquet").rename(tmp_path / "r.parquet.gz")
    with pytest.raises(DataError, match=r"is Parquet packed by gzip.*Unpack the file first"):
        load(tmp_path / "r.parquet.gz")


@pytest.mark.parametrize("packer", PACKERS)
def test_what_is_not_packed_as_its_name_says_is_refused(tmp_path: Path, packer: str) -> None:
    path = write_reviews(tmp_path / "r.csv").rename(tmp_path / f"r.csv{packer}")
    with pytest.raises(DataError, match=rf"r\.csv{packer}' cannot be unpacked as \w+: "):
        load(path)


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_packed_file_that_is_cut_short_is_refused(
    tmp_path: Path, packer: str, part: float
) -> None:
    rows = [(str(number), "", "x") for number in range(99)]
    path = write_reviews(tmp_path / f"r.csv{packer}", rows)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(DataError, match=rf"r\.csv{packer}' cannot be unpacked as \w+: "):
        load(path)


@pytest.mark.parametrize("content", [b"label,content\n", b"PAR1garbagePAR1", b"PAR1"])
def test_what_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"r\.parquet' cannot be read as parquet: "):
        load(tmp_path / "r.parquet")


def test_parquet_that_is_damaged_inside_is_refused(tmp_path: Path) -> None:
    path = write_reviews(tmp_path / "r.parquet")
    data = bytearray(path.read_bytes())
    data[4:60] = b"\xff" * 56
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"r\.parquet' cannot be read as parquet: "):
        load(path)


def test_a_json_array_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('[\n{"label": "a", "content": "b"},\n]')
    with pytest.raises(DataError, match=r"line 1: invalid JSON|holds no JSON object \(line 1"):
        load(tmp_path / "r.json")
