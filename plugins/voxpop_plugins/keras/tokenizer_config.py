"""The options of the `keras` tokenizer."""

from __future__ import annotations

from pydantic import Field, model_validator

from voxpop import PartConfig

KERAS_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""What the Keras Tokenizer filters by default; the apostrophe stays in words."""


class KerasTokenizerConfig(PartConfig):
    """The options of the `keras` tokenizer, named as a run config names them."""

    vocabulary_size: int = Field(
        default=10_000,
        ge=3,
        lt=2**31,
        description="Ids in all: padding, unknown and the most frequent words (Keras: num_words)",
    )
    max_length: int = Field(default=128, ge=1, description="Tokens kept of a text: its first ones")
    oov_token: str = Field(
        default="<OOV>",
        description='Stands for every unknown word, as id 1; "" drops unknown words instead',
    )
    filters: str = Field(
        default=KERAS_FILTERS, description="Characters that separate words, beside the space"
    )
    lower: bool = Field(default=True, description="Lower the text before anything else")

    @model_validator(mode="after")
    def _oov_token_is_no_word(self) -> KerasTokenizerConfig:
        # Keras would give such a token the place of the word, not id 1 (it may even be cut off).
        token = self.oov_token
        marked = any(character in token for character in f" {self.filters}")
        cased = self.lower and token != token.lower()
        if token and not marked and not cased:
            raise ValueError(
                f"oov_token {token!r} could be a word of a text; put it in marks that filters "
                'holds, such as "<OOV>"'
            )
        return self
