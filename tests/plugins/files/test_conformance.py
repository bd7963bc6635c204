from pathlib import Path

import pytest

from tests.plugins.files.review_files import files_part, write_reviews
from voxpop import DataSourcePart
from voxpop.testing import DataSourceConformance
from voxpop_plugins.files.config import FilesConfig


class TestFiles(DataSourceConformance):
    @pytest.fixture
    def part(self) -> DataSourcePart[FilesConfig]:
        return files_part()

    @pytest.fixture
    def config(self, tmp_path: Path) -> FilesConfig:
        return FilesConfig(
            train=str(write_reviews(tmp_path / "train.csv.gz")),
            validation=str(write_reviews(tmp_path / "validation.jsonl")),
            test=str(write_reviews(tmp_path / "test.parquet")),
        )
