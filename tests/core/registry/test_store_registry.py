from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bundles import FILES, make_bundle
from voxpop import (
    AliasConflictError,
    BundleError,
    ReferenceNotFoundError,
    RegistryError,
    StoreFullError,
    StoreRegistry,
    StoreUnavailableError,
    Tag,
    UsageError,
    VersionProtectedError,
)
from voxpop.testing import MemoryStore

MODEL = "model/model.onnx"


def test_a_published_bundle_lies_in_the_store_as_it_lies_on_the_disk(
    store: MemoryStore, registry: StoreRegistry, bundle: Path
) -> None:
    version = registry.publish(bundle)
    for path in [*FILES, "manifest.json"]:
        assert store.read(f"versions/{version}/{path}")[0] == (bundle / path).read_bytes()
    assert len(list(store.list(""))) == len(FILES) + 1


def test_a_version_is_resolved_by_its_unique_beginning(
    registry: StoreRegistry, versions: list[str]
) -> None:
    for version in versions:
        assert registry.resolve(version[:8]) == version
        assert registry.resolve(version) == version


def test_a_beginning_of_several_versions_is_refused_with_all_of_them(
    store: MemoryStore, registry: StoreRegistry
) -> None:
    for version in ("v-abcd000000000000", "v-abcd111111111111"):
        store.write(f"versions/{version}/manifest.json", b"{}", expected=None)
    with pytest.raises(RegistryError) as refusal:
        registry.resolve("v-abcd")
    assert "v-abcd000000000000, v-abcd111111111111" in str(refusal.value)
    with pytest.raises(ReferenceNotFoundError):
        registry.resolve("v-abc")  # too short to be meant


def test_an_unknown_reference_is_told_the_nearest_names_and_what_there_is(
    registry: StoreRegistry, versions: list[str]
) -> None:
    registry.move_alias("champion", versions[0], expected=None)
    with pytest.raises(ReferenceNotFoundError) as refusal:
        registry.resolve("champoin")
    told = str(refusal.value)
    assert "the shelf has no version or alias called 'champoin'. Did you mean 'champion'?" in told
    assert all(version in told for version in versions)


def test_an_empty_registry_says_so(registry: StoreRegistry) -> None:
    with pytest.raises(ReferenceNotFoundError, match="holds no version yet"):
        registry.resolve("champion")


def test_an_alias_whose_version_was_removed_by_hand_says_so(
    store: MemoryStore, registry: StoreRegistry, versions: list[str]
) -> None:
    registry.move_alias("champion", versions[0], expected=None)
    store.delete(f"versions/{versions[0]}/manifest.json")
    with pytest.raises(ReferenceNotFoundError, match="removed its manifest by hand"):
        registry.resolve("champion")


def test_an_alias_trusts_only_the_full_digest(
    store: MemoryStore, registry: StoreRegistry, versions: list[str]
) -> None:
    registry.move_alias("champion", versions[0], expected=None)
    stored, tag = store.read("aliases/champion.json")
    # The last hex digit of a digest is no part of the version's name.
    digest = stored.split(b'"version":"')[1][:64]
    other = digest[:-1] + (b"0" if digest[-1:] != b"0" else b"1")
    store.write("aliases/champion.json", stored.replace(digest, other), expected=tag)
    with pytest.raises(BundleError, match="damaged or forged"):
        registry.resolve("champion")


def test_a_damaged_alias_is_named_and_protects_all_versions(
    store: MemoryStore, registry: StoreRegistry, versions: list[str]
) -> None:
    store.write("aliases/champion.json", b'{"schema_version":2}', expected=None)
    for call in (
        lambda: registry.resolve("champion"),
        registry.aliases,
        lambda: registry.delete(versions[0]),
    ):
        with pytest.raises(RegistryError, match=r"'aliases/champion\.json' is damaged"):
            call()
    assert versions[0] in list(registry.versions())


def test_moving_an_alias_where_it_is_changes_nothing(
    registry: StoreRegistry, versions: list[str]
) -> None:
    registry.move_alias("champion", versions[0], expected=None)
    registry.move_alias("champion", versions[0], expected=versions[0])
    assert len(registry.history("champion")) == 1
    registry.move_alias("nobody", None, expected=None)
    assert not registry.history("nobody")


def test_a_conflict_tells_where_the_alias_points(
    registry: StoreRegistry, versions: list[str]
) -> None:
    registry.move_alias("champion", versions[0], expected=None)
    with pytest.raises(AliasConflictError) as refusal:
        registry.move_alias("champion", versions[1], expected=versions[2])
    assert f"points at {versions[0]}, not at {versions[2]}" in str(refusal.value)


@pytest.mark.parametrize("alias", ["", "v-next", "Champion", "a_b", "a--b", "-a", "a" * 65, "../x"])
def test_an_illegal_alias_is_refused_and_was_never_there(
    registry: StoreRegistry, versions: list[str], alias: str
) -> None:
    with pytest.raises(UsageError, match="An alias cannot be called"):
        registry.move_alias(alias, versions[0], expected=None)
    assert registry.history(alias) == ()
    with pytest.raises(ReferenceNotFoundError):
        registry.resolve(alias)


