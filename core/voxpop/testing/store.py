"""The standard tests of object stores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from voxpop.errors import ObjectChangedError, ObjectNotFoundError, StoreError
from voxpop.interfaces import ObjectStore, Tag
from voxpop.testing.conformance import Conformance, require, require_raises, standard
from voxpop.testing.racing import RACERS, race

KEY = "versions/v-1/model/weights.npz"
LARGE = bytes(range(256)) * 2**15  # 8 MB
NO_SUCH_TAG = Tag('"0123456789abcdef0123456789abcdef"')

LEGAL_KEYS = ("a", "a.b", "a-b/c_d", "A/b", "a b/c+d", "v-0/x.tmp", "0/" + "n" * 200)
ILLEGAL_KEYS = {
    "empty": "",
    "absolute": "/a",
    "upwards": "../a",
    "upwards inside": "a/../../b",
    "here": "a/./b",
    "empty name": "a//b",
    "directory": "a/",
    "backslash": "a\\b",
    "NUL": "a\x00b",
    "new line": "a\nb",
}

_READERS = 3


@standard
class StoreConformance(Conformance):
    """Subclass it, give a fixture `store` that returns an empty store, run pytest."""

    @pytest.fixture
    def store(self) -> ObjectStore:
        """Give the store under test, empty; the author's to write."""
        pytest.fail(
            f"{type(self).__name__} gives no store: write a fixture `store` in it that returns an "
            "empty one, another for every test."
        )

    def test_store_is_empty_at_first(self, store: ObjectStore) -> None:
        """Each test gets a store of its own."""
        keys = list(store.list(""))
        require(not keys, f"The `store` fixture gives a store with {keys[:3]}: give an empty one.")

    @pytest.mark.parametrize("body", [b"", b"\x00\xff\r\n", LARGE], ids=["empty", "bytes", "8 MB"])
    def test_what_was_written_is_read(
        self, store: ObjectStore, tmp_path: Path, body: bytes
    ) -> None:
        """`write` and `upload` store, `read` and `download` give back, to the byte."""
        source, target = tmp_path / "source", tmp_path / "target"
        source.write_bytes(body)
        tag = store.write("written", body, expected=None)
        store.upload(source, "uploaded")
        for key in ("written", "uploaded"):
            require(store.read(key)[0] == body, f"`read` gives other bytes than were {key}.")
            store.download(key, target)
            require(target.read_bytes() == body, f"`download` gives other bytes than were {key}.")
        require(
            store.read("written")[1] == tag, "`read` gives another tag than `write` gave before."
        )

    def test_an_absent_object_is_not_found(self, store: ObjectStore, tmp_path: Path) -> None:
        """`read` and `download` raise ObjectNotFoundError and write nothing."""
        store.write(f"{KEY}.more", b"a longer key is another object", expected=None)
        for key in (KEY, "versions", "versions/v-1/model"):
            with require_raises(ObjectNotFoundError, f"read({key!r})"):
                store.read(key)
            with require_raises(ObjectNotFoundError, f"download({key!r})"):
                store.download(key, tmp_path / "into")
        require(
            not (tmp_path / "into").exists(),
            "`download` of an absent object leaves a file: look before you open the target.",
        )

    def test_creating_what_exists_is_refused(self, store: ObjectStore) -> None:
        """`write(expected=None)` raises ObjectChangedError when the object exists."""
        store.write(KEY, b"first", expected=None)
        for again in (b"second", b"first"):
            with require_raises(ObjectChangedError, "write(expected=None) over an object"):
                store.write(KEY, again, expected=None)
        require(store.read(KEY)[0] == b"first", "A write that was refused changed the object.")

    def test_writing_over_another_state_is_refused(self, store: ObjectStore) -> None:
        """`write` with a tag that is not the object's raises ObjectChangedError."""
        old = store.write(KEY, b"old", expected=None)
        new = store.write(KEY, b"new", expected=old)
        require(old != new, "Two different bodies have the same tag: equal tags mean equal bytes.")
        for tag in (old, NO_SUCH_TAG):
            with require_raises(
                ObjectChangedError, "write(expected=a tag that the object has no more)"
            ):
                store.write(KEY, b"lost", expected=tag)
        require(store.read(KEY) == (b"new", new), "A write that was refused changed the object.")

    def test_writing_over_nothing_is_refused(self, store: ObjectStore) -> None:
        """`write` with a tag raises ObjectChangedError when the object is gone."""
        tag = store.write(KEY, b"gone", expected=None)
        store.delete(KEY)
        for key in (KEY, "never/there"):
            with require_raises(ObjectChangedError, "write(expected=a tag) where nothing is"):
                store.write(key, b"lost", expected=tag)
            with require_raises(ObjectNotFoundError, "read after that"):
                store.read(key)

    def test_upload_replaces(self, store: ObjectStore, tmp_path: Path) -> None:
        """`upload` stores whatever was there, and the old tag is of no use then."""
        source = tmp_path / "source"
        old = store.write(KEY, b"old" * 1_000, expected=None)
        source.write_bytes(b"new")
        store.upload(source, KEY)
        store.upload(source, KEY)
        body, tag = store.read(KEY)
        require(body == b"new", f"After `upload` over an object it holds {body[:20]!r}...")
        require(tag != old, "`upload` of other bytes keeps the tag: equal tags mean equal bytes.")
        with require_raises(ObjectChangedError, "write(expected=the tag before `upload`)"):
            store.write(KEY, b"lost", expected=old)

    def test_list_is_sorted_and_by_prefix(self, store: ObjectStore) -> None:
        """`list` gives the keys that begin with the prefix, wherever it ends, sorted."""
        keys = ["a/b", "a/b-c", "a/b.c", "a/b0", "a/bc/d", "a-b", "a.b", "ab", "B", "b/a", "a/B"]
        for key in keys:
            store.write(key, key.encode(), expected=None)
        for prefix in ("", "a", "a/", "a/b", "a/b.", "a/bc/", "b", "a/b-c", "no/such", "a/bcd"):
            expected = sorted(key for key in keys if key.startswith(prefix))
            listed = list(store.list(prefix))
            require(
                listed == expected,
                f"list({prefix!r}) gives {listed}, and {expected} begin so: a prefix may end "
                "inside a name, and keys are sorted as whole strings ('-' < '.' < '/' < '0').",
            )

    def test_delete_is_idempotent(self, store: ObjectStore) -> None:
        """A deleted object is gone and can be made again; deleting nothing is no fault."""
        store.write(KEY, b"first", expected=None)
        store.write(f"{KEY}2", b"stays", expected=None)
        store.delete(KEY)
        for key in (KEY, "never/there"):
            try:
                store.delete(key)
            except ObjectNotFoundError as error:
                pytest.fail(
                    f"There is nothing to delete, and `delete` raises {error!r}: let it be."
                )
        with require_raises(ObjectNotFoundError, "read after delete"):
            store.read(KEY)
        require(
            list(store.list("")) == [f"{KEY}2"], "`delete` leaves its key or takes a longer one."
        )
        store.write(KEY, b"second", expected=None)
        require(store.read(KEY)[0] == b"second", "After `delete` the key cannot be used again.")

    @pytest.mark.parametrize("key", LEGAL_KEYS)
    def test_legal_keys_work(self, store: ObjectStore, tmp_path: Path, key: str) -> None:
        """Names of printable characters, joined by single slashes."""
        store.write(key, key.encode(), expected=None)
        store.download(key, tmp_path / "into")
        require(
            (tmp_path / "into").read_bytes() == key.encode() and list(store.list("")) == [key],
            f"The key {key!r} is not kept as it is.",
        )
        store.delete(key)

    @pytest.mark.parametrize("key", ILLEGAL_KEYS.values(), ids=ILLEGAL_KEYS.keys())
    def test_illegal_keys_are_refused(self, store: ObjectStore, tmp_path: Path, key: str) -> None:
        """A key that a directory or a bucket reads otherwise than "a/b/c" gives a StoreError."""
        source = tmp_path / "source"
        source.write_bytes(b"x")
        calls: dict[str, Callable[[], object]] = {
            "read": lambda: store.read(key),
            "write": lambda: store.write(key, b"x", expected=None),
            "download": lambda: store.download(key, tmp_path / "into"),
            "upload": lambda: store.upload(source, key),
            "delete": lambda: store.delete(key),
        }
        for name, call in calls.items():
            with require_raises(StoreError, f"{name}({key!r})", but_not=ObjectNotFoundError):
                call()
        require(not list(store.list("")), f"The illegal key {key!r} left something in the store.")

    def test_one_of_many_creates(self, store: ObjectStore) -> None:
        """Of threads that create the same object at once exactly one wins."""

        def create(number: int) -> int | None:
            try:
                store.write(KEY, f"{number}".encode() * 10_000, expected=None)
            except ObjectChangedError:
                return None
            return number

        winners = [number for number in race(create) if number is not None]
        require(
            len(winners) == 1,
            f"{len(winners)} of {RACERS} threads created the same object: `write` must compare and "
            "swap in one step, for example by a lock or by If-None-Match.",
        )
        require(
            store.read(KEY)[0] == f"{winners[0]}".encode() * 10_000,
            "The object does not hold what the winner wrote.",
        )

    def test_no_update_is_lost(self, store: ObjectStore) -> None:
        """Threads that read, add one and write back while the tag holds count right."""
        store.write(KEY, b"0", expected=None)

        def count(number: int) -> None:
            while True:
                body, tag = store.read(KEY)
                try:
                    store.write(KEY, b"%d" % (int(body) + 1), expected=tag)
                except ObjectChangedError:
                    continue
                return

        race(count)
        counted = int(store.read(KEY)[0])
        require(
            counted == RACERS,
            f"{RACERS} threads added one each, and {counted} is stored: `write` must compare and "
            "swap in one step, for example by a lock or by If-Match.",
        )

    def test_readers_see_whole_objects(self, store: ObjectStore, tmp_path: Path) -> None:
        """While an object is replaced, a reader sees the old bytes or the new, never a mixture."""
        bodies = [letter * 2**20 for letter in (b"a", b"b")]
        for place, body in enumerate(bodies):
            (tmp_path / str(place)).write_bytes(body)
        store.upload(tmp_path / "0", KEY)

        def work(number: int) -> list[bytes]:
            if number == _READERS:
                for turn in range(10):
                    store.upload(tmp_path / str(turn % 2), KEY)
                return []
            return [store.read(KEY)[0] for _ in range(10)]

        seen = [body for bodies_read in race(work, _READERS + 1) for body in bodies_read]
        require(
            all(body in bodies for body in seen),
            "A reader saw a half-written object: write elsewhere and put it into place whole.",
        )
