"""One reading in a process of its own; `benchmarks.amazon_polarity` starts it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.child import answer_parent
from benchmarks.measure import measure
from tests.s3_server import WRITER

_POLL_S = 0.02
_ROWS = 4_000


def read(*, how: str, url: str, bucket: str, home: str) -> dict[str, Any]:
    """Go through every review, and give the cost and the peak of anonymous memory."""
    os.environ |= {
        "VOXPOP_HOME": home,
        "AWS_ACCESS_KEY_ID": WRITER.key,
        "AWS_SECRET_ACCESS_KEY": WRITER.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    rows = 0

    def go() -> None:
        nonlocal rows
        batches = _pyarrow(url, bucket) if how == "pyarrow" else _ours(url, bucket)
        rows = sum(batches)

    peak = _Peak()
    peak.start()
    cost = measure(go)
    peak.ended.set()
    peak.join()
    return {
        "cpu_s": cost.cpu_s,
        "wall_s": cost.wall_s,
        "rows": rows,
        "peak_anonymous_mb": peak.most_bytes / 1e6,
    }


def _ours(url: str, bucket: str) -> Iterator[int]:
    from voxpop import DataSourcePart, Plugins

    part = Plugins.load(only=["s3"]).get(DataSourcePart, "amazon-polarity")
    splits = part.load(part.config(bucket=bucket, endpoint_url=url), lambda event: None)
    for batch in splits.train.record_batches(_ROWS):
        yield batch.num_rows


def _pyarrow(url: str, bucket: str) -> Iterator[int]:
    import pyarrow.dataset
    import pyarrow.fs

    scheme, _, host = url.partition("://")
    s3 = pyarrow.fs.S3FileSystem(
        access_key=WRITER.key,
        secret_key=WRITER.secret,
        endpoint_override=host,
        scheme=scheme,
        region="us-east-1",
    )
    dataset = pyarrow.dataset.dataset(f"{bucket}/train", filesystem=s3, format="parquet")
    for batch in dataset.to_batches(batch_size=_ROWS):
        yield batch.num_rows


class _Peak(threading.Thread):
    """Watches RssAnon: mapped pages are the system's to drop, and are not counted."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.most_bytes = 0

    def run(self) -> None:
        while not self.ended.wait(_POLL_S):
            self.most_bytes = max(self.most_bytes, sum(map(_anonymous_bytes, _family(os.getpid()))))


def _family(pid: int) -> Iterator[int]:
    """Give the process and its children, and theirs."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text()
        except OSError:  # a thread that has just ended
            continue
        for child in children.split():
            yield from _family(int(child))


def _anonymous_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # a child that has just ended
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))


if __name__ == "__main__":
    answer_parent(read)
