"""What plugin authors test with: the conformance kit, and doubles of every kind of part.

A kit class holds the standard tests of one kind. An author subclasses it, gives a fixture and runs
pytest; see "The conformance kit" in the plugin guide.
"""

from voxpop.testing.conformance import Conformance
from voxpop.testing.data_source import DataSourceConformance
from voxpop.testing.doubles import (
    PLANTED_WORDS,
    SAMPLE_REVIEWS,
    WORD_WEIGHTS,
    WORDS,
    MemoryStore,
    RecordingListener,
    SampleReviewsConfig,
    WordTokenizer,
    WordTokenizerConfig,
    WordWeights,
    WordWeightsConfig,
    fit_word_weights,
    fit_words,
    load_sample_reviews,
    load_word_weights,
    load_words,
    sample_parts,
    sample_plugins,
    sample_rows,
)
from voxpop.testing.listener import SAMPLE_EVENTS, ListenerConformance
from voxpop.testing.model import ModelConformance
from voxpop.testing.pickles import find_pickles
from voxpop.testing.racing import race
from voxpop.testing.registry import RegistryConformance
from voxpop.testing.sample_bundle import make_bundle
from voxpop.testing.sample_task import sample_task
from voxpop.testing.store import StoreConformance
from voxpop.testing.tokenizer import STRANGE_TEXTS, TokenizerConformance

__all__ = [
    "PLANTED_WORDS",
    "SAMPLE_EVENTS",
    "SAMPLE_REVIEWS",
    "STRANGE_TEXTS",
    "WORDS",
    "WORD_WEIGHTS",
    "Conformance",
    "DataSourceConformance",
    "ListenerConformance",
    "MemoryStore",
    "ModelConformance",
    "RecordingListener",
    "RegistryConformance",
    "SampleReviewsConfig",
    "StoreConformance",
    "TokenizerConformance",
    "WordTokenizer",
    "WordTokenizerConfig",
    "WordWeights",
    "WordWeightsConfig",
    "find_pickles",
    "fit_word_weights",
    "fit_words",
    "load_sample_reviews",
    "load_word_weights",
    "load_words",
    "make_bundle",
    "race",
    "sample_parts",
    "sample_plugins",
    "sample_rows",
    "sample_task",
]
