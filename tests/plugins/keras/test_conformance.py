from __future__ import annotations

import pytest

from voxpop import ModelPart, Plugins, TokenizerPart
from voxpop.testing import ModelConformance, TokenizerConformance
from voxpop_plugins.keras.bilstm import BiLSTMConfig
from voxpop_plugins.keras.tokenizer_config import KerasTokenizerConfig

KERAS = Plugins.load(only=["keras"])


class TestKerasTokenizer(TokenizerConformance):
    @pytest.fixture
    def part(self) -> TokenizerPart[KerasTokenizerConfig]:
        return KERAS.get(TokenizerPart, "keras")


# Keras 3.15 calls np.array(variable) on TensorFlow's variables, whose __array__ is older than NumPy 2.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
@pytest.mark.train
class TestBiLSTM(ModelConformance):
    @pytest.fixture
    def part(self) -> ModelPart[BiLSTMConfig]:
        return KERAS.get(ModelPart, "bilstm")

    @pytest.fixture
    def config(self) -> BiLSTMConfig:
        return BiLSTMConfig(embedding_size=8, lstm_units=(6, 4), dense_units=4, epochs=2)
