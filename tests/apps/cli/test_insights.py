"""`voxpop insights`, the real program on a file with a planted defect."""

from __future__ import annotations

import csv
import datetime
import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.apps.cli.conftest import Voxpop

HEAD = ("Product", "Review Text", "Rating", "Review Date", "Reviewer", "Truth")
GOOD = ("excellent", "lovely", "sturdy", "perfect", "delightful")
BAD = ("awful", "broken", "flimsy", "useless", "disappointing")


def planted_rows() -> list[tuple[str, str, str, str, str, str]]:
    """700 reviews of 2025; the watch turns bad in September: the strap snapped."""
    rng = random.Random(3)
    rows = []
    for number in range(700):
        product = rng.choice(("watch", "lamp", "mug", "tent"))
        day = datetime.date(2025, 1, 1) + datetime.timedelta(days=rng.randrange(365))
        late = product == "watch" and day.month >= 9
        bad = rng.random() < (0.85 if late else 0.15)
        other_words = " ".join(f"word{rng.randrange(2_000)}" for _ in range(12))
        text = f"This one is {rng.choice(BAD if bad else GOOD)}, {other_words}"
        if late and bad:
            text += ". The strap snapped"
        truth = ("negative" if bad else "positive") if number % 4 == 0 else ""
        stars = "1" if bad else "5"
        rows.append((product, text, stars, day.isoformat(), f"user {number}", truth))
    return rows


def write(file: Path, rows: Sequence[tuple[str, ...]], head: tuple[str, ...] = HEAD) -> Path:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([head, *rows])
    return file


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write(tmp_path / "shop.csv", planted_rows())


def test_a_planted_defect_stands_on_the_first_screen(
    voxpop: Voxpop, trained: str, shop: Path, tmp_path: Path
) -> None:
    asked = ("insights", shop, "--labels-column", "Truth", "--out", "report.html")
    done = voxpop(*asked, "--json", "report.json", "--xlsx", "report.xlsx")

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["report.html", "report.json", "report.xlsx"]
    page = (tmp_path / "report.html").read_text("utf-8")
    first = page.partition("<header>")[2].partition("</header>")[0]
    assert "<h1>watch got worse in September 2025: “strap snapped”</h1>" in first
    assert "labels of this file" in first
    assert "by 175 labels that a person gave" in page
    assert "watch got worse with 2025-09" in done.stderr
    record = json.loads((tmp_path / "report.json").read_bytes())
    assert record["version"] == trained
    assert record["insights"]["changes"]["alerts"][0]["month"] == "2025-09"
    assert record["rows"]["row"] == list(range(1, 701))
    expected = ["report.html", "report.json", "report.xlsx", "shop.csv", "voxpop-home"]
    assert sorted(each.name for each in tmp_path.iterdir()) == expected

    # Scored by two processes, the same file gives the same bytes, and replaces the report.
    again = voxpop(*asked, "--processes", "2")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "report.html").read_text("utf-8") == page


def test_seven_reviews_without_products_and_dates(
    voxpop: Voxpop, trained: str, tmp_path: Path
) -> None:
    rows = [(row[1],) for row in planted_rows()[:7]]
    file = write(tmp_path / "few.csv", rows, ("Review",))
    done = voxpop("insights", file, "--out", "few.html")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "few.html").read_text("utf-8")
    assert "<h1>7 reviews: too few for a share</h1>" in page
    assert "this needs a column of products (say which one with --product)" in page
    assert "the test split" in page or "no check set" in page.lower()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "report.pdf"), "--out must end in .html or .htm, not 'report.pdf'"),
        (("--out", "none/report.html"), "no such directory"),
        (("--out", "r.html", "--labels-column", "Label"), "no column 'Label' (--labels-column)"),
        (("--out", "r.html", "--product", "Item"), "no column 'Item' (--product)"),
        (("--out", "r.html", "--unfavourable", "bad"), "negative, positive"),
    ],
)
def test_mistakes_give_one_message(
    voxpop: Voxpop, trained: str, shop: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = voxpop("insights", shop, *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.html"))
