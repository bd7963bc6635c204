import fcntl
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from voxpop import ObjectChangedError, ObjectNotFoundError, ObjectStore, StoreError, Tag
from voxpop_plugins.local.store import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def files_below(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir()}


def test_an_object_is_a_file_under_its_key(store: LocalStore, tmp_path: Path) -> None:
    store.write("a/b/c.json", b"one", expected=None)
    assert (tmp_path / "store/a/b/c.json").read_bytes() == b"one"


def test_reading_makes_nothing(store: LocalStore) -> None:
    with pytest.raises(ObjectNotFoundError, match="'a/b'"):
        store.read("a/b")
    assert list(store.list("")) == []
    store.delete("a/b")
    assert not store.directory.exists()


def test_a_file_in_the_place_of_the_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(StoreError, match=r"store' cannot be read \(it is a file\)"):
        list(LocalStore(tmp_path / "store").list(""))


def test_nothing_stays_of_written_and_deleted_objects(store: LocalStore) -> None:
    store.write("a/b/c", b"one", expected=None)
    store.write("a/d", b"two", expected=None)
    store.delete("a/b/c")
    assert (store.directory / "a/d").exists()
    assert not (store.directory / "a/b").exists()
    store.delete("a/d")
    assert files_below(store.directory) == {".voxpop/lock"}
    assert not (store.directory / "a").exists()


def test_a_refused_write_leaves_nothing(store: LocalStore) -> None:
    store.write("a", b"one", expected=None)
    with pytest.raises(ObjectChangedError, match="decide anew"):
        store.write("a", b"two", expected=None)
    with pytest.raises(ObjectChangedError):
        store.write("b", b"two", expected=Tag("0" * 64))
    assert files_below(store.directory) == {"a", ".voxpop/lock"}


def test_a_key_and_a_longer_key_below_it_clash_plainly(store: LocalStore) -> None:
    store.write("a/b", b"one", expected=None)
    with pytest.raises(ObjectNotFoundError):
        store.read("a")
    with pytest.raises(ObjectNotFoundError):
        store.read("a/b/c")
    for key in ("a", "a/b/c"):
        with pytest.raises(StoreError, match="cannot be written"):
            store.write(key, b"two", expected=None)
    store.delete("a")
    assert list(store.list("")) == ["a/b"]


@pytest.mark.parametrize(
    "key", ["../x", "a/../../x", "/x", "", ".", "a//b", "a/", "a\\..\\x", "a\0", ".voxpop/lock"]
)
def test_a_key_never_leads_out_of_the_store(store: LocalStore, tmp_path: Path, key: str) -> None:
    source = tmp_path / "source"
    source.touch()
    calls: list[Callable[[], object]] = [
        lambda: store.read(key),
        lambda: store.write(key, b"", expected=None),
        lambda: store.upload(source, key),
        lambda: store.download(key, tmp_path / "into"),
        lambda: store.delete(key),
    ]
    for call in calls:
        with pytest.raises(StoreError, match="cannot be a key"):
            call()
    assert files_below(tmp_path) == {"source"}


