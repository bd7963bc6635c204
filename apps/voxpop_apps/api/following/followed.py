"""One reference that is followed: which version it leads to, and whether that one is fit to serve.

All of it runs outside of the event loop, in the follower's thread.
"""

from __future__ import annotations

import datetime
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from voxpop import (
    Classifier,
    ObjectNotFoundError,
    ReferenceNotFoundError,
    StoreError,
    VoxpopError,
)
from voxpop_apps.api.served import Served

if TYPE_CHECKING:
    from voxpop import Plugins, Registry, VersionCache
    from voxpop_apps.api.observability.background_metrics import FollowingMetrics, Role

logger = logging.getLogger(__name__)

_FIRST_RETRY_S = 60.0
_LONGEST_RETRY_S = 3_600.0
_REFUSALS = 100  # versions that are remembered as unfit
# The first call of a shape may cost more than the later ones; no request shall pay for it.
_WARM_UP = ("Good.", "It does what it says and " * 4, "I read every word of the manual. " * 60)
_WARM_UP_SIZES = (1, 2, 8, 32)


@dataclass(frozen=True)
class Home:
    """Where versions come from.

    Attributes:
        name: the registry's name in the cache's records.
    """

    registry: Registry
    name: str
    cache: VersionCache
    plugins: Plugins


@dataclass(frozen=True)
class Asked:
    """What was asked of the registry before anything is followed, so that it is asked once.

    Attributes:
        registry: the registry, opened.
        version: where the reference led; None when the registry did not answer.
    """

    registry: Registry
    version: str | None


@dataclass(frozen=True)
class _Refusal:
    reason: str
    retry_at: float  # of the monotonic clock
    wait_s: float


