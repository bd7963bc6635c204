"""Small sealed bundles for tests of what keeps and carries them: nothing in them is ever loaded."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from voxpop.bundle import Manifest, seal_bundle
from voxpop.bundle.manifest import (
    Baseline,
    DataRecord,
    FileRecord,
    GoldenPrediction,
    PartRecord,
    PartRecords,
    version_of,
)

FILES: Mapping[str, bytes] = {
    "model/model.onnx": b"weights and more weights",
    "model/parts/shard.bin": bytes(range(48)),
    "report/metrics.json": b'{"accuracy":0.9}',
    "tokenizer/tokenizer.json": b'{"words":["good","bad"]}',
}


def fields(name: str = "one") -> dict[str, Any]:
    """Give what `seal_bundle` asks for; another name makes another version."""
    part = PartRecord(name="words", distribution="voxpop", version="0.1.0")
    return {
        "labels": ("negative", "positive"),
        "parts": PartRecords(data=part, tokenizer=part, model=part),
        "run_config": {"seed": 42, "name": name, "model": {"dropout": 0.25, "units": [8, 4]}},
        "data": DataRecord(
            fingerprint="ab" * 32, train=8, validation=1, test=1, test_fingerprint="cd" * 32
        ),
        "metrics": {"accuracy": 0.9, "log_loss": 0.31},
        "baseline": Baseline(
            length_edges=[8, 16],
            length_shares=[0.5, 0.25, 0.25],
            oov_share=0.01,
            label_shares={"negative": 0.5, "positive": 0.5},
        ),
        "golden": [GoldenPrediction(text="A cosy, well made café lamp", probabilities=[0.1, 0.9])],
        "environment": {"python": "3.12.1"},
        "created_at": datetime.datetime(2026, 11, 23, 12, 30, tzinfo=datetime.UTC),
    }


def make_bundle(
    directory: Path, name: str = "one", files: Mapping[str, bytes] = FILES
) -> tuple[Manifest, str]:
    """Write and seal a bundle; give its manifest and its version."""
    write_files(directory, files)
    manifest = seal_bundle(directory, **fields(name))
    return manifest, version_of(manifest.to_bytes())


def write_files(directory: Path, files: Mapping[str, bytes] = FILES) -> None:
    """Write files below a directory, which is made."""
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)


def forge(directory: Path, files: Mapping[str, FileRecord], **changes: Any) -> str:
    """Let a well-formed manifest that lists `files` replace a bundle's; give its version."""
    before = Manifest.model_validate_json((directory / "manifest.json").read_bytes())
    stored = before.model_copy(update={"files": dict(files), **changes}).to_bytes()
    (directory / "manifest.json").write_bytes(stored)
    return version_of(stored)
