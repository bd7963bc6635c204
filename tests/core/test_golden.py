import numpy as np
import pytest

from voxpop import BundleError
from voxpop.golden import GOLDEN_TEXTS, TOLERANCE, as_golden, check_golden


def probabilities() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    first = np.linspace(0.01, 0.99, len(GOLDEN_TEXTS))
    return np.column_stack([first, 1 - first])


def test_equal_answers_pass() -> None:
    check_golden(as_golden(probabilities()), probabilities() + TOLERANCE / 2, "bundle")


@pytest.mark.parametrize("off", [2 * TOLERANCE, -2 * TOLERANCE, float("nan")])
def test_one_answer_that_is_off_is_refused_by_its_number(off: float) -> None:
    changed = probabilities()
    changed[3, 0] += off
    with pytest.raises(BundleError, match=rf"bundle: golden prediction 4 of {len(GOLDEN_TEXTS)}"):
        check_golden(as_golden(probabilities()), changed, "bundle")


def test_another_number_of_labels_is_refused() -> None:
    with pytest.raises(BundleError, match="3 probabilities a text"):
        check_golden(as_golden(probabilities()), np.full((len(GOLDEN_TEXTS), 3), 1 / 3), "bundle")


def test_the_texts_cover_what_breaks_tokenizers() -> None:
    assert "" in GOLDEN_TEXTS
    assert any(not text.isascii() for text in GOLDEN_TEXTS)
    assert any(len(text.split()) > 128 for text in GOLDEN_TEXTS)
