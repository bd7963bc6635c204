from __future__ import annotations

import numpy as np
import pytest
from datasketch import MinHash

from benchmarks.reviews import synthetic_reviews
from voxpop.insights.copies import jaccard, near_copies, shingle_hashes

LONG = "this strap broke on the second day and the shop never answered my many letters"


def test_the_similarity_is_that_of_the_shingles() -> None:
    other = LONG.replace("second", "third")
    sets = [{text[at : at + 5] for at in range(len(text) - 4)} for text in (LONG, other)]
    exact = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
    assert jaccard(shingle_hashes(LONG), shingle_hashes(other)) == pytest.approx(exact)
    hashes = [MinHash(num_perm=512) for _ in sets]
    for hashed, shingles in zip(hashes, sets, strict=True):
        hashed.update_batch([shingle.encode() for shingle in shingles])
    assert hashes[0].jaccard(hashes[1]) == pytest.approx(exact, abs=0.08)


def test_copies_are_grouped_whatever_their_case_and_marks() -> None:
    texts = [*synthetic_reviews(300, seed=2), LONG, LONG.upper() + "!!", LONG.replace(" ", "  ")]
    groups = near_copies(texts)
    assert [group.tolist() for group in groups] == [[300, 301, 302]]


def test_short_texts_are_a_group_only_in_a_burst() -> None:
    spread = np.datetime64("2025-01-01") + np.arange(0, 350, 7).astype("timedelta64[D]")
    others = np.datetime64("2025-06-01") + np.zeros(20, dtype="timedelta64[D]")
    assert near_copies(["Great product!"] * 50, spread) == ()
    assert near_copies(["Great product!"] * 50) == ()
    days = np.concatenate((spread, others))
    groups = near_copies(["Great product!"] * 70, days)
    assert len(groups) == 1
    assert set(range(50, 70)) <= set(groups[0].tolist())


@pytest.mark.parametrize("texts", [[], ["only one text that is long enough to be a copy of"], [""]])
def test_too_few_texts_are_no_copies(texts: list[str]) -> None:
    assert near_copies(texts) == ()


def test_a_broken_character_does_no_harm() -> None:
    assert len(near_copies([LONG + "\ud800", LONG + "\ud800"])) == 1
