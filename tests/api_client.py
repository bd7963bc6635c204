"""The API in the tests' own process, over a registry in memory."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from voxpop import Classifier, Plugins, StoreRegistry, TokenBatch, Tokenizer
from voxpop.testing import MemoryStore, make_bundle, sample_plugins
from voxpop_apps.api.app import create_app
from voxpop_apps.api.connections import PROTOCOL
from voxpop_apps.api.served import Served
from voxpop_apps.api.settings import ApiSettings


def make_api(directory: Path, *, published: bool = True, **settings: Any) -> FastAPI:
    """Make the API over a registry that holds one champion, or nothing."""
    store = MemoryStore()
    if published:
        make_bundle(directory / "bundle")
        registry = StoreRegistry(store)
        registry.move_alias("champion", registry.publish(directory / "bundle"), expected=None)
    given: dict[str, Any] = {"auth": "off", "feedback": {"name": "memory"}, **settings}
    return create_app(ApiSettings(**given), sample_plugins(store=store))


class Tampered:
    """A tokenizer that does something with every text before it encodes it."""

    def __init__(self, inner: Tokenizer, before: Callable[[str], None]) -> None:
        self._inner = inner
        self._before = before

    @property
    def vocabulary_size(self) -> int:
        return self._inner.vocabulary_size

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        for text in texts:
            self._before(text)
        return self._inner.encode(texts)

    def save(self, directory: Path) -> None:
        self._inner.save(directory)


@contextlib.contextmanager
def serving(directory: Path, **settings: Any) -> Iterator[TestClient]:
    """Run the API and give a client of it."""
    with TestClient(make_api(directory, **settings)) as client:
        yield client


@contextlib.asynccontextmanager
async def calling(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Run the API in this event loop and give a client that may ask many things at once."""
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api") as client,
    ):
        yield client


def load_served(directory: Path, plugins: Plugins | None = None) -> Served:
    """Load a small version for use."""
    make_bundle(directory)
    classifier = Classifier.load(directory, plugins=plugins or sample_plugins())
    now = datetime.datetime.now(datetime.UTC)
    return Served(classifier, classifier.version, "champion", now, "registry")


async def until_idle(rounds: int = 5) -> None:
    """Let everything that can go on go on."""
    for _ in range(rounds):
        await asyncio.sleep(0)


@contextlib.contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Run the API under uvicorn, on a free port of this machine; give its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_config=None, lifespan="on", http=PROTOCOL, ws="none", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.005)
        host, port = listener.getsockname()
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
