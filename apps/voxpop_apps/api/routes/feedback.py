"""`POST /feedback`: what was right or wrong."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.responses import Response

from voxpop import FeedbackRecord, review_text
from voxpop_apps.api.bodies import check_media_type, parse, read
from voxpop_apps.api.errors import InvalidRequestError, ModelNotReadyError, NotFoundError
from voxpop_apps.api.exchange import exchange_of
from voxpop_apps.api.messages import body_of
from voxpop_apps.api.service import service_of

if TYPE_CHECKING:
    from voxpop_apps.api.feedback.recent import RecentRequests

router = APIRouter(tags=["feedback"])


class Feedback(BaseModel):
    """The right label of a review, named by its request, by its text, or by both."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {"request_id": "5f0c8a2b9d3e4f61", "label": "positive"},
                {"content": "Warm, light, and it fits.", "label": "positive"},
            ]
        },
    )

    label: str = Field(description="the right label, one of the model's")
    request_id: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9._:-]{1,128}$",
        description="the id of the request that was answered",
    )
    title: str | None = Field(None, description="the review's headline, if it has one")
    content: str | None = Field(None, description="what the customer wrote")
    comment: str | None = Field(None, max_length=4_000, description="whatever else there is to say")


class Accepted(BaseModel):
    """The feedback is kept."""

    feedback_id: str = Field(description="names this feedback")
    request_id: str = Field(description="the id of the request that brought the feedback")


@router.post(
    "/feedback",
    status_code=202,
    response_model=Accepted,
    openapi_extra=body_of(Feedback),
    summary="Say which label is right",
)
async def give_feedback(request: Request) -> Response:
    """Take feedback: it is kept on this server's disk when this answers."""
    service, exchange = service_of(request), exchange_of(request)
    check_media_type(exchange)
    most = service.settings.max_batch_reviews
    feedback = await read(exchange, partial(parse, Feedback, most_reviews=most))
    served = service.follower.current()
    if served is None:
        raise ModelNotReadyError("No version is loaded yet, so its labels are not known")
    labels = served.classifier.labels
    if feedback.label not in labels:
        raise InvalidRequestError(
            f"The label is not one of the model's: {', '.join(labels)}",
            problems=[{"loc": ["label"], "msg": f"must be one of {', '.join(labels)}"}],
        )
    key = service.guard.key_of(exchange.caller)
    record = _record(feedback, key, service.desk.recent, service.settings.max_text_characters)
    await service.desk.accept(record, exchange.deadline)
    answer = {"feedback_id": record.id, "request_id": exchange.request_id}
    return Response(to_json(answer), 202, media_type="application/json")


def _record(
    feedback: Feedback, key: str | None, recent: RecentRequests, longest: int
) -> FeedbackRecord:
    text = review_text(feedback.title, feedback.content)
    if len(text) > longest:
        raise InvalidRequestError(
            f"The review has {len(text):,} characters; at most {longest:,} are allowed",
            problems=[{"loc": ["content"], "msg": f"has more than {longest} characters"}],
        )
    if not text and feedback.request_id is None:
        raise InvalidRequestError(
            "Say which review is meant: by request_id, by content, or by both",
            problems=[{"loc": ["request_id"], "msg": "is missing, and so is content"}],
        )
    answered = None if feedback.request_id is None else recent.find((key, feedback.request_id))
    if answered is None and not text:
        raise NotFoundError(
            f"The request {feedback.request_id} is not known here, or was too long ago: "
            "send the text too (title and content)"
        )
    if answered is not None and text not in ("", answered.text):
        raise InvalidRequestError(
            f"The request {feedback.request_id} was about another text",
            problems=[{"loc": ["content"], "msg": "is not the text of that request"}],
        )
    return FeedbackRecord(
        label=feedback.label,
        text=answered.text if answered else text,
        request_id=feedback.request_id,
        caller=key,
        version=answered.version if answered else None,
        predicted=answered.label if answered else None,
        confidence=answered.confidence if answered else None,
        comment=feedback.comment,
    )
