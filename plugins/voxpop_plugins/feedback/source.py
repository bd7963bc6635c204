"""Reads the feedback log: one review a request, with the label that was given last."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from voxpop import (
    DataError,
    FeedbackLog,
    FeedbackRecord,
    Listener,
    Notice,
    Plugins,
    Progress,
    Splits,
    SplitWriter,
    StorePart,
    cache_directory,
    cached_split,
    choose_part,
    latest_verdicts,
)
from voxpop_plugins.feedback.config import FeedbackConfig

STAGE = "reading feedback"
_CONVERSION = 1  # raise it when the same records come out differently
_CHUNK = 1_000


def load_feedback(config: FeedbackConfig, listen: Listener) -> Splits:
    """Give the feedback as a train split, oldest first, with what was predicted as extras.

    Raises:
        DataError: there is none, an object of the log is damaged, or a label is not among `labels`.
        PartNotFoundError: no plugin offers the store.
        StoreError: the store cannot be read.
    """
    options = {option: value for option, value in config.store.items() if option != "name"}
    chosen = choose_part(Plugins.load(), StorePart, config.store["name"], options=options)
    log = FeedbackLog(chosen.part.open(chosen.options))
    verdicts = latest_verdicts(log.read(config.since, config.until))
    records = [record for record in verdicts.records if record.text.strip()]
    if not records:
        raise DataError(
            f"The store {config.store['name']!r} holds no feedback"
            f"{_span(config)}. It comes from POST /feedback of the API; see that [data] names the "
            "same store as VOXPOP_API_FEEDBACK__NAME and its options"
        )
    if verdicts.superseded:
        listen(
            Notice(
                message=f"{verdicts.superseded} records on reviews that were judged again are left "
                f"out; of {verdicts.conflicts} reviews the label was changed"
            )
        )
    labels = config.labels or tuple(sorted({record.label for record in records}))
    positions = {label: position for position, label in enumerate(labels)}
    for record in records:
        if record.label not in positions:
            raise DataError(
                f"The feedback {record.id} of {record.at:%Y-%m-%d} has the label "
                f"{record.label!r}; `labels` in [data] allows {', '.join(labels)}"
            )

    def write(writer: SplitWriter) -> Mapping[str, object]:
        for start in range(0, len(records), _CHUNK):
            _write(writer, records[start : start + _CHUNK], positions)
            listen(Progress(stage=STAGE, done=writer.rows, total=len(records)))
        return {}

    split, _ = cached_split(cache_directory("feedback"), _key(records, labels), write)
    listen(Progress(stage=STAGE, done=len(split), total=len(records)))
    return Splits(train=split, labels=labels)


def _write(
    writer: SplitWriter, records: Sequence[FeedbackRecord], positions: Mapping[str, int]
) -> None:
    writer.write(
        [record.text for record in records],
        [positions[record.label] for record in records],
        {
            "given_at": [record.at.isoformat() for record in records],
            "predicted": [record.predicted for record in records],
            "version": [record.version for record in records],
        },
    )


def _key(records: Sequence[FeedbackRecord], labels: Sequence[str]) -> str:
    digest = hashlib.sha256(repr((_CONVERSION, tuple(labels))).encode("utf-8", "replace"))
    for record in records:
        digest.update(record.to_line())
    return digest.hexdigest()[:32]


def _span(config: FeedbackConfig) -> str:
    since = f" since {config.since}" if config.since else ""
    return since + (f" until {config.until}" if config.until else "")
