"""A whole report over real reviews with made products, dates and stars: what was planted in it.

Half of the reviews teach a small classifier (naive Bayes on words), a quarter is its check set, and
from the rest shops are drawn: 5,000 reviews in 12 months of 20 products. Their truth is the label
that came with them, so that the classifier makes its own mistakes on words of people:

- the first product goes from 15 to 50 % unfavourable in the last three months;
- another gets 60 unfavourable reviews within two days;
- 2 % of the stars are flipped.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voxpop import review_text
from voxpop.insights import CheckSet, Insights, ReviewTable, analyse
from voxpop_plugins.movie_reviews.resource import find_reviews

_WORD = re.compile(r"[a-z']+")
_PRODUCTS, _REVIEWS = 20, 5_000
_BURST_DAY = np.datetime64("2025-05-06")


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadReviews:
    """Real texts with their truth and what the classifier says of them, and its check set."""

    texts: Sequence[str]
    bad: NDArray[np.bool_]
    probability: NDArray[np.float64]  # of unfavourable
    check: CheckSet


def labelled_reviews(
    files: Sequence[Path] = (), limit: int | None = None
) -> list[tuple[str, bool]]:
    """Read texts and whether they are unfavourable; without files, IMDb's.

    Files are CSV (or .csv.gz) with the columns `label` (0 is unfavourable), `title` and `content`.
    """
    if not files:
        with find_reviews().open(encoding="utf-8", newline="") as lines:
            rows = [
                (row["text"], row["label"] == "0")
                for row in csv.DictReader(lines)
                if row["source"].lower().startswith("imdb")
            ]
        return [rows[place] for place in np.random.default_rng(0).permutation(len(rows))[:limit]]
    found = []
    for file in files:
        open_text = gzip.open if file.suffix == ".gz" else open
        with open_text(file, "rt", encoding="utf-8", newline="") as lines:
            found += [
                (review_text(row["title"], row["content"]), row["label"] == "0")
                for row in csv.DictReader(lines)
            ]
    return found[:limit]


def read_reviews(labelled: Sequence[tuple[str, bool]]) -> ReadReviews:
    """Teach the classifier on the first half, check it on the next quarter, read the rest."""
    texts = [text for text, _ in labelled]
    bad = np.array([label for _, label in labelled], dtype=bool)
    half, rest = len(texts) // 2, 3 * len(texts) // 4
    counts = [Counter[str](), Counter[str]()]
    for text, label in labelled[:half]:
        counts[label].update(set(_WORD.findall(text.lower())))
    totals = [sum(one.values()) for one in counts]
    weight = {
        word: float(
            np.log((counts[1][word] + 1) / (totals[1] + 1))
            - np.log((counts[0][word] + 1) / (totals[0] + 1))
        )
        for word in counts[0] | counts[1]
    }
    logit = np.array(
        [sum(weight.get(word, 0.0) for word in set(_WORD.findall(text.lower()))) for text in texts]
    )
    # Naive Bayes is too sure of itself; what follows needs an order and a side only.
    probability = 1 / (1 + np.exp(-(logit / 5).clip(-30, 30)))
    called, checked = probability > 0.5, slice(half, rest)
    check = CheckSet(
        name="reviews held out",
        unfavourable=int(bad[checked].sum()),
        caught=int((called & bad)[checked].sum()),
        favourable=int((~bad[checked]).sum()),
        false_alarms=int((called & ~bad)[checked].sum()),
    )
    return ReadReviews(
        texts=texts[rest:], bad=bad[rest:], probability=probability[rest:], check=check
    )


def reports_on_texts(files: int, reviews: ReadReviews) -> dict[str, float]:
    """Analyse `files` made shops: how often each figure of the report says what was planted."""
    found: Counter[str] = Counter()
    flips, listed = 0, 0
    for file in range(files):
        table, truth, flipped = _shop(np.random.default_rng([file, 15]), reviews)
        insights = analyse(table, check=reviews.check)
        found.update(name for name, right in _seen(insights, truth).items() if right)
        stars = insights.stars
        assert stars is not None
        against = np.array([*stars.ranked_complaints, *stars.ranked_praise], dtype=np.int64)
        sure = np.abs(table.probabilities[against, 0] - 0.5)
        top = against[np.argsort(-sure, kind="stable")][: int(flipped.sum())]
        flips += int(flipped[top].sum())
        listed += len(top)
    names = ("defect_alerted", "defect_month", "no_other_alert", "share_held", "defect_worst")
    return {
        **{f"report_{name}": found[name] / files for name in (*names, "burst_found")},
        "report_flipped_stars_precision": flips / max(1, listed),
        "report_classifier_accuracy": (
            reviews.check.caught + reviews.check.favourable - reviews.check.false_alarms
        )
        / (reviews.check.unfavourable + reviews.check.favourable),
    }


def _seen(insights: Insights, truth: float) -> dict[str, bool]:
    changes, ranking = insights.changes, insights.ranking
    assert changes is not None
    assert ranking is not None
    interval = insights.corrected.interval
    assert interval is not None
    mine = [alert for alert in changes.alerts if alert.name == "P00" and alert.worse]
    return {
        "defect_alerted": bool(mine),
        "defect_month": bool(mine) and mine[0].month == "2025-10",
        "no_other_alert": all(alert.name in ("P00", "P01") for alert in changes.alerts),
        "share_held": interval[0] <= truth <= interval[1],
        "defect_worst": any(one.product == "P00" for one in ranking.worst[:3]),
        "burst_found": any(
            burst.product == "P01"
            and abs(np.datetime64(burst.first_day) - _BURST_DAY) <= np.timedelta64(1, "D")
            for burst in insights.bursts
        ),
    }


def _shop(
    rng: np.random.Generator, reviews: ReadReviews
) -> tuple[ReviewTable, float, NDArray[np.bool_]]:
    """Make a shop; give its true share as well, and whose stars are flipped."""
    product = rng.integers(0, _PRODUCTS, _REVIEWS)
    product[: 12 * 40] = 0
    day = np.datetime64("2025-01-01") + rng.integers(0, 365, _REVIEWS).astype("timedelta64[D]")
    share = rng.beta(6, 34, _PRODUCTS)[product]
    share[product == 0] = 0.15
    share[(product == 0) & (day >= np.datetime64("2025-10-01"))] = 0.5
    bad = rng.random(_REVIEWS) < share
    burst = np.flatnonzero(product == 1)[:60]
    bad[burst] = True
    day[burst] = _BURST_DAY + rng.integers(0, 2, len(burst)).astype("timedelta64[D]")
    places = np.empty(_REVIEWS, dtype=np.int64)
    for side in (False, True):
        places[bad == side] = rng.choice(
            np.flatnonzero(reviews.bad == side), int((bad == side).sum())
        )
    flipped = rng.random(_REVIEWS) < 0.02
    chance = reviews.probability[places]
    table = ReviewTable(
        texts=[reviews.texts[place] for place in places.tolist()],
        probabilities=np.stack((chance, 1 - chance), axis=1),
        labels=("negative", "positive"),
        products=[f"P{number:02d}" for number in product.tolist()],
        days=day,
        stars=np.where(bad ^ flipped, 1.0, 5.0),
    )
    return table, float(bad.mean()), flipped
