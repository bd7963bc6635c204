"""`POST /predict`, `POST /predict/batch` and `POST /explain`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.responses import Response

from voxpop_apps.api.bodies import (
    check_media_type,
    parse,
    parse_with_surrogates,
    read,
    refusal_of,
)
from voxpop_apps.api.errors import ApiError, InvalidRequestError
from voxpop_apps.api.exchange import exchange_of
from voxpop_apps.api.execution import Outcome
from voxpop_apps.api.messages import (
    Answer,
    Answers,
    Batch,
    ExplainedAnswer,
    Review,
    body_of,
    prediction_of,
    text_of,
)
from voxpop_apps.api.problems import record_of
from voxpop_apps.api.served import Served
from voxpop_apps.api.service import service_of

if TYPE_CHECKING:
    from voxpop_apps.api.settings import ApiSettings

router = APIRouter(tags=["reviews"])

_MOST_VARIANTS = 128  # of a review that `Classifier.explain` asks the model about, one a word


@router.post(
    "/predict",
    response_model=Answer,
    openapi_extra=body_of(Review),
    summary="Judge one review",
)
async def predict(request: Request) -> Response:
    """Give the likeliest label, how sure that is, and the probability of every label."""
    service = service_of(request)
    exchange = exchange_of(request)
    check_media_type(exchange)
    text = await read(exchange, partial(_review, service.settings))
    served = service.follower.choose(exchange.request_id)
    (outcome,) = await service.scorer.score(served, [text], exchange)
    if isinstance(outcome, ApiError):
        raise outcome
    record = prediction_of(served, outcome)
    asked = service.guard.key_of(exchange.caller), exchange.request_id
    service.desk.recent.remember(asked, text, record["label"], record["confidence"], served.version)
    return _respond(served, exchange.request_id, record)


@router.post(
    "/predict/batch",
    response_model=Answers,
    openapi_extra=body_of(Batch),
    summary="Judge many reviews",
)
async def predict_batch(request: Request) -> Response:
    """Give one prediction or one problem for each review, in order, all of one version."""
    service = service_of(request)
    exchange = exchange_of(request)
    check_media_type(exchange)
    checked = await read(exchange, partial(_reviews, service.settings))
    served = service.follower.choose(exchange.request_id)
    service.guard.charge(exchange.caller, max(0, len(checked) - 1))
    texts = [text for text in checked if isinstance(text, str)]
    outcomes = iter(await service.scorer.score(served, texts, exchange) if texts else [])
    answers = [
        _answer(served, next(outcomes) if isinstance(text, str) else text) for text in checked
    ]
    return _respond(served, exchange.request_id, {"answers": answers})


@router.post(
    "/explain",
    response_model=ExplainedAnswer,
    openapi_extra=body_of(Review),
    summary="Judge one review and say which words drove that",
)
async def explain(request: Request) -> Response:
    """Give the prediction, and for each word how much it speaks for the label shown."""
    service = service_of(request)
    exchange = exchange_of(request)
    check_media_type(exchange)
    text = await read(exchange, partial(_review, service.settings))
    served = service.follower.choose(exchange.request_id)
    service.guard.charge(exchange.caller, len(text.split(None, _MOST_VARIANTS - 1)))
    explanation = await service.scorer.explain(served, text, exchange)
    prediction = explanation.prediction
    asked = service.guard.key_of(exchange.caller), exchange.request_id
    service.desk.recent.remember(
        asked, text, prediction.label, prediction.confidence, served.version
    )
    record: dict[str, Any] = {
        "label": prediction.label,
        "confidence": prediction.confidence,
        "probabilities": dict(prediction.probabilities),
        "text": text,
        "words": [
            {
                "text": text[words.start : words.end],
                "start": words.start,
                "end": words.end,
                "weight": words.weight,
            }
            for words in explanation.influences
        ],
        "is_whole": explanation.is_whole,
    }
    return _respond(served, exchange.request_id, record)


def _review(settings: ApiSettings, body: bytes) -> str:
    """Read the text of the one review."""
    review = parse(Review, body, settings.max_batch_reviews)
    return text_of(review, settings.max_text_characters)


def _reviews(settings: ApiSettings, body: bytes) -> list[str | ApiError]:
    """Read the text of each review, or why it cannot be judged."""
    allowed = settings.max_batch_reviews
    reviews = parse_with_surrogates(Batch, body, allowed).reviews
    if len(reviews) > allowed:
        raise InvalidRequestError(
            f"The request has {len(reviews):,} reviews; at most {allowed:,} are allowed",
            problems=[{"loc": ["reviews"], "msg": f"has more than {allowed} items"}],
        )
    return [_checked(review, settings.max_text_characters) for review in reviews]


def _checked(review: object, longest: int) -> str | ApiError:
    try:
        text = text_of(Review.model_validate(review), longest)
        text.encode()
    except ValidationError as error:
        return refusal_of(error)
    except InvalidRequestError as error:
        return error
    except UnicodeEncodeError:
        return InvalidRequestError(
            "The review is no Unicode: it holds half a character, as a text that was cut within an "
            "emoji does"
        )
    return text


def _answer(served: Served, outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, ApiError):
        return {"problem": record_of(outcome)}
    return prediction_of(served, outcome)


def _respond(served: Served, request_id: str, record: dict[str, Any]) -> Response:
    record["version"] = served.version
    record["request_id"] = request_id
    return Response(
        to_json(record),
        media_type="application/json",
        headers={"x-model-version": served.version},
    )
