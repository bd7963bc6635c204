"""Cutting reviews into clauses, and labelled clauses that measure a classifier on such short text.

A classifier is trained on whole reviews; of clauses it may know less. So before any figure rests
on clauses, it is measured on the 100 below, which were written for this purpose: 50 complaints and
50 others, about things that shops sell, in English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from voxpop.insights.quantification import CheckSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

Score = Callable[[Sequence[str]], "NDArray[np.floating]"]
"""Texts in, probabilities of shape (n, k) out, in the order of the table's labels."""

CLAUSES_NAME = "the 100 English clauses that come with Voxpop"
_CUT = re.compile(r"[.;,!?\n]+|\bbut\b", re.IGNORECASE)

COMPLAINTS = (
    "the battery died after a week",
    "the battery barely lasts an hour",
    "the price is far too high",
    "it costs twice what it is worth",
    "the strap broke on the first day",
    "the zipper got stuck and then tore",
    "the screen cracked for no reason",
    "the screen is too dim to read",
    "the sound is tinny and awful",
    "the speaker crackles all the time",
    "the handle came off in my hand",
    "the lid does not close",
    "the colour faded after one wash",
    "it smells of cheap plastic",
    "the smell gave me a headache",
    "the size is completely wrong",
    "they run two sizes too small",
    "the fabric is thin and itchy",
    "the seams came apart",
    "the instructions are useless",
    "nobody answered my messages",
    "customer service was rude",
    "the delivery took six weeks",
    "it arrived broken",
    "the box was crushed and parts were missing",
    "the motor burned out",
    "it overheats and shuts down",
    "the charger stopped working",
    "the cable is too short to be of use",
    "the buttons stick",
    "the software crashes constantly",
    "the app never connects",
    "the picture is blurry",
    "the camera is terrible in the dark",
    "the plot is dull and predictable",
    "the ending was a disappointment",
    "the acting is wooden",
    "the songs all sound the same and bore me",
    "the book is badly written",
    "the pages fell out",
    "it tastes like cardboard",
    "the coffee was stale",
    "the blade went dull at once",
    "the pan sticks and scratches",
    "it leaks everywhere",
    "the fan is unbearably loud",
    "the mattress sags already",
    "a waste of money",
    "i regret buying this",
    "i returned it the next day",
)
OTHERS = (
    "the battery lasts for days",
    "the battery charges quickly",
    "the price is very fair",
    "it is worth every penny",
    "the strap is soft and strong",
    "the zipper glides smoothly",
    "the screen is bright and sharp",
    "the screen is a joy to look at",
    "the sound is rich and clear",
    "the speaker fills the whole room",
    "the handle feels solid",
    "the lid closes tightly",
    "the colour is beautiful",
    "it smells wonderful",
    "the scent is fresh and pleasant",
    "the size is perfect",
    "they fit like a glove",
    "the fabric is thick and comfortable",
    "the seams are well made",
    "the instructions are easy to follow",
    "they answered within minutes",
    "customer service was friendly and helpful",
    "the delivery was fast",
    "it arrived early and well packed",
    "everything was in the box",
    "the motor is strong and reliable",
    "it stays cool even after hours",
    "the charger works great",
    "the cable is just the right length",
    "the buttons feel great",
    "the software is easy to use",
    "the app connects at once",
    "the picture is crisp",
    "the camera takes lovely photos",
    "the plot kept me hooked",
    "the ending was brilliant",
    "the acting is superb",
    "every song is a delight",
    "the book is beautifully written",
    "the pages are of lovely paper",
    "it tastes delicious",
    "the coffee is excellent",
    "the blade stays sharp",
    "the pan is easy to clean",
    "it has never leaked",
    "the fan is wonderfully quiet",
    "the mattress is so comfortable",
    "great value for the money",
    "i love it",
    "i would buy it again",
)


def clauses_of(text: str) -> list[str]:
    """Cut a text at full stops, semicolons, commas, other closing marks and "but"."""
    return [clause for clause in (part.strip() for part in _CUT.split(text)) if clause]


def measure_clauses(score: Score, unfavourable: Sequence[int]) -> CheckSet:
    """Measure a classifier on the labelled clauses.

    Args:
        score: the classifier.
        unfavourable: columns of its answers that count as unfavourable.
    """
    called = np.isin(np.asarray(score([*COMPLAINTS, *OTHERS])).argmax(axis=1), list(unfavourable))
    return CheckSet(
        name=CLAUSES_NAME,
        unfavourable=len(COMPLAINTS),
        caught=int(called[: len(COMPLAINTS)].sum()),
        favourable=len(OTHERS),
        false_alarms=int(called[len(COMPLAINTS) :].sum()),
    )
