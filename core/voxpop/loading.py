"""From a version's name to a classifier, through a cache on this machine's disk."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future

from voxpop.classifier import Classifier
from voxpop.errors import StoreUnavailableError
from voxpop.interfaces import Registry
from voxpop.plugins import Plugins
from voxpop.run_config import open_registry
from voxpop.settings import Settings
from voxpop.version_cache import VersionCache, name_registry

logger = logging.getLogger(__name__)

# How long a registry may take to say where a reference leads when a copy is here already.
_REGISTRY_WAIT_S = 5.0


def load(
    reference: str = "champion",
    *,
    registry: Registry | None = None,
    plugins: Plugins | None = None,
    settings: Settings | None = None,
) -> Classifier:
    """Load a version for use.

    When the registry of the settings does not answer, or not within 5 s, what the reference led to
    when it was last loaded on this machine is taken from the disk, with a warning. Where there is
    nothing on the disk, the registry is waited for as long as its own options say.

    Args:
        reference: an alias or a version.
        registry: where it is kept; None opens the registry of the settings.
        plugins: the parts to choose from; None loads the installed plugins.
        settings: None reads the settings of the process.

    Raises:
        ReferenceNotFoundError: there is no such alias or version.
        StoreUnavailableError: the registry does not answer, and nothing is cached.
        BundleError: the version is damaged, or computes something else on this machine.
        PluginError: a part that the version needs is missing or broken.
    """
    plugins = plugins or Plugins.load()
    if registry is not None:
        return load_version(registry, registry.resolve(reference), plugins=plugins)
    settings = settings or Settings()
    registry = open_registry(plugins, settings)
    cache, name = VersionCache(), name_registry(settings.registry, registry)
    known = cache.recall(name, reference)
    is_here = known is not None and cache.holds(known)
    try:
        version = _resolve(registry, reference, _REGISTRY_WAIT_S if is_here else None)
        classifier = cache.load(registry, version, plugins=plugins)
    except StoreUnavailableError as error:
        cached = None if known is None else cache.load_cached(known, plugins=plugins)
        if cached is None:
            raise
        logger.warning(
            "The registry does not answer, so %s is taken from the disk as it last was: %s. %s",
            reference,
            known,
            error,
        )
        return cached
    cache.remember(name, reference, classifier.version)
    return classifier


def _resolve(registry: Registry, reference: str, wait_s: float | None) -> str:
    """Ask where the reference leads; stop waiting for the answer after a time."""
    if wait_s is None:
        return registry.resolve(reference)
    answer: Future[str] = Future()

    def ask() -> None:
        try:
            answer.set_result(registry.resolve(reference))
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            answer.set_exception(error)

    # A daemon: the process may end while the registry is still silent.
    threading.Thread(target=ask, name="voxpop-resolve", daemon=True).start()
    try:
        return answer.result(wait_s)
    except TimeoutError as error:
        if answer.done():
            raise
        raise StoreUnavailableError(f"No answer came within {wait_s:g} s") from error


def load_version(registry: Registry, version: str, *, plugins: Plugins) -> Classifier:
    """Load a published version, fetched at most once: its bundle is kept on disk."""
    return VersionCache().load(registry, version, plugins=plugins)
