"""What the demo's run config reaches on held-out reviews, beside linear models.

    python -m benchmarks.accuracy [--json FILE] [--rounds N] [--scale small] [--reviews FILE...]

`--reviews` takes files of reviews (columns label, title, content; labels 0 and 1) instead of the
demo's. Each round is a run of `configs/demo.toml` with another seed: other splits, other weights.
The BiLSTM and the model `linear` are measured as they are served, saved and loaded back. The
yardstick is TF-IDF over single tokens and pairs with logistic regression (scikit-learn), on the
very same tokens and rows; it needs no validation and gets the training rows alone, too.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.measure import Cost, Report, measure, parse_options
from voxpop import (
    EpochEnded,
    Event,
    ModelPart,
    PartConfig,
    Plugins,
    RunConfig,
    Task,
    TokenDataset,
)
from voxpop.events import ignore_events
from voxpop.measuring import held_out, read_splits

CONFIG = Path(__file__).parents[1] / "configs" / "demo.toml"
FIRST_SEED = 42
_LABELS = '{ "0" = "negative", "1" = "positive" }'
_SMALL = ("splits.limit=600", "model.epochs=1")


def main() -> None:
    options = parse_options(
        "accuracy", "The demo's accuracy, beside a linear model.", rounds=3, takes_reviews=True
    )
    plugins = Plugins.load()
    overrides = list(_SMALL) if options.small else []
    if options.reviews:
        files = json.dumps([str(file) for file in options.reviews])
        overrides += ["data.name=files", f"data.train={files}", f"data.labels={_LABELS}"]
    table = Table(title="accuracy on the held-out fifth")
    for heading in (
        *("seed", "BiLSTM", "best epoch", "CPU s", "wall s"),
        *("linear", "best epoch", "CPU s", "TF-IDF + LR", "CPU s"),
    ):
        table.add_column(heading, justify="right")
    part = plugins.get(ModelPart, "linear")
    bilstm, linear, yardstick = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["VOXPOP_HOME"] = scratch  # the caches of this run end with it
        for seed in range(FIRST_SEED, FIRST_SEED + options.rounds):
            run = RunConfig.load(CONFIG, plugins=plugins, overrides=[f"seed={seed}", *overrides])
            data = _Encoded(run, Path(scratch) / f"seed-{seed}")
            accuracy, epochs, cost = _train(run.model.part, run.model.options, run.seed, data)
            bilstm.append(accuracy)
            row = [f"{accuracy:.4f}", epochs, f"{cost.cpu_s:.1f}", f"{cost.wall_s:.1f}"]
            accuracy, epochs, cost = _train(part, part.config(), run.seed, data)
            linear.append(accuracy)
            row += [f"{accuracy:.4f}", epochs, f"{cost.cpu_s:.1f}"]
            accuracy, cost = _train_yardstick(data)
            yardstick.append(accuracy)
            table.add_row(str(seed), *row, f"{accuracy:.4f}", f"{cost.cpu_s:.1f}")
    report = Report(options, versions=("keras", "scikit-learn", "tensorflow", "voxpop"))
    report.add_table(table)
    bar = None if options.reviews else 0.84
    report.add_figure("accuracy_mean", statistics.fmean(bilstm), bar=bar)
    for number, accuracy in enumerate(bilstm, start=FIRST_SEED):
        report.add_figure(f"accuracy_seed_{number}", accuracy)
    report.add_figure("linear_accuracy_mean", statistics.fmean(linear))
    report.add_figure("tfidf_accuracy_mean", statistics.fmean(yardstick))
    report.finish()


class _Encoded:
    """The splits of a run config as its own tokenizer encodes them."""

    def __init__(self, run: RunConfig, directory: Path) -> None:
        splits = read_splits(run, ignore_events)
        texts = (text for chunk in splits.train.texts() for text in chunk)
        tokenizer = run.tokenizer.part.fit(run.tokenizer.options, texts)
        self.directory = directory
        self.labels = splits.labels
        self.vocabulary_size = tokenizer.vocabulary_size
        directory.mkdir()
        self.train, self.validation, self.test = (
            TokenDataset.write(
                directory / f"{name}.tokens", tokenizer, held_out(split), ignore_events, "encoding"
            )
            for name, split in (
                ("train", splits.train),
                ("validation", splits.validation),
                ("test", splits.test),
            )
        )


def _train(
    part: ModelPart[Any], options: PartConfig, seed: int, data: _Encoded
) -> tuple[float, str, Cost]:
    scratch, saved = (data.directory / f"{part.name}-{name}" for name in ("scratch", "saved"))
    scratch.mkdir()
    saved.mkdir()
    losses: list[float] = []

    def listen(event: Event) -> None:
        if isinstance(event, EpochEnded):
            losses.append(event.metrics["val_loss"])

    task = Task(
        train=data.train,
        validation=data.validation,
        labels=data.labels,
        vocabulary_size=data.vocabulary_size,
        seed=seed,
        scratch=scratch,
        listen=listen,
    )
    cost = measure(lambda: part.fit(options, task).save(saved))
    model = part.load(saved)
    right = 0
    for rows, batch in data.test.by_length(256):
        right += int((model.predict_proba(batch).argmax(axis=1) == data.test.labels[rows]).sum())
    return right / len(data.test), f"{int(np.argmin(losses)) + 1} of {len(losses)}", cost


def _train_yardstick(data: _Encoded) -> tuple[float, Cost]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    def documents(tokens: TokenDataset) -> list[list[str]]:
        return [
            [str(token) for token in tokens.tokens[start:end].tolist()]
            for start, end in zip(tokens.offsets[:-1], tokens.offsets[1:], strict=True)
        ]

    accuracies: list[float] = []

    def work() -> None:
        vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, **_AS_IT_IS)
        features = vectorizer.fit_transform(documents(data.train))
        model = LogisticRegression(C=4.0, max_iter=1_000).fit(features, data.train.labels)
        predicted = model.predict(vectorizer.transform(documents(data.test)))
        accuracies.append(float((predicted == data.test.labels).mean()))

    with warnings.catch_warnings():
        warnings.simplefilter(
            "error", ConvergenceWarning
        )  # a fit that has not converged is no yardstick
        cost = measure(work)
    return accuracies[0], cost


def _same(document: list[str]) -> list[str]:
    return document


# The documents are lists of tokens already.
_AS_IT_IS: dict[str, Any] = {
    "lowercase": False,
    "preprocessor": _same,
    "tokenizer": _same,
    "token_pattern": None,
}


if __name__ == "__main__":
    main()
