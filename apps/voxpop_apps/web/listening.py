"""Takes the address that a server answers at."""

from __future__ import annotations

import errno
import ipaddress
import socket
from functools import lru_cache

from voxpop import UsageError

# How long a connection may idle: longer than AWS's load balancer keeps one (60 s), which would else
# use one that is being closed here, and answer its caller with 502.
KEEP_ALIVE_S = 75


def listen(host: str, port: int, *, backlog: int = 2_048) -> socket.socket:
    """Listen at an address.

    Args:
        host: a name, or an IPv4 or IPv6 address.
        port: 0 takes one that is free.
        backlog: how many connections may wait to be taken.

    Raises:
        UsageError: the address is taken, is not this machine's, or may not be used.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"Port {port} of {host} is taken by another program. "
                "Choose another by --port, or 0 for any that is free"
            ) from error
        raise UsageError(
            f"{host}:{port} cannot be listened at: {error.strerror or error}. "
            "Choose another address by --host or another port by --port"
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Give the URL that a listening socket answers at."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@lru_cache(maxsize=1_024)
def is_loopback(host: str) -> bool:
    """Say whether only this machine can be at, or reach, an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
