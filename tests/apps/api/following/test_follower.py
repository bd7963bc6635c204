"""The champion is followed: swaps, refusals, roll-backs, and a registry that is down."""

import asyncio
import gc
import logging
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.followers import SwitchedStore, following, until, values
from voxpop import Plugins, StoreRegistry, rollback
from voxpop_apps.api.errors import ModelNotReadyError
from voxpop_apps.api.following.follower import Follower
from voxpop_apps.api.observability.metrics import Metrics

UP = 'voxpop_registry_up{role="main"}'
FOUND = 'voxpop_reference_found{role="main"}'

Publish = Callable[[int], str]
Move = Callable[..., None]


def version_of(follower: Follower) -> str | None:
    served = follower.current()
    return served.version if served else None


def test_a_moved_alias_is_followed_and_rolled_back(
    plugins: Plugins, registry: StoreRegistry, publish: Publish, move: Move, metrics: Metrics
) -> None:
    one, two = publish(1), publish(2)
    move(one)

    async def run() -> None:
        async with following(plugins, metrics) as follower:
            assert version_of(follower) == one
            first = follower.choose("a")
            assert (first.reference, first.source) == ("champion", "registry")
            move(two)
            await until(lambda: version_of(follower) == two)
            assert first.classifier.predict(["lovely"])[0].label == "positive"  # still usable
            rollback(registry, "champion")
            await until(lambda: version_of(follower) == one)

    asyncio.run(run())
    told = dict(values(metrics))
    assert told['voxpop_swaps_total{role="main"}'] == 2
    info = [name for name in told if name.startswith("voxpop_version_info")]
    assert info == [f'voxpop_version_info{{reference="champion",role="main",version="{one}"}}']


def test_a_replaced_version_is_released(plugins: Plugins, publish: Publish, move: Move) -> None:
    one, two = publish(1), publish(2)
    move(one)

    async def run() -> None:
        async with following(plugins, shadow_reference="champion") as follower:
            held = follower.choose("a")
            follower.observe(held, ["lovely"], held.classifier.probabilities(["lovely"]))
            released = weakref.ref(held.classifier)
            move(two)
            await until(lambda: version_of(follower) == two)
            assert released() is not None
            del held
            await until(lambda: gc.collect() is not None and released() is None)

    asyncio.run(run())


