from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop.insights import Count, FileInsights, Selection
from voxpop.insights.page import openings
from voxpop.insights.page.openings import Openings, spread


@given(st.integers(0, 300), st.integers(1, 60))
def test_examples_are_different_and_spread_over_all(count: int, most: int) -> None:
    rows = np.arange(count) * 3
    shown = spread(rows, most)
    assert len(shown) == min(count, most)
    assert len(set(shown.tolist())) == len(shown)
    assert set(shown.tolist()) <= set(rows.tolist())
    if count > most > 1:
        assert shown[0] == 0
        assert np.ptp(np.diff(shown)) <= 3  # the file's own step


def test_the_same_reviews_are_opened_by_one_sheet(shop: FileInsights) -> None:
    written = Openings(shop)
    count = shop.insights.share
    first = written.add(count, "complaints", "all")
    again = written.add(Count.make(count.of, count.of, Selection(), Selection()), "all", "all")
    assert again[0].replace(' id="f2"', "") == first[1].replace(' id="f2"', "")
    assert sum(line.startswith("<article") for line in written.sheets()) == 2


def test_many_figures_get_few_examples_each(
    shop: FileInsights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openings, "MOST_CHARACTERS", 9_000)
    written = Openings(shop)
    written.add(shop.insights.share, "complaints", "all")
    html = "\n".join(written.sheets())
    assert re.search(r"Showing (12|20) of 900 reviews", html)
    assert len(html) < 10_000
