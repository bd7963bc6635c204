"""`voxpop score`, the real program on real files."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from tests.apps.cli.conftest import Voxpop

REVIEWS = (
    'Product,Review Text,Rating,Review Date\n'
    'Lamp,"A great lamp, love it",5,2025-03-14\n'
    'Lamp,"Broke in a week,\nterrible waste",1,2025-03-15\n'
    "Chair,,3,2025-03-16\n"
    "Chair,too few\n"
)  # fmt: skip


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.csv"
    file.write_text(REVIEWS)
    return file


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_rows_in_are_rows_out(voxpop: Voxpop, trained: str, reviews: Path, tmp_path: Path) -> None:
    done = voxpop("score", reviews, "--out", "scored.csv")

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "scored.csv")
    rows = read_csv(tmp_path / "scored.csv")
    assert [row["Product"] for row in rows] == ["Lamp", "Lamp", "Chair", "Chair"]
    assert rows[1]["Review Text"] == "Broke in a week,\nterrible waste"
    assert [bool(row["voxpop_label"]) for row in rows] == [True, True, False, False]
    assert [row["voxpop_problem"] for row in rows] == [
        "", "", "no text", "too few cells (2 instead of 4)"
    ]  # fmt: skip
    assert [row["voxpop_version"] for row in rows] == [trained, trained, "", ""]
    assert "4 rows: " in done.stderr
    assert "1 without a label: no text" in done.stderr
    assert {one.name for one in tmp_path.iterdir()} == {"reviews.csv", "scored.csv", "voxpop-home"}


def test_labels_are_those_of_predict(voxpop: Voxpop, trained: str, tmp_path: Path) -> None:
    texts = ["A great lamp, love it", "Broke in a week, terrible waste"]
    (tmp_path / "reviews.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in texts))

    assert voxpop("score", "reviews.jsonl", "--out", "scored.jsonl").returncode == 0
    rows = [json.loads(line) for line in (tmp_path / "scored.jsonl").read_text().splitlines()]
    said = [json.loads(line) for line in voxpop("predict", "--json", *texts).stdout.splitlines()]

    for row, answer in zip(rows, said, strict=True):
        assert row["voxpop_label"] == answer["label"]
        assert row["voxpop_confidence"] == answer["confidence"]
        assert row["voxpop_probability_negative"] == answer["probabilities"]["negative"]
        assert row["voxpop_version"] == answer["version"] == trained


def test_show_columns_shows_the_guess_and_stops(
    voxpop: Voxpop, reviews: Path, tmp_path: Path
) -> None:
    done = voxpop("score", reviews, "--show-columns")

    assert done.returncode == 0, done.stderr
    assert "commas make 4 columns" in done.stdout
    assert "content\tReview Text\tby its name" in done.stdout
    assert "rating\tRating" in done.stdout
    assert "2025-03-14 | 2025-03-15 | 2025-03-16" in done.stdout
    assert "without a role: none" in done.stdout
    data = json.loads(voxpop("score", reviews, "--show-columns", "--json").stdout)
    assert [column["name"] for column in data[0]["columns"]] == [
        "Review Text", None, "Product", "Review Date", "Rating", None
    ]  # fmt: skip
    assert [one.name for one in tmp_path.iterdir()] == ["reviews.csv"]


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (["reviews.csv"], "Say where the scored rows go with --out", 2),
        (["reviews.csv", "-o", "scored.docx"], "tells no format: end it in one of .csv", 2),
        (["missing.csv", "-o", "o.csv"], "There is no file 'missing.csv'", 5),
        (["reviews.csv", "-o", "o.csv", "--content", "Revew Text"], "mean 'Review Text'", 2),
        (["twins.csv", "-o", "o.csv"], "is not clear: 'text', 'review'. Say it with", 5),
    ],
)
def test_mistakes_get_one_message(
    voxpop: Voxpop,
    trained: str,
    reviews: Path,
    tmp_path: Path,
    arguments: list[str],
    message: str,
    status: int,
) -> None:
    twin = "the lamp is very good and cheap"
    (tmp_path / "twins.csv").write_text(f"text,review\n{twin},{twin}\n{twin} too,{twin} too\n")

    done = voxpop("score", *arguments)

    assert done.returncode == status, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob(".*.voxpop"))


ROWS = 15_000


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Enough rows for fifteen batches, no two alike."""
    return write_rows(tmp_path / "many.csv", ROWS)


