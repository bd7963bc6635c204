"""Fetches spans of objects by ranged requests, several at once.

A ranged answer brings no checksum. Over https:// the transport tells a flipped bit; over http://
a span counts when it has come twice the same, unless its whole object is checked afterwards.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from voxpop import DataError, Listener, ObjectChangedError, Progress, StoreError
from voxpop_plugins.s3.amazon_polarity.partial_copy import PartialCopy, Span
from voxpop_plugins.s3.checksums import stored_sha256
from voxpop_plugins.s3.client import Bucket
from voxpop_plugins.s3.faults import DamagedBodyError, fault_of

_AT_ONCE = 8
_PIECE_BYTES = 8 * 2**20  # at most so much is lost by a kill, for each request under way
_CHUNK_BYTES = 2**20
_ATTEMPTS = 3


class _Stopped(Exception):  # noqa: N818 - not a fault: another request failed, or the user left
    """Ends a request that nobody waits for any more."""


def is_plain(bucket: Bucket) -> bool:
    """Tell whether answers come without TLS, which would tell a flipped bit."""
    return str(bucket.s3.meta.endpoint_url).startswith("http://")


def fetch(
    bucket: Bucket,
    wanted: Mapping[PartialCopy, Sequence[Span]],
    listen: Listener,
    stage: str,
    *,
    checked_later: Collection[PartialCopy] = (),
) -> None:
    """Bring the wanted spans that are not there yet.

    Each request asks for the very object that was listed (`If-Match`), so that a copy never mixes
    the bytes of two.

    Args:
        bucket: where the objects are.
        wanted: what to bring, copy by copy.
        listen: hears of the progress.
        stage: what the progress is called.
        checked_later: the copies whose whole bytes are compared with a sha256 afterwards.

    Raises:
        ObjectChangedError: an object is another one by now.
        ObjectNotFoundError: an object is gone.
        StoreError: the server or the disk failed.
    """
    pieces = [
        (copy, piece)
        for copy, spans in wanted.items()
        for gap in copy.missing(spans)
        for piece in _pieces(gap)
    ]
    total = sum(span.stop - span.start for spans in wanted.values() for span in spans)
    done = total - sum(piece.stop - piece.start for _, piece in pieces)
    stopped = threading.Event()
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="voxpop-s3")
    try:
        under_way = {
            pool.submit(
                _fetch_piece,
                *(bucket, copy, piece, stopped),
                twice=is_plain(bucket) and copy not in checked_later,
            ): piece
            for copy, piece in pieces
        }
        for ended in as_completed(under_way):
            ended.result()
            piece = under_way.pop(ended)
            done += piece.stop - piece.start
            listen(Progress(stage=stage, done=done, total=total, unit="bytes"))
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)


def _pieces(span: Span) -> Iterator[Span]:
    for start in range(span.start, span.stop, _PIECE_BYTES):
        yield Span(start, min(start + _PIECE_BYTES, span.stop))


def _fetch_piece(
    bucket: Bucket, copy: PartialCopy, piece: Span, stopped: threading.Event, *, twice: bool
) -> None:
    for _ in range(_ATTEMPTS):
        sha256, whole = _receive(bucket, copy, piece, stopped, keep=True)
        if not twice or _receive(bucket, copy, piece, stopped, keep=False)[0] == sha256:
            copy.add(piece, sha256, whole)
            return
    error = DamagedBodyError("the same bytes, asked for twice, come different")
    raise fault_of(error, bucket.place, copy.stored.key, 2 * _ATTEMPTS) from error


def _receive(
    bucket: Bucket, copy: PartialCopy, piece: Span, stopped: threading.Event, *, keep: bool
) -> tuple[str, str | None]:
    """Ask for a span, and again for the rest when it is cut.

    Returns:
        The sha256 of what came, and that which the object tells of itself.
    """
    stored, place = copy.stored, bucket.place
    address = {"Bucket": place.bucket, "Key": f"{place.prefix}{stored.key}"}
    digest = hashlib.sha256()
    position = piece.start
    whole: str | None = None

    def request() -> None:
        nonlocal position, whole
        if stopped.is_set():
            raise _Stopped
        if position == piece.stop:
            return
        span = f"bytes={position}-{piece.stop - 1}"
        answer = bucket.s3.get_object(**address, IfMatch=stored.etag, Range=span)
        if answer["ETag"] != stored.etag:  # of a server that does not know If-Match
            raise ObjectChangedError(f"{stored.key!r} in {place} was replaced meanwhile.")
        asked = f"bytes {position}-{piece.stop - 1}/{stored.size}"
        if answer.get("ContentRange") != asked:
            raise StoreError(
                f"{place.server} answers {answer.get('ContentRange') or 'with all bytes'!r} when "
                f"it is asked for {asked!r} of {stored.key!r} in {place}. Use a server that "
                "supports ranged reads."
            )
        whole = stored_sha256(answer)
        while chunk := answer["Body"].read(_CHUNK_BYTES):
            if stopped.is_set():
                raise _Stopped
            if keep:
                copy.write(position, chunk)
            digest.update(chunk)
            position += len(chunk)
        if position != piece.stop:
            raise DamagedBodyError(f"{piece.stop - position:,} bytes of a range did not come")

    bucket.send(request, stored.key)
    return digest.hexdigest(), whole


def fetch_whole(
    bucket: Bucket, copies: Sequence[PartialCopy], listen: Listener, stage: str
) -> None:
    """Bring every byte of the objects, and check those whose sha256 is known against it.

    Raises:
        DataError: an object is another than the one whose sha256 is known.
        StoreError: as `fetch`; or the bytes of an object come wrong again and again.
    """
    known = [copy for copy in copies if copy.sha256 is not None]
    wrong, came = list(copies), set[tuple[str, str]]()
    for _ in range(_ATTEMPTS):
        wanted = {copy: [Span(0, copy.stored.size)] for copy in wrong}
        fetch(bucket, wanted, listen, stage, checked_later=known)
        digests = {copy: copy.digest() for copy in wrong if copy in known}
        wrong = [copy for copy, digest in digests.items() if copy.sha256 != digest]
        if not wrong:
            return
        for copy in wrong:
            came_now = (copy.stored.key, digests[copy])
            if came_now in came:  # twice the same: so it is stored
                raise DataError(
                    f"{bucket.place}{copy.stored.key} is damaged or another file: its sha256 is "
                    f"{digests[copy]} and should be {copy.sha256}. Put the data set there again: "
                    "voxpop data push DIR"
                )
            came.add(came_now)
            copy.forget()
    error = DamagedBodyError("their sha256 is another")
    raise fault_of(error, bucket.place, wrong[0].stored.key, _ATTEMPTS) from error
