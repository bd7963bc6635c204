"""What is held in memory while a large table is converted."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = 200_000

PROGRAM = """
import sys
from pathlib import Path
from voxpop_plugins.files import arrow_csv_reader
from voxpop_plugins.files.plugin import voxpop_data_sources

def anonymous_kib():
    return int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0])

(part,) = voxpop_data_sources()
small, large, by_arrow = sys.argv[1:]
arrow_csv_reader.LARGE = 0 if by_arrow == "True" else 10**12
part.load(part.config(train=small), lambda event: None)
before = most = anonymous_kib()

def listen(event):
    global most
    most = max(most, anonymous_kib())

rows = len(part.load(part.config(train=large), listen).train)
print(rows, (most - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the anonymous memory")
@pytest.mark.parametrize(("by_arrow", "most_mib"), [(False, 60), (True, 130)])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, by_arrow: bool, most_mib: int) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text("label,content\nnegative,x\npositive,y\n")
    with large.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["label", "title", "content"])
        for row in range(ROWS):
            content = f'review {row}, said "well",\nand so on ' * 20
            writer.writerow([("negative", "positive")[row % 2], f"title {row}", content])
    assert large.stat().st_size > 120 * 2**20
    command = [sys.executable, "-c", PROGRAM, str(small), str(large), str(by_arrow)]
    rows, grown_mib = map(int, subprocess.check_output(command, text=True).split())
    assert rows == ROWS
    assert grown_mib < most_mib
