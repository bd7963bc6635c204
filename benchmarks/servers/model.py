"""The one version that all servers answer with; `benchmarks.serving` starts this as a child."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import answer_parent
from benchmarks.reviews import given_reviews, synthetic_reviews

ASKED = 1_000  # different reviews that the client asks for, in turn

_POLAR = {
    "negative": ("awful", "broke", "refund", "useless"),
    "positive": ("great", "love", "perfect", "recommend"),
}
_POLAR_WORDS, _HONEST_SHARE = 3, 0.8  # of a review; not all of them say what the label says


def make(*, folder: str, rows: int, epochs: int, reviews: list[str]) -> dict[str, Any]:
    """Train a version where there is none yet, and answer the reviews that will be asked for.

    The registry is local, in `folder`/home. `folder`/asked.json gets the texts and, for each, the
    probability of the second label.
    """
    home = Path(folder, "home")
    home.mkdir(parents=True, exist_ok=True)
    os.environ |= {"VOXPOP_HOME": str(home)}
    import voxpop

    plugins = voxpop.Plugins.load()
    registry = voxpop.open_registry(plugins, voxpop.Settings())
    if "champion" not in registry.aliases():
        files = [str(Path(file).absolute()) for file in reviews]
        labels = {"0": "negative", "1": "positive"} if files else ("negative", "positive")
        _train(files or [_write(Path(folder, "train.csv"), rows)], labels, rows, epochs)
    classifier = voxpop.load("champion", plugins=plugins)
    bundle = Path(folder, "bundle")
    if not bundle.exists():
        registry.fetch(classifier.version, bundle)
    texts = given_reviews(map(Path, reviews))[:ASKED] or synthetic_reviews(ASKED, seed=2)
    expected = classifier.probabilities(texts)[:, 1].tolist()
    asked = Path(folder, "asked.json")
    asked.write_text(json.dumps({"texts": texts, "expected": expected}), encoding="utf-8")
    return {
        "version": classifier.version,
        "bundle": str(bundle),
        "home": str(home),
        "asked": str(asked),
        "temperature": classifier.manifest.calibration.temperature,
        "tokens_per_review": float(np.mean(classifier.tokenizer.encode(texts).lengths)),
        "onnx_bytes": (bundle / "model" / "model.onnx").stat().st_size,
    }


def _train(files: list[str], labels: object, rows: int, epochs: int) -> None:
    import voxpop

    run = {
        "seed": 42,
        "data": {"name": "files", "train": files, "labels": labels},
        "splits": {"validation": 0.1, "test": 0.1, "limit": rows},
        "tokenizer": {"name": "keras"},
        "model": {"name": "bilstm", "epochs": epochs},
        "registry": {"name": "local"},
        "promotion": {"alias": "champion", "metric": "accuracy", "minimum": 0.0},
    }
    voxpop.train(run)


def _write(file: Path, rows: int) -> str:
    """Write synthetic reviews with a few words in each that tell its class, mostly rightly."""
    rng = np.random.default_rng(1)
    with file.open("w", encoding="utf-8", newline="") as lines:
        rows_of = csv.writer(lines)
        rows_of.writerow(["label", "content"])
        for text in synthetic_reviews(rows, seed=1):
            label, other = rng.permutation(list(_POLAR)).tolist()
            words = text.split(" ")
            for _ in range(_POLAR_WORDS):
                said = label if rng.random() < _HONEST_SHARE else other
                words.insert(int(rng.integers(len(words) + 1)), str(rng.choice(_POLAR[said])))
            rows_of.writerow([label, " ".join(words)])
    return str(file)


if __name__ == "__main__":
    answer_parent(make)
