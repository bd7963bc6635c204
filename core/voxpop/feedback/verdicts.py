"""Of several records on one prediction the latest is the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from voxpop.feedback.record import FeedbackRecord


@dataclass(frozen=True)
class Verdicts:
    """One record a prediction.

    Attributes:
        records: the latest of each request, and every record without a request, oldest first.
        superseded: how many records a later one took the place of.
        conflicts: requests whose records did not agree on the label.
    """

    records: tuple[FeedbackRecord, ...]
    superseded: int
    conflicts: int


def latest_verdicts(records: Iterable[FeedbackRecord]) -> Verdicts:
    """Keep one record of each caller's request: the latest, by its time and then by its id.

    A record that was stored twice counts once. Records without a request are told apart by their
    own ids: nobody knows whether two of them speak of the same prediction.
    """
    latest: dict[tuple[str | None, ...], FeedbackRecord] = {}
    labels: dict[tuple[str | None, ...], set[str]] = {}
    seen: set[str] = set()
    superseded = 0
    for record in records:
        if record.id in seen:
            continue
        seen.add(record.id)
        key = (record.caller, record.request_id) if record.request_id else (record.id,)
        labels.setdefault(key, set()).add(record.label)
        before = latest.get(key)
        if before is not None:
            superseded += 1
        if before is None or (record.at, record.id) > (before.at, before.id):
            latest[key] = record
    return Verdicts(
        records=tuple(sorted(latest.values(), key=lambda record: (record.at, record.id))),
        superseded=superseded,
        conflicts=sum(len(those) > 1 for those in labels.values()),
    )
