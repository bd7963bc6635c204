"""What fails while an alias is followed is told for what it is, and never ends the following."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.api_client import Tampered, load_served
from tests.followers import SwitchedStore, following, until, values
from voxpop import Plugins, StoreAccessError, StoreError, StoreFullError, StoreRegistry
from voxpop_apps.api.following.followed import Followed
from voxpop_apps.api.following.follower import Follower
from voxpop_apps.api.following.shadow import Shadow
from voxpop_apps.api.observability.metrics import Metrics

Publish = Callable[[int], str]
Move = Callable[..., None]


def version_of(follower: Follower) -> str | None:
    served = follower.current()
    return served.version if served else None


def told(metrics: Metrics, name: str, role: str = "main") -> float | None:
    return dict(values(metrics)).get(f'{name}{{role="{role}"}}')


def lines(caplog: pytest.LogCaptureFixture, part: str) -> list[str]:
    return [text for record in caplog.records if part in (text := record.getMessage())]


def test_an_alias_that_is_removed_is_told_apart_from_a_registry_that_is_down(
    plugins: Plugins,
    registry: StoreRegistry,
    store: SwitchedStore,
    publish: Publish,
    move: Move,
    metrics: Metrics,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, two = publish(1), publish(2)
    move(one)
    move(two, "candidate")

    async def run() -> None:
        async with following(plugins, metrics, canary_reference="candidate") as follower:
            await until(lambda: told(metrics, "voxpop_registry_up", "canary") == 1)
            registry.move_alias("champion", None, expected=one)
            await until(lambda: told(metrics, "voxpop_reference_found") == 0)
            asked = store.asked
            await until(lambda: store.asked > asked + 20)
            # The sound canary takes nothing back, and the registry is not said to be down.
            assert told(metrics, "voxpop_reference_found") == 0
            assert told(metrics, "voxpop_reference_found", "canary") == 1
            assert told(metrics, "voxpop_registry_up") == 1
            assert dict(values(metrics))["voxpop_registry_failures_total"] == 0
            assert follower.status()["registry_up"] is True
            assert version_of(follower) == one
            move(two)
            await until(lambda: version_of(follower) == two)
            assert told(metrics, "voxpop_reference_found") == 1

    asyncio.run(run())
    (line,) = lines(caplog, "leads nowhere")
    assert f"champion (main) leads nowhere; {one} stays in service" in line
    assert not lines(caplog, "cannot be followed")


@pytest.mark.parametrize("fault", [StoreAccessError, StoreFullError, StoreError])
def test_a_store_that_refuses_makes_no_version_unfit(
    plugins: Plugins,
    store: SwitchedStore,
    publish: Publish,
    move: Move,
    metrics: Metrics,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: type[StoreError],
) -> None:
    one, two = publish(1), publish(2)
    move(one)
    refused = 0

    def refuse(key: str, into: Path) -> None:
        nonlocal refused
        refused += 1
        raise fault("The bucket says no")

    async def run() -> None:
        async with following(plugins, metrics) as follower:
            assert version_of(follower) == one
            with monkeypatch.context() as patch:
                patch.setattr(store.inside, "download", refuse)
                move(two)
                await until(lambda: refused > 3)
                assert told(metrics, "voxpop_registry_up") == 0
                assert version_of(follower) == one
            await until(lambda: version_of(follower) == two)  # at the next poll, not in a minute
            assert told(metrics, "voxpop_registry_up") == 1

    asyncio.run(run())
    assert not [name for name, _ in values(metrics) if name.startswith("voxpop_versions_refused")]
    (line,) = lines(caplog, "cannot be followed")  # once, and not at every poll
    assert "The bucket says no" in line


def test_what_nobody_foresaw_does_not_end_the_following(
    plugins: Plugins,
    store: SwitchedStore,
    publish: Publish,
    move: Move,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, two = publish(1), publish(2)
    move(one)
    asked = 0

    def answer_strangely(registry: StoreRegistry, reference: str) -> Any:
        nonlocal asked
        asked += 1
        return ["no", "text"]

    async def run() -> None:
        async with following(plugins) as follower:
            with monkeypatch.context() as patch:
                patch.setattr(StoreRegistry, "resolve", answer_strangely)
                await until(lambda: asked > 2)
            move(two)
            await until(lambda: version_of(follower) == two)

    asyncio.run(run())
    assert lines(caplog, "could not be looked after")


def test_a_cached_version_that_failed_is_tried_again(
    plugins: Plugins,
    store: SwitchedStore,
    publish: Publish,
    move: Move,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The minute's wait is made short; nothing else is."""
    one = publish(1)
    move(one)
    monkeypatch.setattr("voxpop_apps.api.following.followed._FIRST_RETRY_S", 0.2)
    failed = 0

    def fail(classifier: object) -> None:
        nonlocal failed
        failed += 1
        raise MemoryError

    async def run() -> None:
        async with following(plugins):
            pass
        store.plugged.clear()
        with monkeypatch.context() as patch:
            patch.setattr("voxpop_apps.api.following.followed.warm_up", fail)
            async with following(plugins) as follower:
                assert version_of(follower) is None
                await until(lambda: failed > 1)
                patch.undo()
                await until(lambda: version_of(follower) == one)

    asyncio.run(run())


def test_the_shadow_logs_no_review(
    tmp_path: Path, metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    served, other = load_served(tmp_path / "one"), load_served(tmp_path / "other")

    def quote(text: str) -> None:
        raise ValueError(f"cannot read {text!r}")

    other.classifier.tokenizer = Tampered(other.classifier.tokenizer, quote)
    other = type(other)(other.classifier, "v-other", "candidate", other.loaded_at, "registry")
    shadow = Shadow(cast(Followed, SimpleNamespace(served=other)), metrics.following)
    shadow.start()

    async def run() -> None:
        answers = served.classifier.probabilities(["hush-hush"])
        shadow.observe(served, ["hush-hush"], answers)
        await until(lambda: lines(caplog, "The shadow failed"))

    with caplog.at_level(logging.DEBUG):
        asyncio.run(run())
    shadow.stop()
    assert lines(caplog, "The shadow failed") == ["The shadow failed on 1 reviews: ValueError"]
    assert "hush" not in caplog.text
