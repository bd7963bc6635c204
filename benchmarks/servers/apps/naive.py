"""As it is usually written: FastAPI, the Keras tokenizer, `model.predict`.

The one addition is the `Tokenizer`'s and the bundle's own: the network takes lengths beside ids,
and its probabilities are calibrated, so that the answers are comparable.
"""

from __future__ import annotations

import os
from pathlib import Path

import keras
import numpy as np
from fastapi import FastAPI
from keras.src.legacy.preprocessing.text import tokenizer_from_json
from keras.utils import pad_sequences
from pydantic import BaseModel

import voxpop_plugins.keras.network  # noqa: F401 - registers the layers that the file names
from benchmarks.servers.apps.text_model import calibrated

BUNDLE = Path(os.environ["BENCH_BUNDLE"])
WIDTH = 128


class Review(BaseModel):
    """A review to be judged."""

    content: str


app = FastAPI()
model = keras.models.load_model(BUNDLE / "model" / "model.keras")
tokenizer = tokenizer_from_json((BUNDLE / "tokenizer" / "tokenizer.json").read_text())


@app.post("/predict")
def judge(review: Review) -> dict[str, object]:
    """Answer in FastAPI's thread pool, as `def` does."""
    (ids,) = tokenizer.texts_to_sequences([review.content])
    padded = pad_sequences([ids], maxlen=WIDTH, padding="post", truncating="post")
    lengths = np.array([min(len(ids), WIDTH)], np.int32)
    raw = model.predict([padded, lengths], verbose=0)
    positive = calibrated(float(raw[0, -1]))
    label = "positive" if positive > 0.5 else "negative"
    return {
        "label": label,
        "confidence": max(positive, 1 - positive),
        "probabilities": {"negative": 1 - positive, "positive": positive},
    }
