"""A file of reviews with a planted defect, analysed once for all tests of the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from voxpop.insights import CheckSet, FileInsights, ReviewTable, analyse
from voxpop.insights.clauses import COMPLAINTS
from voxpop.insights.reading import FileReviews

CHECK = CheckSet(
    name="the test split",
    unfavourable=250,
    caught=240,
    favourable=250,
    false_alarms=10,
    data="film-reviews",
)
LABELS = ("negative", "positive")

Remade = Callable[..., FileInsights]


def knows(texts: Sequence[str]) -> NDArray[np.float64]:
    known = set(COMPLAINTS)
    bad = np.array([text in known or "bad" in text for text in texts], dtype=np.float64)
    return np.stack((bad, 1 - bad), axis=1)


def found_in(table: ReviewTable, names: tuple[str, ...] = ("shop.csv",)) -> FileInsights:
    """Analyse a table as if it had been read from files."""
    rows = np.arange(len(table))
    source = FileReviews(
        names=names,
        columns=((),) * len(names),
        read=len(table) + 3,
        left_out={"no text": 3},
        unreadable={},
        texts=list(table.texts),
        file=rows % len(names),
        row=rows + 1,
        products=None if table.products is None else list(table.products),
        authors=None if table.authors is None else list(table.authors),
        days=table.days,
        stars=table.stars,
        truth={},
    )
    insights = analyse(table, score=knows, check=CHECK)
    return FileInsights(insights=insights, table=table, source=source, version="v-1", check=CHECK)


@pytest.fixture(scope="session")
def shop_table() -> ReviewTable:
    """900 reviews of five products; watch turns bad in October 2025, "strap broke"; 20 copies."""
    rng = np.random.default_rng(8)
    rows = 900
    product = rng.integers(0, 5, rows)
    day = np.datetime64("2025-01-01") + rng.integers(0, 350, rows).astype("timedelta64[D]")
    late = (product == 0) & (day >= np.datetime64("2025-10-01"))
    bad = rng.random(rows) < np.where(late, 0.75, 0.12)
    words = [
        "we",
        "use",
        "it",
        "every",
        "day",
        "at",
        "home",
        "and",
        "on",
        "the",
        "road",
        "with",
        "our",
        "two",
        "kids",
    ]
    texts = [" ".join(rng.permutation(words)) + f" number {row}" for row in range(rows)]
    for row in range(rows):
        texts[row] += ". It is bad" if bad[row] else ". We like it"
        if late[row] and bad[row]:
            texts[row] += ". The strap broke"
        if row % 3 == 0:
            texts[row] += f". The battery is {'bad' if bad[row] else 'good'}."
    burst = np.flatnonzero(product == 1)[:20]
    day[burst], bad[burst] = np.datetime64("2025-05-05"), True
    for row in burst:
        texts[row] = f"I bought this strap for my friend and it was torn when it came to us {row}"
    chance = np.where(bad, 0.9, 0.05)
    names = np.array(["watch", "lamp", "mug", "tent", "coat"])
    return ReviewTable(
        texts=texts,
        probabilities=np.stack((chance, 1 - chance), axis=1),
        labels=LABELS,
        products=names[product].tolist(),
        days=day,
        authors=[f"a{row % 700}" for row in range(rows)],
        stars=np.where(bad ^ (rng.random(rows) < 0.02), 1.0, 5.0),
    )


@pytest.fixture(scope="session")
def shop(shop_table: ReviewTable) -> FileInsights:
    return found_in(shop_table)


@pytest.fixture(scope="session")
def remade(shop_table: ReviewTable) -> Remade:
    """Analyse the same reviews with columns replaced, or only the first few."""

    def remake(first: int | None = None, **columns: object) -> FileInsights:
        table = replace(shop_table, **columns)  # type: ignore[arg-type]
        if first is not None:
            table = replace(
                table,
                texts=table.texts[:first],
                probabilities=table.probabilities[:first],
                products=None if table.products is None else table.products[:first],
                days=None if table.days is None else table.days[:first],
                authors=None if table.authors is None else table.authors[:first],
                stars=None if table.stars is None else table.stars[:first],
            )
        return found_in(table)

    return remake
