"""One piece of feedback, and how it is written: a JSON object a line."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
)

from voxpop.errors import DataError

_Utc = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(datetime.UTC))]
_Id = Annotated[str, Field(min_length=1, max_length=128)]


def _storable(text: str) -> str:
    """Put U+FFFD in the place of halves of surrogate pairs, which UTF-8 has no bytes for."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_Text = Annotated[str, AfterValidator(_storable)]


class FeedbackRecord(BaseModel):
    """What somebody said of a review's label.

    Attributes:
        id: names this record and no other.
        at: when it was given, UTC.
        label: the right label, as that person says.
        text: the review, title and content joined. It is personal data where the review is.
        request_id: of the request that was answered; None when it is not known.
        caller: the name of the key that asked, whose own the request ids are; None where no key is
            asked for, and all callers share one set of ids.
        version: which version answered; None when that is not known, as the next two.
        predicted: the label that was shown.
        confidence: the probability that was shown with it.
        comment: whatever else was said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: _Id = Field(default_factory=lambda: uuid.uuid4().hex)
    at: _Utc = Field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    label: _Text
    text: _Text
    request_id: _Id | None = None
    caller: _Id | None = None
    version: str | None = None
    predicted: str | None = None
    confidence: FiniteFloat | None = None
    comment: _Text | None = None

    def to_line(self) -> bytes:
        """Give the record as a line of JSON, the line's end included."""
        return self.model_dump_json(exclude_none=True).encode() + b"\n"


def parse_records(data: bytes, where: str) -> Iterator[FeedbackRecord]:
    """Read the records of a log's object or of a spool's file; `where` is for messages.

    Raises:
        DataError: a line holds no record; the message names it.
    """
    for number, line in enumerate(data.splitlines(), 1):
        try:
            yield FeedbackRecord.model_validate_json(line)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(map(str, found["loc"]))
            raise DataError(
                f"{where}, line {number}: no feedback record "
                f"({f'{field}: ' if field else ''}{found['msg']}). "
                "Mend or delete that object; the other ones are sound by themselves"
            ) from error


def to_lines(records: Iterable[FeedbackRecord]) -> bytes:
    """Give records as lines of JSON."""
    return b"".join(record.to_line() for record in records)
