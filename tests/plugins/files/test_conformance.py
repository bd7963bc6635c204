from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest

from voxpop import DataSourcePart, Plugins
from voxpop.testing import DataSourceConformance, SampleReviewsConfig, sample_rows
from voxpop_plugins.files.config import FilesConfig

ROWS = [
    {"title": f"Review {number}", "content": text, "label": ("bad", "good")[label], "stars": label}
    for number, (text, label) in enumerate(sample_rows(SampleReviewsConfig()))
]


def write_fasttext(path: Path, rows: pd.DataFrame) -> None:
    lines = [
        f"__label__{label} {content}\n"
        for label, content in zip(rows["label"], rows["content"], strict=True)
    ]
    path.write_text("".join(lines), encoding="utf-8")


WRITERS: Mapping[str, Callable[[Path, pd.DataFrame], None]] = {
    "csv": lambda path, rows: rows.to_csv(path, index=False),
    "tsv.gz": lambda path, rows: rows.to_csv(path, index=False, sep="\t"),
    "jsonl": lambda path, rows: rows.to_json(path, orient="records", lines=True),
    "parquet": lambda path, rows: rows.to_parquet(path),
    "txt": write_fasttext,
}


class TestFiles(DataSourceConformance):
    @pytest.fixture
    def part(self) -> DataSourcePart[FilesConfig]:
        return Plugins.load(only=["files"]).get(DataSourcePart, "files")

    @pytest.fixture(params=["csv", "tsv.gz", "jsonl", "parquet", "txt"])
    def config(self, request: pytest.FixtureRequest, tmp_path: Path) -> FilesConfig:
        train, test = (tmp_path / f"{name}.{request.param}" for name in ("train", "test"))
        WRITERS[request.param](train, pd.DataFrame(ROWS[:48]))
        WRITERS[request.param](test, pd.DataFrame(ROWS[48:]))
        options = {"format": "fasttext"} if request.param == "txt" else {}
        return FilesConfig.model_validate({"train": str(train), "test": str(test), **options})
