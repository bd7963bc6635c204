"""The gate, over a real registry in memory and bundles that say what the test wants."""

from collections.abc import Callable
from pathlib import Path

import pytest

from voxpop import (
    AliasKept,
    AliasMoved,
    BundleError,
    Registry,
    StoreRegistry,
    StoreUnavailableError,
    VoxpopError,
)
from voxpop.promotion import promote_if_better
from voxpop.testing import MemoryStore

Publish = Callable[..., str]


def never(version: str) -> float:
    raise AssertionError(f"{version} was measured though its figures compare")


def gate(
    registry: Registry,
    version: str,
    *,
    metric: str = "accuracy",
    minimum: float | None = None,
    measure: Callable[[str], float] = never,
) -> AliasMoved | AliasKept:
    return promote_if_better(
        registry, version, alias="champion", metric=metric, minimum=minimum, measure=measure
    )


def challenge(registry: Registry, version: str) -> AliasMoved | AliasKept:
    return promote_if_better(
        registry,
        version,
        alias="candidate",
        against="champion",
        metric="accuracy",
        minimum=None,
        measure=never,
    )


def test_the_first_version_takes_an_unset_alias(registry: Registry, publish: Publish) -> None:
    version = publish(accuracy=0.8)
    assert gate(registry, version, minimum=0.8) == AliasMoved(
        alias="champion", version=version, previous=None
    )
    assert registry.resolve("champion") == version


def test_below_the_minimum_the_alias_stays_unset(registry: Registry, publish: Publish) -> None:
    outcome = gate(registry, publish(accuracy=0.7999), minimum=0.8)
    assert isinstance(outcome, AliasKept)
    assert outcome.holder is None
    assert "0.7999 does not reach the minimum of 0.8000" in outcome.reason
    assert registry.aliases() == {}


@pytest.mark.parametrize(("new", "moves"), [(0.91, True), (0.9, False), (0.89, False)])
def test_only_a_better_version_replaces_the_holder(
    registry: Registry, publish: Publish, new: float, moves: bool
) -> None:
    holder = publish(accuracy=0.9)
    gate(registry, holder)
    outcome = gate(registry, publish(accuracy=new))
    assert isinstance(outcome, AliasMoved) is moves
    if isinstance(outcome, AliasKept):
        assert outcome.holder == holder
        assert "same test reviews" in outcome.reason


@pytest.mark.parametrize(("new", "moves"), [(0.2, True), (0.4, False)])
def test_a_metric_of_which_less_is_better(
    registry: Registry, publish: Publish, new: float, moves: bool
) -> None:
    gate(registry, publish(log_loss=0.3), metric="log_loss", minimum=0.5)
    outcome = gate(registry, publish(log_loss=new), metric="log_loss", minimum=0.5)
    assert isinstance(outcome, AliasMoved) is moves


def test_a_holder_measured_on_other_rows_is_measured_again(
    registry: Registry, publish: Publish
) -> None:
    holder = publish(accuracy=0.99, test_fingerprint="a" * 64)
    gate(registry, holder)
    asked: list[str] = []

    def measure(version: str) -> float:
        asked.append(version)
        return 0.5

    outcome = gate(registry, publish(accuracy=0.8), measure=measure)
    assert asked == [holder]
    assert isinstance(outcome, AliasMoved)


def test_a_holder_that_cannot_be_had_keeps_the_alias(registry: Registry, publish: Publish) -> None:
    holder = publish(accuracy=0.1, test_fingerprint="a" * 64)
    gate(registry, holder)

    def measure(version: str) -> float:
        raise StoreUnavailableError("the bucket does not answer")

    outcome = gate(registry, publish(accuracy=0.8), measure=measure)
    assert isinstance(outcome, AliasKept)
    assert "the bucket does not answer" in outcome.reason
    assert registry.resolve("champion") == holder


def damaged(version: str) -> float:
    raise BundleError("model.onnx is damaged")


def test_a_damaged_holder_gives_way(registry: Registry, publish: Publish) -> None:
    holder = publish(accuracy=0.99, test_fingerprint="a" * 64)
    gate(registry, holder)
    version = publish(accuracy=0.8)
    outcome = gate(registry, version, minimum=0.8, measure=damaged)
    assert outcome == AliasMoved(
        alias="champion",
        version=version,
        previous=holder,
        beaten=holder,
        reason=f"{holder} cannot be used any more (model.onnx is damaged)",
    )
    assert registry.resolve("champion") == version


def test_a_damaged_holder_does_not_give_way_to_a_version_below_the_minimum(
    registry: Registry, publish: Publish
) -> None:
    holder = publish(accuracy=0.99, test_fingerprint="a" * 64)
    gate(registry, holder)
    outcome = gate(registry, publish(accuracy=0.79), minimum=0.8, measure=damaged)
    assert isinstance(outcome, AliasKept)
    assert registry.resolve("champion") == holder


