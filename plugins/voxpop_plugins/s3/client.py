"""One bucket and a client for it: sends requests, and repeats those that failed in passing.

boto3 repeats requests by itself, but neither reads a body again that was cut, nor tells whether a
conditional write that it repeated was refused because its first try had won. So its own retries
are off, and every retry is made here.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from voxpop_plugins.s3.config import S3Options
from voxpop_plugins.s3.faults import FAILURES, Place, fault_of, is_transient

logger = logging.getLogger(__name__)

T = TypeVar("T")

_CONNECT_S = 5.0
_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 4.0
_PROGRESS_BYTES = 2**20
_AMAZON = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


@dataclass(frozen=True)
class Bucket:
    """A client for one bucket, safe among threads.

    Attributes:
        s3: boto3's client; its retries are off.
        place: where the objects go.
        attempts: how often a request is sent before it has failed.
    """

    s3: Any
    place: Place
    attempts: int

    def send(
        self,
        request: Callable[[], T],
        key: str,
        *,
        received: Callable[[], int] = lambda: 0,
    ) -> T:
        """Give what `request` gives; call it again while it fails in passing.

        Args:
            request: sends one request and reads the answer whole; repeating it does no harm.
            key: what messages say the request was about.
            received: how many bytes of a large answer are kept by now. After each further MiB the
                attempts are counted anew, so that the answer's size bounds them.

        Raises:
            StoreError: the kind that says what went wrong.
        """
        attempt, kept = 0, 0
        while True:
            attempt += 1
            try:
                return request()
            except FAILURES as error:
                if received() >= kept + _PROGRESS_BYTES:
                    attempt, kept = 1, received()
                if attempt == self.attempts or not is_transient(error):
                    raise fault_of(error, self.place, key, attempt) from error
                wait_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** (attempt - 1))
                # Half of the wait is drawn, so that those who failed together come back apart.
                wait_s *= random.uniform(0.5, 1.0)  # noqa: S311
                logger.info(
                    "%s, %r: %s; attempt %d follows in %.2f s",
                    *(self.place, key, type(error).__name__, attempt + 1, wait_s),
                )
                time.sleep(wait_s)


def connect(options: S3Options) -> Bucket:
    """Make a client by the ordinary AWS settings. Nothing is sent yet.

    Raises:
        StoreAccessError: the AWS settings of this process cannot be used.
    """
    place = Place(options.bucket, options.prefix, options.endpoint_url, options.region)
    path_style = options.path_style
    if path_style is None:
        path_style = options.endpoint_url is not None
    try:
        session = boto3.session.Session()
        s3 = _client(session, options, path_style=path_style)
        if options.endpoint_url is None:
            # AWS_ENDPOINT_URL or a profile may name another server than Amazon's.
            place = replace(place, endpoint_url=_foreign(s3.meta.endpoint_url))
            if place.endpoint_url is not None and options.path_style is None:
                s3 = _client(session, options, path_style=True)
    except (BotoCoreError, ValueError) as error:  # ValueError: boto3 cannot use the endpoint
        raise fault_of(error, place, "", 1) from error
    return Bucket(s3, place, options.attempts)


def _client(session: boto3.session.Session, options: S3Options, *, path_style: bool) -> Any:
    return session.client(
        "s3",
        region_name=options.region,
        endpoint_url=options.endpoint_url,
        config=Config(
            connect_timeout=min(_CONNECT_S, options.timeout_s),
            read_timeout=options.timeout_s,
            retries={"mode": "standard", "total_max_attempts": 1},
            max_pool_connections=32,
            s3={"addressing_style": "path" if path_style else "auto"},
            signature_version="s3v4",
            request_checksum_calculation="when_required",  # every put brings its own sha256
        ),
    )


def _foreign(endpoint_url: str) -> str | None:
    """Give the endpoint if it is not Amazon's own."""
    host = urlsplit(endpoint_url).hostname or ""
    return None if host.endswith(_AMAZON) else endpoint_url.rstrip("/")
