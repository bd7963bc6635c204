import datetime

import pytest

from voxpop import RegistryError
from voxpop.registry.alias_record import KEPT_MOVES, AliasRecord

ONE, OTHER = "1" * 64, "2" * 64


def test_moves_follow_one_another_and_read_back_the_same() -> None:
    record = AliasRecord().moved(ONE).moved(OTHER).moved(None)
    assert [(move.previous, move.version) for move in record.moves()] == [
        (None, "v-1111111111111111"),
        ("v-1111111111111111", "v-2222222222222222"),
        ("v-2222222222222222", None),
    ]
    assert record.points_at is None
    assert all(move.at.tzinfo is datetime.UTC for move in record.moves())
    assert AliasRecord.from_bytes(record.to_bytes(), "key") == record


def test_only_the_newest_moves_are_kept() -> None:
    record = AliasRecord()
    for turn in range(KEPT_MOVES + 5):
        record = record.moved(ONE if turn % 2 == 0 else OTHER)
    assert len(record.history) == KEPT_MOVES
    assert record.history[0].previous is not None
    assert record.history[-1].version == record.version == ONE


@pytest.mark.parametrize(
    "stored", [b"", b"{", b'{"schema_version":2}', b'{"version":"v-1"}', b"\xff"]
)
def test_what_cannot_be_read_is_named(stored: bytes) -> None:
    with pytest.raises(RegistryError, match=r"'aliases/champion\.json' is damaged"):
        AliasRecord.from_bytes(stored, "aliases/champion.json")
