"""Addresses that can be listened at, and what is said of those that cannot."""

from __future__ import annotations

import socket

import pytest

from voxpop import UsageError
from voxpop_apps.web.listening import address_of, listen


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_port_0_takes_one_that_is_free(host: str, shown: str) -> None:
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]
        assert address_of(listener) == f"http://{shown}:{port}"
        socket.create_connection((host, port)).close()


def test_a_taken_port_is_told() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"Port {port} of 127\.0\.0\.1 is taken .* --port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_told(host: str) -> None:
    with pytest.raises(UsageError, match=r"cannot be listened at: .* --host"):
        listen(host, 0)
