"""The manifest: what a bundle says of itself. Its bytes name the version.

Stored as sorted, compact UTF-8 JSON without NaN; the version is ``v-`` and the first 16 hex digits
of the sha256 of those bytes.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat

SCHEMA_VERSION: Literal[1] = 1
MANIFEST_NAME = "manifest.json"

UtcDatetime = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(datetime.UTC))]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Record(BaseModel):
    # "constants": a NaN in the run config is refused by `to_bytes`, not turned to null in silence.
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="constants")


class PartRecord(_Record):
    """Which part of which distribution made this."""

    name: str
    distribution: str
    version: str


class PartRecords(_Record):
    """The parts of the run that made the bundle."""

    data: PartRecord
    tokenizer: PartRecord
    model: PartRecord


class DataRecord(_Record):
    """Which reviews were used: rows a split, and a fingerprint over texts and labels in order."""

    fingerprint: Sha256
    train: int
    validation: int
    test: int
    test_fingerprint: Sha256  # two versions are comparable when they were measured on the same rows


class Calibration(_Record):
    """Temperature scaling (Guo et al. 2017, arXiv 1706.04599): p ** (1 / temperature), rescaled."""

    temperature: Annotated[FiniteFloat, Field(gt=0)] = 1.0


class Baseline(_Record):
    """What the training texts looked like, so that serving can see drift.

    `length_edges` are ascending upper edges in tokens; `length_shares` are the shares of texts in
    (previous edge, edge], one more than edges for what lies above the last. Tokens are counted
    after the cut to the tokenizer's longest length.
    """

    length_edges: list[int]
    length_shares: list[FiniteFloat]
    oov_share: FiniteFloat | None  # of all tokens; None when the tokenizer marks no unknown words
    label_shares: dict[str, FiniteFloat]


class GoldenPrediction(_Record):
    """A fixed text and the served probabilities (calibrated, in label order) it must get."""

    text: str
    probabilities: list[FiniteFloat]


class FileRecord(_Record):
    """One file of the bundle."""

    sha256: Sha256
    bytes: Annotated[int, Field(ge=0)]


class Manifest(_Record):
    """What a bundle says of itself."""

    schema_version: Literal[1] = SCHEMA_VERSION
    created_at: UtcDatetime
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    parts: PartRecords
    run_config: dict[str, Any]  # filled in, as `voxpop config fill` shows it
    data: DataRecord
    metrics: dict[str, FiniteFloat]  # of the saved bundle on the test split
    calibration: Calibration
    baseline: Baseline
    environment: dict[str, str]  # python, platform, and a version each of the packages that matter
    git_commit: str | None
    golden: list[GoldenPrediction]
    files: dict[str, FileRecord]  # by path relative to the bundle, with forward slashes

    def to_bytes(self) -> bytes:
        """Give the manifest as it is stored: sorted, compact UTF-8 JSON, no NaN."""
        return json.dumps(
            self.model_dump(mode="json"),
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        ).encode()


def digest_of(manifest_bytes: bytes) -> str:
    """Give the full sha256 of a stored manifest, 64 hex digits."""
    return hashlib.sha256(manifest_bytes).hexdigest()


def version_of(manifest_bytes: bytes) -> str:
    """Give the version that a stored manifest names: `v-` and 16 hex digits of its sha256."""
    return f"v-{digest_of(manifest_bytes)[:16]}"
