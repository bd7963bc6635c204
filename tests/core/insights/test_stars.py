from __future__ import annotations

import numpy as np

from voxpop.insights.stars import contradictions


def test_the_surest_contradictions_come_first_in_two_slices() -> None:
    bad = np.array([0.9, 0.99, 0.1, 0.02, 0.6, 0.99, 0.99])
    stars = np.array([5.0, 4.0, 1.0, 2.0, 3.0, np.nan, 1.0])
    found = contradictions(bad, stars)
    assert found.complaints_with_many_stars.tolist() == [1, 0]
    assert found.praise_with_few_stars.tolist() == [3, 2]
