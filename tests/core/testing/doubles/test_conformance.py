"""The doubles keep the promises that they stand in for."""

from __future__ import annotations

from typing import Literal

import pytest

from voxpop import (
    DataSourcePart,
    Listener,
    ModelPart,
    ObjectStore,
    Registry,
    StoreRegistry,
    TokenizerPart,
)
from voxpop.testing import (
    SAMPLE_REVIEWS,
    WORD_WEIGHTS,
    WORDS,
    DataSourceConformance,
    ListenerConformance,
    MemoryStore,
    ModelConformance,
    RecordingListener,
    RegistryConformance,
    SampleReviewsConfig,
    StoreConformance,
    TokenizerConformance,
    WordTokenizerConfig,
    WordWeightsConfig,
)


class TestSampleReviews(DataSourceConformance):
    @pytest.fixture
    def part(self) -> DataSourcePart[SampleReviewsConfig]:
        return SAMPLE_REVIEWS

    @pytest.fixture(params=[2, 3])
    def config(self, request: pytest.FixtureRequest) -> SampleReviewsConfig:
        classes: Literal[2, 3] = request.param
        return SampleReviewsConfig(classes=classes)


class TestWords(TokenizerConformance):
    @pytest.fixture
    def part(self) -> TokenizerPart[WordTokenizerConfig]:
        return WORDS


class TestWordWeights(ModelConformance):
    @pytest.fixture
    def part(self) -> ModelPart[WordWeightsConfig]:
        return WORD_WEIGHTS


class TestMemoryStore(StoreConformance):
    @pytest.fixture
    def store(self) -> ObjectStore:
        return MemoryStore()


class TestStoreRegistryInMemory(RegistryConformance):
    @pytest.fixture
    def registry(self) -> Registry:
        return StoreRegistry(MemoryStore())


class TestRecordingListener(ListenerConformance):
    @pytest.fixture
    def listener(self) -> Listener:
        return RecordingListener()
