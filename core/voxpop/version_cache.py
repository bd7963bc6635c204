"""Fetched versions on this machine's disk, and which version each alias last led to.

    cache/bundles/<version>/                 a bundle, as the registry keeps it
    cache/bundles/.lock                      held by those who read, and by who evicts
    cache/aliases/<registry>/<alias>.json    the version that was last loaded under that alias

With both, a machine that has once loaded an alias needs no registry to load it again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from voxpop.bundle import verify_bundle
from voxpop.classifier import Classifier
from voxpop.disk import disk_fault
from voxpop.errors import BundleError, UsageError
from voxpop.interfaces import Registry
from voxpop.plugins import Plugins
from voxpop.registry import StoreRegistry
from voxpop.registry.layout import VERSION, is_alias
from voxpop.settings import cache_directory

logger = logging.getLogger(__name__)

_KEPT = 5  # versions, besides those that an alias last led to
_DISCARDED = ".discarded-"


class VersionCache:
    """The cache below `VOXPOP_HOME`; any number of processes may use it at once.

    Args:
        keep: how many versions stay, those loaded last; a version that an alias last led to always
            stays.
    """

    def __init__(self, *, keep: int = _KEPT) -> None:
        self._keep = keep
        self._bundles = cache_directory("bundles")
        self._aliases = cache_directory("aliases")

    def load(self, registry: Registry, version: str, *, plugins: Plugins) -> Classifier:
        """Load a published version, fetched at most once.

        What is cached is verified again, and fetched anew when it is damaged.

        Raises:
            BundleError: what the registry keeps is damaged, or computes something else here.
            ReferenceNotFoundError: there is no such version.
            StoreError: the version must be fetched and cannot.
        """
        with self._shared():
            classifier = self._load_cached(version, plugins)
            if classifier is None:
                place = self._bundles / version
                try:
                    registry.fetch(version, place)
                except UsageError:
                    if not place.exists():
                        raise
                    # Another thread or process fetched it meanwhile; it is verified like any other.
                classifier = Classifier.load(place, plugins=plugins, version=version)
            with contextlib.suppress(OSError):  # the order of use is a help, not a promise
                os.utime(self._bundles / version)
        self._evict(version)
        return classifier

    def load_cached(self, version: str, *, plugins: Plugins) -> Classifier | None:
        """Load a version without any registry; None when no sound copy is here.

        Raises:
            BundleError: the version computes something else on this machine.
            PluginError: a part that it needs is missing or broken.
        """
        with self._shared():
            return self._load_cached(version, plugins)

    def holds(self, version: str) -> bool:
        """Tell whether a copy is here; whether it is sound is seen when it is loaded."""
        return (self._bundles / version).exists()

    def remember(self, registry: str, alias: str, version: str) -> None:
        """Write down that the alias led to this version, which was loaded and is sound.

        Args:
            registry: which registry, as `name_registry` names it.
            alias: an alias; anything else need not be remembered.
            version: where it led.
        """
        if not is_alias(alias) or self.recall(registry, alias) == version:
            return
        file = self._aliases / registry / f"{alias}.json"
        aside = file.with_name(f".{uuid.uuid4().hex}")
        try:
            file.parent.mkdir(exist_ok=True)
            aside.write_text(json.dumps({"version": version, "at": time.time()}), encoding="utf-8")
            aside.replace(file)
        except OSError as error:
            aside.unlink(missing_ok=True)
            logger.warning(
                "That %s is %s cannot be remembered, so it is not found without the registry: %s",
                alias,
                version,
                disk_fault(error, file, "written"),
            )

    def recall(self, registry: str, reference: str) -> str | None:
        """Give the version that the reference last led to; None when that is not known."""
        if VERSION.fullmatch(reference):
            return reference
        if not is_alias(reference):
            return None
        return _version_in(self._aliases / registry / f"{reference}.json")

    def _load_cached(self, version: str, plugins: Plugins) -> Classifier | None:
        place = self._bundles / version
        if not place.exists():
            return None
        try:
            return Classifier.load(place, plugins=plugins, version=version)
        except BundleError as error:
            try:
                verify_bundle(place, version)
            except BundleError:
                logger.warning("The cached copy is damaged and fetched anew: %s", error)
                self._discard(place)
                return None
            raise  # the very bytes that were published: fetching them again would not help

    def _discard(self, place: Path) -> None:
        gone = place.with_name(f"{_DISCARDED}{uuid.uuid4().hex}")
        with contextlib.suppress(OSError):  # another process does the same
            place.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)

    def _evict(self, in_use: str) -> None:
        """Remove what was not used for long, unless somebody is reading right now."""
        wanted = {in_use, *filter(None, map(_version_in, self._aliases.glob("*/*.json")))}
        with (
            contextlib.suppress(OSError),
            (self._bundles / ".lock").open("a") as lock,
        ):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            there = [path for path in self._bundles.iterdir() if VERSION.fullmatch(path.name)]
            there.sort(key=lambda path: path.stat().st_mtime, reverse=True)
            for old in there[self._keep :]:
                if old.name not in wanted:
                    self._discard(old)
            for left in self._bundles.glob(f"{_DISCARDED}*"):
                shutil.rmtree(left, ignore_errors=True)

    @contextlib.contextmanager
    def _shared(self) -> Iterator[None]:
        """Keep others from evicting meanwhile."""
        path = self._bundles / ".lock"
        try:
            lock = path.open("a")
        except OSError as error:
            raise disk_fault(error, path, "written") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield


def name_registry(table: Mapping[str, Any], registry: Registry | None = None) -> str:
    """Name a registry by its settings, so that two registries' aliases are kept apart.

    Args:
        table: the registry's table in the settings.
        registry: the registry itself, opened; it may know more of where it is than the table says
            (for S3, what AWS_ENDPOINT_URL names).
    """
    place = registry.location if isinstance(registry, StoreRegistry) else ""
    told = json.dumps([table, place], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _version_in(file: Path) -> str | None:
    try:
        version = json.loads(file.read_bytes())["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, str) and VERSION.fullmatch(version) else None
