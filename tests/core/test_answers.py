from typing import Any

import numpy as np
import pytest

from voxpop.answers import AnswerError, as_probabilities

GOOD = np.array([[0.25, 0.75], [1.0, 0.0]], np.float32)


def test_probabilities_come_out_as_float64() -> None:
    given = as_probabilities(GOOD, 2, 2)
    assert given.dtype == np.float64
    assert np.array_equal(given, GOOD)


def test_no_texts_get_no_rows() -> None:
    assert as_probabilities(np.zeros((0, 3), np.float32), 0, 3).shape == (0, 3)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, r"a NoneType for 2 texts and 2 labels; the shape is \(2, 2\)"),
        (GOOD[:, 0], r"a ndarray of shape \(2,\)"),
        (GOOD[:1], r"a ndarray of shape \(1, 2\)"),
        (np.hstack([GOOD, GOOD]), r"a ndarray of shape \(2, 4\)"),
        ([[0.5, 0.5], [1.0]], "a list that holds no numbers"),
        ([["a", "b"], ["c", "d"]], "a list that holds no numbers"),
        (GOOD - 1, r"no probabilities in row 0 .* \[-0.75, -0.25\]"),
        (GOOD * 3, r"no probabilities in row 0 .* \[0.75, 2.25\]"),
        (np.array([[0.5, 0.5], [1.5, -0.5]]), r"no probabilities in row 1 .* \[1.5, -0.5\]"),
        (np.array([[0.5, 0.5], [np.nan, 0.5]]), "NaN or infinity in row 1"),
        (np.array([[0.5, 0.5], [np.inf, 0.5]]), "NaN or infinity in row 1"),
    ],
)
def test_what_are_no_probabilities_is_told(answer: Any, told: str) -> None:
    with pytest.raises(AnswerError, match=told):
        as_probabilities(answer, 2, 2)


@pytest.mark.parametrize("row", [[np.nan, 0.5], [0.5, np.nan], [1.5, -0.5], [0.4, 0.4]])
@pytest.mark.parametrize("rows", [1, 1_000])
def test_one_bad_row_among_any_number_is_found(rows: int, row: list[float]) -> None:
    answer = np.tile([0.5, 0.5], (rows, 1))
    as_probabilities(answer, rows, 2)
    answer[-1] = row
    with pytest.raises(AnswerError, match=rf"in row {rows - 1} "):
        as_probabilities(answer, rows, 2)
