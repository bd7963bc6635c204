import datetime
from itertools import pairwise

import pytest

from voxpop import AliasConflictError, RegistryError
from voxpop.registry.alias_record import SEGMENT_MOVES
from voxpop.registry.aliases import Aliases
from voxpop.testing import MemoryStore

ONE, OTHER = "1" * 64, "2" * 64


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
