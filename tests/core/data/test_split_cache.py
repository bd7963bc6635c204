import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from voxpop import (
    DataError,
    RunStopped,
    Split,
    SplitWriter,
    StoreError,
    cached_split,
)
from voxpop.data import split_cache

KEY = "0123456789abcdef"
TEXTS = [f"review {row}" for row in range(100)]


class Source:
    """Writes the same reviews each time, and counts the times."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, writer: SplitWriter) -> Mapping[str, object]:
        self.times += 1
        writer.write(TEXTS, [0, 1] * 50)
        return {"skipped": 3, "said": ["ünïcode"]}


def texts_of(split: Split) -> list[str]:
    return [text for texts in split.texts() for text in texts]


def test_reviews_are_made_once(tmp_path: Path) -> None:
    source = Source()
    for _ in range(3):
        split, notes = cached_split(tmp_path / "new" / "cache", KEY, source)
        assert texts_of(split) == TEXTS
        assert notes == {"skipped": 3, "said": ["ünïcode"]}
    assert source.times == 1
    assert os.listdir(tmp_path / "new" / "cache") == [KEY]  # noqa: PTH208 - and nothing else


def test_another_key_is_another_entry(tmp_path: Path) -> None:
    source = Source()
    cached_split(tmp_path, KEY, source)
    cached_split(tmp_path, KEY[::-1], source)
    assert source.times == 2


@pytest.mark.parametrize("key", ["", "../../etc", "xyz", "0123456", "0" * 65, "ABCDEF01"])
def test_a_key_is_hex_digits(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="hex digits"):
        cached_split(tmp_path, key, Source())


def entry_damages() -> list[tuple[str, Callable[[Path], object]]]:
    """What may happen to an entry: by name, what does it."""

    def flip(name: str, at: float) -> Callable[[Path], object]:
        def damage(entry: Path) -> None:
            data = bytearray((entry / name).read_bytes())
            data[int(at * (len(data) - 1))] ^= 1
            (entry / name).write_bytes(data)

        return damage

    flips = [
        (f"{name} flipped at {at}", flip(name, at))
        for name in ("reviews.arrow", "entry.json")
        for at in (0, 0.2, 0.4, 0.6, 0.8, 1)
    ]
    return [
        *flips,
        ("reviews cut short", lambda entry: os.truncate(entry / "reviews.arrow", 500)),
        ("reviews lost", lambda entry: (entry / "reviews.arrow").unlink()),
        ("entry.json cut short", lambda entry: os.truncate(entry / "entry.json", 20)),
        ("entry.json emptied", lambda entry: os.truncate(entry / "entry.json", 0)),
        ("entry.json lost", lambda entry: (entry / "entry.json").unlink()),
        ("entry.json of another shape", lambda entry: (entry / "entry.json").write_text("[1]")),
    ]


@pytest.mark.parametrize(
    "damage", [damage for _, damage in entry_damages()], ids=[name for name, _ in entry_damages()]
)
def test_a_damaged_entry_is_made_anew(
    tmp_path: Path, damage: Callable[[Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    source = Source()
    cached_split(tmp_path, KEY, source)
    damage(tmp_path / KEY)
    with caplog.at_level(logging.WARNING):
        split, notes = cached_split(tmp_path, KEY, source)
    assert texts_of(split) == TEXTS
    assert notes == {"skipped": 3, "said": ["ünïcode"]}
    assert source.times == 2
    assert "are damaged; made anew" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == [KEY]


def test_a_file_in_the_place_of_an_entry_gives_way(tmp_path: Path) -> None:
    (tmp_path / KEY).write_text("not ours")
    assert texts_of(cached_split(tmp_path, KEY, Source())[0]) == TEXTS


@pytest.mark.parametrize("error", [DataError("bad row"), RunStopped(), KeyboardInterrupt()])
def test_what_ends_the_reading_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def write(writer: SplitWriter) -> Mapping[str, object]:
        writer.write(TEXTS * 200, [0] * 20_000)
        raise error

    with pytest.raises(type(error)):
        cached_split(tmp_path, KEY, write)
    assert list(tmp_path.iterdir()) == []


def test_an_os_error_of_the_source_is_not_taken_for_one_of_the_cache(tmp_path: Path) -> None:
    def write(writer: SplitWriter) -> Mapping[str, object]:
        raise PermissionError(13, "of the source")

    with pytest.raises(PermissionError, match="of the source"):
        cached_split(tmp_path, KEY, write)


def test_a_cache_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(StoreError, match=r"cannot be .* lie below VOXPOP_HOME"):
        cached_split(tmp_path / "cache", KEY, Source())


CHILD = """
import sys, time
from pathlib import Path
from voxpop import StoreAccessError, StoreFullError, cached_split
{before}
def write(writer):
    print("writing", flush=True)
    {during}
    for start in range(0, 50_000, 1_000):
        writer.write([f"review {{row}}" for row in range(start, start + 1_000)], [0] * 1_000)
    return {{}}
