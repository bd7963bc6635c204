"""Registries with one fault each: the registry over a memory store, spoilt."""

from __future__ import annotations

import datetime
import time
from dataclasses import replace
from pathlib import Path

import pytest

from voxpop import (
    AliasConflictError,
    BundleError,
    ReferenceNotFoundError,
    StoreRegistry,
    VersionProtectedError,
)
from voxpop.testing import MemoryStore, RegistryConformance, make_bundle

ONE_DAY = datetime.timedelta(days=1)


class TestGivesNoRegistry(RegistryConformance):
    pass


class TestIsNotEmpty(RegistryConformance):
    @pytest.fixture
    def registry(self, tmp_path):
        registry = StoreRegistry(MemoryStore())
        make_bundle(tmp_path / "left-over", seed=99)
        registry.publish(tmp_path / "left-over")
        return registry


class NumbersVersions(StoreRegistry):
    def publish(self, bundle):
        super().publish(bundle)
        return f"v-{len(list(self.versions())):016d}"


class TestNumbersVersions(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return NumbersVersions(MemoryStore())


class PublishesOnce(StoreRegistry):
    """Lists a version as often as it was published."""

    published = ()

    def publish(self, bundle):
        version = super().publish(bundle)
        self.published = (*self.published, version)
        return version

    def versions(self):
        return iter(sorted(self.published))


class TestPublishesOnce(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return PublishesOnce(MemoryStore())


class FetchesMore(StoreRegistry):
    def fetch(self, version, into):
        super().fetch(version, into)
        (into / "fetched-at.txt").write_text("now")


class TestFetchesMore(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return FetchesMore(MemoryStore())


class FetchesOver(StoreRegistry):
    def fetch(self, version, into):
        for path in into.glob("*"):
            path.unlink()
        super().fetch(version, into)


class TestFetchesOver(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return FetchesOver(MemoryStore())


class RewritesManifest(StoreRegistry):
    def manifest(self, version):
        return super().manifest(version).model_copy(update={"git_commit": "unknown"})


class TestRewritesManifest(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return RewritesManifest(MemoryStore())


class ResolvesAnything(StoreRegistry):
    def resolve(self, reference):
        return self.aliases().get(reference, reference)


class TestResolvesAnything(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return ResolvesAnything(MemoryStore())


class ResolvesToNewest(StoreRegistry):
    def resolve(self, reference):
        return super().resolve(reference) and max(self.versions())


class TestResolvesToOther(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return ResolvesToNewest(MemoryStore())


class PublishesByName(StoreRegistry):
    """Remembers the directory, not its bytes."""

    def publish(self, bundle):
        version = super().publish(bundle)
        self.bundles = {**getattr(self, "bundles", {}), version: bundle}
        return version

    def fetch(self, version, into):
        if not self.bundles[version].exists():
            raise BundleError(f"{self.bundles[version]} is gone")
        super().fetch(version, into)


class TestPublishesByName(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return PublishesByName(MemoryStore())


class TrustsBundles(StoreRegistry):
    """Publishes whatever manifest.json says, or nothing at all."""

    def publish(self, bundle):
        try:
            return super().publish(bundle)
        except BundleError:
            again = Path(f"{bundle}-again")
            make_bundle(again, seed=1)
            return super().publish(again)


class TestTrustsBundles(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return TrustsBundles(MemoryStore())


class KeepsRemovedAliases(StoreRegistry):
    def aliases(self):
        moved = [key.removeprefix("aliases/").removesuffix(".json") for key in self._keys()]
        last = {alias: [move.version for move in self.history(alias)] for alias in moved}
        return {alias: [at for at in path if at][-1] for alias, path in last.items()}

    def _keys(self):
        return self._store.list("aliases/")


class TestKeepsRemovedAliases(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return KeepsRemovedAliases(MemoryStore())


class NewestMoveFirst(StoreRegistry):
    def history(self, alias):
        return super().history(alias)[::-1]


class TestNewestMoveFirst(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return NewestMoveFirst(MemoryStore())


class MovesInLocalTime(StoreRegistry):
    def history(self, alias):
        return [replace(move, at=move.at.replace(tzinfo=None)) for move in super().history(alias)]


class TestMovesInLocalTime(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return MovesInLocalTime(MemoryStore())


class MovesYesterday(StoreRegistry):
    def history(self, alias):
        return [replace(move, at=move.at - ONE_DAY) for move in super().history(alias)]


class TestMovesYesterday(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return MovesYesterday(MemoryStore())


class MovesAnyway(StoreRegistry):
    def move_alias(self, alias, to, *, expected):
        super().move_alias(alias, to, expected=self.aliases().get(alias))


class TestMovesAnyway(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return MovesAnyway(MemoryStore())


class OneAliasOnly(StoreRegistry):
    def move_alias(self, alias, to, *, expected):
        super().move_alias("champion", to, expected=expected)


class TestOneAliasOnly(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return OneAliasOnly(MemoryStore())


class MendsAliases(StoreRegistry):
    def move_alias(self, alias, to, *, expected):
        mended = "".join(letter for letter in alias.lower() if letter in "abcdefghijk")
        super().move_alias(mended[:9] or "a", to, expected=expected)


class TestMendsAliases(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return MendsAliases(MemoryStore())


class DeletesAnything(StoreRegistry):
    def delete(self, version):
        try:
            super().delete(version)
        except VersionProtectedError:
            for key in list(self._store.list(f"versions/{version}/")):
                self._store.delete(key)


class TestDeletesAnything(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return DeletesAnything(MemoryStore())


class BuriesVersions(StoreRegistry):
    def delete(self, version):
        super().delete(version)
        self.buried = version

    def publish(self, bundle):
        version = super().publish(bundle)
        return f"{version}-2" if version == getattr(self, "buried", None) else version


class TestBuriesVersions(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return BuriesVersions(MemoryStore())


class LooksThenMoves(StoreRegistry):
    def move_alias(self, alias, to, *, expected):
        holder = self.aliases().get(alias)
        if holder != expected:
            raise AliasConflictError(alias)
        time.sleep(0.2)
        for _ in range(20):
            try:
                super().move_alias(alias, to, expected=self.aliases().get(alias))
            except AliasConflictError:
                continue
            return


class TestLooksThenMoves(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return LooksThenMoves(MemoryStore())


class PublishesAlone(StoreRegistry):
    """Takes a version that is being published for one that is there twice."""

    at_work = 0

    def publish(self, bundle):
        self.at_work += 1
        time.sleep(0.1)
        others = self.at_work - 1
        version = super().publish(bundle)
        return f"{version}-{others}" if others else version


class TestPublishesAlone(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return PublishesAlone(MemoryStore())


class RaisesKeyError(StoreRegistry):
    def resolve(self, reference):
        try:
            return super().resolve(reference)
        except ReferenceNotFoundError as error:
            raise KeyError(reference) from error


class TestRaisesKeyError(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return RaisesKeyError(MemoryStore())


class TestChanged(RegistryConformance):
    @pytest.fixture
    def registry(self):
        return StoreRegistry(MemoryStore())

    def test_a_damaged_bundle_is_refused(self):
        pass