def write_rows(file: Path, rows: int) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "review"])
        for row in range(rows):
            text = f"review {row}: the lamp {'broke, terrible' if row % 3 else 'is great'}"
            writer.writerow([row, "" if row % 1_000 == 7 else text])
    return file


def start(
    program: list[str], environment: Mapping[str, str], directory: Path, *arguments: str
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*program, "score", "many.csv", "--out", "scored.csv", *arguments],
        env=dict(environment),
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def wait_for_batches(process: subprocess.Popen[bytes], directory: Path, batches: int) -> None:
    """Wait until so many batches are in the log, of 20 + 16,000 bytes each."""
    log = directory / ".scored.csv.voxpop" / "scores.log"
    while process.poll() is None and not (
        log.exists() and log.stat().st_size >= batches * (20 + 16 * 1_000)
    ):
        time.sleep(0.001)


def check_whole(file: Path) -> None:
    rows = read_csv(file)
    assert [int(row["id"]) for row in rows] == list(range(ROWS))
    assert all(
        (row["voxpop_problem"] == "no text") == (number % 1_000 == 7)
        and bool(row["voxpop_label"]) == (number % 1_000 != 7)
        for number, row in enumerate(rows)
    )


def test_a_killed_run_goes_on_where_it_was(
    voxpop: Voxpop,
    trained: str,
    many: Path,
    tmp_path: Path,
    program: list[str],
    environment: dict[str, str],
) -> None:
    for batches in (1, 4):
        process = start(program, environment, tmp_path, "--processes", "2")
        wait_for_batches(process, tmp_path, batches)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.communicate()
        assert not psutil.wait_procs(workers, timeout=30)[1]  # they end with it
        assert process.returncode == -signal.SIGKILL
        assert not (tmp_path / "scored.csv").exists()

    log = tmp_path / ".scored.csv.voxpop" / "scores.log"
    kept = log.read_bytes()
    log.write_bytes(kept[:-100])  # as if the last record was under way
    last = voxpop("score", "many.csv", "--out", "scored.csv", "--processes", "2")

    assert last.returncode == 0, last.stderr
    assert "of 15,000 rows were scored by an earlier run" in last.stderr
    check_whole(tmp_path / "scored.csv")
    clean = voxpop("score", "many.csv", "--out", "clean.csv", "--processes", "1")
    assert clean.returncode == 0, clean.stderr
    assert (tmp_path / "clean.csv").read_bytes() == (tmp_path / "scored.csv").read_bytes()
    assert not list(tmp_path.glob(".*.voxpop"))


def test_ctrl_c_keeps_what_is_scored(
    voxpop: Voxpop,
    trained: str,
    tmp_path: Path,
    program: list[str],
    environment: dict[str, str],
) -> None:
    # Seconds of work are left when the signal comes, however late a busy machine sends it.
    many = write_rows(tmp_path / "many.csv", 8 * ROWS)
    process = start(program, environment, tmp_path, "--processes", "2")
    wait_for_batches(process, tmp_path, 1)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()

    assert process.returncode == 130, error
    assert b"the same command goes on from there" in error
    assert b"Traceback" not in error
    assert not (tmp_path / "scored.csv").exists()

    # Another input, a column more: what was scored is worth nothing to it.
    text = many.read_text().replace("id,review", "id,review,more")
    many.write_text(text)
    changed = voxpop("score", "many.csv", "--out", "scored.csv")
    assert changed.returncode == 5
    assert "changed since. Say --force to begin again" in changed.stderr


def test_a_full_disk_costs_nothing_that_was_scored(
    voxpop: Voxpop, trained: str, many: Path, tmp_path: Path
) -> None:
    for kib in (200, 500):  # a file; the scores have 240, the output more than 1,000
        limit = ("bash", "-c", f'ulimit -f {kib}; exec "$@"', "bash")
        full = voxpop("score", "many.csv", "--out", "scored.csv", before=limit)

        assert full.returncode == 9, full.stderr
        assert "No room is left" in full.stderr
        assert "Traceback" not in full.stderr
        assert not (tmp_path / "scored.csv").exists()
        assert ("- writing" in full.stderr) == (kib == 500)
    last = voxpop("score", "many.csv", "--out", "scored.csv")
    assert last.returncode == 0, last.stderr
    assert "15,000 of 15,000 rows were scored by an earlier run" in last.stderr
    check_whole(tmp_path / "scored.csv")
