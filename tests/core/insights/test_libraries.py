from __future__ import annotations

import subprocess
import sys

import pytest

from voxpop import MissingExtraError
from voxpop.insights.libraries import library


def test_a_missing_library_names_its_extra() -> None:
    with pytest.raises(MissingExtraError, match=r'scipyy.*pip install "voxpop\[insights\]"'):
        library("scipyy.stats")


def test_importing_the_insights_imports_nothing_heavy() -> None:
    program = (
        "import sys, voxpop.insights; "
        "print(sorted({'scipy', 'rensa', 'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
