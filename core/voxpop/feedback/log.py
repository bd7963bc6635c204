"""An append-only log of feedback in any object store.

    feedback/<day>/<batch>.jsonl     the records of one batch that were given on that day, UTC

Every batch is an object of its own that is written once and never changed, so that any number of
writers append at once, and a batch that is sent again, since its answer was lost, is there once.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence

from voxpop.errors import ObjectChangedError, ObjectNotFoundError, StoreError
from voxpop.feedback.record import FeedbackRecord, parse_records, to_lines
from voxpop.interfaces import ObjectStore

_PREFIX = "feedback/"
_KEY = re.compile(r"feedback/(\d{4}-\d{2}-\d{2})/[^/]+\.jsonl")


class FeedbackLog:
    """The feedback in a store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def append(self, batch: str, records: Sequence[FeedbackRecord]) -> None:
        """Store records under the name of their batch; the same again changes nothing.

        Raises:
            StoreError: the store failed, or holds another batch of that name. What it took of this
                one stays; appending the batch again goes on.
        """
        days: dict[datetime.date, list[FeedbackRecord]] = {}
        for record in records:
            days.setdefault(record.at.date(), []).append(record)
        for day, those in sorted(days.items()):
            key = f"{_PREFIX}{day.isoformat()}/{batch}.jsonl"
            data = to_lines(those)
            try:
                self._store.write(key, data, expected=None)
            except ObjectChangedError as error:
                if self._store.read(key)[0] != data:
                    raise StoreError(
                        f"The feedback log holds other records under {key!r} already"
                    ) from error

    def read(
        self, since: datetime.date | None = None, until: datetime.date | None = None
    ) -> Iterator[FeedbackRecord]:
        """Give the records of the days `since` to `until`, both included, day by day.

        Raises:
            DataError: an object holds something else than records.
            StoreError: the store cannot be read.
        """
        for key in self.keys(since, until):
            try:
                data, _ = self._store.read(key)
            except ObjectNotFoundError:  # deleted meanwhile, as somebody asked to be forgotten
                continue
            yield from parse_records(data, key)

    def keys(
        self, since: datetime.date | None = None, until: datetime.date | None = None
    ) -> Iterator[str]:
        """Give the keys of those days' objects, sorted."""
        for key in self._store.list(_PREFIX):
            found = _KEY.fullmatch(key)
            if found is None:
                continue
            day = datetime.date.fromisoformat(found[1])
            if (since is None or day >= since) and (until is None or day <= until):
                yield key
