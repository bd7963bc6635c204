"""What the API alone refuses; `problems.py` gives each code its HTTP status.

ApiError                        api-error            the root of these
├── InvalidRequestError         invalid-request      the request does not say what it should
│   ├── MalformedRequestError   malformed-request    its body cannot be read at all
│   ├── MediaTypeError          unsupported-media    its body is not of a type that is read here
│   ├── EncodingError           unsupported-encoding its body is compressed
│   ├── BodyTooLargeError       body-too-large       its body has more bytes than are allowed
│   └── HeadersTooLargeError    headers-too-large    its headers have more
├── NotFoundError               not-found            there is nothing at that path
├── MethodNotAllowedError       method-not-allowed   the path does not take that method
├── UnauthorizedError           unauthorized         no key, or one that is not known
├── RateLimitedError            rate-limited         the caller asked more than its share
├── QueueFullError              queue-full           too much waits already
├── DeadlineExceededError       deadline-exceeded    it could not be answered in time
├── ModelNotReadyError          model-not-ready      no version is loaded yet
├── ModelFailedError            model-failed         the model broke on this very review
└── FeedbackUnavailableError    feedback-unavailable feedback cannot be kept now
"""

from __future__ import annotations

from voxpop import VoxpopError


class ApiError(VoxpopError):
    """What the API refuses.

    Attributes:
        retry_after_s: when asking again makes sense, in seconds; None when it makes none.
    """

    code = "api-error"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class InvalidRequestError(ApiError):
    """The request does not say what it should.

    Attributes:
        problems: each fault and where it lies: `{"loc": ["body", "content"], "msg": "..."}`.
    """

    code = "invalid-request"

    def __init__(self, message: str, *, problems: list[dict[str, object]] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or []


class MalformedRequestError(InvalidRequestError):
    """The body cannot be read at all: it is no JSON, or ends too early."""

    code = "malformed-request"


class MediaTypeError(InvalidRequestError):
    """The body is not of a type that is read here."""

    code = "unsupported-media"


class EncodingError(InvalidRequestError):
    """The body is compressed, which is not read here."""

    code = "unsupported-encoding"


class BodyTooLargeError(InvalidRequestError):
    """The body has more bytes than are allowed."""

    code = "body-too-large"


class HeadersTooLargeError(InvalidRequestError):
    """The headers have more bytes than are allowed."""

    code = "headers-too-large"


class NotFoundError(ApiError):
    """There is nothing at that path."""

    code = "not-found"


class MethodNotAllowedError(ApiError):
    """The path does not take that method."""

    code = "method-not-allowed"


class UnauthorizedError(ApiError):
    """There is no API key in the request, or one that is not known."""

    code = "unauthorized"


class RateLimitedError(ApiError):
    """The caller asked more than its share."""

    code = "rate-limited"


class QueueFullError(ApiError):
    """Too many reviews wait already."""

    code = "queue-full"


class DeadlineExceededError(ApiError):
    """The request could not be answered before its deadline."""

    code = "deadline-exceeded"


class ModelNotReadyError(ApiError):
    """No version is loaded yet."""

    code = "model-not-ready"


class ModelFailedError(ApiError):
    """The model broke on this very review."""

    code = "model-failed"


class FeedbackUnavailableError(ApiError):
    """Feedback cannot be kept now, and so was not taken."""

    code = "feedback-unavailable"
