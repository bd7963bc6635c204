import re
from collections.abc import Sequence
from typing import Any

import pytest

from voxpop import (
    AliasConflictError,
    Move,
    ReferenceNotFoundError,
    RegistryError,
    StoreRegistry,
    UsageError,
    rollback,
)
from voxpop.testing import MemoryStore


def move_through(registry: StoreRegistry, versions: Sequence[str | None]) -> None:
    for version in versions:
        registry.move_alias("champion", version, expected=registry.aliases().get("champion"))


def test_rolling_back_twice_goes_back_twice(registry: StoreRegistry, versions: list[str]) -> None:
    move_through(registry, versions)
    move = rollback(registry, "champion")
    assert (move.previous, move.version) == (versions[2], versions[1])
    assert rollback(registry, "champion").version == versions[0]
    assert registry.resolve("champion") == versions[0]
    with pytest.raises(RegistryError, match="no earlier version that still exists"):
        rollback(registry, "champion")
    assert registry.resolve("champion") == versions[0]


def test_after_a_rollback_a_new_promotion_is_rolled_back_to_where_it_came_from(
    registry: StoreRegistry, versions: list[str]
) -> None:
    move_through(registry, versions[:2])
    rollback(registry, "champion")
    move_through(registry, [versions[2]])
    assert rollback(registry, "champion").version == versions[0]


def test_a_version_that_was_promoted_again_is_rolled_back_to_where_it_came_from(
    registry: StoreRegistry, versions: list[str]
) -> None:
    a, b, c = versions
    move_through(registry, [a, b, c, b])
    assert rollback(registry, "champion").version == c
    assert rollback(registry, "champion").version == b
    assert rollback(registry, "champion").version == a
    with pytest.raises(RegistryError, match="no earlier version"):
        rollback(registry, "champion")


def test_what_was_rolled_back_is_not_gone_to_again_after_a_second_promotion(
    registry: StoreRegistry, versions: list[str]
) -> None:
    a, b, c = versions
    move_through(registry, [a, b])
    rollback(registry, "champion")  # b is bad
    move_through(registry, [c, a])
    assert rollback(registry, "champion").version == c
    assert rollback(registry, "champion").version == a


def test_the_history_says_what_was_a_rollback(registry: StoreRegistry, versions: list[str]) -> None:
    move_through(registry, versions[:2])
    assert rollback(registry, "champion").is_rollback is True
    assert [move.is_rollback for move in registry.history("champion")] == [False, False, True]


def test_of_moves_that_an_older_voxpop_wrote_a_return_counts_as_a_rollback(
    registry: StoreRegistry, store: MemoryStore, versions: list[str]
) -> None:
    a, b, c = versions
    move_through(registry, [a, b, c, b])
    stored, tag = store.read("aliases/champion.json")
    store.write(
        "aliases/champion.json",
        re.sub(rb'"id":"move-', b'"id":"', stored),
        expected=tag,
    )
    assert [move.is_rollback for move in registry.history("champion")] == [None] * 4
    assert rollback(registry, "champion").version == a


class Plain:
    """A registry of another make, which keeps no more than the protocol asks for."""

    def __init__(self, inside: StoreRegistry) -> None:
        self.aliases, self.versions = inside.aliases, inside.versions
        self.move_alias = inside.move_alias
        self.inside = inside

    def history(self, alias: str) -> Sequence[Move]:
        return [
            Move(version=move.version, previous=move.previous, at=move.at)
            for move in self.inside.history(alias)
        ]


def test_a_registry_that_records_no_rollbacks_goes_back_twice_too(
    registry: StoreRegistry, versions: list[str]
) -> None:
    move_through(registry, versions)
    plain: Any = Plain(registry)
    assert rollback(plain, "champion").version == versions[1]
    assert rollback(plain, "champion").version == versions[0]


def test_versions_that_are_gone_are_passed_over(
    registry: StoreRegistry, versions: list[str]
) -> None:
    move_through(registry, versions)
    registry.delete(versions[1])
    assert rollback(registry, "champion").version == versions[0]


def test_a_removed_alias_comes_back(registry: StoreRegistry, versions: list[str]) -> None:
    move_through(registry, [versions[0], versions[1], None])
    move = rollback(registry, "champion")
    assert (move.previous, move.version) == (None, versions[1])


def test_an_alias_that_never_was_is_not_found(registry: StoreRegistry, versions: list[str]) -> None:
    move_through(registry, versions)
    with pytest.raises(ReferenceNotFoundError, match="Known aliases: champion"):
        rollback(registry, "champoin")
    with pytest.raises(UsageError):
        rollback(registry, "v-champion")


class MovedMeanwhile(StoreRegistry):
    """A registry whose alias somebody else moves just before ours moves."""

    def move_back(self, alias: str, to: str, *, expected: str | None) -> None:
        super().move_alias(alias, None, expected=expected)
        super().move_back(alias, to, expected=expected)


def test_a_rollback_gives_way_to_another_move(
    registry: StoreRegistry, store: MemoryStore, versions: list[str]
) -> None:
    move_through(registry, versions)
    with pytest.raises(AliasConflictError):
        rollback(MovedMeanwhile(store), "champion")
