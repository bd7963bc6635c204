from collections.abc import Sequence

import pytest

from voxpop import (
    AliasConflictError,
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

    def move_alias(self, alias: str, to: str | None, *, expected: str | None) -> None:
        super().move_alias(alias, None, expected=expected)
        super().move_alias(alias, to, expected=expected)


def test_a_rollback_gives_way_to_another_move(
    registry: StoreRegistry, store: MemoryStore, versions: list[str]
) -> None:
    move_through(registry, versions)
    with pytest.raises(AliasConflictError):
        rollback(MovedMeanwhile(store), "champion")
