"""Scoring files in this process: formats, order, bad rows, refusals."""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voxpop import (
    Classifier,
    DataError,
    Event,
    Notice,
    Progress,
    ReadingOptions,
    RunStopped,
    UsageError,
    score_batch,
    score_files,
)
from voxpop.scoring import job as job_module
from voxpop.testing import make_bundle, sample_plugins

ADDED = [
    "voxpop_label",
    "voxpop_confidence",
    "voxpop_probability_negative",
    "voxpop_probability_positive",
    "voxpop_version",
    "voxpop_problem",
]
CONTENT = ReadingOptions(content="text")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    directory = tmp_path_factory.mktemp("bundle") / "bundle"
    make_bundle(directory)
    return Classifier.load(directory, plugins=sample_plugins())


def read(file: Path) -> list[dict[str, Any]]:
    match file.suffix:
        case ".jsonl":
            return [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]
        case ".parquet":
            rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
            return rows
    with file.open(encoding="utf-8", newline="") as lines:
        delimiter = "\t" if file.suffix == ".tsv" else ","
        return list(csv.DictReader(lines, delimiter=delimiter))


def write(file: Path, texts: Sequence[str]) -> Path:
    match file.suffix:
        case ".jsonl":
            lines = (json.dumps({"id": row, "text": text}) for row, text in enumerate(texts))
            file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        case ".parquet":
            pq.write_table(pa.table({"id": range(len(texts)), "text": list(texts)}), file)
        case _:
            with file.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                writer.writerow(["id", "text"])
                writer.writerows(enumerate(texts))
    return file


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40),
        min_size=1,
        max_size=12,
    )
)
def test_any_text_comes_back_in_order(
    classifier: Classifier,
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    texts: list[str],
) -> None:
    directory = tmp_path_factory.mktemp("texts")
    file = write(directory / f"reviews{suffix}", texts)

    for out_suffix in (".csv", ".jsonl", ".parquet"):
        out = directory / f"scored{out_suffix}"
        options = ReadingOptions(
            content="text",
            header=True if suffix == ".csv" else None,
            encoding="utf-8",
            delimiter="," if suffix == ".csv" else None,
            quotes=True if suffix == ".csv" else None,
        )
        scored = score_files([file], out, classifier, options=options)

        rows = read(out)
        assert [str(row["id"]) for row in rows] == [str(row) for row in range(len(texts))]
        assert [row["text"] for row in rows] == texts
        assert list(rows[0]) == ["id", "text", *ADDED]
        blank = [row for row, text in enumerate(texts) if not text.strip()]
        assert [row for row in range(len(texts)) if rows[row]["voxpop_problem"]] == blank
        assert sum(scored.labels.values()) == len(texts) - len(blank)


def test_the_numbers_are_the_classifiers_own(classifier: Classifier, tmp_path: Path) -> None:
    texts = [f"review {row} {'great' if row % 2 else 'broke'}" for row in range(2_500)]
    file = write(tmp_path / "reviews.parquet", texts)

    score_files([file], tmp_path / "scored.parquet", classifier)

    rows = read(tmp_path / "scored.parquet")
    expected = classifier.predict(texts)
    assert [row["voxpop_label"] for row in rows] == [one.label for one in expected]
    np.testing.assert_array_equal(
        [row["voxpop_confidence"] for row in rows], [one.confidence for one in expected]
    )
    assert {row["voxpop_version"] for row in rows} == {classifier.version}


def test_a_batch_is_a_function_of_its_texts(classifier: Classifier) -> None:
    scores = score_batch(classifier, ["great lamp", None, "it broke"])

    assert scores.shape == (3, 2)
    assert np.isnan(scores[1]).all()
    np.testing.assert_array_equal(scores[2], score_batch(classifier, ["it broke"])[0])
    assert score_batch(classifier, []).shape == (0, 2)


