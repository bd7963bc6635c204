import pytest

from voxpop import RegistryError
from voxpop.registry.alias_record import AliasRecord, SegmentRecord

ONE, OTHER = "1" * 64, "2" * 64


def test_a_record_reads_back_the_same() -> None:
    record = AliasRecord().moved(ONE).moved(OTHER).fenced().moved(None)
    assert [(move.previous, move.version) for move in record.history] == [
        (None, ONE),
        (ONE, OTHER),
        (OTHER, None),
    ]
    assert record.points_at is None
    assert AliasRecord.from_bytes(record.to_bytes(), "key") == record


def test_a_move_that_was_written_without_an_id_is_read() -> None:
    stored = (
        b'{"schema_version":1,"version":"%b","history":[{"version":"%b","previous":null,'
        b'"at":"2026-11-01T12:00:00Z"}],"segments":0,"fences":0}' % (ONE.encode(), ONE.encode())
    )
    record = AliasRecord.from_bytes(stored, "key")
    assert [move.version for move in record.moved(OTHER).history] == [ONE, OTHER]


def test_two_equal_moves_are_told_apart() -> None:
    one, other = AliasRecord().moved(ONE), AliasRecord().moved(ONE)
    assert one.history[0] != other.history[0]
    assert one.to_bytes() != other.to_bytes()


def test_a_fence_changes_the_bytes_and_nothing_else() -> None:
    record = AliasRecord().moved(ONE)
    assert record.fenced().to_bytes() != record.to_bytes()
    assert (record.fenced().version, record.fenced().history) == (ONE, record.history)


@pytest.mark.parametrize(
    "stored", [b"", b"{", b'{"schema_version":2}', b'{"version":"v-1"}', b"\xff"]
)
@pytest.mark.parametrize("kind", [AliasRecord, SegmentRecord])
def test_what_cannot_be_read_is_named(
    stored: bytes, kind: type[AliasRecord] | type[SegmentRecord]
) -> None:
    with pytest.raises(RegistryError, match=r"'aliases/champion\.json' is damaged"):
        kind.from_bytes(stored, "aliases/champion.json")