def test_what_holds_a_protected_version_is_told(
    registry: StoreRegistry, versions: list[str]
) -> None:
    registry.move_alias("champion", versions[0], expected=None)
    registry.move_alias("candidate", versions[0], expected=None)
    with pytest.raises(VersionProtectedError, match="'candidate', 'champion' points at it"):
        registry.delete(versions[0])


def test_foreign_objects_are_no_versions_and_no_aliases(
    store: MemoryStore, registry: StoreRegistry, versions: list[str]
) -> None:
    for key in (
        "versions/notes/manifest.json",
        "versions/v-0000000000000000/model/manifest.json",
        "aliases/README.md",
        "aliases/Upper.json",
    ):
        store.write(key, b"", expected=None)
    assert list(registry.versions()) == sorted(versions)
    assert registry.aliases() == {}


def test_a_damaged_manifest_is_refused_and_can_be_deleted(
    store: MemoryStore, registry: StoreRegistry, bundle: Path
) -> None:
    version = registry.publish(bundle)
    key = f"versions/{version}/manifest.json"
    stored, tag = store.read(key)
    store.write(key, stored.replace(b'"seed":42', b'"seed":43'), expected=tag)
    with pytest.raises(BundleError, match=f"not of {version}"):
        registry.manifest(version)
    with pytest.raises(BundleError, match="Delete the version, then publish"):
        registry.publish(bundle)
    registry.delete(version)
    assert registry.publish(bundle) == version
    assert registry.manifest(version).run_config["seed"] == 42


class FullStore(MemoryStore):
    """A store with room for so many objects."""

    room = 3

    def upload(self, source: Path, key: str) -> None:
        if len(list(self.list(""))) >= self.room:
            raise StoreFullError("no room")
        super().upload(source, key)


def test_a_publish_that_fails_clears_up_and_works_later(bundle: Path) -> None:
    store = FullStore()
    registry = StoreRegistry(store)
    with pytest.raises(StoreFullError):
        registry.publish(bundle)
    assert list(store.list("")) == []
    store.room = 100
    assert registry.publish(bundle) in list(registry.versions())


class FailingStore(MemoryStore):
    """A store that does not answer any more from the first upload on."""

    answers = True
    asked_since = 0

    def upload(self, source: Path, key: str) -> None:
        self.answers = self.answers and not key.startswith("versions/")
        self._ask()
        super().upload(source, key)

    def write(self, key: str, data: bytes, *, expected: Tag | None) -> Tag:
        self._ask()
        return super().write(key, data, expected=expected)

    def list(self, prefix: str) -> Iterator[str]:
        self._ask()
        return super().list(prefix)

    def delete(self, key: str) -> None:
        self._ask()
        super().delete(key)

    def _ask(self) -> None:
        if not self.answers:
            self.asked_since += 1
            raise StoreUnavailableError("no answer")


def test_a_store_that_stopped_answering_is_not_asked_to_clear_up(
    bundle: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = FailingStore()
    with pytest.raises(StoreUnavailableError):
        StoreRegistry(store).publish(bundle)
    assert store.asked_since == 1
    assert "stays behind" in caplog.text


@pytest.mark.parametrize("age_s", [-1.0, float("nan")])
def test_a_negative_age_is_none(registry: StoreRegistry, age_s: float) -> None:
    with pytest.raises(UsageError, match="Give 0 or more"):
        registry.gc(age_s)


def test_an_alias_is_not_made_by_a_process_that_slept_too_long(
    registry: StoreRegistry, versions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voxpop.registry.claims.HELD_S", 0.0)  # so that any time is too long
    with pytest.raises(RegistryError, match=r"The promotion of .* took more than"):
        registry.move_alias("champion", versions[0], expected=None)
    assert registry.aliases() == {}


class InterruptedStore(MemoryStore):
    """A store in which somebody presses Ctrl-C during the second upload."""

    uploads = 0

    def upload(self, source: Path, key: str) -> None:
        self.uploads += 1
        if self.uploads == 2:
            raise KeyboardInterrupt
        super().upload(source, key)


def test_an_interrupted_publish_leaves_nothing(bundle: Path) -> None:
    store = InterruptedStore()
    with pytest.raises(KeyboardInterrupt):
        StoreRegistry(store).publish(bundle)
    assert list(store.list("")) == []


def test_gc_removes_unpublished_files_and_nothing_else(
    store: MemoryStore, registry: StoreRegistry, versions: list[str], tmp_path: Path
) -> None:
    _, unfinished = make_bundle(tmp_path / "unfinished", "unfinished")
    store.upload(tmp_path / "unfinished" / MODEL, f"versions/{unfinished}/{MODEL}")
    store.write("versions/notes.txt", b"mine", expected=None)
    before = set(store.list(""))
    assert registry.gc() == [f"versions/{unfinished}/{MODEL}"]
    assert set(store.list("")) == before - {f"versions/{unfinished}/{MODEL}"}
    assert registry.gc() == []


def test_an_alias_is_not_deleted_and_not_suggested(
    registry: StoreRegistry, versions: list[str]
) -> None:
    registry.move_alias("champion", versions[0], expected=None)
    with pytest.raises(ReferenceNotFoundError, match=f"'champion' is an alias, of {versions[0]}"):
        registry.delete("champion")
