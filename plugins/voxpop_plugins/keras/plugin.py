"""Registers the Keras tokenizer and models."""

from __future__ import annotations

from collections.abc import Iterator

from voxpop import ModelPart, TokenizerPart, hookimpl
from voxpop_plugins.keras import bilstm, tokenizer
from voxpop_plugins.keras.bilstm import BiLSTMConfig
from voxpop_plugins.keras.tokenizer_config import KerasTokenizerConfig


@hookimpl
def voxpop_tokenizers() -> Iterator[TokenizerPart[KerasTokenizerConfig]]:
    """Offer the tokenizer."""
    yield TokenizerPart(
        name="keras",
        summary="The ids of the Keras Tokenizer, without Keras",
        config=KerasTokenizerConfig,
        fit=tokenizer.fit,
        load=tokenizer.load,
    )


@hookimpl
def voxpop_models() -> Iterator[ModelPart[BiLSTMConfig]]:
    """Offer the BiLSTM."""
    yield ModelPart(
        name="bilstm",
        summary="Two bidirectional LSTM layers, trained with Keras, served by onnxruntime",
        config=BiLSTMConfig,
        fit=bilstm.fit,
        load=bilstm.load,
    )
