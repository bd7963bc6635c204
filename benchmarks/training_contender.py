"""One training run in a process of its own; `benchmarks.training` starts it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import answer_parent
from benchmarks.encoded import (
    VOCABULARY,
    all_rows,
    first_rows,
    given_tokens,
    mean_length,
    padded,
    synthetic_tokens,
)
from benchmarks.measure import measure
from voxpop import EpochEnded, Event, Task, TokenDataset
from voxpop_plugins.keras.backend import choose_backend
from voxpop_plugins.keras.bilstm import BiLSTMConfig

EPOCHS = 2


def train(*, how: str, batch_size: int, rows: int, seed: int, reviews: list[str]) -> dict[str, Any]:
    """Train `EPOCHS` epochs after a short warm-up on the same network, and give the cost."""
    validation_rows = rows // 4
    data = (
        given_tokens(map(Path, reviews), seed=seed)
        if reviews
        else synthetic_tokens(rows + validation_rows, seed=seed)
    )
    train_data = first_rows(data, 0, min(rows, len(data) - validation_rows))
    validation = first_rows(data, len(data) - validation_rows, len(data))
    choose_backend("tensorflow")
    config = BiLSTMConfig(batch_size=batch_size, epochs=EPOCHS)
    run = {"plain": _plain, "ours": _ours}[how]
    accuracies: list[float] = []
    fit = run(config, seed, accuracies)
    fit(first_rows(train_data, 0, 3 * batch_size), validation)
    accuracies.clear()
    cost = measure(lambda: fit(train_data, validation))
    return {
        "cpu_s": cost.cpu_s,
        "wall_s": cost.wall_s,
        "val_accuracy": max(accuracies),
        "rows": len(train_data),
        "epochs": EPOCHS,
        "tokens_per_review": mean_length(train_data),
    }


Fit = Callable[[TokenDataset, TokenDataset], None]


def _plain(config: BiLSTMConfig, seed: int, accuracies: list[float]) -> Fit:
    import keras

    from voxpop_plugins.keras.network import build_network, compile_network

    keras.utils.set_random_seed(seed)
    network = build_network(config, vocabulary_size=VOCABULARY, classes=2)
    compile_network(network, config, classes=2, jit=False)
    start = network.get_weights()

    def inputs(data: TokenDataset) -> tuple[list[Any], Any]:
        batch = all_rows(data)
        return [padded(batch), batch.lengths], data.labels[:, np.newaxis].astype(np.float32)

    def fit(train_data: TokenDataset, validation: TokenDataset) -> None:
        network.set_weights(start)
        history = network.fit(
            *inputs(train_data),
            batch_size=config.batch_size,
            epochs=EPOCHS,
            validation_data=inputs(validation),
            validation_batch_size=256,  # as ours: it is training that is compared
            verbose=0,
        )
        accuracies.extend(history.history["val_accuracy"])

    return fit


def _ours(config: BiLSTMConfig, seed: int, accuracies: list[float]) -> Fit:
    import keras

    from voxpop_plugins.keras.fit_loop import FitOptions, fit_network
    from voxpop_plugins.keras.network import build_network, compile_network
    from voxpop_plugins.keras.training import quickest_lstm

    keras.utils.set_random_seed(seed)
    network = build_network(config, vocabulary_size=VOCABULARY, classes=2, lstm=quickest_lstm())
    compile_network(network, config, classes=2, jit=False)
    start = network.get_weights()

    def listen(event: Event) -> None:
        if isinstance(event, EpochEnded):
            accuracies.append(event.metrics["val_accuracy"])

    def fit(train_data: TokenDataset, validation: TokenDataset) -> None:
        network.set_weights(start)
        with tempfile.TemporaryDirectory() as scratch:
            fit_network(
                network,
                Task(
                    train=train_data,
                    validation=validation,
                    labels=("negative", "positive"),
                    vocabulary_size=VOCABULARY,
                    seed=seed,
                    scratch=Path(scratch),
                    listen=listen,
                ),
                FitOptions(
                    batch_size=config.batch_size,
                    epochs=EPOCHS,
                    patience=EPOCHS,
                    word_dropout=config.word_dropout,
                    width_step=1,
                ),
            )

    return fit


if __name__ == "__main__":
    answer_parent(train)
