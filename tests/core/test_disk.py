import errno
import os
from pathlib import Path

import pytest

from voxpop import StoreAccessError, StoreError, StoreFullError, disk_fault
from voxpop.disk import write_synced


@pytest.mark.parametrize(
    ("number", "kind", "advice"),
    [
        (errno.ENOSPC, StoreFullError, "Free some space"),
        (errno.EDQUOT, StoreFullError, "Free some space"),
        (errno.EACCES, StoreAccessError, "Give the user the rights"),
        (errno.EROFS, StoreAccessError, "choose another directory"),
        (errno.EIO, StoreError, "its disk is well"),
    ],
)
def test_a_fault_says_what_where_and_what_to_do(
    number: int, kind: type[StoreError], advice: str
) -> None:
    fault = disk_fault(OSError(number, os.strerror(number)), Path("/some/where"), "written")
    assert type(fault) is kind
    assert "'/some/where'" in str(fault)
    assert os.strerror(number) in str(fault)
    assert advice in str(fault)


def test_a_file_is_written_whole_and_never_over_another(tmp_path: Path) -> None:
    write_synced(tmp_path / "file", b"mine")
    with pytest.raises(FileExistsError):
        write_synced(tmp_path / "file", b"yours")
    assert (tmp_path / "file").read_bytes() == b"mine"
