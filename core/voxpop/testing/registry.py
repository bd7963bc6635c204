"""The standard tests of registries."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from voxpop.bundle.manifest import MANIFEST_NAME, version_of
from voxpop.errors import (
    AliasConflictError,
    BundleError,
    ReferenceNotFoundError,
    VersionProtectedError,
    VoxpopError,
)
from voxpop.interfaces import Registry
from voxpop.testing.conformance import Conformance, require, require_raises, standard
from voxpop.testing.racing import RACERS, race
from voxpop.testing.sample_bundle import make_bundle

ABSENT = "v-0000000000000000"
ALIAS = "champion"

LEGAL_ALIASES = ("champion", "candidate-2", "a", "v2")
ILLEGAL_ALIASES = {
    "like a version": ABSENT,
    "beginning like a version": "v-champion",
    "empty": "",
    "upwards": "..",
    "path": "a/b",
    "blank": "the champion",
    "upper case": "Champion",
    "beyond ASCII": "sch\u00f6n",
    "new line": "champion\n",
    "too long": "a" * 300,
}


@standard
class RegistryConformance(Conformance):
    """Subclass it, give a fixture `registry` that returns an empty registry, run pytest."""

    @pytest.fixture
    def registry(self) -> Registry:
        """Give the registry under test, empty; the author's to write."""
        pytest.fail(
            f"{type(self).__name__} gives no registry: write a fixture `registry` in it that "
            "returns an empty one, another for every test."
        )

    @pytest.fixture
    def bundles(self, tmp_path: Path) -> tuple[Path, Path]:
        """Give two different bundles."""
        for seed in (1, 2):
            make_bundle(tmp_path / f"bundle-{seed}", seed=seed)
        return tmp_path / "bundle-1", tmp_path / "bundle-2"

    @pytest.fixture
    def versions(self, registry: Registry, bundles: tuple[Path, Path]) -> tuple[str, str]:
        """Give the versions of the two bundles, published."""
        return registry.publish(bundles[0]), registry.publish(bundles[1])

    def test_registry_is_empty_at_first(self, registry: Registry) -> None:
        """No version, no alias, no history; and nothing is found."""
        require(
            not list(registry.versions()) and not registry.aliases(),
            "The `registry` fixture gives one that holds something: give an empty one.",
        )
        require(not registry.history(ALIAS), "An alias that never existed has a history.")

    def test_publish_names_the_manifest(
        self, registry: Registry, bundles: tuple[Path, Path]
    ) -> None:
        """A version is `v-` and 16 hex digits of the sha256 of its manifest's bytes."""
        published = [registry.publish(bundle) for bundle in bundles]
        named = [version_of((bundle / MANIFEST_NAME).read_bytes()) for bundle in bundles]
        require(
            published == named,
            f"`publish` gives {published}, and the manifests' bytes name {named}: the version is "
            "'v-' and the first 16 hex digits of the sha256 of the stored manifest.json.",
        )
        listed = list(registry.versions())
        require(listed == sorted(named), f"`versions` gives {listed}, not sorted {named}.")

    def test_publishing_again_changes_nothing(
        self, registry: Registry, bundles: tuple[Path, Path], tmp_path: Path
    ) -> None:
        """The same bundle, also from another directory, is the same version, once."""
        shutil.copytree(bundles[0], tmp_path / "copy")
        first, again = registry.publish(bundles[0]), registry.publish(tmp_path / "copy")
        require(first == again, f"The same bundle is published as {first}, then as {again}.")
        require(list(registry.versions()) == [first], "The same bundle is listed twice.")

    def test_fetch_gives_the_same_bytes(
        self,
        registry: Registry,
        bundles: tuple[Path, Path],
        versions: tuple[str, str],
        tmp_path: Path,
    ) -> None:
        """All files and nothing else, into a new directory or an empty one."""
        (tmp_path / "empty").mkdir()
        for bundle, version, into in zip(bundles, versions, ("new/deep", "empty"), strict=True):
            registry.fetch(version, tmp_path / into)
            require(
                _contents(tmp_path / into) == _contents(bundle),
                f"`fetch` into a directory that is {into} gives other files or bytes than were "
                "published.",
            )

    def test_fetch_keeps_what_is_there(
        self, registry: Registry, versions: tuple[str, str], tmp_path: Path
    ) -> None:
        """A directory that holds something is refused and left as it is."""
        taken = tmp_path / "taken"
        taken.mkdir()
        (taken / "mine.txt").write_text("mine", encoding="utf-8")
        with require_raises(VoxpopError, "fetch over files"):
            registry.fetch(versions[0], taken)
        require(
            _contents(taken) == {"mine.txt": b"mine"}, "A refused `fetch` changed the directory."
        )

    def test_manifest_is_the_published_one(
        self, registry: Registry, bundles: tuple[Path, Path], versions: tuple[str, str]
    ) -> None:
        """`manifest` reads what the bundle says of itself."""
        for bundle, version in zip(bundles, versions, strict=True):
            require(
                registry.manifest(version).to_bytes() == (bundle / MANIFEST_NAME).read_bytes(),
                f"`manifest({version!r})` is not the published one.",
            )

    def test_what_is_absent_is_not_found(
        self, registry: Registry, versions: tuple[str, str], tmp_path: Path
    ) -> None:
        """Unknown versions and aliases raise ReferenceNotFoundError everywhere."""
        into = tmp_path / "into"
        for reference in (ABSENT, "nobody", "", "../aliases", "v-"):
            with require_raises(ReferenceNotFoundError, f"resolve of {reference!r}"):
                registry.resolve(reference)
            with require_raises(ReferenceNotFoundError, f"fetch of {reference!r}"):
                registry.fetch(reference, into)
            with require_raises(ReferenceNotFoundError, f"manifest of {reference!r}"):
                registry.manifest(reference)
            with require_raises(ReferenceNotFoundError, f"delete of {reference!r}"):
                registry.delete(reference)
            with require_raises(ReferenceNotFoundError, f"move_alias to {reference!r}"):
                registry.move_alias(ALIAS, reference, expected=None)
        require(not into.exists(), "`fetch` of an absent version leaves a directory.")
        require(not registry.aliases(), "An alias points at a version that is absent.")

    def test_published_is_immutable(
        self, registry: Registry, bundles: tuple[Path, Path], tmp_path: Path
    ) -> None:
        """What happens to the bundle's directory afterwards changes nothing."""
        published = _contents(bundles[0])
        version = registry.publish(bundles[0])
        for path in sorted(bundles[0].rglob("*.*")):
            path.write_bytes(b"changed")
        with require_raises(BundleError, "publish of a damaged bundle"):
            registry.publish(bundles[0])
        shutil.rmtree(bundles[0])
        registry.fetch(version, tmp_path / "fetched")
        require(
            _contents(tmp_path / "fetched") == published,
            "After the bundle's directory was changed and removed, `fetch` gives other bytes: "
            "`publish` must copy.",
        )

    @pytest.mark.parametrize(
        "damage", ["flipped byte", "cut file", "no file", "more", "no manifest"]
    )
    def test_a_damaged_bundle_is_refused(
        self, registry: Registry, bundles: tuple[Path, Path], damage: str
    ) -> None:
        """`publish` raises BundleError, and nothing is published."""
        victim = bundles[0] / "model" / "weights.npz"
        body = victim.read_bytes()
        match damage:
            case "flipped byte":
                victim.write_bytes(body[:100] + bytes([body[100] ^ 1]) + body[101:])
            case "cut file":
                victim.write_bytes(body[:-1])
            case "no file":
                victim.unlink()
            case "more":
                (bundles[0] / "model" / "more.json").write_text("{}", encoding="utf-8")
            case _:
                (bundles[0] / MANIFEST_NAME).unlink()
        with require_raises(BundleError, f"publish of a bundle ({damage})"):
            registry.publish(bundles[0])
        require(
            not list(registry.versions()),
            "A damaged bundle was published: verify it first (voxpop.verify_bundle).",
        )

    def test_references_resolve(self, registry: Registry, versions: tuple[str, str]) -> None:
        """A version names itself, an alias the version that it points at."""
        registry.move_alias(ALIAS, versions[1], expected=None)
        for reference, version in {versions[0]: versions[0], ALIAS: versions[1]}.items():
            resolved = registry.resolve(reference)
            require(resolved == version, f"{reference!r} resolves to {resolved}, not {version}.")

    def test_aliases_move(self, registry: Registry, versions: tuple[str, str]) -> None:
        """An alias is made, moved, removed and made again; the others stay where they are."""
        one, other = versions
        registry.move_alias("zebra", one, expected=None)
        registry.move_alias(ALIAS, one, expected=None)
        registry.move_alias(ALIAS, other, expected=one)
        aliases = dict(registry.aliases())
        require(
            list(aliases.items()) == [(ALIAS, other), ("zebra", one)],
            f"`aliases` gives {aliases}: every alias and its version, sorted by name.",
        )
        registry.move_alias(ALIAS, None, expected=other)
        require(
            dict(registry.aliases()) == {"zebra": one}, "A removed alias is still among `aliases`."
        )
        with require_raises(ReferenceNotFoundError, "resolve of a removed alias"):
            registry.resolve(ALIAS)
        registry.move_alias(ALIAS, one, expected=None)
        require(registry.resolve(ALIAS) == one, "A removed alias cannot be made again.")

    def test_history_tells_every_move(self, registry: Registry, versions: tuple[str, str]) -> None:
        """Oldest first, with where it pointed before and when, removals included."""
        began = datetime.datetime.now(datetime.UTC)
        one, other = versions
        path = [None, one, other, None, one]
        for previous, version in pairwise(path):
            registry.move_alias(ALIAS, version, expected=previous)
        moves = registry.history(ALIAS)
        told = [(move.previous, move.version) for move in moves]
        made = list(pairwise(path))
        require(
            told == made,
            f"`history` tells {told}, and the moves were {made}: tell all, oldest first, as "
            "(previous, version), None for no version.",
        )
        times = [move.at for move in moves]
        require(
            all(time.utcoffset() == datetime.timedelta(0) for time in times),
            "A move's `at` is not UTC: use datetime.now(datetime.UTC).",
        )
        ended = datetime.datetime.now(datetime.UTC)
        slack = datetime.timedelta(minutes=5)  # the registry's clock may not be this machine's
        require(
            times == sorted(times) and began - slack <= times[0] and times[-1] <= ended + slack,
            f"The moves' times are {times}: they must tell when each move was made.",
        )

    def test_a_move_that_expected_another_holder_is_refused(
        self, registry: Registry, versions: tuple[str, str]
    ) -> None:
        """Compare-and-swap: AliasConflictError, and nothing moves."""
        one, other = versions

        def conflict(to: str | None, expected: str | None, state: str) -> None:
            holder = registry.aliases().get(ALIAS)
            moves = len(registry.history(ALIAS))
            with require_raises(
                AliasConflictError,
                f"move_alias({ALIAS!r}, {to!r}, expected={expected!r}) of an alias that {state}",
            ):
                registry.move_alias(ALIAS, to, expected=expected)
            require(
                registry.aliases().get(ALIAS) == holder and len(registry.history(ALIAS)) == moves,
                "A move that was refused changed the alias or its history.",
            )

        conflict(one, other, "is absent")
        conflict(None, one, "is absent")
        registry.move_alias(ALIAS, one, expected=None)
        conflict(other, None, f"points at {one}")
        conflict(other, other, f"points at {one}")
        conflict(None, other, f"points at {one}")
        conflict(None, None, f"points at {one}")
        registry.move_alias(ALIAS, None, expected=one)
        conflict(other, one, "was removed")

    @pytest.mark.parametrize("alias", LEGAL_ALIASES)
    def test_legal_aliases_work(
        self, registry: Registry, versions: tuple[str, str], alias: str
    ) -> None:
        """Lower-case letters and digits in words joined by '-'."""
        registry.move_alias(alias, versions[0], expected=None)
        require(
            dict(registry.aliases()) == {alias: versions[0]}
            and registry.resolve(alias) == versions[0],
            f"The alias {alias!r} is not kept as it is.",
        )

    @pytest.mark.parametrize("alias", ILLEGAL_ALIASES.values(), ids=ILLEGAL_ALIASES.keys())
    def test_illegal_aliases_are_refused(
        self, registry: Registry, versions: tuple[str, str], alias: str
    ) -> None:
        """No alias looks like a version, leads elsewhere or is hard to type."""
        with require_raises(VoxpopError, f"an alias called {alias!r}"):
            registry.move_alias(alias, versions[0], expected=None)
        require(not registry.aliases(), f"The alias {alias!r} was made.")

    def test_a_version_under_an_alias_is_protected(
        self, registry: Registry, versions: tuple[str, str], tmp_path: Path
    ) -> None:
        """`delete` raises VersionProtectedError until no alias points at the version."""
        one, other = versions
        registry.move_alias(ALIAS, one, expected=None)
        with require_raises(VersionProtectedError, "delete of a held version"):
            registry.delete(one)
        registry.fetch(one, tmp_path / "still-there")
        registry.move_alias(ALIAS, other, expected=one)
        registry.delete(one)
        require(list(registry.versions()) == [other], "A deleted version is still listed.")
        calls: dict[str, Callable[[], object]] = {
            "resolve": lambda: registry.resolve(one),
            "manifest": lambda: registry.manifest(one),
            "fetch": lambda: registry.fetch(one, tmp_path / "gone"),
            "delete": lambda: registry.delete(one),
            "move_alias": lambda: registry.move_alias(ALIAS, one, expected=other),
        }
        for name, call in calls.items():
            with require_raises(ReferenceNotFoundError, f"{name} of a deleted version"):
                call()

    def test_a_deleted_version_can_be_published_again(
        self,
        registry: Registry,
        bundles: tuple[Path, Path],
        versions: tuple[str, str],
        tmp_path: Path,
    ) -> None:
        """The same bundle is the same version again."""
        registry.delete(versions[0])
        require(
            registry.publish(bundles[0]) == versions[0],
            "Published again after `delete`, the same bundle has another version.",
        )
        registry.fetch(versions[0], tmp_path / "again")
        require(
            _contents(tmp_path / "again") == _contents(bundles[0]),
            "Published again after `delete`, the version has other bytes.",
        )

    def test_one_of_many_moves_the_alias(
        self, registry: Registry, versions: tuple[str, str]
    ) -> None:
        """Of threads that move an alias from the same holder exactly one wins."""
        one, other = versions
        for to, holder in ((one, None), (other, one)):
            before = len(registry.history(ALIAS))

            def move(number: int, to: str = to, holder: str | None = holder) -> bool:
                try:
                    registry.move_alias(ALIAS, to, expected=holder)
                except AliasConflictError:
                    return False
                return True

            winners = sum(race(move))
            moves = len(registry.history(ALIAS)) - before
            require(
                winners == moves == 1 and registry.resolve(ALIAS) == to,
                f"{winners} of {RACERS} threads moved the alias from {holder}, and its history "
                f"tells {moves} moves: compare and swap in one step.",
            )

    def test_many_publish_the_same(
        self, registry: Registry, bundles: tuple[Path, Path], tmp_path: Path
    ) -> None:
        """Threads that publish the same bundle at once all succeed, and it is there once."""
        published = race(lambda number: registry.publish(bundles[0]))
        require(
            len(set(published)) == 1 and list(registry.versions()) == published[:1],
            f"{RACERS} threads published the same bundle as {sorted(set(published))}.",
        )
        registry.fetch(published[0], tmp_path / "fetched")
        require(
            _contents(tmp_path / "fetched") == _contents(bundles[0]),
            "Published by many threads at once, the version has other bytes.",
        )


def _contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }
