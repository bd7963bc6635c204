"""A small bundle that is valid in every respect: it can be published, loaded and asked."""

from __future__ import annotations

import datetime
import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voxpop.baseline import training_baseline
from voxpop.bundle import Manifest, seal_bundle
from voxpop.bundle.manifest import DataRecord, PartRecord, PartRecords
from voxpop.golden import GOLDEN_TEXTS, as_golden
from voxpop.interfaces import TokenBatch
from voxpop.testing.doubles import (
    PLANTED_WORDS,
    SAMPLE_REVIEWS,
    WORD_WEIGHTS,
    WORDS,
    SampleReviewsConfig,
    WordTokenizer,
    WordTokenizerConfig,
    WordWeights,
    fit_words,
    sample_rows,
)
from voxpop.tokens import TokenDataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

LABELS = ("negative", "positive")
_CREATED_AT = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


def make_bundle(
    directory: Path,
    *,
    seed: int = 0,
    created_at: datetime.datetime = _CREATED_AT,
    metrics: Mapping[str, float] | None = None,
    test_fingerprint: str | None = None,
) -> Manifest:
    """Write a bundle of the `words` tokenizer and the `word-weights` model, and give its manifest.

    `sample_plugins()` can load it. The same arguments give the same bytes, so the same version.

    Args:
        directory: where it goes; made when it does not exist.
        seed: other seeds give slightly other weights, so other versions.
        created_at: what the manifest says.
        metrics: what the manifest says was measured; by default the accuracy on its own reviews.
        test_fingerprint: what the manifest says it was measured on; by default its own reviews.
    """
    rows = sample_rows(SampleReviewsConfig())
    texts = [text for text, _ in rows]
    labels = np.array([label for _, label in rows], dtype=np.int64)
    tokenizer = fit_words(WordTokenizerConfig(), texts)
    model = _planted_model(tokenizer, seed)
    for name, thing in (("tokenizer", tokenizer), ("model", model)):
        (directory / name).mkdir(parents=True)
        thing.save(directory / name)
    batch = tokenizer.encode(texts)
    right = model.predict_proba(batch).argmax(axis=1) == labels
    golden = model.predict_proba(tokenizer.encode(GOLDEN_TEXTS)).astype(np.float64)

    def record(part: str) -> PartRecord:
        return PartRecord(name=part, distribution="in-memory", version="0")

    return seal_bundle(
        directory,
        created_at=created_at,
        labels=LABELS,
        parts=PartRecords(
            data=record(SAMPLE_REVIEWS.name),
            tokenizer=record(WORDS.name),
            model=record(WORD_WEIGHTS.name),
        ),
        run_config={"seed": seed},
        data=DataRecord(
            fingerprint=hashlib.sha256(repr(rows).encode()).hexdigest(),
            train=len(rows),
            validation=0,
            test=len(rows),
            test_fingerprint=test_fingerprint or hashlib.sha256(repr(rows).encode()).hexdigest(),
        ),
        metrics={"accuracy": float(right.mean())} if metrics is None else metrics,
        baseline=training_baseline(_dataset(batch, labels), LABELS, tokenizer.oov_id),
        golden=as_golden(golden),
        environment={"python": platform.python_version(), "voxpop": version("voxpop")},
    )


def _planted_model(tokenizer: WordTokenizer, seed: int) -> WordWeights:
    """Weigh each label's planted words for it, and every word by a little seeded noise."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(scale=0.01, size=(tokenizer.vocabulary_size, len(LABELS)))
    for column, label in enumerate(LABELS):
        ids = tokenizer.encode(PLANTED_WORDS[label]).ids[:, 0]
        weights[ids, column] += 5
    return WordWeights(weights, np.zeros(len(LABELS)))


def _dataset(batch: TokenBatch, labels: NDArray[np.int64]) -> TokenDataset:
    inside = np.arange(batch.ids.shape[1]) < batch.lengths[:, None]
    offsets = np.concatenate(([0], np.cumsum(batch.lengths, dtype=np.int64)))
    return TokenDataset(batch.ids[inside], offsets, labels)
