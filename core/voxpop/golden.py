"""Golden predictions: fixed texts of our own and what the bundle must say of them.

They are stored when a bundle is made and replayed when it is loaded, so that a library, a machine
or a plugin that computes something else is noticed before it answers anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voxpop.bundle.manifest import GoldenPrediction
from voxpop.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TOLERANCE = 1e-4  # absolute, in probability: far above float32 noise, far below what a user sees

GOLDEN_TEXTS: tuple[str, ...] = (
    "",
    "Good.",
    "Bad!",
    "Works exactly as described and arrived a day early. I would buy it again.",
    "Broke in a week. The seller never answered and I want my money back.",
    "Not bad at all, but not what I expected for this price either.",
    "The plot was thin, the acting worse, and yet I laughed all the way through.",
    "I wanted to love it. I really did. The battery dies before lunch.",
    "Five stars for the sound, one star for the strap; it snapped on the first day.",
    "¡Una película maravillosa! Ich bin begeistert. 素晴らしい。",
    "WORST. PURCHASE. EVER. DO NOT BUY THIS!!!",
    "it's ok i guess 🙂",
    "My daughter's favourite book; we read it every night and she still asks for it. " * 12,
    "zxqv wqzzk 0000 ????",
)


def as_golden(probabilities: NDArray[np.float64]) -> list[GoldenPrediction]:
    """Make the records that a manifest stores of the probabilities of `GOLDEN_TEXTS`."""
    return [
        GoldenPrediction(text=text, probabilities=[float(share) for share in row])
        for text, row in zip(GOLDEN_TEXTS, probabilities, strict=True)
    ]


def check_golden(
    golden: Sequence[GoldenPrediction], probabilities: NDArray[np.float64], where: str
) -> None:
    """Compare stored golden predictions with the ones just computed for the same texts.

    Args:
        golden: what the manifest stores.
        probabilities: float of shape (n, k), computed now.
        where: the bundle, for the message.

    Raises:
        BundleError: a probability differs by more than `TOLERANCE`.
    """
    stored = np.array([record.probabilities for record in golden], dtype=np.float64)
    if stored.shape != probabilities.shape:
        raise BundleError(
            f"{where}: the model gives {probabilities.shape[-1]} probabilities a text, "
            f"its golden predictions have {stored.shape[-1] if stored.ndim == 2 else 'none'}; "
            "the model file and the manifest do not belong together"
        )
    off = np.abs(stored - probabilities).max(axis=1, initial=0.0)
    worst = int(np.argmax(off))
    if not off[worst] <= TOLERANCE:  # NaN is off, too
        raise BundleError(
            f"{where}: golden prediction {worst + 1} of {len(golden)} is off by {off[worst]:.2g} "
            f"(allowed: {TOLERANCE:g}). This machine or its libraries compute something else than "
            "the ones that trained the version; compare `environment` in the manifest with yours"
        )
