from collections.abc import Iterator

import pytest

from tests.registry_process import WarmProcess


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    with WarmProcess() as process:
        yield process
