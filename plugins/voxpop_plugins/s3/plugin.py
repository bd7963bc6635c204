"""Registers the parts that keep things in S3."""

from __future__ import annotations

from collections.abc import Iterable

from voxpop import (
    MissingExtraError,
    ObjectStore,
    Registry,
    RegistryPart,
    StorePart,
    StoreRegistry,
    hookimpl,
)
from voxpop_plugins.s3.config import S3RegistryConfig, S3StoreConfig


def open_store(config: S3StoreConfig) -> ObjectStore:
    """Open the store. Nothing is asked of the server yet.

    Raises:
        MissingExtraError: boto3 is not installed.
        StoreAccessError: the AWS settings of this process cannot be used.
    """
    try:
        from voxpop_plugins.s3.client import connect
        from voxpop_plugins.s3.store import S3Store
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("boto3", "botocore"):
            raise
        raise MissingExtraError(
            "The parts called s3 need boto3, which is not installed. "
            'Install it with: pip install "voxpop[s3]"'
        ) from error
    return S3Store(connect(config))


def open_registry(config: S3RegistryConfig) -> Registry:
    """Open the registry. Nothing is asked of the server yet.

    Raises:
        MissingExtraError: boto3 is not installed.
        StoreAccessError: the AWS settings of this process cannot be used.
    """
    store = open_store(S3StoreConfig(**config.model_dump()))
    return StoreRegistry(store, location=f"s3://{config.bucket}/{config.prefix}")


@hookimpl
def voxpop_stores() -> Iterable[StorePart[S3StoreConfig]]:
    """Offer the s3 store."""
    yield StorePart(
        name="s3",
        summary="Objects in a bucket of Amazon S3 or a server that speaks its protocol",
        config=S3StoreConfig,
        open=open_store,
    )


@hookimpl
def voxpop_registries() -> Iterable[RegistryPart[S3RegistryConfig]]:
    """Offer the s3 registry."""
    yield RegistryPart(
        name="s3",
        summary="Versions in a bucket of Amazon S3 or a server that speaks its protocol",
        config=S3RegistryConfig,
        open=open_registry,
    )
