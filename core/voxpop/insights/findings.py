"""All that `analyse` found: frozen records that go to JSON as they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from voxpop.insights.mix import MixAndRate
from voxpop.insights.quantification import CheckSet, CorrectedShare
from voxpop.insights.ranking import Ranking
from voxpop.insights.record import Count
from voxpop.insights.words import TellingPhrase


@dataclass(frozen=True, kw_only=True)
class MonthShare:
    """The unfavourable reviews of a month."""

    month: str  # "2026-03"
    count: Count
    incomplete: bool  # the file's last day is not the month's


@dataclass(frozen=True, kw_only=True)
class Change:
    """A share that changed, of a product or of an aspect: for good, or for a spell."""

    name: str
    worse: bool
    month: str  # the first one after the change
    until: str | None  # the last month of a spell that is over; None: it lasts to the file's end
    earliest: str  # months that fit nearly as well
    latest: str
    before: Count
    after: Count  # of the spell alone where there is one
    over: Count | None  # since the end of the spell
    others_before: Count | None  # other products in the same months: did all move?
    others_after: Count | None
    p: float
    q: float  # adjusted for the number of tests
    phrases: tuple[TellingPhrase, ...]  # of the unfavourable reviews after, against those before
    #                                     and against those of other products


@dataclass(frozen=True, kw_only=True)
class Visibility:
    """How large a change must be to be seen."""

    name: str
    reviews_a_month: float
    smallest_rise: float | None  # lasting three months, seen in 4 of 5 files; None: none can be


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Changes of the products' (or aspects') shares."""

    first_month: str
    last_month: str
    tested: int  # those with reviews enough
    wobble: float  # reckoned with: the correlation of reviews of one month, upper 90 % limit
    alerts: tuple[Change, ...]  # of these, 1 in 20 at most is false, on average over files
    watch: tuple[Change, ...]  # may be chance
    visibility: tuple[Visibility, ...]  # those with most reviews first


@dataclass(frozen=True, kw_only=True)
class WholeFile:
    """All dated reviews of the file as one series, beside those of the products."""

    first_month: str
    last_month: str
    is_tested: bool  # there are reviews enough
    p: float
    wobble: float  # reckoned with, as in `Changes`
    smallest_rise: float | None  # as in `Visibility`
    change: Change | None  # what changed by more than chance
    explained_by: tuple[str, ...]  # alerted products without which the others show no change
    mix: MixAndRate | None  # of that change, where most of it is that others were reviewed

    @property
    def alert(self) -> Change | None:
        """The change, unless products or the mix explain it."""
        return None if self.explained_by or self.mix is not None else self.change


@dataclass(frozen=True, kw_only=True)
class Aspect:
    """What reviews speak of; `unfavourable` rests on the clauses that mention it."""

    aspect: str
    mentions: Count
    unfavourable: Count  # of the mentions
    corrected: CorrectedShare


@dataclass(frozen=True, kw_only=True)
class Aspects:
    """All aspects; none are shown while `refused` says why the clauses cannot be trusted."""

    check: CheckSet | None
    refused: str | None
    aspects: tuple[Aspect, ...]
    changes: Changes | None


@dataclass(frozen=True, kw_only=True)
class CopyGroup:
    """Near copies of one text."""

    count: Count  # the members, of all reviews
    example: int  # the place of the first
    first_day: str | None
    last_day: str | None
    products: int  # how many different ones are reviewed


@dataclass(frozen=True, kw_only=True)
class Copies:
    """Near copies, and the unfavourable share with them and with one of each group only."""

    groups: tuple[CopyGroup, ...]
    share_with: Count
    share_without: Count


@dataclass(frozen=True, kw_only=True)
class Burst:
    """Days with far more unfavourable reviews than usual: a campaign or a defect, look and see."""

    product: str | None  # None: the file as a whole
    first_day: str
    last_day: str
    expected: float  # unfavourable reviews in so many days
    count: Count  # unfavourable of all reviews in these days
    one_off_authors: Count | None  # of them, by authors of one review; None without authors
    share_with: Count
    share_without: Count  # these days left out
    p: float


@dataclass(frozen=True, kw_only=True)
class Mix:
    """Why the share moved between two periods."""

    before: Count
    after: Count
    parts: MixAndRate


@dataclass(frozen=True, kw_only=True)
class StarsAgainstText:
    """Reviews whose stars contradict their text; `ranked` places are the surest first."""

    complaints_with_many_stars: Count
    praise_with_few_stars: Count
    ranked_complaints: tuple[int, ...]
    ranked_praise: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence of the short text, with the counts that it states."""

    text: str
    counts: tuple[Count, ...]


@dataclass(frozen=True, kw_only=True)
class Insights:
    """All that a file of reviews says as a whole. What the file cannot say is None."""

    reviews: int
    labels: tuple[str, ...]
    unfavourable_labels: tuple[str, ...]
    first_day: str | None
    last_day: str | None
    without_product: int
    without_day: int
    share: Count
    corrected: CorrectedShare
    months: tuple[MonthShare, ...]
    ranking: Ranking | None
    changes: Changes | None
    whole: WholeFile | None
    phrases: tuple[TellingPhrase, ...]  # of unfavourable reviews against all others
    praise: tuple[TellingPhrase, ...]  # of all others against the unfavourable ones
    aspects: Aspects | None
    copies: Copies
    bursts: tuple[Burst, ...]
    mix: Mix | None
    stars: StarsAgainstText | None
    summary: tuple[Sentence, ...]

    def to_json(self) -> dict[str, Any]:
        """Give all of it as what `json.dumps` takes; every number in it is finite."""
        return asdict(self)
