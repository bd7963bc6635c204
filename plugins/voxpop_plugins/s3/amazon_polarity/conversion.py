"""From shards on this disk to the reviews of a split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from voxpop import DataError, Listener, Progress, SplitWriter, review_text
from voxpop_plugins.s3.amazon_polarity.partial_copy import PartialCopy
from voxpop_plugins.s3.amazon_polarity.sampling import Sample
from voxpop_plugins.s3.amazon_polarity.shards import COLUMNS, RowGroup, reading_shard

_ROWS = 4_000


def convert(
    copies: Sequence[PartialCopy],
    shards: Sequence[Sequence[RowGroup]],
    sample: Sample,
    writer: SplitWriter,
    listen: Listener,
    *,
    labels: Sequence[str],
    stage: str,
    location: str,
) -> None:
    """Write the sampled rows, in the order of the shards. A title that is null is none.

    Raises:
        DataError: a shard is damaged, or a label is no position in `labels`.
    """
    import pyarrow.parquet

    total = sum(
        groups[at].rows for groups, those in zip(shards, sample.groups, strict=True) for at in those
    )
    done = 0
    for copy, groups in zip(copies, sample.groups, strict=True):
        if not groups:
            continue
        where = f"{location}{copy.stored.key}"
        with (
            reading_shard(where),
            # Mapped: what is still packed does not count against memory.
            pyarrow.parquet.ParquetFile(
                copy.path, memory_map=True, page_checksum_verification=True
            ) as parquet,
        ):
            batches = parquet.iter_batches(_ROWS, row_groups=groups, columns=list(COLUMNS))
            for batch in batches:
                rows = batch.num_rows
                if sample.keep is not None:
                    batch = batch.filter(sample.keep[done : done + rows])
                _write(batch, writer, labels, where)
                done += rows
                listen(Progress(stage=stage, done=done, total=total))


def _write(batch: Any, writer: SplitWriter, names: Sequence[str], where: str) -> None:
    # A null is told apart from a number nowhere else: pyarrow gives it as NaN or None.
    column = batch.column("label")
    labels = column.fill_null(-1).to_numpy(zero_copy_only=False)
    wrong = np.flatnonzero((labels < 0) | (labels >= len(names)))
    if len(wrong):
        value = column[int(wrong[0])].as_py()
        legal = " or ".join(f"{at} ({name})" for at, name in enumerate(names))
        raise DataError(
            f"{where} holds the label {'null' if value is None else value}; a label is {legal}. "
            "Labels 1 and 2, as in the CSV and fastText files of the set, become 0 and 1 by "
            "`voxpop data fetch`"
        )
    titles = batch.column("title").to_pylist()
    contents = batch.column("content").to_pylist()
    writer.write(list(map(review_text, titles, contents)), labels.tolist())
