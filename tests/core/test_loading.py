"""A machine that has loaded an alias once can load it again while the registry is down."""
# ruff: noqa: F811 - the fixtures are imported by their names

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import voxpop
from tests.followers import SwitchedStore, move, plugins, publish, registry, store  # noqa: F401
from voxpop import BundleError, Plugins, StoreRegistry, StoreUnavailableError, VersionCache
from voxpop.testing import race, sample_plugins

Publish = Callable[[int], str]
Move = Callable[..., None]


def test_what_was_loaded_once_is_there_when_the_registry_is_down(
    plugins: Plugins,
    store: SwitchedStore,
    publish: Publish,
    move: Move,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, two = publish(1), publish(2)
    move(one)
    assert voxpop.load(plugins=plugins).version == one
    assert caplog.text == ""
    store.plugged.clear()
    with caplog.at_level(logging.WARNING):
        assert voxpop.load(plugins=plugins).version == one
        assert voxpop.load(one, plugins=plugins).version == one
    assert f"taken from the disk as it last was: {one}" in caplog.text
    store.plugged.set()
    move(two)
    assert voxpop.load(plugins=plugins).version == two
    store.plugged.clear()
    assert voxpop.load(plugins=plugins).version == two


def test_a_registry_that_is_silent_is_not_waited_for_when_a_copy_is_here(
    plugins: Plugins,
    store: SwitchedStore,
    publish: Publish,
    move: Move,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = publish(1)
    move(one)
    voxpop.load(plugins=plugins)
    store.hangs.clear()  # answers after 20 s only
    try:
        began = time.monotonic()
        assert voxpop.load(plugins=plugins).version == one
        assert time.monotonic() - began < 15
    finally:
        store.hangs.set()
    assert "No answer came within 5 s" in caplog.text


def test_what_was_never_loaded_is_not_made_up(
    plugins: Plugins, store: SwitchedStore, publish: Publish, move: Move
) -> None:
    move(publish(1))
    store.plugged.clear()
    for reference in ("champion", "v-0123456789abcdef", "v-0123", "no alias!"):
        with pytest.raises(StoreUnavailableError):
            voxpop.load(reference, plugins=plugins)


def test_only_a_registry_that_does_not_answer_is_replaced_by_the_disk(
    plugins: Plugins, registry: StoreRegistry, publish: Publish, move: Move
) -> None:
    one = publish(1)
    move(one)
    voxpop.load(plugins=plugins)
    registry.move_alias("champion", None, expected=one)
    with pytest.raises(voxpop.ReferenceNotFoundError):
        voxpop.load(plugins=plugins)


def test_aliases_of_two_registries_are_told_apart(voxpop_home: Path) -> None:
    cache = VersionCache()
    one, two = (voxpop.name_registry({"name": "s3", "bucket": name}) for name in ("a", "b"))
    cache.remember(one, "champion", "v-0123456789abcdef")
    assert cache.recall(one, "champion") == "v-0123456789abcdef"
    assert cache.recall(two, "champion") is None
    (file,) = (voxpop_home / "cache" / "aliases").glob("*/champion.json")
    file.write_text("damaged")
    assert cache.recall(one, "champion") is None


def test_old_versions_make_room_and_those_that_aliases_led_to_stay(
    registry: StoreRegistry, publish: Publish, voxpop_home: Path
) -> None:
    plugins = sample_plugins()
    cache = VersionCache(keep=2)
    versions = [publish(seed) for seed in range(5)]
    cache.remember("registry", "champion", versions[0])
    for age, version in enumerate(versions):
        cache.load(registry, version, plugins=plugins)
        os.utime(voxpop_home / "cache" / "bundles" / version, (age, age))
    there = {path.name for path in (voxpop_home / "cache" / "bundles").glob("v-*")}
    assert there == {versions[0], versions[3], versions[4]}


def test_nothing_is_evicted_while_another_loads(
    registry: StoreRegistry, publish: Publish, voxpop_home: Path
) -> None:
    import fcntl

    plugins = sample_plugins()
    cache = VersionCache(keep=1)
    cache.load(registry, publish(1), plugins=plugins)
    with (voxpop_home / "cache" / "bundles" / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # as another process that loads
        cache.load(registry, publish(2), plugins=plugins)
        assert len(list((voxpop_home / "cache" / "bundles").glob("v-*"))) == 2
    cache.load(registry, publish(2), plugins=plugins)
    assert len(list((voxpop_home / "cache" / "bundles").glob("v-*"))) == 1


def test_many_load_many_versions_through_a_small_cache(
    registry: StoreRegistry, publish: Publish
) -> None:
    plugins = sample_plugins()
    versions = [publish(seed) for seed in range(4)]
    lock = threading.Lock()
    loaded: list[str] = []

    def load_all(number: int) -> None:
        cache = VersionCache(keep=1)
        for step in range(8):
            classifier = cache.load(registry, versions[(number + step) % 4], plugins=plugins)
            assert classifier.predict(["lovely"])[0].label == "positive"
            with lock:
                loaded.append(classifier.version)

    race(load_all, 4)
    assert len(loaded) == 32


def test_a_sound_copy_that_computes_something_else_is_not_fetched_again(
    plugins: Plugins, store: SwitchedStore, publish: Publish, move: Move
) -> None:
    move(publish(1))
    voxpop.load(plugins=plugins)
    part = plugins.get(voxpop.ModelPart, "word-weights")

    def load_wrong(directory: Path) -> object:
        model = part.load(directory)
        model.weights[:] = -model.weights  # type: ignore[attr-defined]
        return model

    wrong = Plugins.of(
        *(each for each in plugins.parts() if each is not part),
        voxpop.ModelPart(
            name=part.name,
            summary="x",
            config=part.config,
            fit=part.fit,
            load=load_wrong,  # type: ignore[arg-type]
        ),
    )
    asked = store.asked
    with pytest.raises(BundleError, match="golden"):
        voxpop.load(plugins=wrong)
    assert store.asked <= asked + 2  # resolved, and no file was fetched
