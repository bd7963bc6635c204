"""Reading 3.6 million reviews from S3, against pyarrow alone on the same shards.

    python -m benchmarks.amazon_polarity [--json FILE] [--rounds N] [--scale small]

The shards (1.6 GB, synthetic, in the schema of the Hub) lie on a SeaweedFS of this machine, which
takes part of its CPU; everything is made in a temporary folder and removed at the end. `first` is
the data source amazon-polarity with an empty cache: it fetches, checks, converts, and keeps the
reviews on disk. `again` finds them there. pyarrow reads the shards by its own S3 client and keeps
nothing. All three then go through every review, batch by batch. `peak_anonymous_mb` is the most
RssAnon that the process and its children held.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pyarrow as pa
import pyarrow.parquet

from benchmarks.child import run_child
from benchmarks.measure import Cost, Report, measure_rounds, median, parse_options
from benchmarks.reviews import synthetic_reviews
from tests.s3_server import WRITER, SeaweedFS, seaweedfs

BUCKET = "voxpop-benchmark"
SHARDS = 15
MOST_ANONYMOUS_MB = 1_000
NEEDED_BYTES = 9 * 10**9  # shards, the server's copy, our copy and the converted reviews


def main() -> None:
    options = parse_options(
        "amazon_polarity", "Reviews from S3, against pyarrow alone on the same shards.", rounds=1
    )
    rows_per_shard = 200 if options.small else 240_000
    with tempfile.TemporaryDirectory(prefix="voxpop-benchmark-") as folder:
        if not options.small and shutil.disk_usage(folder).free < NEEDED_BYTES:
            raise SystemExit(f"{folder} needs {NEEDED_BYTES / 1e9:.0f} GB of free disk")
        with seaweedfs(Path(folder, "server")) as server:
            packed_bytes = fill(server, rows_per_shard, Path(folder, "shard.parquet"))
            rows = SHARDS * rows_per_shard
            answers: dict[str, list[dict[str, Any]]] = {"first": [], "again": [], "pyarrow": []}

            def contender(how: str) -> Callable[[], Cost]:
                def read() -> Cost:
                    home = Path(folder, "home")
                    if how == "first":
                        shutil.rmtree(home, ignore_errors=True)
                    answer = run_child(
                        "benchmarks.amazon_polarity_contender",
                        {"how": how, "url": server.url, "bucket": BUCKET, "home": str(home)},
                    )
                    if answer["rows"] != rows:
                        raise SystemExit(f"{how} gives {answer['rows']} of {rows} reviews")
                    answers[how].append(answer)
                    return Cost(cpu_s=answer["cpu_s"], wall_s=answer["wall_s"])

                return read

            costs: dict[str, list[Cost]] = {how: [] for how in answers}
            for _ in range(options.rounds):  # `again` must follow `first`
                for how in answers:
                    one = measure_rounds(
                        {how: contender(how)}, replace(options, rounds=1), warm_ups=0
                    )
                    costs[how] += one[how]

    report = Report(options, versions=("boto3", "datasets", "pyarrow", "voxpop"))
    report.add_costs("read from S3", costs, units=rows, unit="review")
    report.add_figure("rows", rows)
    report.add_figure("parquet_mb", packed_bytes / 1e6)
    walls = {how: median(those).wall_s for how, those in costs.items()}
    for how, wall_s in walls.items():
        report.add_figure(f"rows_per_s_{how}", rows / wall_s)
    report.add_figure("share_of_pyarrow_first", walls["pyarrow"] / walls["first"])
    report.add_figure("share_of_pyarrow_again", walls["pyarrow"] / walls["again"])
    for how, those in answers.items():
        peak = max(answer["peak_anonymous_mb"] for answer in those)
        report.add_figure(f"peak_anonymous_mb_{how}", peak)
        if how != "pyarrow":
            report.add_figure(f"spare_mb_{how}", MOST_ANONYMOUS_MB - peak, bar=0)
    report.finish()


def fill(server: SeaweedFS, rows_per_shard: int, scratch: Path) -> int:
    """Put the shards into a bucket; gives their size in bytes.

    Every shard holds the same texts in another order: nothing on the way packs across shards.
    """
    s3 = boto3.client(
        "s3",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=WRITER.key,
        aws_secret_access_key=WRITER.secret,
    )
    s3.create_bucket(Bucket=BUCKET)
    texts = pa.array(synthetic_reviews(rows_per_shard))
    titles = pa.compute.utf8_slice_codeunits(texts, 0, 24)
    total = 0
    for shard in range(SHARDS):
        order = pa.array(np.random.default_rng(shard).permutation(rows_per_shard))
        labels = np.random.default_rng(shard).integers(0, 2, rows_per_shard)
        table = pa.table(
            {"label": labels, "title": titles.take(order), "content": texts.take(order)}
        )
        # As `voxpop data fetch` writes them, but not packed: the texts would pack too well.
        pa.parquet.write_table(
            table,
            scratch,
            row_group_size=1_000,
            compression="none",
            use_dictionary=["label"],
            write_statistics=["label"],
            write_page_checksum=True,
        )
        with scratch.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        told = {"Metadata": {"voxpop-sha256": sha256}}  # as `voxpop data push` does
        s3.upload_file(str(scratch), BUCKET, f"train/{shard:05}.parquet", ExtraArgs=told)
        total += scratch.stat().st_size
    scratch.unlink()
    return total


if __name__ == "__main__":
    main()
