from __future__ import annotations

import pytest

from voxpop.insights.narrative import is_issue
from voxpop.insights.record import Count, Selection


@pytest.mark.parametrize(
    ("n", "of", "issue"),
    [(16, 3_000, False), (900, 21_315, True), (9, 20, False), (0, 0, False), (20, 200, True)],
)
def test_an_issue_is_what_one_in_a_hundred_reviews_says(n: int, of: int, issue: bool) -> None:
    assert is_issue(Count.make(n, of, Selection(), Selection())) is issue
