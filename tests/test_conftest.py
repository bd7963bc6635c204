"""The rules of conftest.py hold, in a pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]


def ran(tests: str, directory: Path, **environment: str) -> str:
    """Run a test module under our conftest and give what pytest says of it."""
    (directory / "test_it.py").write_text(tests, encoding="utf-8")
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", f"--rootdir={directory}", "-rA"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, *options, str(directory)],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "CI_NO_SKIP": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # a quicker start
            **environment,
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout


def test_no_setting_of_the_shell_reaches_a_test(tmp_path: Path) -> None:
    said = ran(
        "import os\n"
        "def test_it():\n"
        "    ours = [name for name in os.environ if name.startswith('VOXPOP_')]\n"
        "    assert ours == ['VOXPOP_HOME']\n"
        "    assert os.environ['VOXPOP_HOME'] != 'mine'\n"
        "    assert os.environ['HF_HUB_OFFLINE'] == '1'\n",
        tmp_path,
        VOXPOP_HOME="mine",
        VOXPOP_LOG_LEVEL="DEBUG",
    )
    assert "1 passed" in said, said


def test_every_test_has_a_home_of_its_own(tmp_path: Path) -> None:
    said = ran(
        "import os\n"
        "from pathlib import Path\n"
        "import pytest\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_it(n):\n"
        "    Path(os.environ['VOXPOP_HOME']).mkdir()\n",
        tmp_path,
    )
    assert "2 passed" in said, said


@pytest.mark.parametrize(
    "tests",
    [
        "import pytest\n@pytest.mark.skip(reason='no server')\ndef test_it(): pass\n",
        "import pytest\ndef test_it(): pytest.skip('no server')\n",
        "import pytest\npytest.skip('no server', allow_module_level=True)\n",
    ],
    ids=["mark", "call", "module"],
)
def test_a_skip_fails_where_nothing_may_be_missing(tests: str, tmp_path: Path) -> None:
    elsewhere = ran(tests, tmp_path)
    assert "1 skipped" in elsewhere, elsewhere
    strict = ran(tests, tmp_path, CI_NO_SKIP="1")
    assert "1 failed" in strict or "1 error" in strict, strict
    assert "was skipped" in strict


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    tests = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_it(): assert 0\n"
    assert "1 xfailed" in ran(tests, tmp_path, CI_NO_SKIP="1")
