import datetime
from pathlib import Path

import pytest

from tests.bundles import FILES
from voxpop import RegistryError, StoreRegistry, StoreUnavailableError, VersionProtectedError
from voxpop.registry.claims import ABANDONED_S, HELD_S, Claim, ClaimRecord, Claims
from voxpop.testing import MemoryStore

VERSION = "v-0123456789abcdef"


def record(age_s: float, work: str = "publication") -> ClaimRecord:
    at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=age_s)
    return ClaimRecord(work=work, by="process 7 on elsewhere", at=at)


def leave(store: MemoryStore, kind: str, age_s: float) -> str:
    key = f"claims/{VERSION}/{kind}-of-the-dead.json"
    store.write(key, record(age_s).model_dump_json().encode(), expected=None)
    return key


def test_those_who_share_share_and_who_is_alone_is_kept_from_them(store: MemoryStore) -> None:
    claims = Claims(store)
    with claims.shared(VERSION, "publication"), claims.shared(VERSION, "promotion"):
        with (
            pytest.raises(
                VersionProtectedError, match=f"deletion of {VERSION} cannot begin now: a p"
            ),
            claims.alone(VERSION, "deletion", VersionProtectedError),
        ):
            pytest.fail("was let in")
        with claims.alone("v-fedcba9876543210", "deletion"):
            pass
    with (
        claims.alone(VERSION, "deletion"),
        claims.alone(VERSION, "collection"),
        pytest.raises(RegistryError),
        claims.shared(VERSION, "publication"),
    ):
        pytest.fail("was let in")
    assert list(store.list("")) == []


@pytest.mark.parametrize("age_s", [0, HELD_S, ABANDONED_S - 60])
def test_a_claim_of_the_dead_is_honoured_at_first(store: MemoryStore, age_s: float) -> None:
    leave(store, "shared", age_s)
    with (
        pytest.raises(RegistryError, match="process 7 on elsewhere"),
        Claims(store).alone(VERSION, "deletion"),
    ):
        pytest.fail("was let in")


def test_an_abandoned_claim_is_not_honoured_and_forgotten(store: MemoryStore) -> None:
    key = leave(store, "shared", ABANDONED_S + 1)
    claims = Claims(store)
    with claims.alone(VERSION, "deletion"):
        pass
    assert claims.forget_abandoned(ABANDONED_S + 60) == []
    assert claims.forget_abandoned(ABANDONED_S) == [key]


def test_a_holder_that_is_too_late_stops() -> None:
    Claim(VERSION, record(HELD_S - 60)).check()
    with pytest.raises(RegistryError, match=f"publication of {VERSION} took more than 3,600 s"):
        Claim(VERSION, record(HELD_S + 1)).check()


def test_a_damaged_claim_is_named(store: MemoryStore) -> None:
    store.write(f"claims/{VERSION}/shared-x.json", b"?", expected=None)
    with (
        pytest.raises(RegistryError, match=f"'claims/{VERSION}/shared-x.json' is damaged"),
        Claims(store).alone(VERSION, "deletion"),
    ):
        pytest.fail("was let in")


class Flaky(MemoryStore):
    """A store that stops answering when a claim is to be removed."""

    def delete(self, key: str) -> None:
        if key.startswith("claims/"):
            raise StoreUnavailableError("gone")
        super().delete(key)


def test_a_publish_whose_claim_cannot_be_removed_has_succeeded(
    bundle: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = Flaky()
    version = StoreRegistry(store).publish(bundle)
    assert len(list(store.list(f"versions/{version}/"))) == len(FILES) + 1
    assert "stays behind" in caplog.text
