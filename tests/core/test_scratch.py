import subprocess
import sys
from pathlib import Path

import pytest

from voxpop.scratch import scratch_directory


def test_the_directory_is_empty_and_gone_afterwards(tmp_path: Path) -> None:
    with scratch_directory(tmp_path) as scratch:
        assert list(scratch.iterdir()) == []
        (scratch / "file").write_text("bytes")
    assert list(tmp_path.iterdir()) == []


def test_an_error_leaves_nothing_either(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stop"), scratch_directory(tmp_path):
        raise RuntimeError("stop")
    assert list(tmp_path.iterdir()) == []


def test_the_next_run_removes_what_a_killed_one_left_and_spares_the_living(tmp_path: Path) -> None:
    killed = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from voxpop.scratch import scratch_directory\n"
        "with scratch_directory(Path(sys.argv[1])) as scratch:\n"
        "    (scratch / 'half').write_text('written')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with scratch_directory(tmp_path) as living:
        subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False)
        orphans = [found for found in tmp_path.glob("run-*") if found != living.parent]
        assert len(orphans) == 1
        with scratch_directory(tmp_path) as next_run:
            assert not orphans[0].exists()
            assert living.exists()
            assert next_run.exists()