def test_a_prefix_never_leads_out_of_the_store(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    store.write("a", b"", expected=None)
    with pytest.raises(StoreError, match="cannot be a key"):
        list(store.list("../"))


def test_links_are_not_followed(store: LocalStore, tmp_path: Path) -> None:
    store.write("a", b"one", expected=None)
    (tmp_path / "secret").write_bytes(b"secret")
    (store.directory / "link").symlink_to(tmp_path / "secret")
    (store.directory / "folder").symlink_to(tmp_path)
    assert list(store.list("")) == ["a"]
    with pytest.raises(StoreError, match="link"):
        store.read("link")


def test_a_pipe_in_the_store_is_no_object(store: LocalStore) -> None:
    store.write("a", b"one", expected=None)
    os.mkfifo(store.directory / "pipe")
    assert list(store.list("")) == ["a"]
    with pytest.raises(ObjectNotFoundError):
        store.read("pipe")


def test_what_killed_writers_left_is_cleared_but_not_what_is_being_written(
    store: LocalStore,
) -> None:
    unfinished = store.directory / ".voxpop/unfinished"
    unfinished.mkdir(parents=True)
    for name in ("dead", "alive"):
        (unfinished / name).write_bytes(b"half")
    os.utime(unfinished / "dead", times=(time.time() - 4_000,) * 2)
    assert list(store.list("")) == []
    store.write("a", b"one", expected=None)
    assert files_below(unfinished) == {"alive"}


def test_writers_wait_for_the_lock_and_readers_do_not(store: LocalStore) -> None:
    tag = store.write("a", b"one", expected=None)
    written = threading.Event()

    def write() -> None:
        store.write("a", b"two", expected=tag)
        written.set()

    with (store.directory / ".voxpop/lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        writer = threading.Thread(target=write)
        writer.start()
        assert not written.wait(0.2)
        assert store.read("a")[0] == b"one"
    assert written.wait(30)
    writer.join()
    assert store.read("a")[0] == b"two"


def test_others_may_read_what_is_written(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"x")
    (tmp_path / "source").chmod(0o600)
    mask = os.umask(0o022)
    try:
        store.upload(tmp_path / "source", "a")
    finally:
        os.umask(mask)
    assert (store.directory / "a").stat().st_mode & 0o777 == 0o644


def test_a_missing_source_is_named(store: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere.* cannot be read"):
        store.upload(tmp_path / "nowhere", "a")
    assert list(store.list("")) == []


keys = st.sampled_from(["a", "b/c", "b/d", "b-e", "aliases/champion.json"])
bodies = st.binary(max_size=8)


class StoreBesideADictionary(RuleBasedStateMachine):
    """Whatever is done to it, the store says what a dictionary would."""

    store: ObjectStore
    scratch: Path
    temporary: pytest.TempPathFactory

    @initialize()
    def begin(self) -> None:
        self.scratch = self.temporary.mktemp("machine")
        self.store = LocalStore(self.scratch / "store")
        self.model: dict[str, bytes] = {}
        self.tags: dict[bytes, Tag] = {}

    def remember(self, data: bytes, tag: Tag) -> None:
        assert self.tags.setdefault(data, tag) == tag
        assert len(set(self.tags.values())) == len(self.tags)

    @rule(key=keys, data=bodies)
    def create(self, key: str, data: bytes) -> None:
        try:
            self.remember(data, self.store.write(key, data, expected=None))
        except ObjectChangedError:
            assert key in self.model
        else:
            assert key not in self.model
            self.model[key] = data

    @rule(key=keys, data=bodies, pick=st.integers(min_value=0))
    def swap(self, key: str, data: bytes, pick: int) -> None:
        known = [*self.tags.items(), (None, Tag("another"))]
        believed, tag = known[pick % len(known)]
        try:
            self.remember(data, self.store.write(key, data, expected=tag))
        except (ObjectChangedError, ObjectNotFoundError):
            assert self.model.get(key) != believed or believed is None
        else:
            assert self.model[key] == believed
            self.model[key] = data

    @rule(key=keys, data=bodies)
    def upload(self, key: str, data: bytes) -> None:
        (self.scratch / "source").write_bytes(data)
        self.store.upload(self.scratch / "source", key)
        self.model[key] = data

    @rule(key=keys)
    def delete(self, key: str) -> None:
        self.store.delete(key)
        self.model.pop(key, None)

    @rule(key=keys)
    def read(self, key: str) -> None:
        try:
            data, tag = self.store.read(key)
        except ObjectNotFoundError:
            assert key not in self.model
        else:
            assert self.model[key] == data
            self.remember(data, tag)

    @rule(key=keys)
    def download(self, key: str) -> None:
        try:
            self.store.download(key, self.scratch / "into")
        except ObjectNotFoundError:
            assert key not in self.model
        else:
            assert (self.scratch / "into").read_bytes() == self.model[key]

    @rule()
    def open_anew(self) -> None:
        self.store = LocalStore(self.scratch / "store")

    @invariant()
    def keys_are_the_models(self) -> None:
        for prefix in ("", "b", "b/", "aliases/c"):
            expected = sorted(key for key in self.model if key.startswith(prefix))
            assert list(self.store.list(prefix)) == expected


def test_the_store_behaves_like_a_dictionary(tmp_path_factory: pytest.TempPathFactory) -> None:
    StoreBesideADictionary.temporary = tmp_path_factory
    machine = StoreBesideADictionary.TestCase
    machine.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
    machine("runTest").debug()
