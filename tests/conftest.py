"""What holds for every test: a home of its own, nobody's settings, no network, no silent skip."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

# Set by .ci/run: there, everything that a test may need is present, so a skip hides a fault.
NO_SKIP = "CI_NO_SKIP"

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def pytest_configure(config: pytest.Config) -> None:
    """Clear the environment before anything is imported that reads it."""
    for name in [name for name in os.environ if name.startswith("VOXPOP_")]:
        del os.environ[name]
    # A shell starts what runs in the background with Ctrl-C ignored, and programs inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    scratch = tempfile.TemporaryDirectory(prefix="voxpop-tests-")
    config.add_cleanup(scratch.cleanup)
    os.environ["VOXPOP_HOME"] = str(Path(scratch.name, "voxpop"))
    # A developer's own keras.json may choose another backend; the caches stay out of their home.
    os.environ["KERAS_HOME"] = str(Path(scratch.name, "keras"))
    os.environ["HF_HOME"] = str(Path(scratch.name, "huggingface"))
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    # A time limit of Hypothesis says more about the machine's other work than about the code.
    settings.register_profile("voxpop", deadline=None)
    settings.load_profile("voxpop")


@pytest.fixture(autouse=True)
def voxpop_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A VOXPOP_HOME that this test alone uses, not made yet."""
    home = tmp_path / "voxpop-home"
    monkeypatch.setenv("VOXPOP_HOME", str(home))
    return home


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test has failed."""
    report = yield
    return _refuse_skip(report, item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI a skipped module has failed."""
    report = yield
    return _refuse_skip(report, collector.nodeid)


def _refuse_skip(report: Report, name: str) -> Report:
    """Turn a skip into a failure where skips are refused; an expected failure stays one."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(NO_SKIP) == "1":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{NO_SKIP}=1, and {name} was skipped: {reason}"
    return report
