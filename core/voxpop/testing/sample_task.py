"""A small task for models: made-up reviews, tokenized by words."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from voxpop.events import ignore_events
from voxpop.interfaces import Task
from voxpop.testing.doubles import (
    SampleReviewsConfig,
    WordTokenizerConfig,
    fit_words,
    load_sample_reviews,
)
from voxpop.tokens import TokenDataset


def sample_task(
    directory: Path, *, classes: Literal[2, 3] = 2, seed: int = 42, count: int = 160
) -> Task:
    """Make a task of `count` reviews, a quarter of them for validation.

    Args:
        directory: an existing directory for the tokens and the model's scratch.
        classes: how many labels there are.
        seed: the task's seed.
        count: how many reviews there are.
    """
    splits = load_sample_reviews(SampleReviewsConfig(count=count, classes=classes), ignore_events)
    held_out = count // 4
    train = splits.train.select(range(count - held_out))
    validation = splits.train.select(range(count - held_out, count))
    texts = (text for chunk in train.texts() for text in chunk)
    tokenizer = fit_words(WordTokenizerConfig(), texts)
    scratch = directory / "scratch"
    scratch.mkdir()

    def encode(name: str) -> TokenDataset:
        split = {"train": train, "validation": validation}[name]
        file = directory / f"{name}.tokens"
        return TokenDataset.write(file, tokenizer, split, ignore_events, f"encoding {name}")

    return Task(
        train=encode("train"),
        validation=encode("validation"),
        labels=splits.labels,
        vocabulary_size=tokenizer.vocabulary_size,
        seed=seed,
        scratch=scratch,
        listen=ignore_events,
    )