def test_parquet_keeps_its_types(classifier: Classifier, tmp_path: Path) -> None:
    file = tmp_path / "reviews.parquet"
    table = pa.table(
        {
            "at": pa.array([1_700_000_000_000_000_001, None], pa.timestamp("ns", "UTC")),
            "tags": pa.array([["a", "b"], None], pa.list_(pa.string())),
            "price": pa.array([None, 3], pa.decimal128(9, 2)),
            "review": ["a great lamp, love it", None],
        }
    )
    pq.write_table(table, file)

    score_files([file], tmp_path / "scored.parquet", classifier)

    scored = pq.read_table(tmp_path / "scored.parquet")
    assert scored.select(table.column_names).cast(table.schema).equals(table)
    assert scored.column("voxpop_problem").to_pylist() == [None, "no text"]
    score_files([file], tmp_path / "scored.jsonl", classifier)
    assert read(tmp_path / "scored.jsonl")[0]["tags"] == ["a", "b"]


def test_excel_in_and_out(classifier: Classifier, tmp_path: Path) -> None:
    xlsxwriter = importlib.import_module("xlsxwriter")  # without types
    file = tmp_path / "reviews.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        for row, (text, stars) in enumerate([("=2+2 is great", 4), ("It broke", 1)], 1):
            sheet.write_string(row, 0, text)
            sheet.write_number(row, 1, stars)
        sheet.write_row(0, 0, ["Comment", "Stars"])

    score_files([file], tmp_path / "scored.xlsx", classifier)

    book = python_calamine.load_workbook(str(tmp_path / "scored.xlsx"))
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0] == ["Comment", "Stars", *ADDED]
    assert rows[1][:2] == ["=2+2 is great", 4]
    assert rows[2][2] in classifier.labels


def test_formulas_stay_or_are_defused_and_are_told(classifier: Classifier, tmp_path: Path) -> None:
    texts = ["=cmd|' /C calc'!A0", "-5", "- great lamp", "@SUM(A1)", "great"]
    file = write(tmp_path / "reviews.csv", texts)
    heard: list[Event] = []

    score_files([file], tmp_path / "as-is.csv", classifier, options=CONTENT, listen=heard.append)
    score_files([file], tmp_path / "safe.csv", classifier, options=CONTENT, defuse=True)

    assert [row["text"] for row in read(tmp_path / "as-is.csv")] == texts
    assert [row["text"] for row in read(tmp_path / "safe.csv")] == [
        "'=cmd|' /C calc'!A0", "-5", "'- great lamp", "'@SUM(A1)", "great"
    ]  # fmt: skip
    notices = [event.message for event in heard if isinstance(event, Notice)]
    assert notices[0].startswith("3 cells begin like a formula")


def test_bad_rows_stay_with_their_reason(classifier: Classifier, tmp_path: Path) -> None:
    file = tmp_path / "reviews.jsonl"
    file.write_bytes(
        b'{"review": "a great lamp, love it"}\n[1]\n{"review": ["x"], "more": 1}\n{broken\n'
        b'{"review": 5}\n{"review": "\\ud800"}\n{"review": "caf\xe9"}\n'
    )

    scored = score_files([file], tmp_path / "scored.csv", classifier, options=_utf8())

    rows = read(tmp_path / "scored.csv")
    assert [row["voxpop_problem"] for row in rows] == [
        "",
        "no JSON object",
        "no text but a list",
        "invalid JSON",
        "",
        "half a character (\\ud...)",
        "bytes that are not utf-8",
    ]
    assert rows[3]["voxpop_unread"] == "{broken"
    assert rows[2]["review"] == '["x"]'
    assert rows[2]["more"] == "1"
    assert sum(scored.problems.values()) == 5


def _utf8() -> ReadingOptions:
    return ReadingOptions(encoding="utf-8", content="review")


