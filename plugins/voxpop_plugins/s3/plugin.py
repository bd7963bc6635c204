"""Registers the parts that keep things in S3, and the reviews there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from voxpop import (
    DataSourcePart,
    Listener,
    MissingExtraError,
    ObjectStore,
    Registry,
    RegistryPart,
    Splits,
    StorePart,
    StoreRegistry,
    hookimpl,
)
from voxpop_plugins.s3.amazon_polarity.config import AmazonPolarityConfig
from voxpop_plugins.s3.config import S3RegistryConfig, S3StoreConfig


def open_store(config: S3StoreConfig) -> ObjectStore:
    """Open the store. Nothing is asked of the server yet.

    Raises:
        MissingExtraError: boto3 is not installed.
        StoreAccessError: the AWS settings of this process cannot be used.
    """
    with _boto3_needed():
        from voxpop_plugins.s3.client import connect
        from voxpop_plugins.s3.store import S3Store
    return S3Store(connect(config))


def open_registry(config: S3RegistryConfig) -> Registry:
    """Open the registry. Nothing is asked of the server yet.

    Raises:
        MissingExtraError: boto3 is not installed.
        StoreAccessError: the AWS settings of this process cannot be used.
    """
    with _boto3_needed():
        from voxpop_plugins.s3.client import connect
        from voxpop_plugins.s3.store import S3Store
    bucket = connect(config)
    return StoreRegistry(S3Store(bucket), location=bucket.place.whole)


def load(config: AmazonPolarityConfig, listen: Listener) -> Splits:
    """Read the reviews from the bucket, or from the cache when they are the same.

    Raises:
        MissingExtraError: boto3 or pyarrow is not installed.
        DataError: the shards cannot be used.
        StoreError: the bucket cannot be read.
    """
    with _boto3_needed():
        from voxpop_plugins.s3.amazon_polarity.source import load_amazon_polarity
    return load_amazon_polarity(config, listen)


@contextlib.contextmanager
def _boto3_needed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("boto3", "botocore"):
            raise
        raise MissingExtraError(
            "The parts called s3 and amazon-polarity need boto3, which is not installed. "
            'Install it with: pip install "voxpop[s3]"'
        ) from error


@hookimpl
def voxpop_data_sources() -> Iterable[DataSourcePart[AmazonPolarityConfig]]:
    """Offer the amazon-polarity reviews."""
    yield DataSourcePart(
        name="amazon-polarity",
        summary="Amazon reviews as Parquet in a bucket of Amazon S3 or of a server like it",
        config=AmazonPolarityConfig,
        load=load,
    )


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
