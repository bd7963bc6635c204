from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from tests.plugins.s3.conftest import BUCKET, client, store_at
from tests.s3_server import SeaweedFS
from voxpop import ObjectStore, Registry, StoreRegistry
from voxpop.testing import RegistryConformance, StoreConformance


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    url = f"http://{host}:{port}"
    client(url).create_bucket(Bucket=BUCKET)
    yield url
    moto.stop()


class TestS3StoreOnSeaweedFS(StoreConformance):
    @pytest.fixture
    def store(self, server: SeaweedFS) -> ObjectStore:
        return store_at(server.url)


class TestS3StoreOnMoto(StoreConformance):
    @pytest.fixture
    def store(self, moto_url: str) -> ObjectStore:
        return store_at(moto_url)


class TestS3Registry(RegistryConformance):
    @pytest.fixture
    def registry(self, server: SeaweedFS) -> Registry:
        return StoreRegistry(store_at(server.url))
