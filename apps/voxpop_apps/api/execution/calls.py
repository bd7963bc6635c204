"""Calls of the model: many reviews at once, and each alone when that fails."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voxpop_apps.api.errors import ModelFailedError
from voxpop_apps.api.execution.pace import units_of
from voxpop_apps.api.observability.whereabouts import whereabouts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voxpop import Explanation, TokenBatch
    from voxpop_apps.api.errors import ApiError
    from voxpop_apps.api.served import Served

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the model that answered.

    Attributes:
        texts: what was asked.
        tokens: the texts as the tokenizer encoded them.
        answers: the probabilities, of shape (n, k).
        seconds: how long it took.
    """

    texts: list[str]
    tokens: TokenBatch
    answers: NDArray[np.float64]
    seconds: float

    @property
    def units(self) -> int:
        """How much work it was."""
        return sum(map(units_of, self.texts))


def call(served: Served, texts: list[str]) -> Call:
    """Ask the model; what the tokenizer or the model raises is passed on.

    Raises:
        BundleError: there is not one answer of finite numbers for each text.
    """
    started = time.perf_counter()
    tokens = served.classifier.encode(texts)
    answers = served.classifier.probabilities_of(tokens)
    return Call(texts, tokens, answers, time.perf_counter() - started)


def explain_safely(served: Served, text: str, request_id: str) -> Explanation:
    """Explain a prediction.

    Raises:
        ModelFailedError: the tokenizer or the model broke on the text.
    """
    try:
        return served.classifier.explain(text)
    except Exception as error:  # noqa: BLE001 - whatever a plugin's code raises
        raise _failure(served, error, request_id) from None


def call_safely(served: Served, texts: list[str], request_ids: list[str]) -> list[Call | ApiError]:
    """Ask the model; when that fails ask it for each text alone, so that one fails alone.

    What is given covers the texts in order: a call all of its texts, an error one of them.

    Args:
        served: what is asked.
        texts: the reviews.
        request_ids: of the request that brought each.
    """
    try:
        return [call(served, texts)]
    except Exception as error:  # noqa: BLE001 - whatever a plugin's code raises
        if len(texts) > 1:
            return [
                result
                for text, request_id in zip(texts, request_ids, strict=True)
                for result in call_safely(served, [text], [request_id])
            ]
        return [_failure(served, error, request_ids[0])]


def _failure(served: Served, error: Exception, request_id: str) -> ModelFailedError:
    logger.error(
        "%s failed on a review of request %s: %s",
        served.version,
        request_id,
        whereabouts(error),
        extra={"request_id": request_id},
    )
    return ModelFailedError(
        f"The model {served.version} failed on this review; other reviews are not concerned"
    )
