"""Registers the parts."""

from __future__ import annotations

from collections.abc import Iterator

from voxpop import ListenerPart, ModelPart, TokenizerPart, hookimpl
from voxpop_shout.listener import ShoutListenerConfig, open_listener
from voxpop_shout.model import NaiveBayesConfig, fit_naive_bayes, load_naive_bayes
from voxpop_shout.tokenizer import ShoutTokenizerConfig, fit_tokenizer, load_tokenizer


@hookimpl
def voxpop_tokenizers() -> Iterator[TokenizerPart[ShoutTokenizerConfig]]:
    """Offer the tokenizer."""
    yield TokenizerPart(
        name="shout",
        summary="Words, and how loud they are",
        config=ShoutTokenizerConfig,
        fit=fit_tokenizer,
        load=load_tokenizer,
    )


@hookimpl
def voxpop_models() -> Iterator[ModelPart[NaiveBayesConfig]]:
    """Offer the model."""
    yield ModelPart(
        name="naive-bayes",
        summary="Multinomial naive Bayes on token counts",
        config=NaiveBayesConfig,
        fit=fit_naive_bayes,
        load=load_naive_bayes,
    )


@hookimpl
def voxpop_listeners() -> Iterator[ListenerPart[ShoutListenerConfig]]:
    """Offer the listener."""
    yield ListenerPart(
        name="shout",
        summary="Writes the milestones of a run into a file, in capitals",
        config=ShoutListenerConfig,
        open=open_listener,
    )
