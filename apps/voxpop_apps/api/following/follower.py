"""Follows the champion: polls its alias, and swaps the version in service when it moved."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
import zlib
from typing import TYPE_CHECKING

from voxpop import (
    Settings,
    StoreUnavailableError,
    VersionCache,
    name_registry,
    open_registry,
)
from voxpop_apps.api.errors import ModelNotReadyError
from voxpop_apps.api.following.daemon import DaemonExecutor
from voxpop_apps.api.following.followed import Followed, Home
from voxpop_apps.api.following.shadow import Shadow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from voxpop import Move, Plugins
    from voxpop_apps.api.following.followed import Asked
    from voxpop_apps.api.observability.metrics import Metrics
    from voxpop_apps.api.served import Served
    from voxpop_apps.api.settings import ApiSettings

logger = logging.getLogger(__name__)

_FIXED = re.compile(r"v-[0-9a-f]{16}")
_JITTER = 0.2  # of the period, either way: many servers shall not ask all at once
_SHARES = 1 << 16


class Follower:
    """Keeps the version that the reference leads to in service, and perhaps two more beside it.

    `choose` and `current` are safe in the event loop at any time; the registry, the disk and the
    model are only touched in a thread.
    """

    def __init__(
        self,
        settings: ApiSettings,
        plugins: Plugins,
        metrics: Metrics,
        asked: Asked | None = None,
    ) -> None:
        core = Settings()
        registry = asked.registry if asked else open_registry(plugins, core)
        home = Home(
            registry,
            name_registry(core.registry, registry),
            VersionCache(keep=settings.cached_versions),
            plugins,
        )
        self._registry = registry
        self._known = asked.version if asked else None
        self._poll_s = settings.poll_s
        self._registry_wait_s = settings.registry_wait_s
        self._main = Followed("main", settings.reference, home, metrics.following)
        self._canary: Followed | None = None
        self._canary_below = 0
        if settings.canary_reference is not None:
            self._canary = Followed("canary", settings.canary_reference, home, metrics.following)
            self._canary_below = round(settings.canary_share * _SHARES)
        self._shadow: Shadow | None = None
        self._all = [self._main, *filter(None, [self._canary])]
        if settings.shadow_reference is not None:
            shadowed = Followed("shadow", settings.shadow_reference, home, metrics.following)
            self._all.append(shadowed)
            self._shadow = Shadow(shadowed, metrics.following)
        self._thread = DaemonExecutor("voxpop-follower")
        self._asking = DaemonExecutor("voxpop-history")
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load what can be loaded, then go on following in the background.

        Never raises for a registry that is down. When it does not answer soon, what served last is
        taken from the disk; when there is none, the server starts without a version.
        """
        if self._shadow is not None:
            self._shadow.start()
        loop = asyncio.get_running_loop()
        first = loop.run_in_executor(self._thread, self._main.check, self._known)
        await asyncio.wait([first], timeout=self._registry_wait_s)
        if self._main.served is None:
            # In another thread: the follower's own may still wait for the registry.
            await asyncio.to_thread(self._main.take_cached)
        self._task = loop.create_task(self._follow(first))

    async def stop(self) -> None:
        """Stop following; the version in service stays usable. No registry is waited for."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._asking.shutdown(wait=False, cancel_futures=True)
        if self._shadow is not None:
            await asyncio.to_thread(self._shadow.stop)

    def current(self) -> Served | None:
        """Give the version that the reference leads to; None before one is loaded."""
        return self._main.served

    async def history(self) -> Sequence[Move]:
        """Give the moves of the alias that is followed, oldest first; none when it is a version.

        Raises:
            StoreError: the registry does not answer, or not soon.
        """
        asked = asyncio.get_running_loop().run_in_executor(
            self._asking, self._registry.history, self._main.reference
        )
        try:
            return await asyncio.wait_for(asked, self._registry_wait_s)
        except TimeoutError as error:
            raise StoreUnavailableError(
                f"The registry did not answer within {self._registry_wait_s:g} s"
            ) from error

    def choose(self, request_id: str) -> Served:
        """Give the version that answers this request: the same one for the same id.

        Raises:
            ModelNotReadyError: no version is loaded yet.
        """
        served = self._main.served
        if self._canary is not None:
            canary = self._canary.served
            share = zlib.crc32(request_id.encode()) % _SHARES
            if canary is not None and share < self._canary_below:
                return canary
        if served is None:
            raise ModelNotReadyError(
                f"No version is loaded yet: {self._main.reference} could not be loaded so far, "
                "which is tried again all the time. Ask again later",
                retry_after_s=self._poll_s,
            )
        return served

    def in_service(self) -> list[Served]:
        """Give the versions that answer: that of the reference, and the canary's."""
        both = [self._main, *filter(None, [self._canary])]
        return [followed.served for followed in both if followed.served is not None]

    def observe(self, served: Served, texts: list[str], probabilities: NDArray[np.float64]) -> None:
        """Show the shadow what was answered; never waits, and does nothing without a shadow."""
        if self._shadow is not None:
            self._shadow.observe(served, texts, probabilities)

    def status(self) -> dict[str, object]:
        """Describe what is followed and what serves, JSON-able."""
        return {
            "registry_up": all(followed.registry_up for followed in self._all),
            "following": [followed.status() for followed in self._all],
        }

    async def _follow(self, first: asyncio.Future[None]) -> None:
        await asyncio.wait([first])
        if not first.cancelled() and (error := first.exception()) is not None:
            _tell(self._main, error)
        begun = False
        while True:
            for followed in self._all:
                settled = _FIXED.fullmatch(followed.reference) and followed.served is not None
                if not settled and (begun or followed is not self._main):
                    try:
                        await self._check(followed)
                    except Exception as error:  # noqa: BLE001 - the next round may go well
                        _tell(followed, error)
            begun = True
            jitter = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
            await asyncio.sleep(self._poll_s * jitter)

    async def _check(self, followed: Followed) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, followed.check)
        if followed.served is None and not followed.registry_up:
            await loop.run_in_executor(self._thread, followed.take_cached)


def _tell(followed: Followed, error: BaseException) -> None:
    logger.error(
        "%s (%s) could not be looked after, and is again at the next poll",
        followed.reference,
        followed.role,
        exc_info=error,
    )