@pytest.mark.parametrize(
    ("fault", "moves"),
    [
        (BundleError("model.onnx is damaged"), True),
        (StoreUnavailableError("the bucket does not answer"), False),
    ],
)
def test_better_stored_figures_count_only_for_a_version_that_can_be_used(
    registry: Registry, publish: Publish, fault: VoxpopError, moves: bool
) -> None:
    gate(registry, publish(accuracy=0.99))

    def load(version: str) -> None:
        raise fault

    outcome = promote_if_better(
        registry,
        publish(accuracy=0.8),
        alias="champion",
        metric="accuracy",
        minimum=0.8,
        measure=never,
        load=load,
    )
    assert isinstance(outcome, AliasMoved) is moves


def test_a_damaged_champion_lets_a_candidate_through(
    registry: Registry, publish: Publish, store: MemoryStore
) -> None:
    champion, candidate = publish(accuracy=0.9), publish(accuracy=0.8)
    registry.move_alias("champion", champion, expected=None)
    registry.move_alias("candidate", candidate, expected=None)
    key = f"versions/{champion}/manifest.json"
    store.write(key, b"{}", expected=store.read(key)[1])
    version = publish(accuracy=0.7)
    outcome = challenge(registry, version)
    assert isinstance(outcome, AliasMoved)
    assert (outcome.previous, outcome.beaten) == (candidate, champion)
    assert "damaged or forged" in str(outcome.reason)
    assert registry.aliases() == {"champion": champion, "candidate": version}


def test_a_lost_race_is_run_again_against_the_new_holder(
    registry: Registry, publish: Publish
) -> None:
    first = publish(accuracy=0.6, test_fingerprint="a" * 64)
    winner = publish(accuracy=0.95)
    gate(registry, first)

    def measure(version: str) -> float:
        # While the holder is measured, somebody else promotes a better version.
        registry.move_alias("champion", winner, expected=first)
        return 0.6

    outcome = gate(registry, publish(accuracy=0.9), measure=measure)
    assert isinstance(outcome, AliasKept)
    assert outcome.holder == winner
    assert registry.resolve("champion") == winner


@pytest.mark.parametrize(("new", "moves"), [(0.91, True), (0.9, False), (0.85, False)])
def test_a_candidate_must_beat_the_champion_and_not_the_candidate_of_before(
    registry: Registry, publish: Publish, new: float, moves: bool
) -> None:
    champion, candidate = publish(accuracy=0.9), publish(accuracy=0.8)
    registry.move_alias("champion", champion, expected=None)
    registry.move_alias("candidate", candidate, expected=None)
    version = publish(accuracy=new)
    outcome = challenge(registry, version)
    if moves:
        assert outcome == AliasMoved(
            alias="candidate", version=version, previous=candidate, beaten=champion
        )
    else:
        assert isinstance(outcome, AliasKept)
        assert outcome.holder == candidate
        assert f"does not beat the 0.9000 of {champion}" in outcome.reason
    assert registry.aliases() == {
        "champion": champion,
        "candidate": version if moves else candidate,
    }


def test_a_candidate_may_be_worse_than_the_one_before_if_it_beats_the_champion(
    registry: Registry, publish: Publish
) -> None:
    champion, candidate = publish(accuracy=0.8), publish(accuracy=0.95)
    registry.move_alias("champion", champion, expected=None)
    registry.move_alias("candidate", candidate, expected=None)
    outcome = challenge(registry, publish(accuracy=0.9))
    assert isinstance(outcome, AliasMoved)
    assert outcome.beaten == champion


def test_where_there_is_no_champion_the_first_candidate_is_free(
    registry: Registry, publish: Publish
) -> None:
    outcome = challenge(registry, publish(accuracy=0.7))
    assert isinstance(outcome, AliasMoved)
    assert outcome.beaten is None


def test_the_champion_is_no_candidate(registry: Registry, publish: Publish) -> None:
    champion = publish(accuracy=0.7)
    registry.move_alias("champion", champion, expected=None)
    outcome = challenge(registry, champion)
    assert isinstance(outcome, AliasKept)
    assert outcome.reason == "it is champion already"


def test_an_undefined_metric_never_passes(registry: Registry, publish: Publish) -> None:
    outcome = gate(registry, publish(accuracy=0.9), metric="roc_auc")
    assert isinstance(outcome, AliasKept)
    assert "roc_auc is undefined" in outcome.reason


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def registry(store: MemoryStore) -> Registry:
    return StoreRegistry(store)


@pytest.fixture
def publish(registry: Registry, tmp_path: Path) -> Publish:
    """Publish a small bundle with those metrics."""
    from voxpop.testing import make_bundle

    made = 0

    def publish(test_fingerprint: str = "f" * 64, **metrics: float) -> str:
        nonlocal made
        made += 1
        bundle = tmp_path / f"bundle-{made}"
        make_bundle(
            bundle, metrics={"ece": made / 1000} | metrics, test_fingerprint=test_fingerprint
        )
        return registry.publish(bundle)

    return publish
