"""What each kind of part must do. Structural: a plugin's class inherits from nothing.

The kit in `voxpop.testing` proves that an implementation keeps these promises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NewType, Protocol

if TYPE_CHECKING:
    import datetime

    import numpy as np
    from numpy.typing import NDArray

    from voxpop.bundle import Manifest
    from voxpop.data.split import Split
    from voxpop.events import Listener
    from voxpop.tokens import TokenDataset

Tag = NewType("Tag", str)
"""What a store calls one state of an object (S3: the ETag). Equal tags mean equal bytes."""


@dataclass(frozen=True, kw_only=True)
class Splits:
    """What a data source gives. The core cuts the splits that are None from `train`."""

    train: Split
    labels: tuple[str, ...]  # class names; a review's label is a position in here
    validation: Split | None = None
    test: Split | None = None


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Texts as token ids.

    `ids` is int32 of shape (n, width); `lengths` is int32 of shape (n,), 0 <= length <= width.
    The tokens of a text come first; what lies beyond its length is padding and never read (a
    tokenizer writes 0 there). Rows of length 0 and batches of width 0 are legal.
    """

    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.lengths)


@dataclass(frozen=True, kw_only=True)
class Task:
    """Everything that a model's `fit` is given."""

    train: TokenDataset
    validation: TokenDataset
    labels: tuple[str, ...]
    vocabulary_size: int  # ids are 0 (padding) .. vocabulary_size - 1
    seed: int
    scratch: Path  # an empty directory for the fit's own files; gone after the run
    listen: Listener


class Tokenizer(Protocol):
    """Turns texts into token ids. Fitted: there is no unfitted tokenizer.

    One that has an id for words it does not know may say so in an attribute `oov_id`.
    """

    @property
    def vocabulary_size(self) -> int:
        """How many ids there are, padding (0) included: every id is smaller than this."""

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        """Encode texts, in order; the batch is as wide as its longest text. Any str is legal."""

    def save(self, directory: Path) -> None:
        """Write all that `load` needs into an existing, empty directory. No pickle."""


class Model(Protocol):
    """Turns token ids into class probabilities. Fitted: there is no unfitted model."""

    def predict_proba(self, batch: TokenBatch) -> NDArray[np.float32]:
        """Give probabilities, float32 of shape (n, k); each row sums to 1.

        A row never depends on what shares its batch, nor on the padding.
        """

    def save(self, directory: Path) -> None:
        """Write all that `load` needs into an existing, empty directory. No pickle."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """One move of an alias. `version` is None when the alias was removed."""

    version: str | None
    previous: str | None
    at: datetime.datetime  # UTC
    is_rollback: bool | None = None  # None: the registry does not say


class Registry(Protocol):
    """Keeps bundles as immutable versions, and aliases that point at them."""

    def publish(self, bundle: Path) -> str:
        """Store a bundle and give its version. The same bundle again gives the same version."""

    def resolve(self, reference: str) -> str:
        """Give the version that an alias (or a version itself) names.

        Raises:
            ReferenceNotFoundError: there is no such alias or version.
        """

    def fetch(self, version: str, into: Path) -> None:
        """Write the version's bundle, verified, into `into`, which must not exist or be empty."""

    def manifest(self, version: str) -> Manifest:
        """Give the version's manifest, verified against the version's name."""

    def versions(self) -> Iterator[str]:
        """Give every published version, sorted by name."""

    def aliases(self) -> Mapping[str, str]:
        """Give every alias and the version it points at, sorted by name."""

    def history(self, alias: str) -> Sequence[Move]:
        """Give the moves of an alias, oldest first; empty when it never existed."""

    def move_alias(self, alias: str, to: str | None, *, expected: str | None) -> None:
        """Point the alias at version `to` (None removes it) if it points at `expected` now.

        Raises:
            AliasConflictError: the alias points elsewhere than at `expected` (None = absent).
            ReferenceNotFoundError: there is no version `to`.
        """

    def delete(self, version: str) -> None:
        """Delete a version that no alias points at.

        Raises:
            ReferenceNotFoundError: there is no such version.
            VersionProtectedError: an alias points at it.
        """


class ObjectStore(Protocol):
    """Bytes under keys, with compare-and-swap on single objects.

    A key is printable names joined by single slashes ("a/b/c"), without backslashes and without "."
    or ".." among the names; every method refuses another with a plain StoreError.
    """

    def read(self, key: str) -> tuple[bytes, Tag]:
        """Give an object whole, with its tag.

        Raises:
            ObjectNotFoundError: nothing is stored under the key.
        """

    def write(self, key: str, data: bytes, *, expected: Tag | None) -> Tag:
        """Write if the object's tag is `expected` (None = the object must not exist).

        Atomic: a reader sees the old bytes or the new ones, also after a crash.

        Raises:
            ObjectChangedError: the object is not the expected one.
        """

    def download(self, key: str, into: Path) -> None:
        """Write an object into the file `into`, bounded in memory.

        Raises:
            ObjectNotFoundError: nothing is stored under the key; no file is left behind.
        """

    def upload(self, source: Path, key: str) -> None:
        """Store a file under the key, whatever was there, bounded in memory, atomically."""

    def list(self, prefix: str) -> Iterator[str]:
        """Give the keys that begin with `prefix`, sorted."""

    def delete(self, key: str) -> None:
        """Delete an object; nothing happens when there is none."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a classifier says of one text."""

    label: str
    confidence: float  # the probability of the label shown
    probabilities: Mapping[str, float] = field(default_factory=dict)  # of every label, in order
