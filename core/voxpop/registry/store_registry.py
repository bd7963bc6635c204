"""A registry over any object store: the rules of versions and aliases, once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from voxpop.bundle import Manifest, verify_bundle
from voxpop.bundle.manifest import MANIFEST_NAME, digest_of, version_of
from voxpop.bundle.verification import parse_manifest, read_manifest_bytes
from voxpop.errors import (
    BundleError,
    ObjectChangedError,
    ObjectNotFoundError,
    ReferenceNotFoundError,
    RegistryError,
    StoreAccessError,
    StoreError,
    StoreUnavailableError,
    UsageError,
    VersionProtectedError,
)
from voxpop.interfaces import Move, ObjectStore
from voxpop.registry.abandoned import AbandonsUploads
from voxpop.registry.aliases import Aliases, SeenAlias
from voxpop.registry.claims import ABANDONED_S, Claim, Claims
from voxpop.registry.fetching import fetch_version
from voxpop.registry.layout import (
    VERSION,
    VERSIONS,
    check_alias,
    is_alias,
    manifest_key,
    version_files,
)
from voxpop.registry.references import resolve_prefix, unknown_reference

logger = logging.getLogger(__name__)

# A file may be gone and its version there because somebody deleted the version and published it
# again between the two looks; only a file that stays away is missing.
_FETCH_ATTEMPTS = 4

_PROBED = f"v-{0:016x}"  # named by no content that anybody will find


class StoreRegistry:
    """Keeps bundles as immutable versions, and aliases that point at them, in an object store.

    A version exists from the moment its manifest is written, after all its files, until the moment
    its manifest is deleted, before any of its files; so no reader ever sees half of one. An alias
    is a single object that moves by compare-and-swap, and it never points at a version that does
    not exist: see `voxpop.registry.claims` for how deletion keeps clear of the other work.

    Args:
        store: where the objects go.
        location: how messages call the place, such as its directory or its bucket.
    """

    def __init__(self, store: ObjectStore, location: str = "the registry") -> None:
        self._store = store
        self._location = location
        self._claims = Claims(store)
        self._aliases = Aliases(store)

    @property
    def location(self) -> str:
        """How messages call the place."""
        return self._location

    def publish(self, bundle: Path) -> str:
        """Store a bundle, verified, and give its version. The same again gives the same version.

        Raises:
            BundleError: the bundle cannot be trusted; nothing is stored.
            RegistryError: the version is being deleted right now.
            StoreError: the store failed; nothing is visible, and publishing again goes on.
        """
        stored = read_manifest_bytes(bundle)
        manifest, version = verify_bundle(bundle, version_of(stored))
        if self._holds(version, stored):
            return version
        try:
            with self._claims.shared(version, "publication") as claim:
                for path in manifest.files:
                    self._store.upload(bundle / path, f"{version_files(version)}{path}")
                claim.check()
                self._commit(version, stored)
        except StoreUnavailableError:
            raise  # clearing up would wait for the store as long again; gc collects what stays
        except BaseException:
            with suppress(StoreError, RegistryError):  # what stays is invisible; gc collects it
                self._collect(version, ABANDONED_S)
            raise
        return version

    def check_writable(self) -> None:
        """Make sure, before hours of work, that a version can be written: make and release a claim.

        Raises:
            StoreError: the store cannot be written, or does not answer.
        """
        with self._claims.shared(_PROBED, "probe"):
            pass

    def resolve(self, reference: str) -> str:
        """Give the version that an alias, a version or the unique beginning of one names.

        Raises:
            ReferenceNotFoundError: there is none; the message names what there is.
            RegistryError: several versions begin like that.
        """
        if is_alias(reference):
            record = self._aliases.see(reference).record
            if record.version is not None and record.points_at is not None:
                return self._held_by(reference, record.points_at, record.version)
        elif VERSION.fullmatch(reference) and self._exists(reference):
            return reference
        elif version := resolve_prefix(reference, self.versions()):
            return version
        raise self._unknown(reference)

    def fetch(self, version: str, into: Path) -> None:
        """Write the version's bundle, verified, into `into`, which must not exist or be empty.

        Raises:
            ReferenceNotFoundError: there is no such version.
            UsageError: `into` holds something already.
            BundleError: what the store keeps is damaged; `into` stays as it was.
            StoreError: the store cannot be read, or the disk not written.
        """
        for attempt in range(1, _FETCH_ATTEMPTS + 1):
            try:
                fetch_version(self._store, version, self._manifest(version), into, self._location)
            except ObjectNotFoundError as error:
                if not self._exists(version):
                    raise self._unknown(version) from error  # deleted meanwhile
                if attempt == _FETCH_ATTEMPTS:
                    raise BundleError(
                        f"{self._location}: {version} lacks a file that its manifest lists "
                        f"({error}). Delete the version and publish its bundle again, or train "
                        "again."
                    ) from error
            else:
                return

    def manifest(self, version: str) -> Manifest:
        """Give the version's manifest, verified against the version's name.

        Raises:
            ReferenceNotFoundError: there is no such version.
            BundleError: the stored manifest is not the version's.
        """
        return parse_manifest(self._manifest(version), f"{self._location}: {version}", version)

    def versions(self) -> Iterator[str]:
        """Give every published version, sorted by name."""
        for key in self._store.list(VERSIONS):
            version, _, path = key.removeprefix(VERSIONS).partition("/")
            if path == MANIFEST_NAME and VERSION.fullmatch(version):
                yield version

    def aliases(self) -> Mapping[str, str]:
        """Give every alias and the version it points at, sorted by name."""
        return self._aliases.pointing()

    def history(self, alias: str) -> Sequence[Move]:
        """Give the moves of an alias, oldest first; empty when it never existed."""
        return self._aliases.history(alias) if is_alias(alias) else ()

    def move_alias(self, alias: str, to: str | None, *, expected: str | None) -> None:
        """Point the alias at version `to` (None removes it) if it points at `expected` now.

        Pointing it where it points already changes nothing.

        Raises:
            UsageError: no alias may have that name.
            AliasConflictError: the alias points elsewhere than at `expected` (None = absent).
            ReferenceNotFoundError: there is no version `to`, or it is being deleted.
        """
        self._move(alias, to, expected, back=False)

    def move_back(self, alias: str, to: str, *, expected: str | None) -> None:
        """Move the alias as `move_alias` does, and record that this was a rollback."""
        self._move(alias, to, expected, back=True)

    def _move(self, alias: str, to: str | None, expected: str | None, *, back: bool) -> None:
        check_alias(alias)
        if to is not None and not VERSION.fullmatch(to):
            raise self._unknown(to)
        seen = self._aliases.expect(alias, expected)
        if to is None:
            self._aliases.move(seen, None)
        elif seen.tag is None:  # what does not exist cannot be fenced by a deletion
            with self._claims.shared(to, "promotion", ReferenceNotFoundError) as claim:
                digest = digest_of(self._manifest(to))
                claim.check()
                self._aliases.move(seen, digest, back=back)
        else:
            self._claims.refuse_alone(to, "promotion", ReferenceNotFoundError)
            self._aliases.move(seen, digest_of(self._manifest(to)), back=back)

    def delete(self, version: str) -> None:
        """Delete a version that no alias points at.

        Raises:
            ReferenceNotFoundError: there is no such version.
            VersionProtectedError: an alias points at it, or is about to.
        """
        if not self._exists(version):
            if holder := self.aliases().get(version):
                raise ReferenceNotFoundError(
                    f"{version!r} is an alias, of {holder}, and only versions are deleted. Move "
                    "the alias first (`voxpop registry promote` or `rollback`), then delete "
                    f"{holder} by its own name."
                )
            raise self._unknown(version)
        with self._claims.alone(version, "deletion", VersionProtectedError) as claim:
            seen = self._aliases.all()
            holders = _pointing_at(version, seen) or _pointing_at(
                version, [self._aliases.fence(alias) for alias in seen]
            )
            if holders:
                raise VersionProtectedError(
                    f"{version} is protected: {', '.join(map(repr, holders))} points at it. Move "
                    "the alias first (`voxpop registry promote` or `rollback`), then delete."
                )
            self._remove(claim)

    def gc(self, min_age_s: float = ABANDONED_S) -> list[str]:
        """Remove what interrupted work left behind, and give the keys of the objects removed.

        That is: files of versions that were never published or not wholly deleted, claims, and in a
        store that keeps them, the parts of unfinished uploads. No published version is touched.

        Args:
            min_age_s: work that began longer ago counts as dead. Less than the default is safe only
                while nobody else works on the registry.

        Raises:
            UsageError: the age is negative.
        """
        if not min_age_s >= 0:
            raise UsageError(f"An age of {min_age_s:g} s is none. Give 0 or more.")
        removed = self._claims.forget_abandoned(min_age_s)
        published = set(self.versions())
        keys = [key.removeprefix(VERSIONS) for key in self._store.list(VERSIONS)]
        for version in sorted({key.partition("/")[0] for key in keys} - published):
            if VERSION.fullmatch(version):
                with suppress(RegistryError):  # somebody publishes it right now
                    removed += self._collect(version, min_age_s)
        return sorted([*removed, *self._abandon_uploads(min_age_s)])

    def _manifest(self, version: str) -> bytes:
        if not VERSION.fullmatch(version):
            raise self._unknown(version)
        try:
            return self._store.read(manifest_key(version))[0]
        except ObjectNotFoundError as error:
            raise self._unknown(version) from error

    def _exists(self, version: str) -> bool:
        if not VERSION.fullmatch(version):
            return False
        try:
            self._store.read(manifest_key(version))
        except ObjectNotFoundError:
            return False
        return True

    def _holds(self, version: str, stored: bytes) -> bool:
        """Tell whether the version is published; a different manifest under its name is refused."""
        try:
            there, _ = self._store.read(manifest_key(version))
        except ObjectNotFoundError:
            return False
        if there != stored:
            raise BundleError(
                f"{self._location}: {manifest_key(version)!r} is damaged: it is not the manifest "
                f"of {version}. Delete the version, then publish the bundle again."
            )
        return True

    def _commit(self, version: str, stored: bytes) -> None:
        try:
            self._store.write(manifest_key(version), stored, expected=None)
        except ObjectChangedError:
            if not self._holds(version, stored):  # somebody else published the same: no fault
                raise

    def _held_by(self, alias: str, version: str, digest: str) -> str:
        try:
            stored = self._manifest(version)
        except ReferenceNotFoundError as error:
            raise ReferenceNotFoundError(
                f"{self._location}: {alias!r} points at {version}, which is not there: somebody "
                "removed its manifest by hand. Move the alias: "
                f"`voxpop registry rollback --alias {alias}`."
            ) from error
        if digest_of(stored) != digest:
            raise BundleError(
                f"{self._location}: {manifest_key(version)!r} is damaged or forged: {alias!r} "
                f"points at the manifest with sha256 {digest}, not at {digest_of(stored)}. "
                f"Move the alias: `voxpop registry rollback --alias {alias}`."
            )
        return version

    def _remove(self, claim: Claim) -> list[str]:
        """Delete all objects of a version, its manifest first: from then on it does not exist."""
        first = manifest_key(claim.version)
        keys = list(self._store.list(version_files(claim.version)))
        for key in sorted(keys, key=lambda each: each != first):
            claim.check()
            self._store.delete(key)
        return keys

    def _collect(self, version: str, abandoned_s: float) -> list[str]:
        """Delete the files of a version that was never published, unless somebody is at it."""
        with self._claims.alone(version, "collection", abandoned_s=abandoned_s) as claim:
            return [] if self._exists(version) else self._remove(claim)

    def _abandon_uploads(self, min_age_s: float) -> list[str]:
        if not isinstance(self._store, AbandonsUploads):
            return []
        try:
            keys = self._store.abandon_uploads(VERSIONS, older_than_s=min_age_s)
        except StoreAccessError as error:  # all else is done, and shall be told
            logger.warning("The parts of unfinished uploads stay behind: %s", error)
            return []
        return [f"{key} (parts of an unfinished upload)" for key in keys]

    def _unknown(self, reference: str) -> ReferenceNotFoundError:
        return unknown_reference(reference, self.aliases(), self.versions(), self._location)


def _pointing_at(version: str, aliases: Iterable[SeenAlias]) -> list[str]:
    return [alias.name for alias in aliases if alias.record.points_at == version]
