"""The six hooks, all shaped alike: each takes nothing and returns an iterable of parts.

A plugin is a module (or object) that implements any of them and is registered through the
entry-point group ``voxpop``. Hooks are called once, when plugins are loaded; so a plugin's module
imports nothing heavy at its top: a part's functions import what they need when called.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pluggy

from voxpop.parts import (
    DataSourcePart,
    ListenerPart,
    ModelPart,
    RegistryPart,
    StorePart,
    TokenizerPart,
)

ENTRY_POINT_GROUP = "voxpop"

hookspec = pluggy.HookspecMarker("voxpop")
hookimpl = pluggy.HookimplMarker("voxpop")


@hookspec
def voxpop_data_sources() -> Iterable[DataSourcePart[Any]]:  # type: ignore[empty-body]
    """Offer data sources: they read labelled reviews.

    Example::

        @hookimpl
        def voxpop_data_sources():
            yield DataSourcePart(
                name="shop", summary="Reviews of our shop", config=ShopConfig, load=load_shop
            )

    `load(config, listen)` returns `Splits`; it is called once a run, before anything is fitted.
    """


@hookspec
def voxpop_tokenizers() -> Iterable[TokenizerPart[Any]]:  # type: ignore[empty-body]
    """Offer tokenizers: they turn texts into token ids.

    Example::

        @hookimpl
        def voxpop_tokenizers():
            yield TokenizerPart(
                name="words", summary="Words by spaces", config=WordsConfig,
                fit=fit_words, load=load_words,
            )

    `fit(config, texts)` sees the training texts once, as a stream, and returns a `Tokenizer`;
    `load(directory)` reads what `Tokenizer.save` wrote.
    """


@hookspec
def voxpop_models() -> Iterable[ModelPart[Any]]:  # type: ignore[empty-body]
    """Offer models: they turn token ids into class probabilities.

    Example::

        @hookimpl
        def voxpop_models():
            yield ModelPart(
                name="linear", summary="Logistic regression", config=LinearConfig,
                fit=fit_linear, load=load_linear,
            )

    `fit(config, task)` returns a `Model`; `load(directory)` reads what `Model.save` wrote and
    imports only what serving needs.
    """


@hookspec
def voxpop_registries() -> Iterable[RegistryPart[Any]]:  # type: ignore[empty-body]
    """Offer registries: they keep versions and aliases.

    Example::

        @hookimpl
        def voxpop_registries():
            yield RegistryPart(
                name="vault", summary="Versions in our vault", config=VaultConfig, open=open_vault
            )

    `open(config)` returns a `Registry`; `voxpop.StoreRegistry` makes one of any `ObjectStore`.
    """


@hookspec
def voxpop_stores() -> Iterable[StorePart[Any]]:  # type: ignore[empty-body]
    """Offer object stores: they keep bytes under keys.

    Example::

        @hookimpl
        def voxpop_stores():
            yield StorePart(
                name="vault", summary="Bytes in our vault", config=VaultConfig, open=open_vault
            )

    `open(config)` returns an `ObjectStore`.
    """


@hookspec
def voxpop_listeners() -> Iterable[ListenerPart[Any]]:  # type: ignore[empty-body]
    """Offer listeners: they hear the events of a run.

    Example::

        @hookimpl
        def voxpop_listeners():
            yield ListenerPart(
                name="chat", summary="Tells the team", config=ChatConfig, open=open_chat
            )

    `open(config)` returns a callable that takes an `Event`. What it raises is logged; only
    `RunStopped` ends the run.
    """
