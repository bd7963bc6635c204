"""What S3 answers, and what keeps it from answering, said so that a person can mend it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectionError,  # noqa: A004
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ResponseStreamingError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from voxpop import (
    ObjectChangedError,
    ObjectNotFoundError,
    StoreAccessError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
)


class DamagedBodyError(Exception):
    """The bytes that came are not those that were stored."""


# boto3 lets urllib3's own HTTPError pass when the body of a short answer, such as a list, is cut.
FAILURES = (BotoCoreError, ClientError, ResponseParserError, HTTPError, DamagedBodyError)

CONFLICT = ("409", "ConditionalRequestConflict", "OperationAborted")
CHANGED = ("412", "PreconditionFailed")
SHRUNK = ("416", "InvalidRange")  # the object ends before the bytes that were asked for
ABSENT = ("404", "NoSuchKey", "NotFound")
NO_UPLOAD = ("NoSuchUpload",)

_DAMAGED_BODY = (
    *("BadDigest", "IncompleteBody", "InvalidDigest", "XAmzContentChecksumMismatch"),
    "XAmzContentSHA256Mismatch",
)
_BUSY = (
    *("500", "502", "503", "504", "InternalError", "RequestTimeout", "ServiceUnavailable"),
    *("SlowDown", "Throttling", "ThrottlingException", "TooManyRequests"),
)
_WRONG_KEY = (
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidSecurity"),
    "TokenRefreshRequired",
)
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
_WRONG_REGION = (
    *("301", "307", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"),
    *("PermanentRedirect", "TemporaryRedirect"),
)
_NOT_IMPLEMENTED = ("501", "NotImplemented")
_FULL = ("507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull")
_NO_CREDENTIALS = (
    *(CredentialRetrievalError, NoAuthTokenError, NoCredentialsError),
    *(PartialCredentialsError, ProfileNotFound, SSOError, TokenRetrievalError),
)
_DAMAGED = (
    *(ChecksumError, DamagedBodyError, FlexibleChecksumError, IncompleteReadError),
    *(HTTPError, ResponseParserError, ResponseStreamingError),
)


@dataclass(frozen=True)
class Place:
    """Where objects go: what messages say of it."""

    bucket: str
    prefix: str  # empty, or ending with "/"
    endpoint_url: str | None  # None: Amazon's own
    region: str | None

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def whole(self) -> str:
        """The place with its server, if that is not Amazon's."""
        return f"{self} at {self.endpoint_url}" if self.endpoint_url else str(self)

    @property
    def server(self) -> str:
        """How messages call who answers."""
        return self.endpoint_url or "Amazon S3"


def code_of(error: Exception) -> str:
    """Give the code of what the server answered; empty when it answered nothing."""
    if not isinstance(error, ClientError):
        return ""
    told = error.response.get("Error", {}).get("Code")
    return str(told or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))


