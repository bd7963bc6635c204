"""Every part of the plugin keeps what its kind promises."""

from __future__ import annotations

from pathlib import Path

import pytest
from voxpop_shout.listener import ShoutListenerConfig, open_listener
from voxpop_shout.model import NaiveBayesConfig
from voxpop_shout.tokenizer import ShoutTokenizerConfig

from voxpop import Listener, ModelPart, Plugins, TokenizerPart
from voxpop.testing import ListenerConformance, ModelConformance, TokenizerConformance


class TestTokenizer(TokenizerConformance):
    @pytest.fixture
    def part(self) -> TokenizerPart[ShoutTokenizerConfig]:
        return Plugins.load(only=["shout"]).get(TokenizerPart, "shout")


class TestModel(ModelConformance):
    @pytest.fixture
    def part(self) -> ModelPart[NaiveBayesConfig]:
        return Plugins.load(only=["shout"]).get(ModelPart, "naive-bayes")


class TestListener(ListenerConformance):
    @pytest.fixture
    def listener(self, tmp_path: Path) -> Listener:
        return open_listener(ShoutListenerConfig(file=tmp_path / "shout.txt"))
