"""Small real parts for tests: they do what their kinds promise, fast and in memory."""

from voxpop.testing.doubles.memory_store import MemoryStore
from voxpop.testing.doubles.recording_listener import RecordingListener
from voxpop.testing.doubles.sample_parts import sample_parts, sample_plugins
from voxpop.testing.doubles.sample_reviews import (
    PLANTED_WORDS,
    SAMPLE_REVIEWS,
    SampleReviewsConfig,
    load_sample_reviews,
    sample_rows,
)
from voxpop.testing.doubles.word_tokenizer import (
    WORDS,
    WordTokenizer,
    WordTokenizerConfig,
    fit_words,
    load_words,
)
from voxpop.testing.doubles.word_weights import (
    WORD_WEIGHTS,
    WordWeights,
    WordWeightsConfig,
    fit_word_weights,
    load_word_weights,
)

__all__ = [
    "PLANTED_WORDS",
    "SAMPLE_REVIEWS",
    "WORDS",
    "WORD_WEIGHTS",
    "MemoryStore",
    "RecordingListener",
    "SampleReviewsConfig",
    "WordTokenizer",
    "WordTokenizerConfig",
    "WordWeights",
    "WordWeightsConfig",
    "fit_word_weights",
    "fit_words",
    "load_sample_reviews",
    "load_word_weights",
    "load_words",
    "sample_parts",
    "sample_plugins",
    "sample_rows",
]