class Followed:
    """A reference in one role, and the version that serves for it.

    Attributes:
        served: the version in service; None before the first. Replaced by one assignment, so that a
            reader sees the old one or the new one.
        registry_up: whether the registry answered when it was last asked, and gave what it has.
        is_found: whether the reference led to a version when the registry last answered.
    """

    def __init__(self, role: Role, reference: str, home: Home, metrics: FollowingMetrics) -> None:
        self.role = role
        self.reference = reference
        self.served: Served | None = None
        self.registry_up = True
        self.is_found = True
        self._home = home
        self._metrics = metrics
        self._refused: dict[str, _Refusal] = {}
        self._lock = threading.Lock()  # around the replacement of `served`
        self._told: str | None = None  # the last fault of asking, so that it is logged once

    def check(self, known: str | None = None) -> None:
        """Ask the registry where the reference leads, and serve what it leads to if that is fit.

        What cannot be had is logged, counted, and tried again at the next call.

        Args:
            known: where it leads, when that was asked a moment ago.
        """
        try:
            version = known or self._home.registry.resolve(self.reference)
        except ReferenceNotFoundError as error:
            self._asked()
            self._lost(error)
            return
        except Exception as error:  # noqa: BLE001 - whatever a plugin's registry raises
            self._not_asked(error)
            return
        self._found()
        if self.served is not None and self.served.version == version:
            self._asked()
            if self.served.source == "cache":
                self._serve(self.served.classifier, "registry")  # what was taken on trust is right
            return
        refusal = self._refused.get(version)
        if refusal is not None and time.monotonic() < refusal.retry_at:
            self._asked()
            return
        self._load(version, refusal)

    def take_cached(self) -> None:
        """Serve what the reference last led to, from the disk, if nothing serves yet."""
        version = self._home.cache.recall(self._home.name, self.reference)
        if self.served is not None or version is None:
            return
        refusal = self._refused.get(version)
        if refusal is not None and time.monotonic() < refusal.retry_at:
            return
        try:
            classifier = self._home.cache.load_cached(version, plugins=self._home.plugins)
            if classifier is None:
                return
            warm_up(classifier)
        except Exception as error:  # noqa: BLE001 - whatever a plugin's code raises
            self._refuse(version, error, refusal)
            return
        self._refused.pop(version, None)
        self._serve(classifier, "cache")

    def status(self) -> dict[str, object]:
        """Describe what is followed and what serves, JSON-able."""
        served = self.served
        return {
            "role": self.role,
            "reference": self.reference,
            "is_found": self.is_found,
            "version": served and served.version,
            "source": served and served.source,
            "loaded_at": served and served.loaded_at.isoformat(timespec="seconds"),
            "refused": {version: refusal.reason for version, refusal in self._refused.items()},
        }

    def _load(self, version: str, earlier: _Refusal | None) -> None:
        started = time.monotonic()
        try:
            classifier = self._home.cache.load(
                self._home.registry, version, plugins=self._home.plugins
            )
            warm_up(classifier)
        except Exception as error:  # noqa: BLE001 - whatever a plugin's code raises
            if isinstance(error, StoreError) and not isinstance(error, ObjectNotFoundError):
                self._not_asked(error)  # no rights, a full disk: nothing is wrong with the version
                return
            self._asked()
            self._refuse(version, error, earlier)
            if self.served is None:
                self.take_cached()
            return
        self._asked()
        self._metrics.load_seconds.observe(time.monotonic() - started)
        self._refused.pop(version, None)
        self._home.cache.remember(self._home.name, self.reference, version)
        self._serve(classifier, "registry")

    def _serve(self, classifier: Classifier, source: Literal["registry", "cache"]) -> None:
        served = Served(
            classifier=classifier,
            version=classifier.version,
            reference=self.reference,
            loaded_at=datetime.datetime.now(datetime.UTC),
            source=source,
        )
        with self._lock:
            before = self.served
            if before is not None and source == "cache":
                return  # the registry answered meanwhile
            self.served = served
            self._metrics.in_service(self.role, served, before)
        logger.log(
            logging.INFO if source == "registry" else logging.WARNING,
            "%s (%s) is served by %s%s; before: %s",
            self.reference,
            self.role,
            served.version,
            "" if source == "registry" else ", from the disk as it last was",
            before.version if before else "nothing",
        )

    def _refuse(self, version: str, error: Exception, earlier: _Refusal | None) -> None:
        wait_s = min(earlier.wait_s * 2, _LONGEST_RETRY_S) if earlier else _FIRST_RETRY_S
        code = error.code if isinstance(error, VoxpopError) else type(error).__name__
        self._refused[version] = _Refusal(code, time.monotonic() + wait_s, wait_s)
        while len(self._refused) > _REFUSALS:
            self._refused.pop(next(iter(self._refused)))
        self._metrics.versions_refused.labels(self.role, code).inc()
        logger.error(
            "%s (%s) leads to %s, which is refused; %s stays in service. It is tried again in "
            "%.0f s. %s",
            self.reference,
            self.role,
            version,
            self._in_service(),
            wait_s,
            error,
        )

    def _asked(self) -> None:
        self._metrics.registry_up.labels(self.role).set(1)
        self.registry_up = True
        if self._told is not None:
            logger.warning("The registry answers again about %s", self.reference)
            self._told = None

    def _not_asked(self, error: Exception) -> None:
        self._metrics.registry_up.labels(self.role).set(0)
        self._metrics.registry_failures.inc()
        self.registry_up = False
        kind = type(error).__name__
        if self._told != kind:  # once, and not at every poll
            self._told = kind
            logger.error(
                "%s (%s) cannot be followed: the registry does not answer, or not with what it "
                "has; %s stays in service, and it is tried again. %s",
                self.reference,
                self.role,
                self._in_service(),
                error,
            )

    def _found(self) -> None:
        self._metrics.reference_found.labels(self.role).set(1)
        if not self.is_found:
            logger.warning("%s (%s) leads to a version again", self.reference, self.role)
        self.is_found = True

    def _lost(self, error: ReferenceNotFoundError) -> None:
        self._metrics.reference_found.labels(self.role).set(0)
        if self.is_found:
            logger.error(
                "%s (%s) leads nowhere; %s stays in service. %s",
                self.reference,
                self.role,
                self._in_service(),
                error,
            )
        self.is_found = False

    def _in_service(self) -> str:
        return self.served.version if self.served else "nothing"


def warm_up(classifier: Classifier) -> None:
    """Let a classifier answer batches of several shapes."""
    for size in _WARM_UP_SIZES:
        for text in _WARM_UP:
            classifier.probabilities([text] * size)
