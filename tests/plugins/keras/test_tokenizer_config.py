"""The options of the keras tokenizer."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from voxpop_plugins.keras.tokenizer_config import KerasTokenizerConfig


@pytest.mark.parametrize("token", ["<OOV>", "[unk]", "UNK", "unknown word", ""])
def test_an_oov_token_that_is_no_word_is_taken(token: str) -> None:
    assert KerasTokenizerConfig(oov_token=token).oov_token == token


@pytest.mark.parametrize(
    "options",
    [
        {"oov_token": "unk"},
        {"oov_token": "UNK", "lower": False},
        {"oov_token": "<oov>", "filters": "!?"},
        {"oov_token": "don't"},
    ],
)
def test_an_oov_token_that_a_text_may_hold_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=r"could be a word of a text.*<OOV>"):
        KerasTokenizerConfig.model_validate(options)


@pytest.mark.parametrize(
    "options", [{"vocabulary_size": 2}, {"max_length": 0}, {"num_words": 10}, {"split": ","}]
)
def test_what_makes_no_sense_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KerasTokenizerConfig.model_validate(options)
