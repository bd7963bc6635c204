"""A share of reviews, corrected for the classifier's own mistakes.

A classifier that catches 90 of 100 complaints (TPR) and raises a false alarm on 5 of 100 other
reviews (FPR) shows q = p TPR + (1 - p) FPR where the truth is p. The correction solves for p:

    p = (q - FPR) / (TPR - FPR)

Rogan and Gladen, "Estimating prevalence from the results of a screening test", American Journal of
Epidemiology 107(1), 1978; the same as Forman's adjusted count (2008). The interval draws q, TPR
and FPR from their Jeffreys posteriors, so that a small check set makes it wide. It takes for
granted that complaints read alike in the check set and in the file; labels given for the file
itself do without that (`share_from_labels`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voxpop.insights.record import Interval

FEWEST_LABELS = 100
LEAST_DISCRIMINATION = 0.2  # of TPR - FPR
_DRAWS = 4_000


@dataclass(frozen=True, kw_only=True)
class CheckSet:
    """How the classifier did on reviews whose truth is known."""

    name: str  # which reviews these are, as a reader should see it
    unfavourable: int  # truly so
    caught: int  # of them, called so
    favourable: int  # truly not unfavourable
    false_alarms: int  # of them, called unfavourable
    data: str | None = None  # where the reviews are from, in a word or two

    @classmethod
    def from_confusion(
        cls,
        confusion: Sequence[Sequence[int]],
        labels: Sequence[str],
        unfavourable: Sequence[str],
        name: str,
        data: str | None = None,
    ) -> CheckSet:
        """Make it from a confusion matrix: a row a true class, a column a predicted one."""
        counts = np.asarray(confusion, dtype=np.int64)
        bad = np.isin(np.asarray(labels), list(unfavourable))
        return cls(
            name=name,
            unfavourable=int(counts[bad].sum()),
            caught=int(counts[np.ix_(bad, bad)].sum()),
            favourable=int(counts[~bad].sum()),
            false_alarms=int(counts[np.ix_(~bad, bad)].sum()),
            data=data,
        )

    @property
    def tpr(self) -> float:
        """The share of truly unfavourable reviews that are called so; 0.0 without any."""
        return self.caught / self.unfavourable if self.unfavourable else 0.0

    @property
    def fpr(self) -> float:
        """The share of the other reviews that are called unfavourable; 0.0 without any."""
        return self.false_alarms / self.favourable if self.favourable else 0.0

    def refusal(self) -> str | None:
        """Say why nothing may be corrected with it; None when it may be used."""
        labels = self.unfavourable + self.favourable
        if labels < FEWEST_LABELS or not self.unfavourable or not self.favourable:
            return (
                f"not corrected: {self.name} has {self.unfavourable} unfavourable and "
                f"{self.favourable} other labels; both kinds and {FEWEST_LABELS} in all are needed"
            )
        if self.tpr - self.fpr < LEAST_DISCRIMINATION:
            return (
                f"not corrected: on {self.name} the classifier catches {self.tpr:.0%} of the "
                f"unfavourable and {self.fpr:.0%} of the others, too near to each other"
            )
        return None


@dataclass(frozen=True, kw_only=True)
class CorrectedShare:
    """The true share of unfavourable reviews, as far as it can be told.

    `share` and `interval` are None when the correction was refused: then only the raw share may be
    shown, called uncorrected, and `refused` says why.
    """

    n: int  # called unfavourable
    of: int
    share: float | None
    interval: Interval | None  # 95 %
    method: Literal["check set", "labels of this file"]
    check_set: str | None  # its name
    labels: int  # how many labels it rests on
    refused: str | None


def corrected_share(n: int, of: int, check: CheckSet | None, *, seed: int = 0) -> CorrectedShare:
    """Correct n of `of` reviews called unfavourable, by the formula above.

    Args:
        n: reviews called unfavourable.
        of: reviews in all.
        check: how the classifier did elsewhere; None when nobody knows.
        seed: of the draws.
    """
    refused = "not corrected: no check set was given" if check is None else check.refusal()
    if not of:
        refused = "no reviews"
    share, interval = None, None
    if check is not None and refused is None:
        rng = np.random.default_rng([seed, 1])
        share = _clipped((n / of - check.fpr) / (check.tpr - check.fpr))
        seen = rng.beta(n + 0.5, of - n + 0.5, _DRAWS)
        tpr = rng.beta(check.caught + 0.5, check.unfavourable - check.caught + 0.5, _DRAWS)
        fpr = rng.beta(
            check.false_alarms + 0.5, check.favourable - check.false_alarms + 0.5, _DRAWS
        )
        apart = tpr > fpr  # all but never otherwise: refused below 0.2
        drawn = (seen - fpr)[apart] / (tpr - fpr)[apart]
        refused = _impossible(drawn, n / of, check)
        share, interval = (None, None) if refused else (share, _middle(drawn))
    return CorrectedShare(
        n=n,
        of=of,
        share=share,
        interval=interval,
        method="check set",
        check_set=None if check is None else check.name,
        labels=0 if check is None else check.unfavourable + check.favourable,
        refused=refused,
    )


def share_from_labels(
    n: int,
    of: int,
    called: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    *,
    name: str = "labels of this file",
    seed: int = 0,
) -> CorrectedShare:
    """Correct by labels that a person gave to reviews of this very file, drawn at random.

    Prediction-powered inference (Angelopoulos et al., "Prediction-powered inference", Science
    382, 2023) in the form that is best for a yes or no (post-stratification, PPI++ with its tuned
    weight, arXiv 2311.01453): p = q P(true | called) + (1 - q) P(true | not called). The three come
    from Jeffreys posteriors, which keeps the interval honest with few mistakes among few labels.
    It asks for no likeness between the file and any other; but the reviews labelled must be drawn
    at random, from all or from each of the two kinds.

    Args:
        n: reviews of the file called unfavourable.
        of: reviews of the file.
        called: bool of shape (labels,), what the classifier says.
        truth: bool of shape (labels,), what the person says.
        name: which labels these are, as a reader should see it.
        seed: of the draws.
    """
    refused = None
    if not of:
        refused = "no reviews"
    elif len(truth) < FEWEST_LABELS:
        refused = f"not corrected: {len(truth)} labels of this file, and {FEWEST_LABELS} are needed"
    share, interval = None, None
    if refused is None:
        rng = np.random.default_rng([seed, 2])
        hits, called_count = int((called & truth).sum()), int(called.sum())
        missed, other = int((~called & truth).sum()), int((~called).sum())
        seen = n / of
        share = _clipped(
            seen * ((hits + 0.5) / (called_count + 1) if not called_count else hits / called_count)
            + (1 - seen) * ((missed + 0.5) / (other + 1) if not other else missed / other)
        )
        drawn = rng.beta(n + 0.5, of - n + 0.5, _DRAWS)
        interval = _middle(
            drawn * rng.beta(hits + 0.5, called_count - hits + 0.5, _DRAWS)
            + (1 - drawn) * rng.beta(missed + 0.5, other - missed + 0.5, _DRAWS)
        )
    return CorrectedShare(
        n=n,
        of=of,
        share=share,
        interval=interval,
        method="labels of this file",
        check_set=name,
        labels=len(truth),
        refused=refused,
    )


def _impossible(drawn: NDArray[np.float64], called: float, check: CheckSet) -> str | None:
    """Say that no true share explains what was called: the classifier behaves otherwise here.

    Cutting such an interval to 0 or 1 would give the surest figure of all where nothing is known.
    """
    low, high = np.quantile(drawn, (0.025, 0.975))
    if low <= 1 and high >= 0:
        return None
    few = high < 0
    return (
        f"not corrected: {called:.1%} are called unfavourable here, {'fewer' if few else 'more'} "
        f"than the {check.fpr if few else check.tpr:.1%} of {check.name} that are called so when "
        f"{'none' if few else 'all'} truly are, so the classifier does not judge these reviews as "
        f"it judged those; label {FEWEST_LABELS} reviews of this file"
    )


def _clipped(share: float) -> float:
    return min(1.0, max(0.0, share))


def _middle(draws: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(draws, (0.025, 0.975)).clip(0, 1)
    return float(low), float(high)
