"""What holds for a connection before there is a request: how much of one is kept in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voxpop_apps.api.errors import HeadersTooLargeError
from voxpop_apps.api.exchange import BODY_IS_HERE
from voxpop_apps.api.problems import respond

if TYPE_CHECKING:
    import asyncio

MOST_HEADER_BYTES = 65_536

# uvicorn's protocol by h11, for where httptools is not, bounds its headers by itself.
PROTOCOL: type[asyncio.Protocol] | str = "h11"

try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
except ImportError:
    pass
else:

    class Connection(HttpToolsProtocol):
        """A connection that is cut when its headers, or what follows its body, find no end.

        httptools keeps all of it until it is whole, and no key is checked before. What is read at
        once, 256 KiB at most, is counted from the next time on, as it may hold another request.
        """

        _unfinished = 0

        def data_received(self, data: bytes) -> None:
            """Read on, unless too much was read that ended neither headers nor a piece of body."""
            self._unfinished += len(data)
            super().data_received(data)
            if self._unfinished > MOST_HEADER_BYTES and not self.transport.is_closing():
                self._refuse()

        def on_message_begin(self) -> None:
            """Begin to count with the next bytes."""
            super().on_message_begin()
            self._unfinished = 0

        def on_body(self, body: bytes) -> None:
            """Count anew: the gate bounds bodies."""
            super().on_body(body)
            self._unfinished = 0

        def on_message_complete(self) -> None:
            """Let the gate know that it need set no clock."""
            super().on_message_complete()
            self.scope[BODY_IS_HERE] = True  # type: ignore[literal-required]
            self._unfinished = 0

        def _refuse(self) -> None:
            if self.cycle is None or self.cycle.response_complete:
                told = respond(
                    HeadersTooLargeError(
                        f"The headers have more than the {MOST_HEADER_BYTES:,} bytes that are "
                        "allowed"
                    ),
                    None,
                )
                lines = [b"HTTP/1.1 431 Request Header Fields Too Large", b"connection: close"]
                lines += [name + b": " + value for name, value in told.raw_headers]
                self.transport.write(b"\r\n".join([*lines, b"", bytes(told.body)]))
            self.transport.close()

    PROTOCOL = Connection
