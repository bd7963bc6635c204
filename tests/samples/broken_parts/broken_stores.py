"""Stores with one fault each: the memory store, spoilt."""

from __future__ import annotations

import time

import pytest

from voxpop import ObjectChangedError, ObjectNotFoundError, Tag
from voxpop.testing import MemoryStore, StoreConformance


class TestGivesNoStore(StoreConformance):
    pass


_SHARED = MemoryStore()
_SHARED.write("left/over", b"x", expected=None)


class TestSharesItsStore(StoreConformance):
    @pytest.fixture
    def store(self):
        return _SHARED


class CutsLargeBodies(MemoryStore):
    def read(self, key):
        data, tag = super().read(key)
        return data[: 5 * 2**20], tag


class TestCutsLargeBodies(StoreConformance):
    @pytest.fixture
    def store(self):
        return CutsLargeBodies()


class TagsByTime(MemoryStore):
    def read(self, key):
        return super().read(key)[0], Tag(str(time.monotonic_ns()))


class TestTagsByTime(StoreConformance):
    @pytest.fixture
    def store(self):
        return TagsByTime()


class GivesNothingForAbsent(MemoryStore):
    def read(self, key):
        try:
            return super().read(key)
        except ObjectNotFoundError:
            return b"", Tag("")


class TestGivesNothingForAbsent(StoreConformance):
    @pytest.fixture
    def store(self):
        return GivesNothingForAbsent()


class LeavesAFile(MemoryStore):
    def download(self, key, into):
        with into.open("wb") as out:
            out.write(self.read(key)[0])


class TestLeavesAFile(StoreConformance):
    @pytest.fixture
    def store(self):
        return LeavesAFile()


class CreatesOverAll(MemoryStore):
    def write(self, key, data, *, expected):
        if expected is None:
            self.delete(key)
        return super().write(key, data, expected=expected)


class TestCreatesOverAll(StoreConformance):
    @pytest.fixture
    def store(self):
        return CreatesOverAll()


class IgnoresTags(MemoryStore):
    def write(self, key, data, *, expected):
        if expected is not None:
            expected = self.read(key)[1]
        return super().write(key, data, expected=expected)


class TestIgnoresTags(StoreConformance):
    @pytest.fixture
    def store(self):
        return IgnoresTags()


class KeepsOldTag(MemoryStore):
    """Tags an object by its key alone."""

    def read(self, key):
        return super().read(key)[0], Tag(key)

    def write(self, key, data, *, expected):
        if expected == Tag(key):
            expected = super().read(key)[1]
        super().write(key, data, expected=expected)
        return Tag(key)


class TestKeepsOldTag(StoreConformance):
    @pytest.fixture
    def store(self):
        return KeepsOldTag()


class AppendsUploads(MemoryStore):
    def upload(self, source, key):
        data, tag = self.read(key) if key in self.list(key) else (b"", None)
        self.write(key, data + source.read_bytes(), expected=tag)


class TestAppendsUploads(StoreConformance):
    @pytest.fixture
    def store(self):
        return AppendsUploads()


class ListsAsWritten(MemoryStore):
    def list(self, prefix):
        return iter([key for key in self._objects if key.startswith(prefix)])


class TestListsAsWritten(StoreConformance):
    @pytest.fixture
    def store(self):
        return ListsAsWritten()


class ListsFolders(MemoryStore):
    def list(self, prefix):
        folder = f"{prefix.rstrip('/')}/" if prefix else ""
        return super().list(folder)


class TestListsFolders(StoreConformance):
    @pytest.fixture
    def store(self):
        return ListsFolders()


class DeletesOnce(MemoryStore):
    def delete(self, key):
        self.read(key)
        super().delete(key)


class TestDeletesOnce(StoreConformance):
    @pytest.fixture
    def store(self):
        return DeletesOnce()


class FoldsCase(MemoryStore):
    def write(self, key, data, *, expected):
        return super().write(key.lower(), data, expected=expected)

    def read(self, key):
        return super().read(key.lower())


class TestFoldsCase(StoreConformance):
    @pytest.fixture
    def store(self):
        return FoldsCase()


class TakesAnyKey(MemoryStore):
    def write(self, key, data, *, expected):
        self._objects[key] = data
        return Tag(key)


class TestTakesAnyKey(StoreConformance):
    @pytest.fixture
    def store(self):
        return TakesAnyKey()


class SaysNotFoundForBadKeys(MemoryStore):
    def read(self, key):
        if key not in self._objects:
            raise ObjectNotFoundError(key)
        return super().read(key)


class TestSaysNotFoundForBadKeys(StoreConformance):
    @pytest.fixture
    def store(self):
        return SaysNotFoundForBadKeys()


class LooksThenWrites(MemoryStore):
    def write(self, key, data, *, expected):
        present = super().read(key)[1] if key in self._objects else None
        if present != expected:
            raise ObjectChangedError(key)
        time.sleep(0.05)
        self._objects[key] = data
        return super().read(key)[1]


class TestLooksThenWrites(StoreConformance):
    @pytest.fixture
    def store(self):
        return LooksThenWrites()


class WritesInTwoSteps(MemoryStore):
    def upload(self, source, key):
        data = source.read_bytes()
        self._objects[key] = data[:100]
        time.sleep(0.02)
        self._objects[key] = data


class TestWritesInTwoSteps(StoreConformance):
    @pytest.fixture
    def store(self):
        return WritesInTwoSteps()


class TestChanged(StoreConformance):
    @pytest.fixture
    def store(self):
        return MemoryStore()

    def test_no_update_is_lost(self):
        pass
