"""Drift: how far the reviews of late are from those that the version was trained on.

The yardstick is the population stability index over shares a_i of late and e_i in training,

    PSI = sum_i (a_i - e_i) * ln(a_i / e_i)

(Siddiqi, "Credit Risk Scorecards", Wiley 2006, chapter 12), the Jeffreys divergence of the two. By
the usual rule of thumb less than 0.1 is no drift worth a look, 0.1 to 0.25 is one, and more asks
for action. It is biased upwards by (B - 1) / n for B bins and n reviews (Yurdakul and Naranjo,
"Statistical properties of the population stability index", Journal of Risk Model Validation 14(4),
2020), so nothing is said before enough reviews were seen. An empty bin counts as half a review.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from voxpop import Manifest, TokenBatch

ENOUGH = 200
"""Reviews without which nothing is said: ten bins are then biased by 0.045."""

_SMALLEST_SHARE = 1e-4  # of training texts: a bin that training never saw is rare, not impossible


@dataclass(frozen=True)
class Drift:
    """What a window of reviews looked like.

    Attributes:
        reviews: how many are in the window.
        psi: the index of `length`, `labels` and, if the tokenizer marks them, `unknown_words`; of
            nothing before `ENOUGH` reviews were seen.
        mean_tokens: tokens of a review, after the tokenizer's cut.
        unknown_share: the share of unknown words of all tokens; None when they are not marked.
    """

    reviews: int
    psi: dict[str, float]
    mean_tokens: float
    unknown_share: float | None


class DriftWindow:
    """The latest reviews that a version answered, compared with those it was trained on."""

    def __init__(self, manifest: Manifest, oov_id: int | None, reviews: int) -> None:
        """Look at the latest so many reviews."""
        baseline = manifest.baseline
        self._edges = np.array(baseline.length_edges, np.int64)
        self._lengths_then = baseline.length_shares
        self._labels_then = [baseline.label_shares.get(label, 0.0) for label in manifest.labels]
        self._unknown_then = baseline.oov_share
        self._oov_id = oov_id if baseline.oov_share is not None else None
        self._seen = 0
        # One column a review: its length's bin, its label, its tokens, its unknown words.
        self._ring = np.zeros((4, reviews), np.int64)

    def add(self, batch: TokenBatch, labels: NDArray[np.int64]) -> None:
        """Take in encoded reviews and the label that each was given, as positions."""
        lengths = batch.lengths.astype(np.int64)
        unknown: NDArray[np.int64] | int = 0
        if self._oov_id is not None:
            inside = np.arange(batch.ids.shape[1]) < lengths[:, np.newaxis]
            unknown = ((batch.ids == self._oov_id) & inside).sum(axis=1)
        size = self._ring.shape[1]
        places = (self._seen + np.arange(len(lengths))) % size
        self._ring[0, places] = np.searchsorted(self._edges, lengths, side="left")
        self._ring[1, places] = labels
        self._ring[2, places] = lengths
        self._ring[3, places] = unknown
        self._seen += len(lengths)

    def drift(self) -> Drift:
        """Say what the window looks like now."""
        reviews = min(self._seen, self._ring.shape[1])
        bins, labels, tokens, unknown = self._ring[:, :reviews]
        total, strange = int(tokens.sum()), int(unknown.sum())
        psi: dict[str, float] = {}
        if reviews >= ENOUGH:
            counts = np.bincount(bins, minlength=len(self._lengths_then))
            psi["length"] = population_stability(counts, self._lengths_then)
            counts = np.bincount(labels, minlength=len(self._labels_then))
            psi["labels"] = population_stability(counts, self._labels_then)
            if self._unknown_then is not None and self._oov_id is not None:
                then = [self._unknown_then, 1 - self._unknown_then]
                counts = np.array([strange, total - strange])
                psi["unknown_words"] = population_stability(counts, then)
        return Drift(
            reviews=reviews,
            psi=psi,
            mean_tokens=total / reviews if reviews else 0.0,
            unknown_share=None if self._oov_id is None else strange / total if total else 0.0,
        )


def population_stability(counts: NDArray[np.int64], then: Sequence[float]) -> float:
    """Compare counts with the shares of another time, both of shape (bins,): 0 when alike."""
    filled = np.maximum(counts.astype(np.float64), 0.5)
    now = filled / filled.sum()
    before = np.maximum(np.asarray(then, np.float64), _SMALLEST_SHARE)
    before = before / before.sum()
    return float(((now - before) * np.log(now / before)).sum())
