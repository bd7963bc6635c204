"""What is held in memory while many reviews are cut, fingerprinted and read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = 200_000

PROGRAM = f"""
import json, sys
from pathlib import Path
import numpy as np
from voxpop import Splits, cached_split
from voxpop.data.cutting import cut_splits
from voxpop.data.fingerprint import fingerprint

def anonymous_kib():
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0])

def write(writer):
    for start in range(0, {ROWS}, 1_000):
        rows = range(start, start + 1_000)
        writer.write([f"review {{row}} " * 40 for row in rows], [row % 2 for row in rows])
    return {{}}

most = []
def listen(event):
    most.append(anonymous_kib())

cached_split(Path(sys.argv[1]), "00000000", lambda writer: writer.write(["a"], [0]) or {{}})
before = anonymous_kib()
split, _ = cached_split(Path(sys.argv[1]), "11111111", write)
listen(None)
made = cut_splits(
    Splits(train=split, labels=("n", "p")),
    validation=0.1, test=0.1, limit=None, seed=1, listen=listen,
)
fingerprint(made.train, made.validation, made.test)
for texts in made.train.texts():
    pass
listen(None)
size = Path(sys.argv[1], "11111111", "reviews.arrow").stat().st_size
print(json.dumps({{"grown_mib": (max(most) - before) / 2**10, "file_mib": size / 2**20}}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the anonymous memory")
def test_memory_grows_by_bytes_a_review_not_by_its_text(tmp_path: Path) -> None:
    output = subprocess.check_output(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], env=os.environ, text=True
    )
    measured = json.loads(output)
    assert measured["file_mib"] > 90
    # 120 bytes a review while cutting (digests, orders, sides), and buffers of a fixed size.
    assert measured["grown_mib"] < 70