def test_several_files_make_one(classifier: Classifier, tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.jsonl", [f"{name} lamp great"] * 3) for name in "ab"]
    score_files(files, tmp_path / "scored.csv", classifier)
    assert [row["text"][0] for row in read(tmp_path / "scored.csv")] == list("aaabbb")

    (tmp_path / "c.csv").write_text("id,comment\n1,a good lamp it is\n")
    with pytest.raises(DataError, match="have not the same columns"):
        score_files([files[0], tmp_path / "c.csv"], tmp_path / "more.csv", classifier)


def test_a_stopped_job_goes_on(classifier: Classifier, tmp_path: Path) -> None:
    file = write(tmp_path / "reviews.csv", [f"the lamp {row} is great" for row in range(3_500)])
    out = tmp_path / "scored.csv"

    def stop(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "scoring" and event.done == 2_000:
            raise RunStopped

    with pytest.raises(RunStopped):
        score_files([file], out, classifier, listen=stop)
    assert not out.exists()
    heard: list[Event] = []
    scored = score_files([file], out, classifier, listen=heard.append)

    assert scored.before == 2_000
    done = [e.done for e in heard if isinstance(e, Progress) and e.stage == "scoring"]
    assert done == [2_000, 3_000, 3_500]
    assert len(read(out)) == 3_500


def test_an_input_that_changes_meanwhile_is_refused(classifier: Classifier, tmp_path: Path) -> None:
    file = write(tmp_path / "reviews.csv", ["the lamp is great"] * 10)

    def change(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "scoring" and event.done == 10:
            write(file, ["the lamp broke"] * 10)

    with pytest.raises(DataError, match="was changed while it was scored"):
        score_files([file], tmp_path / "scored.csv", classifier, listen=change)
    assert not (tmp_path / "scored.csv").exists()
    with pytest.raises(DataError, match=r"files changed since\. Say --force"):
        score_files([file], tmp_path / "scored.csv", classifier)
    score_files([file], tmp_path / "scored.csv", classifier, force=True)
    assert read(tmp_path / "scored.csv")[0]["text"] == "the lamp broke"


def test_scores_are_not_scored_again(classifier: Classifier, tmp_path: Path) -> None:
    file = write(tmp_path / "reviews.csv", ["the lamp is great"] * 3)
    score_files([file], tmp_path / "scored.csv", classifier)

    with pytest.raises(DataError, match="'voxpop_label' already"):
        score_files([tmp_path / "scored.csv"], tmp_path / "twice.csv", classifier, options=CONTENT)
    with pytest.raises(UsageError, match="exists: say --force"):
        score_files([file], tmp_path / "scored.csv", classifier)


def test_batches_are_bounded(classifier: Classifier, tmp_path: Path) -> None:
    seen: list[int] = []

    class Counting(Classifier):
        def probabilities(self, texts: Sequence[str]) -> Any:
            seen.append(len(texts))
            return super().probabilities(texts)

    counting = Counting(
        classifier.tokenizer, classifier.model, classifier.manifest, classifier.version
    )
    file = write(tmp_path / "reviews.parquet", ["the lamp is great"] * 2_300)
    score_files([file], tmp_path / "scored.parquet", counting)
    assert seen == [job_module.BATCH_ROWS, job_module.BATCH_ROWS, 300]


@pytest.mark.parametrize(
    ("content", "out", "force", "fault", "message"),
    [
        ("text\ngood lamp it is\n", "reviews.csv", False, UsageError, "exists: say --force"),
        ("text\ngood lamp it is\n", "reviews.csv", True, UsageError, "by its own scores"),
        ("text\ngood lamp it is\n", "no/where.csv", False, UsageError, "There is no directory"),
        ("text\ngood lamp it is\n", "scored.doc", False, UsageError, "tells no format"),
        ("text,stars\n1,2\n3,4\n", "o.csv", False, DataError, "looks like the text of reviews"),
        ("", "o.csv", False, DataError, "is empty"),
        ("review,stars\n", "o.csv", False, DataError, "No column|no row"),
        ('text\n"never closed\n', "o.csv", False, DataError, "quote is never closed"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(
    classifier: Classifier,
    tmp_path: Path,
    content: str,
    out: str,
    force: bool,
    fault: type[Exception],
    message: str,
) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(content)

    with pytest.raises(fault, match=message):
        score_files([file], tmp_path / out, classifier, force=force)
    assert [one.name for one in tmp_path.iterdir()] == ["reviews.csv"]
    assert file.read_text() == content


def test_two_jobs_do_not_write_one_output(classifier: Classifier, tmp_path: Path) -> None:
    file = write(tmp_path / "reviews.csv", ["the lamp is great"] * 3)

    def again(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "scoring" and event.done == 3:
            score_files([file], tmp_path / "scored.csv", classifier)

    with pytest.raises(UsageError, match="Another process writes"):
        score_files([file], tmp_path / "scored.csv", classifier, listen=again)
