from __future__ import annotations

import dataclasses
import datetime
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from voxpop.evaluation.metrics import evaluate
from voxpop.evaluation.record import Evaluation
from voxpop.evaluation.report import Comparison, Report, write_report
from voxpop.events import EpochEnded

VOID = {"meta", "br"}
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>]]>--><!--&\x00\ud800$x$"


class Page(HTMLParser):
    """Reads a page and refuses what is not balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), "an attribute is given twice"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def written(directory: Path, report: Report) -> dict[str, bytes]:
    write_report(directory, report)
    return {
        file.relative_to(directory).as_posix(): file.read_bytes()
        for file in sorted(directory.rglob("*"))
        if file.is_file()
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, report: Report) -> dict[str, bytes]:
    return written(tmp_path_factory.mktemp("report") / "new", report)


@pytest.fixture(scope="module")
def page(files: dict[str, bytes]) -> Page:
    return Page(files["report.html"].decode("utf-8"))


def test_a_page_a_file_of_numbers_and_figures_are_written(files: dict[str, bytes]) -> None:
    assert list(files) == [
        "figures/confusion.svg",
        "figures/learning-accuracy.svg",
        "figures/learning-loss.svg",
        "figures/precision-recall.svg",
        "figures/reliability.svg",
        "figures/roc.svg",
        "metrics.json",
        "report.html",
    ]


def test_equal_reports_are_equal_bytes(
    tmp_path: Path, report: Report, files: dict[str, bytes]
) -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    same = dataclasses.replace(report, created_at=report.created_at.astimezone(zone))
    assert written(tmp_path, same) == files


def test_the_page_needs_nothing_from_outside(files: dict[str, bytes], page: Page) -> None:
    html = files["report.html"].decode()
    assert not re.search(r"https?:|//[a-z]|@import|javascript:", html)
    assert not re.search(r"url\((?!#)", html)
    assert {tag for tag, _ in page.tags}.isdisjoint(
        {"script", "link", "img", "iframe", "object", "embed", "form", "base", "a"}
    )
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name == "src" for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")


def test_the_page_is_made_for_everybody(files: dict[str, bytes], page: Page) -> None:
    html = files["report.html"].decode()
    assert ("html", {"lang": "en"}) in page.tags
    assert page.count("h1") == 1
    assert page.count("main") == page.count("header") == page.count("footer") == 1
    for name, attributes in page.tags:
        if name == "svg":
            assert attributes["role"] == "img"
            assert attributes["aria-label"]
    assert page.count("svg") == page.count("figure") == page.count("figcaption") == 6
    assert page.count("caption") == page.count("table") == page.count("thead") > 4
    assert all(
        attributes.get("scope") in {"col", "row"} for t, attributes in page.tags if t == "th"
    )
    for rule in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem"):
        assert rule in html


def test_ids_are_unique(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids)) > 0


def test_every_metric_stands_in_page_and_file(
    files: dict[str, bytes], page: Page, report: Report
) -> None:
    numbers = json.loads(files["metrics.json"])
    assert numbers["evaluation"]["metrics"] == dict(report.evaluation.metrics)
    for value in report.evaluation.metrics.values():
        assert f"{value:.4f}" in page.text


def test_the_file_of_numbers_holds_what_the_page_tells(files: dict[str, bytes]) -> None:
    numbers = json.loads(files["metrics.json"])
    assert numbers["created_at"] == "2026-11-23T14:05:00+00:00"
    assert numbers["rows"] == {"train": 3000, "validation": 300, "test": 400}
    assert numbers["calibration"]["temperature"] == 1.6
    assert numbers["comparison"]["name"] == "v-0123456789abcdef"
    assert [epoch["epoch"] for epoch in numbers["epochs"]] == [1, 2, 3, 4]
    assert len(numbers["evaluation"]["mistakes"]) == 20


def test_the_page_tells_how_it_was_made(page: Page) -> None:
    for words in (
        "2026-11-23 14:05 UTC",
        "model.name",
        '"bilstm"',
        "[64, 32]",
        "listeners[0].name",
        "3,000",
        "3.12.11",
        "0123abc",
        "epoch 3, of the lowest validation loss",
        "too sure of itself",
        "v-0123456789abcdef",
    ):
        assert words in page.text


def test_mistakes_show_their_texts_or_none(tmp_path: Path, report: Report, page: Page) -> None:
    assert page.count("blockquote") == len(report.evaluation.mistakes)
    first = report.evaluation.mistakes[0].index
    assert f"Review number {first} broke in a week." in page.text

    def never(row: int) -> str:
        raise AssertionError("a text was read")

    silent = dataclasses.replace(report, text_of=never, include_texts=False)
    found = written(tmp_path, silent)
    assert not any(b"broke in a week" in data for data in found.values())
    without = Page(found["report.html"].decode())
    assert without.count("blockquote") == 0
    assert f"row {first} of the test split" in without.text


def test_long_texts_are_cut(tmp_path: Path, report: Report) -> None:
    long = dataclasses.replace(report, text_of=lambda row: "word " * 10_000)
    html = written(tmp_path, long)["report.html"].decode()
    (text, *_) = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", html)
    assert len(text) <= 300
    assert text.endswith("…")


def test_hostile_words_stay_words(tmp_path: Path, report: Report) -> None:
    probabilities = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    found = evaluate(probabilities, np.array([0, 1, 1]), [HOSTILE, "b" + HOSTILE])
    hostile = dataclasses.replace(
        report,
        evaluation=found,
        uncalibrated=found,
        rows={HOSTILE: 3},
        run_config={HOSTILE: {HOSTILE: [HOSTILE, {HOSTILE: HOSTILE}]}},
        environment={HOSTILE: HOSTILE},
        git_commit=HOSTILE,
        text_of=lambda row: HOSTILE,
        epochs=[EpochEnded(epoch=1, epochs=1, metrics={HOSTILE: 1, "loss": 2}, duration_s=1)],
        comparison=Comparison(name=HOSTILE, metrics=found.metrics),
    )
    files = written(tmp_path, hostile)
    page = Page(files["report.html"].decode("utf-8"))
    known = re.findall(
        r"\w+",
        """html head meta title style body header main footer section h1 h2 h3 p b small ul li ol
        dl div dt dd table caption thead tbody tr th td figure figcaption details summary blockquote
        svg g path text tspan defs use clippath rect""",
    )
    assert {tag for tag, _ in page.tags} <= set(known)
    assert not any(name.startswith("on") for _, each in page.tags for name in each)
    assert "<!--" not in files["report.html"].decode()
    assert "<script>alert(1)</script>" in page.text  # as words
    json.loads(files["metrics.json"].decode("utf-8"))


def test_texts_that_read_from_right_to_left_keep_to_themselves(
    tmp_path: Path, report: Report
) -> None:
    turned = dataclasses.replace(report, text_of=lambda row: "\u202eelbirret")
    html = written(tmp_path, turned)["report.html"].decode()
    assert "\u202e" not in html
    assert '<blockquote dir="auto">\ufffdelbirret' in html


def test_the_least_that_can_be_told_is_told(tmp_path: Path) -> None:
    found = evaluate(np.array([[0.2, 0.8]]), np.array([1]), ["negative", "positive"])
    least = Report(
        evaluation=found,
        created_at=datetime.datetime(2026, 11, 23, tzinfo=datetime.UTC),
        rows={"test": 1},
        run_config={},
        environment={},
        text_of=str,
    )
    files = written(tmp_path, least)
    assert list(files) == [
        "figures/confusion.svg",
        "figures/reliability.svg",
        "metrics.json",
        "report.html",
    ]
    page = Page(files["report.html"].decode())
    assert "There is none: every test review got the right label." in page.text
    assert "ROC-AUC" not in page.text
    assert json.loads(files["metrics.json"])["comparison"] is None


def test_a_report_of_many_classes(tmp_path: Path, report: Report, five_classes: Evaluation) -> None:
    many = dataclasses.replace(report, evaluation=five_classes, comparison=None)
    page = Page(written(tmp_path, many)["report.html"].decode())
    for name in five_classes.class_names:
        assert name in page.text
    assert "Best told apart is" in page.text


def test_a_loss_that_ran_away_is_null(tmp_path: Path, report: Report) -> None:
    metrics = {"loss": float("nan"), "val_loss": float("inf"), "accuracy": 0.5}
    ran_away = [EpochEnded(epoch=1, epochs=1, metrics=metrics, duration_s=1)]
    files = written(tmp_path, dataclasses.replace(report, epochs=ran_away))
    assert json.loads(files["metrics.json"])["epochs"][0]["metrics"] == {
        "loss": None,
        "val_loss": None,
        "accuracy": 0.5,
    }
    Page(files["report.html"].decode())
