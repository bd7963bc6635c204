from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.plugins.s3.conftest import BUCKET, client
from voxpop import ObjectStore, Registry
from voxpop.testing import RegistryConformance, StoreConformance
from voxpop_plugins.s3.config import S3RegistryConfig, S3StoreConfig
from voxpop_plugins.s3.plugin import open_registry, open_store


class TestS3StoreOnSeaweedFS(StoreConformance):
    @pytest.fixture
    def store(self, config: S3StoreConfig) -> ObjectStore:
        return open_store(config)


class TestS3StoreOnMoto(StoreConformance):
    @pytest.fixture(scope="class")
    def moto_url(self) -> Iterator[str]:
        moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        moto.start()
        host, port = moto.get_host_and_port()
        yield f"http://{host}:{port}"
        moto.stop()

    @pytest.fixture
    def store(self, moto_url: str, tmp_path: Path) -> ObjectStore:
        s3 = client(moto_url)
        s3.create_bucket(Bucket=BUCKET)
        return open_store(
            S3StoreConfig(bucket=BUCKET, prefix=tmp_path.name.lower(), endpoint_url=moto_url)
        )


class TestS3Registry(RegistryConformance):
    @pytest.fixture
    def registry(self, config: S3StoreConfig) -> Registry:
        return open_registry(S3RegistryConfig(**config.model_dump()))
