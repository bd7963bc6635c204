"""Keeps a sealed bundle that could not be published: what took hours to fit is not thrown away."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from voxpop.bundle.manifest import version_of
from voxpop.bundle.verification import read_manifest_bytes
from voxpop.errors import BundleError, VoxpopError
from voxpop.interfaces import Registry
from voxpop.settings import Settings

logger = logging.getLogger(__name__)


def publish_or_keep(registry: Registry, bundle: Path, names_registry: bool) -> str:
    """Publish a bundle and give its version; when that fails, keep it and tell where.

    Args:
        registry: where it goes.
        bundle: a sealed bundle; it is moved away when it is kept.
        names_registry: whether a run config names the registry, and not the environment, which
            `voxpop registry publish` asks.

    Raises:
        Exception: what publishing raised; the message says how to publish the bundle that is kept.
    """
    try:
        return registry.publish(bundle)
    except BundleError:  # it would be refused again
        raise
    except Exception as error:
        kept = _keep(bundle)
        if kept is None:
            raise
        told = f"The version is fitted and kept: voxpop registry publish {kept}"
        if names_registry:
            told += " (with VOXPOP_REGISTRY__NAME and its options set as the run config has them)"
        if isinstance(error, VoxpopError):
            error.args = (f"{error}\n{told}",)
        else:
            error.add_note(told)
        raise


def _keep(bundle: Path) -> Path | None:
    """Move the bundle below VOXPOP_HOME; None when not even that can be written."""
    directory = Settings().home / "unpublished"
    try:
        kept = directory / version_of(read_manifest_bytes(bundle))
        directory.mkdir(exist_ok=True)
        if not kept.exists():
            shutil.move(bundle, kept)
    except (OSError, VoxpopError) as error:
        logger.error("The bundle that could not be published cannot be kept either: %s", error)
        return None
    return kept
