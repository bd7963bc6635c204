"""A start that fails under uvicorn ends in one of Voxpop's own errors."""

from __future__ import annotations

import socket

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from voxpop import VoxpopError
from voxpop_apps.api.stopping import run


async def broken(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "lifespan.startup.failed", "message": "the disk is on fire"})


def test_an_app_that_cannot_start_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(VoxpopError, match="log lines above") as told,
    ):
        run(uvicorn.Config(broken, lifespan="on", log_config=None), listener)
    assert told.value.code == "error"
    assert "the disk is on fire" in caplog.text
