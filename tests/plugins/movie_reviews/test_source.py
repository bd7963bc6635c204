import csv
import sys
from collections import Counter
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from voxpop import Notice, Progress, Splits, cache_directory
from voxpop.data.cutting import cut_splits
from voxpop.testing import RecordingListener
from voxpop_plugins.movie_reviews import source
from voxpop_plugins.movie_reviews.config import MovieReviewsConfig
from voxpop_plugins.movie_reviews.plugin import voxpop_data_sources
from voxpop_plugins.movie_reviews.resource import find_reviews
from voxpop_plugins.movie_reviews.source import plain_text


def load(subset: Literal["imdb", "rotten-tomatoes"]) -> tuple[Splits, RecordingListener]:
    (part,) = voxpop_data_sources()
    listener = RecordingListener()
    return part.load(MovieReviewsConfig(subset=subset), listener), listener


@pytest.fixture(scope="module")
def imdb(tmp_path_factory: pytest.TempPathFactory) -> Splits:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXPOP_HOME", str(tmp_path_factory.mktemp("home")))
        return load("imdb")[0]


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("One.<br /><br />Two.", "One. Two."),
        (" One. <br />\n<br /> Two.<br />", "One. Two."),
        ("A  <i>film</i> < 3", "A  <i>film</i> < 3"),
        ("<br />", ""),
        ("", ""),
    ],
)
def test_line_break_marks_become_one_space(marked: str, plain: str) -> None:
    assert plain_text(marked) == plain


def test_imdb_has_25_000_reviews_half_of_them_positive(imdb: Splits) -> None:
    assert imdb.labels == ("negative", "positive")
    assert (imdb.validation, imdb.test) == (None, None)
    assert np.bincount(imdb.train.labels).tolist() == [12_500, 12_500]
    for texts in imdb.train.texts():
        assert not any("<br />" in text or text != text.strip() or not text for text in texts)


def test_rotten_tomatoes_has_8_530_sentences_half_of_them_positive() -> None:
    splits, listener = load("rotten-tomatoes")
    assert np.bincount(splits.train.labels).tolist() == [4_265, 4_265]
    told = [event for event in listener.events if isinstance(event, Progress)]
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert (told[-1].done, told[-1].total) == (8_530, 8_530)


def test_the_package_itself_is_never_imported(imdb: Splits) -> None:
    assert len(imdb.train) == 25_000
    assert "movie_reviews" not in sys.modules


def test_duplicates_of_imdb_never_straddle_splits(imdb: Splits) -> None:
    with find_reviews().open(newline="", encoding="utf-8") as file:
        raw = Counter(row["text"] for row in csv.DictReader(file) if row["source"] == "imdb")
    repeated = {plain_text(text) for text, count in raw.items() if count > 1}
    assert sum(count - 1 for count in raw.values()) == 96

    listener = RecordingListener()
    made = cut_splits(imdb, validation=0.1, test=0.2, limit=None, seed=42, listen=listener)
    assert made.validation is not None
    assert made.test is not None
    parts = (made.train, made.validation, made.test)
    assert [np.bincount(part.labels).tolist() for part in parts] == [
        [8_750, 8_750],
        [1_250, 1_250],
        [2_500, 2_500],
    ]
    texts = [{text for chunk in part.texts() for text in chunk} for part in parts]
    assert len(set.union(*texts)) == sum(map(len, texts))
    assert all(sum(text in part for part in texts) == 1 for text in repeated)
    # Two more differ in nothing but blanks around their line-break marks.
    message = "98 of 25000 reviews repeat another one word for word; equal texts were kept in one"
    assert [e.message for e in listener.events if isinstance(e, Notice)] == [f"{message} split"]


def test_the_second_time_the_reviews_come_from_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = load("rotten-tomatoes")
    monkeypatch.setattr(source, "plain_text", lambda text: pytest.fail("it is read again"))
    again, _ = load("rotten-tomatoes")
    assert list(again.train) == list(first.train)


def test_a_damaged_cache_is_made_anew() -> None:
    first, _ = load("rotten-tomatoes")
    expected = list(first.train)
    (file,) = Path(cache_directory("movie-reviews")).rglob("reviews.arrow")
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 1
    file.unlink()  # what is mapped stays as it is
    file.write_bytes(data)
    assert list(load("rotten-tomatoes")[0].train) == expected
