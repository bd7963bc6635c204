"""The API over a registry in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api_client import serving


@pytest.fixture(autouse=True)
def memory_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry of the sample plugins is that of the process."""
    monkeypatch.setenv("VOXPOP_REGISTRY__NAME", "memory")


@pytest.fixture
def client(tmp_path: Path, memory_registry: None) -> Iterator[TestClient]:
    """A client of an API that serves a champion and asks for no key."""
    with serving(tmp_path) as client:
        yield client
