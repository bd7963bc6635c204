"""From a version's name to a classifier, through a cache on this machine's disk."""

from __future__ import annotations

import logging
import shutil

from voxpop.bundle import verify_bundle
from voxpop.classifier import Classifier
from voxpop.errors import BundleError
from voxpop.interfaces import Registry
from voxpop.plugins import Plugins
from voxpop.run_config import open_registry
from voxpop.settings import Settings, cache_directory

logger = logging.getLogger(__name__)


def load(
    reference: str = "champion",
    *,
    registry: Registry | None = None,
    plugins: Plugins | None = None,
) -> Classifier:
    """Load a version for use.

    Args:
        reference: an alias or a version.
        registry: where it is kept; None opens the registry of the process settings.
        plugins: the parts to choose from; None loads the installed plugins.

    Raises:
        ReferenceNotFoundError: there is no such alias or version.
        BundleError: the version is damaged, or computes something else on this machine.
        PluginError: a part that the version needs is missing or broken.
    """
    plugins = plugins or Plugins.load()
    registry = registry or open_registry(plugins, Settings())
    return load_version(registry, registry.resolve(reference), plugins=plugins)


def load_version(registry: Registry, version: str, *, plugins: Plugins) -> Classifier:
    """Load a published version, fetched at most once: its bundle is kept on disk.

    The cached bundle is verified again on every load; a damaged one is fetched anew.
    """
    cached = cache_directory("bundles") / version
    if cached.exists():
        try:
            verify_bundle(cached, version)
        except BundleError as error:
            logger.warning("The cached copy is damaged and fetched anew: %s", error)
            shutil.rmtree(cached, ignore_errors=True)
    if not cached.exists():
        registry.fetch(version, cached)
    return Classifier.load(cached, plugins=plugins, version=version)
