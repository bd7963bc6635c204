import os
import subprocess
import sys
from pathlib import Path

import pytest

from voxpop import MissingExtraError, Split

PROGRAM = """
import socket, sys
from pathlib import Path

def refuse(*args):
    raise AssertionError(f"the network is asked for: {args}")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
from voxpop import Split, Splits, cached_split
from voxpop.data.cutting import cut_splits
from voxpop.data.fingerprint import fingerprint
texts = [f"review {row}" for row in range(2_000)]
split, _ = cached_split(
    Path(sys.argv[1]), "00000000", lambda writer: writer.write(texts, [0, 1] * 1_000) or {}
)
made = cut_splits(
    Splits(train=split, labels=("n", "p")),
    validation=0.1, test=0.1, limit=1_000, seed=1, listen=lambda event: None,
)
fingerprint(made.train, made.validation, made.test)
assert len(made.train.map_labels([1, 0]).dataset["text"][:]) == 800
"""


def test_the_data_libraries_are_silent_stay_at_home_and_leave_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path / "cache")],
        env=environment | {"HOME": str(home), "XDG_CACHE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("library", ["datasets", "pyarrow"])
def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)  # what import then takes for missing
    message = rf'needs the library {library}.*pip install "voxpop\[train\]"'
    with pytest.raises(MissingExtraError, match=message):
        Split.from_rows(["a"], [0])
