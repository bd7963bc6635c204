import datetime
from collections.abc import Callable
from itertools import pairwise

import pytest

from voxpop import AliasConflictError, ObjectChangedError, RegistryError, Tag
from voxpop.registry.alias_record import SEGMENT_MOVES
from voxpop.registry.aliases import Aliases
from voxpop.testing import MemoryStore

ONE, OTHER, THIRD = "1" * 64, "2" * 64, "3" * 64


def move_often(aliases: Aliases, moves: int) -> None:
    for turn in range(moves):
        aliases.move(aliases.see("champion"), (ONE, OTHER)[turn % 2])


@pytest.mark.parametrize("moves", [0, 1, 2 * SEGMENT_MOVES, 2 * SEGMENT_MOVES + 1, 333])
def test_no_move_is_forgotten_and_the_alias_stays_small(moves: int) -> None:
    store = MemoryStore()
    aliases = Aliases(store)
    move_often(aliases, moves)
    history = aliases.history("champion")
    assert len(history) == moves
    assert all(after.previous == before.version for before, after in pairwise(history))
    assert all(after.at >= before.at for before, after in pairwise(history))
    assert all(move.at.tzinfo is datetime.UTC for move in history)
    assert len(aliases.see("champion").record.history) <= 2 * SEGMENT_MOVES


def test_who_archives_first_does_it_for_all_and_only_one_moves() -> None:
    store = MemoryStore()
    aliases, others = Aliases(store), Aliases(store)
    move_often(aliases, 2 * SEGMENT_MOVES)
    seen = others.see("champion")
    aliases.move(aliases.see("champion"), ONE)
    with pytest.raises(AliasConflictError, match="in this very moment"):
        others.move(seen, None)
    assert len(aliases.history("champion")) == 2 * SEGMENT_MOVES + 1


def test_a_mover_that_dies_after_it_archived_forgets_no_move() -> None:
    store = MemoryStore()
    aliases = Aliases(store)
    move_often(aliases, 2 * SEGMENT_MOVES)
    aliases.move(aliases.see("champion"), ONE)
    segment = store.read("history/champion/00000000.json")[0]
    store = MemoryStore()
    aliases = Aliases(store)
    move_often(aliases, 2 * SEGMENT_MOVES)
    store.write("history/champion/00000000.json", segment, expected=None)  # and then it died
    assert len(aliases.history("champion")) == 2 * SEGMENT_MOVES
    aliases.move(aliases.see("champion"), ONE)
    assert len(aliases.history("champion")) == 2 * SEGMENT_MOVES + 1


def test_a_segment_removed_by_hand_is_named() -> None:
    store = MemoryStore()
    aliases = Aliases(store)
    move_often(aliases, 2 * SEGMENT_MOVES + 1)
    store.delete("history/champion/00000000.json")
    with pytest.raises(RegistryError, match=r"lacks its object 'history/champion/00000000\.json'"):
        aliases.history("champion")
    assert aliases.see("champion").record.version == ONE


class DeafStore(MemoryStore):
    """A store that misses the answer to a write, and is refused when it writes again."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], None] | None = None  # between the two
        self.wins = True  # the first of them

    def write(self, key: str, data: bytes, *, expected: Tag | None) -> Tag:
        if self.meanwhile is None or not key.startswith("aliases/"):
            return super().write(key, data, expected=expected)
        meanwhile, self.meanwhile = self.meanwhile, None
        if self.wins:
            super().write(key, data, expected=expected)
        meanwhile()
        raise ObjectChangedError("it is not the expected one")


@pytest.mark.parametrize("moves_since", [1, SEGMENT_MOVES, 2 * SEGMENT_MOVES + 1])
@pytest.mark.parametrize("moves_before", [0, 1, 2 * SEGMENT_MOVES])
def test_a_move_that_was_made_and_moved_on_from_counts_as_made(
    moves_before: int, moves_since: int
) -> None:
    store = DeafStore()
    aliases, others = Aliases(store), Aliases(store)
    move_often(aliases, moves_before)
    seen = aliases.see("champion")
    store.meanwhile = lambda: move_often(others, moves_since)
    aliases.move(seen, THIRD)
    moves = aliases.history("champion")
    assert [move.version for move in moves].count("v-" + "3" * 16) == 1
    assert moves[moves_before].version == "v-" + "3" * 16
    assert len(moves) == moves_before + 1 + moves_since


def test_a_move_that_somebody_else_made_to_the_same_version_is_not_taken_for_ones_own() -> None:
    store = DeafStore()
    aliases, others = Aliases(store), Aliases(store)
    seen = aliases.see("champion")
    store.wins = False
    store.meanwhile = lambda: others.move(seen, THIRD)
    with pytest.raises(AliasConflictError, match="in this very moment"):
        aliases.move(seen, THIRD)
    assert len(aliases.history("champion")) == 1


def test_after_a_fence_nobody_moves_from_an_earlier_state() -> None:
    store = MemoryStore()
    aliases = Aliases(store)
    aliases.move(aliases.see("champion"), ONE)
    before = aliases.see("champion")
    aliases.fence(aliases.see("champion"))
    with pytest.raises(AliasConflictError):
        aliases.move(before, OTHER)
    aliases.move(aliases.see("champion"), OTHER)
    assert [move.version for move in aliases.history("champion")] == [
        "v-" + "1" * 16,
        "v-" + "2" * 16,
    ]


def test_a_fence_that_somebody_forestalled_tells_the_new_state() -> None:
    store = MemoryStore()
    aliases = Aliases(store)
    aliases.move(aliases.see("champion"), ONE)
    before = aliases.see("champion")
    aliases.move(before, OTHER)
    assert aliases.fence(before).record.version == OTHER
