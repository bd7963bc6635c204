"""A split's fingerprint: equal reviews and labels in equal order, and nothing else, give it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from voxpop.data.libraries import import_pyarrow
from voxpop.data.split import LABEL, TEXT

if TYPE_CHECKING:
    from voxpop.data.split import Split

_ROWS = 2_000


def fingerprint(split: Split, *more: Split) -> str:
    """Give 64 hex digits that name the texts and labels of a split, in order.

    The sha256 over the sha256s of three streams: every text's length in UTF-8 bytes (int64), the
    texts' UTF-8 bytes, the labels (int64), all little-endian. Extras, chunk sizes and files do not
    count. Of several splits: the sha256 over the bytes of their fingerprints, so that moving a
    review from one to the next changes it.
    """
    if more:
        digests = (bytes.fromhex(fingerprint(one)) for one in (split, *more))
        return hashlib.sha256(b"".join(digests)).hexdigest()
    pa = import_pyarrow()
    lengths, texts, labels = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()
    for batch in split.record_batches(_ROWS, (TEXT, LABEL)):
        column = batch.column(TEXT).cast(pa.large_binary())
        _, offsets_buffer, bytes_buffer = column.buffers()
        offsets = np.frombuffer(offsets_buffer, "<i8")[column.offset :][: len(column) + 1]
        lengths.update(np.diff(offsets).astype("<i8").tobytes())
        if bytes_buffer is not None:
            texts.update(memoryview(bytes_buffer)[offsets[0] : offsets[-1]])
        labels.update(batch.column(LABEL).to_numpy().astype("<i8").tobytes())
    return hashlib.sha256(lengths.digest() + texts.digest() + labels.digest()).hexdigest()
