"""From a version's name to a classifier, through a cache on this machine's disk."""

from __future__ import annotations

import logging

from voxpop.classifier import Classifier
from voxpop.errors import StoreUnavailableError
from voxpop.interfaces import Registry
from voxpop.plugins import Plugins
from voxpop.run_config import open_registry
from voxpop.settings import Settings
from voxpop.version_cache import VersionCache, name_registry

logger = logging.getLogger(__name__)


def load(
    reference: str = "champion",
    *,
    registry: Registry | None = None,
    plugins: Plugins | None = None,
) -> Classifier:
    """Load a version for use.

    When the registry of the process settings does not answer, what the reference led to when it was
    last loaded on this machine is taken from the disk, with a warning.

    Args:
        reference: an alias or a version.
        registry: where it is kept; None opens the registry of the process settings.
        plugins: the parts to choose from; None loads the installed plugins.

    Raises:
        ReferenceNotFoundError: there is no such alias or version.
        StoreUnavailableError: the registry does not answer, and nothing is cached.
        BundleError: the version is damaged, or computes something else on this machine.
        PluginError: a part that the version needs is missing or broken.
    """
    plugins = plugins or Plugins.load()
    if registry is not None:
        return load_version(registry, registry.resolve(reference), plugins=plugins)
    settings = Settings()
    cache, name = VersionCache(), name_registry(settings.registry)
    registry = open_registry(plugins, settings)
    try:
        classifier = cache.load(registry, registry.resolve(reference), plugins=plugins)
    except StoreUnavailableError as error:
        version = cache.recall(name, reference)
        cached = None if version is None else cache.load_cached(version, plugins=plugins)
        if cached is None:
            raise
        logger.warning(
            "The registry does not answer, so %s is taken from the disk as it last was: %s. %s",
            reference,
            version,
            error,
        )
        return cached
    cache.remember(name, reference, classifier.version)
    return classifier


def load_version(registry: Registry, version: str, *, plugins: Plugins) -> Classifier:
    """Load a published version, fetched at most once: its bundle is kept on disk."""
    return VersionCache().load(registry, version, plugins=plugins)
