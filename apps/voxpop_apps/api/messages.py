"""What the endpoints read and write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from voxpop import review_text
from voxpop_apps.api.errors import InvalidRequestError

if TYPE_CHECKING:
    from voxpop_apps.api.served import Served


class Review(BaseModel):
    """A review to be judged."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {"title": "Does not last", "content": "The zip broke in a week."},
                {"content": "Warm, light, and it fits."},
            ]
        },
    )

    title: str | None = Field(None, description="the headline, if the review has one")
    content: str = Field(
        description="what the customer wrote; at least one character that is not a space",
        json_schema_extra={"pattern": r"\S"},
    )


class Batch(BaseModel):
    """Many reviews to be judged, each on its own."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {
                    "reviews": [
                        {"content": "Warm and light."},
                        {"title": "No", "content": "It leaks"},
                    ]
                }
            ]
        },
    )

    reviews: list[Any] = Field(
        description="reviews as `POST /predict` takes them; anything else gets a problem of its own"
    )


class Prediction(BaseModel):
    """What the model says of one review."""

    label: str = Field(description="the likeliest class")
    confidence: float = Field(ge=0, le=1, description="the probability of the label shown")
    probabilities: dict[str, float] = Field(description="the probability of every label")


class Answer(Prediction):
    """What the model says of the review, and which version said it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "label": "negative",
                    "confidence": 0.97,
                    "probabilities": {"negative": 0.97, "positive": 0.03},
                    "version": "v-0123456789abcdef",
                    "request_id": "5f0c8a2b9d3e4f61",
                }
            ]
        }
    )

    version: str = Field(description="the version of the model that answered")
    request_id: str = Field(description="the id of the request, as in the header `X-Request-ID`")


class Problem(BaseModel):
    """What went wrong: problem details as of RFC 9457."""

    type: str = Field(description="names the kind of problem")
    title: str = Field(description="the HTTP status in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what happened, what is allowed, what to do next")
    code: str = Field(description="the kind of problem, for programs; it never changes")
    request_id: str | None = Field(None, description="the id of the request")
    errors: list[dict[str, Any]] | None = Field(None, description="each fault and where it lies")


class Refusal(BaseModel):
    """Why one review of many got no prediction."""

    problem: Problem


class Answers(BaseModel):
    """One prediction or one problem for each review, in order."""

    answers: list[Annotated[Prediction | Refusal, Field(union_mode="left_to_right")]]
    version: str = Field(description="the version of the model that answered them all")
    request_id: str = Field(description="the id of the request")


class Influence(BaseModel):
    """A word of the review, or some neighbours, and what they weigh."""

    text: str = Field(description="the words")
    start: int = Field(ge=0, description="where they begin in `text`, in characters")
    end: int = Field(ge=0, description="where they end")
    weight: float = Field(
        ge=-1, le=1, description="how much of the shown label's probability is gone without them"
    )


class ExplainedAnswer(Answer):
    """What the model says of the review, and which words drove it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "label": "negative",
                    "confidence": 0.97,
                    "probabilities": {"negative": 0.97, "positive": 0.03},
                    "version": "v-0123456789abcdef",
                    "request_id": "5f0c8a2b9d3e4f61",
                    "text": "The zip broke.",
                    "words": [
                        {"text": "The", "start": 0, "end": 3, "weight": 0.01},
                        {"text": "zip", "start": 4, "end": 7, "weight": -0.02},
                        {"text": "broke", "start": 8, "end": 13, "weight": 0.64},
                    ],
                    "is_whole": True,
                }
            ]
        }
    )

    text: str = Field(description="title and content as the model was given them")
    words: list[Influence] = Field(description="in the order of the text")
    is_whole: bool = Field(description="whether the words explain all that the model read")


def text_of(review: Review, longest: int) -> str:
    """Give the text of a review.

    Raises:
        InvalidRequestError: it has no words, or is too long.
    """
    content = review.content
    if not content or content.isspace():
        raise InvalidRequestError(
            "The content of the review is empty: give it some words",
            problems=[{"loc": ["content"], "msg": "is empty"}],
        )
    text = review_text(review.title, content)
    if len(text) > longest:
        raise InvalidRequestError(
            f"The review has {len(text):,} characters; at most {longest:,} are allowed, title and "
            "content together",
            problems=[{"loc": ["content"], "msg": f"has more than {longest} characters"}],
        )
    return text


def prediction_of(served: Served, probabilities: list[float]) -> dict[str, Any]:
    """Make the record of a prediction; of equal probabilities the first label is shown."""
    labels = served.classifier.labels
    confidence = max(probabilities)
    return {
        "label": labels[probabilities.index(confidence)],
        "confidence": confidence,
        "probabilities": dict(zip(labels, probabilities, strict=True)),
    }


def body_of(message: type[BaseModel]) -> dict[str, Any]:
    """Describe, for OpenAPI, a body that an endpoint reads itself."""
    schema = {"$ref": f"#/components/schemas/{message.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
