"""A bare FastAPI route over onnxruntime: no keys, no metrics, no queue, no request ids."""

from __future__ import annotations

from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.servers.apps.text_model import ids_of, open_session, predict


class Review(BaseModel):
    """A review to be judged."""

    content: str


class Answer(BaseModel):
    """What the model says of it."""

    label: str
    confidence: float
    probabilities: dict[str, float]


app = FastAPI()
session = open_session()


@app.post("/predict")
async def judge(review: Review) -> Answer:
    """Answer at once, in the event loop: with a model this small nothing costs less."""
    (positive,) = predict(session, [ids_of(review.content)])
    probabilities = {"negative": 1 - positive, "positive": positive}
    label = "positive" if positive > 0.5 else "negative"
    return Answer(label=label, confidence=probabilities[label], probabilities=probabilities)