try:
    split, _ = cached_split(Path(sys.argv[1]), "0123456789abcdef", write)
    print(len(split), split[49_999].text)
except (StoreFullError, StoreAccessError) as error:
    print(type(error).__name__, error)
"""


def start_child(cache: Path, before: str = "", during: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD.format(before=before, during=during), str(cache)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_full_disk_is_one_message_and_no_half_entry(tmp_path: Path) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))"
    output, _ = start_child(tmp_path, limited).communicate(timeout=100)
    assert output.startswith("writing\nStoreFullError No room is left for")
    assert "VOXPOP_HOME" in output
    assert list(tmp_path.iterdir()) == []


def test_a_cache_without_rights_is_one_message(tmp_path: Path) -> None:
    # Root may write everywhere, so it becomes nobody once everything is imported.
    become_nobody = "import os, datasets; os.getuid() or os.setuid(65534)"
    tmp_path.chmod(0o555)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    output, _ = start_child(tmp_path, become_nobody).communicate(timeout=100)
    assert output.startswith("StoreAccessError ")
    assert "Permission denied" in output


def test_many_processes_make_the_same_entry_at_once(tmp_path: Path) -> None:
    children = [start_child(tmp_path) for _ in range(2)]
    for child in children:
        assert child.communicate(timeout=100)[0].endswith("50000 review 49999\n")
    assert [path.name for path in tmp_path.iterdir()] == [KEY]


def test_a_killed_process_leaves_no_entry_and_its_rest_is_tidied_up(tmp_path: Path) -> None:
    child = start_child(
        tmp_path, during="writer.write(['x'] * 20_000, [0] * 20_000); time.sleep(99)"
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "writing\n"
    while not any(path.stat().st_size for path in tmp_path.rglob("reviews.arrow")):
        time.sleep(0.01)
    child.kill()
    child.communicate()
    assert not (tmp_path / KEY).exists()
    assert len(list(tmp_path.iterdir())) == 1
    assert texts_of(cached_split(tmp_path, KEY, Source())[0]) == TEXTS
    assert [path.name for path in tmp_path.iterdir()] == [KEY]


def test_a_quicker_process_is_given_way(tmp_path: Path) -> None:
    quick, slow = Source(), Source()

    def overtaken(writer: SplitWriter) -> Mapping[str, object]:
        cached_split(tmp_path, KEY, quick)
        return slow(writer)

    assert texts_of(cached_split(tmp_path, KEY, overtaken)[0]) == TEXTS
    assert (quick.times, slow.times) == (1, 1)
    assert [path.name for path in tmp_path.iterdir()] == [KEY]


def test_a_disk_that_gives_back_other_bytes_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split_cache, "_open", lambda place: None)
    source = Source()
    with pytest.raises(StoreError, match="what was written reads back damaged"):
        cached_split(tmp_path, KEY, source)
    assert source.times == 5


def test_an_entry_may_be_replaced_while_it_is_read(tmp_path: Path) -> None:
    split, _ = cached_split(tmp_path, KEY, Source())
    os.truncate(tmp_path / KEY / "entry.json", 0)
    cached_split(tmp_path, KEY, Source())
    assert texts_of(split) == TEXTS
