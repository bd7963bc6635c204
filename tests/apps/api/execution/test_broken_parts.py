"""A plugin's tokenizer or model that breaks its promises harms its own review and no other's."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from tests.api_client import calling, make_api
from voxpop import Classifier, TokenBatch, Tokenizer

GOOD, BAD = "lovely", "awful"


class Losing:
    """A tokenizer that loses the text "lost"."""

    def __init__(self, inside: Tokenizer) -> None:
        self._inside = inside

    @property
    def vocabulary_size(self) -> int:
        return self._inside.vocabulary_size

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        return self._inside.encode([text for text in texts if text != "lost"])

    def save(self, directory: Path) -> None:
        self._inside.save(directory)


def classifier_of(app: FastAPI) -> Classifier:
    classifier: Classifier = app.state.service.follower.current().classifier
    return classifier


async def ask(client: AsyncClient, *texts: str) -> list[Response]:
    """Ask for all of them at once, so that they share a call of the model."""
    return await asyncio.gather(
        *(client.post("/predict", json={"content": text}) for text in texts)
    )


def test_answers_never_go_to_other_callers(tmp_path: Path) -> None:
    async def run() -> None:
        app = make_api(tmp_path)
        async with calling(app) as client:
            await ask(client, GOOD)  # from now on inside the event loop
            classifier = classifier_of(app)
            classifier.tokenizer = Losing(classifier.tokenizer)
            for _ in range(2):
                lost, good, bad = await ask(client, "lost", GOOD, BAD)
                assert (lost.status_code, lost.json()["code"]) == (500, "model-failed")
                assert good.json()["label"] == "positive"
                assert bad.json()["label"] == "negative"
            explained = await client.post("/explain", json={"content": "lost"})
            assert explained.json()["code"] == "model-failed"

    asyncio.run(run())


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_is_no_number_is_no_answer(tmp_path: Path, number: float) -> None:
    async def run() -> None:
        app = make_api(tmp_path)
        async with calling(app) as client:
            await ask(client, GOOD)
            model = classifier_of(app).model
            inside = model.predict_proba

            def divide(batch: TokenBatch) -> Any:
                answers = inside(batch).copy()
                answers[batch.lengths == 7] = number
                return answers

            model.predict_proba = divide  # type: ignore[method-assign]
            broken, good = await ask(client, "one two three four five six seven", GOOD)
            assert (broken.status_code, broken.json()["code"]) == (500, "model-failed")
            assert good.json()["label"] == "positive"
            many = await client.post(
                "/predict/batch",
                json={"reviews": [{"content": "a b c d e f g"}, {"content": BAD}]},
            )
            first, second = many.json()["answers"]
            assert first["problem"]["code"] == "model-failed"
            assert second["label"] == "negative"
            told = (await client.get("/metrics")).text
        (sum_,) = [line for line in told.splitlines() if line.startswith("voxpop_confidence_sum")]
        assert 1.5 < float(sum_.split()[1]) <= 3

    asyncio.run(run())


def exploding(batch: TokenBatch) -> Any:
    raise ValueError("hush-hush")


def leaving(batch: TokenBatch) -> Any:
    sys.exit(0)


@pytest.mark.parametrize(
    ("broken", "kind"),
    [(exploding, "ValueError"), (leaving, "PluginError"), (leaving, "SystemExit")],
)
@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_the_log_says_where_a_model_failed_and_no_word_of_the_review(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    broken: Callable[[TokenBatch], Any],
    kind: str,
    path: str,
) -> None:
    async def run() -> None:
        app = make_api(tmp_path)
        async with calling(app) as client:
            model = classifier_of(app).model
            model.predict_proba = broken  # type: ignore[assignment,method-assign]
            answer = await client.post(
                path, json={"content": "hush-hush"}, headers={"X-Request-ID": "the-request"}
            )
            assert (answer.status_code, answer.json()["code"]) == (500, "model-failed")
            assert (await client.get("/health/live")).status_code == 200

    asyncio.run(run())
    (line,) = [r.getMessage() for r in caplog.records if "failed on a review" in r.getMessage()]
    assert "of request the-request" in line
    assert f"{kind} at " in line
    assert re.search(rf"{re.escape(__file__)}:\d+", line)
    assert "hush" not in caplog.text
