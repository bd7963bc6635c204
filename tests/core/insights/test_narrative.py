from __future__ import annotations

import pytest

from voxpop.insights.findings import Aspect, Aspects
from voxpop.insights.narrative import complaints_of, is_issue
from voxpop.insights.quantification import CheckSet, corrected_share
from voxpop.insights.record import Count, Selection
from voxpop.insights.words import TellingPhrase


@pytest.mark.parametrize(
    ("n", "of", "issue"),
    [(16, 3_000, False), (900, 21_315, True), (9, 20, False), (0, 0, False), (20, 200, True)],
)
def test_an_issue_is_what_one_in_a_hundred_reviews_says(n: int, of: int, issue: bool) -> None:
    assert is_issue(Count.make(n, of, Selection(), Selection())) is issue


def an_aspect(name: str, called: int, mentions: int, check: CheckSet) -> Aspect:
    return Aspect(
        aspect=name,
        mentions=Count.make(mentions, 3_000, Selection(), Selection()),
        unfavourable=Count.make(called, mentions, Selection(), Selection()),
        corrected=corrected_share(called, mentions, check),
    )


@pytest.mark.parametrize(
    ("called", "named"),
    [
        (120, ["strap"]),  # surely 60 of 200 or more
        (60, ["money"]),  # what 28 % false alarms explain
        (90, ["money"]),  # perhaps some, but fewer than 1 % of all reviews for certain
        (10, ["money"]),  # not corrected at all
    ],
)
def test_an_aspect_is_named_only_where_it_surely_is_a_complaint(
    called: int, named: list[str]
) -> None:
    check = CheckSet(name="clauses", unfavourable=50, caught=44, favourable=50, false_alarms=14)
    aspects = Aspects(
        check=check,
        refused=None,
        aspects=(an_aspect("strap", called, 200, check),),
        changes=None,
    )
    one = Count.make(100, 1_000, Selection(), Selection())
    phrase = TellingPhrase(phrase="money", also=(), count=one, compared=(one,), z=5.0, q=0.001)
    assert [name for name, _ in complaints_of([phrase], aspects)] == named
    assert complaints_of([], None) == []