def is_transient(error: Exception) -> bool:
    """Tell whether the same request may succeed a little later."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status == 501 or code_of(error) in _NOT_IMPLEMENTED:
            return False
        return status >= 500 or code_of(error) in (*_BUSY, *_DAMAGED_BODY, *CONFLICT)
    if isinstance(error, _NO_CREDENTIALS) or _is_untrusted(error):
        return False
    return isinstance(error, (ConnectionError, HTTPClientError, *_DAMAGED))


def fault_of(error: Exception, place: Place, key: str, attempts: int) -> StoreError:
    """Give the fault to raise (`from error`) for a request about `key` that failed."""
    code = code_of(error)
    if not code:
        return _unanswered(error, place, key, attempts)
    if code == "NoSuchBucket":
        return StoreError(
            f"There is no bucket {place.bucket!r} at {place.server}. Check the option `bucket`, or "
            f"make the bucket: aws s3 mb s3://{place.bucket}"
        )
    if code in ABSENT:
        return ObjectNotFoundError(f"There is no object {key!r} in {place}.")
    if code in (*CHANGED, *CONFLICT, *SHRUNK):
        return ObjectChangedError(
            f"{key!r} in {place} is not as expected: somebody else wrote it meanwhile. Read it "
            "again and decide anew."
        )
    if code in _WRONG_REGION:
        return _elsewhere(error, place)
    if code in _BUSY or code in _DAMAGED_BODY or is_transient(error):
        return StoreUnavailableError(
            f"{place.server} could not serve {key!r} in {place} ({_said(error)}), asked "
            f"{_times(attempts)}. Try again later."
        )
    if code in _FULL:
        return StoreFullError(
            f"{place.server} has no room left for {key!r} in {place} ({_said(error)}). Free some "
            "space or raise the quota, then try again."
        )
    return _refused(error, code, place, key)


def _refused(error: Exception, code: str, place: Place, key: str) -> StoreError:
    if code in _WRONG_KEY:
        return StoreAccessError(
            f"{place.server} does not accept the access key of this process ({_said(error)}). "
            "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the AWS profile in use "
            "(`aws configure list` shows where they come from)."
        )
    if code in _EXPIRED:
        return StoreAccessError(
            f"The AWS credentials of this process have expired ({_said(error)}). Get new ones, for "
            "example by `aws sso login`, then try again."
        )
    if code == "RequestTimeTooSkewed":
        return StoreAccessError(
            f"The clock of this machine differs too much from that of {place.server} "
            f"({_said(error)}). Set the clock (`timedatectl set-ntp true`), then try again."
        )
    if code in ("403", "AccessDenied", "AllAccessDisabled", "AccountProblem", "UnauthorizedAccess"):
        return StoreAccessError(
            f"{place.server} refuses access to {key!r} in {place} ({_said(error)}). Give the AWS "
            "identity of this process the rights that the task needs: docs/s3.md lists them."
        )
    if code == "InvalidObjectState":
        return StoreError(
            f"{key!r} in {place} is archived ({_said(error)}). Restore it first "
            "(aws s3api restore-object), then try again."
        )
    return StoreError(
        f"{place.server} refuses the request about {key!r} in {place} ({_said(error)}). Check the "
        "options of the store, and whether that server supports conditional writes."
    )


def _elsewhere(error: Exception, place: Place) -> StoreError:
    response = error.response if isinstance(error, ClientError) else {}
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = response.get("Error", {}).get("Region") or headers.get("x-amz-bucket-region")
    asked = f"in the region {place.region!r}" if place.region else "in the region asked"
    advice = (
        f"Set the option `region` to {region!r}."
        if region
        else (
            "Set the option `region` to the bucket's own "
            f"(aws s3api get-bucket-location --bucket {place.bucket})."
        )
    )
    return StoreError(f"The bucket {place.bucket!r} is not {asked} ({_said(error)}). {advice}")


def _unanswered(error: Exception, place: Place, key: str, attempts: int) -> StoreError:
    if isinstance(error, _NO_CREDENTIALS):
        return StoreAccessError(
            f"This process has no usable AWS credentials ({error}). Set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where a role gives them."
        )
    if _is_untrusted(error):
        return StoreUnavailableError(
            f"The certificate of {place.server} is not trusted, or it does not speak TLS "
            f"({error}). Check the option `endpoint_url`; AWS_CA_BUNDLE names a certificate of "
            "your own."
        )
    if isinstance(error, ChecksumError | DamagedBodyError | FlexibleChecksumError):
        return StoreError(
            f"The bytes of {key!r} in {place} are not those that were stored ({error}), read "
            f"{_times(attempts)}. Try again; if that goes on, the object is damaged: write it anew."
        )
    if isinstance(error, _DAMAGED):
        return StoreUnavailableError(
            f"What {place.server} sends from {place} arrives cut ({error}), asked "
            f"{_times(attempts)}. Check the network, then try again."
        )
    if is_transient(error):
        return StoreUnavailableError(
            f"{place.server} does not answer ({error}), asked {_times(attempts)}. Check the option "
            "`endpoint_url` and the network, then try again."
        )
    return StoreError(f"{place} cannot be used: {error}. Check the options of the store.")


def _is_untrusted(error: Exception) -> bool:
    """Tell whether TLS fails for good; a handshake that was cut is worth another try."""
    if not isinstance(error, SSLError):
        return False
    return any(
        isinstance(cause, ssl.SSLCertVerificationError | FileNotFoundError)  # no such CA bundle
        or (
            isinstance(cause, ssl.SSLError)
            and (cause.reason == "WRONG_VERSION_NUMBER" or cause.library == "X509")
        )
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give the error and all that led to it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _said(error: Exception) -> str:
    response = error.response if isinstance(error, ClientError) else {}
    message = str(response.get("Error", {}).get("Message", "")).rstrip(". ")
    return f"{code_of(error)}: {message}" if message else code_of(error)


def _times(attempts: int) -> str:
    return "once" if attempts == 1 else f"{attempts} times"
