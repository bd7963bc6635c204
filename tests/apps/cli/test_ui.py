"""`voxpop ui`: mistakes get one message."""

from __future__ import annotations

import socket

from tests.apps.cli.conftest import Voxpop


def test_a_taken_port_is_told(voxpop: Voxpop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = voxpop("ui", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "Choose another by --port, or 0 for any that is free" in done.stderr
    assert "Traceback" not in done.stderr


def test_one_api_or_the_other(voxpop: Voxpop) -> None:
    done = voxpop("ui", "--serve", "champion", "--api-url", "http://127.0.0.1:1")
    assert done.returncode == 2
    assert "either --serve" in done.stderr


def test_an_api_that_does_not_start_says_why(voxpop: Voxpop) -> None:
    done = voxpop("ui", "--serve", "champion", "--port", "0")
    assert done.returncode == 6
    assert "champion" in done.stderr
    assert "Traceback" not in done.stderr