def test_a_bad_version_is_refused_once_and_the_old_one_stays(
    plugins: Plugins,
    store: SwitchedStore,
    publish: Publish,
    move: Move,
    metrics: Metrics,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, bad, three = publish(1), publish(2), publish(3)
    move(one)
    key = next(store.inside.list(f"versions/{bad}/model/"))
    data, tag = store.inside.read(key)
    store.inside.write(key, data[:-1] + bytes([data[-1] ^ 1]), expected=tag)

    async def run() -> None:
        async with following(plugins, metrics) as follower:
            move(bad)
            refused = 'voxpop_versions_refused_total{reason="corrupt-bundle",role="main"}'
            await until(lambda: dict(values(metrics)).get(refused) == 1)
            polls = store.asked
            await until(lambda: store.asked > polls + 20)  # it goes on asking, and fetches no more
            assert dict(values(metrics))[refused] == 1
            assert version_of(follower) == one
            assert str({bad: "corrupt-bundle"}) in str(follower.status())
            move(three)
            await until(lambda: version_of(follower) == three)

    asyncio.run(run())
    (line,) = [record for record in caplog.records if "refused" in record.getMessage()]
    assert bad in line.getMessage()
    assert f"{one} stays in service" in line.getMessage()


def test_a_registry_that_is_down_from_the_start_is_waited_for(
    plugins: Plugins, store: SwitchedStore, publish: Publish, move: Move, metrics: Metrics
) -> None:
    move(publish(1))
    store.plugged.clear()

    async def run() -> None:
        async with following(plugins, metrics) as follower:
            assert follower.current() is None
            with pytest.raises(ModelNotReadyError, match="champion") as refusal:
                follower.choose("a")
            assert refusal.value.retry_after_s == 0.05
            assert dict(values(metrics))[UP] == 0
            store.plugged.set()
            await until(lambda: follower.current() is not None)
            assert dict(values(metrics))[UP] == 1

    asyncio.run(run())


@pytest.mark.parametrize("fault", ["refuses", "hangs"])
def test_a_start_without_the_registry_serves_from_the_disk(
    plugins: Plugins,
    store: SwitchedStore,
    publish: Publish,
    move: Move,
    metrics: Metrics,
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    one, two = publish(1), publish(2)
    move(one)
    from_cache = 'voxpop_served_from_cache{role="main"}'

    async def run() -> None:
        async with following(plugins):
            pass
        (store.plugged if fault == "refuses" else store.hangs).clear()
        async with following(plugins, metrics, registry_wait_s=0.2) as follower:
            served = follower.choose("a")
            assert (served.version, served.source) == (one, "cache")
            assert served.classifier.predict(["awful"])[0].label == "negative"
            assert dict(values(metrics))[from_cache] == 1
            move(two)
            store.plugged.set()
            store.hangs.set()
            await until(lambda: version_of(follower) == two)
            assert dict(values(metrics))[from_cache] == 0

    with caplog.at_level(logging.WARNING):
        asyncio.run(run())
    assert "from the disk as it last was" in caplog.text


def test_what_was_taken_on_trust_is_confirmed_without_a_swap(
    plugins: Plugins, store: SwitchedStore, publish: Publish, move: Move, metrics: Metrics
) -> None:
    move(publish(1))

    async def run() -> None:
        async with following(plugins):
            pass
        store.plugged.clear()
        async with following(plugins, metrics) as follower:
            trusted = follower.choose("a")
            store.plugged.set()
            await until(lambda: follower.choose("a").source == "registry")
            assert follower.choose("a").classifier is trusted.classifier
        assert 'voxpop_swaps_total{role="main"}' not in dict(values(metrics))

    asyncio.run(run())


def test_a_bad_champion_at_the_start_leaves_what_served_last(
    plugins: Plugins, store: SwitchedStore, publish: Publish, move: Move, metrics: Metrics
) -> None:
    one, bad = publish(1), publish(2)
    move(one)

    async def run() -> None:
        async with following(plugins):
            pass
        move(bad)
        store.inside.delete(next(store.inside.list(f"versions/{bad}/model/")))
        async with following(plugins, metrics) as follower:
            assert version_of(follower) == one

    asyncio.run(run())


def test_a_fixed_version_is_not_asked_about_again(
    plugins: Plugins, store: SwitchedStore, publish: Publish
) -> None:
    one = publish(1)

    async def run() -> None:
        async with following(plugins, reference=one) as follower:
            assert version_of(follower) == one
            await asyncio.sleep(0.1)
            asked = store.asked
            await asyncio.sleep(0.3)
            assert store.asked == asked

    asyncio.run(run())


def test_the_canary_gets_its_share_and_the_same_id_the_same_version(
    plugins: Plugins, publish: Publish, move: Move
) -> None:
    one, two = publish(1), publish(2)
    move(one)
    move(two, "candidate")

    async def run() -> None:
        async with following(plugins, canary_reference="candidate", canary_share=0.25) as follower:
            await until(lambda: _canary(follower, two))
            ids = [f"request-{number}" for number in range(4_000)]
            chosen = [follower.choose(each).version for each in ids]
            assert chosen == [follower.choose(each).version for each in ids]
            assert 0.22 < chosen.count(two) / len(chosen) < 0.28
            assert chosen.count(one) + chosen.count(two) == len(chosen)

    asyncio.run(run())


def _canary(follower: Follower, version: str) -> bool:
    return any(follower.choose(f"r{number}").version == version for number in range(200))


def test_the_shadow_counts_differences_and_never_waits(
    plugins: Plugins, publish: Publish, move: Move, metrics: Metrics
) -> None:
    one, two = publish(1), publish(2)
    move(one)
    move(two, "candidate")

    async def run() -> None:
        async with following(plugins, metrics, shadow_reference="candidate") as follower:
            await until(lambda: f'version="{two}"' in str(dict(values(metrics))))
            served = follower.choose("a")
            answers = served.classifier.probabilities(["lovely", "awful"])
            follower.observe(served, ["lovely", "awful"], answers)
            follower.observe(served, ["lovely", "awful"], answers[:, ::-1])  # both turned round
            await until(lambda: dict(values(metrics))["voxpop_shadow_reviews_total"] == 4)
            for _ in range(2_000):
                follower.observe(served, ["lovely awful " * 50] * 8, answers[[0] * 8])
            assert dict(values(metrics))["voxpop_shadow_dropped_total"] > 0
        told = dict(values(metrics))
        assert told["voxpop_shadow_differences_total"] >= 2

    asyncio.run(run())


def test_moves_under_load_never_mix_versions(
    plugins: Plugins, publish: Publish, move: Move, voxpop_home: Path
) -> None:
    versions = [publish(seed) for seed in range(4)]
    move(versions[0])
    texts = ["lovely kettle", "a kettle", "awful lamp"]

    async def run() -> int:
        seen: set[str] = set()
        answers: dict[str, list[list[float]]] = {}
        async with following(plugins) as follower:

            async def ask(worker: int) -> None:
                for number in range(400):
                    served = follower.choose(f"{worker}-{number}")
                    answer = served.classifier.probabilities(texts)
                    await asyncio.sleep(0)
                    assert served.classifier.version == served.version
                    assert answers.setdefault(served.version, answer.tolist()) == answer.tolist()
                    seen.add(served.version)

            async def shift() -> None:
                for step in range(20):
                    move(versions[step % 4])
                    await asyncio.sleep(0.03)

            await asyncio.gather(*(ask(worker) for worker in range(8)), shift())
            move(versions[3])
            await until(lambda: version_of(follower) == versions[3])
        assert len({str(answer) for answer in answers.values()}) == len(answers)
        return len(seen)

    assert asyncio.run(run()) > 1
