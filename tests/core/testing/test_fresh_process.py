"""What a fresh process can and cannot use."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from voxpop.testing import WordTokenizerConfig, fit_words, load_words
from voxpop.testing.fresh_process import ask


def load_in_this_test(directory: Path) -> NoReturn:
    raise AssertionError("a test module is not importable in a fresh process")


def test_a_function_without_a_name_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="no function at the top of a module"):
        ask(lambda directory: None, tmp_path, [], tmp_path)


def test_a_module_that_cannot_be_imported_is_skipped(tmp_path: Path) -> None:
    load_in_this_test.__module__ = "no_such_package.loading"
    with pytest.raises(pytest.skip.Exception, match="install the plugin"):
        ask(load_in_this_test, tmp_path, [], tmp_path)


def test_what_load_raises_there_is_shown(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"(?s)fails in a fresh one.*words\.json"):
        ask(load_words, tmp_path / "nothing", [], tmp_path)


def test_the_answer_comes_back(tmp_path: Path) -> None:
    fit_words(WordTokenizerConfig(), ["good lamp", "good"]).save(tmp_path)
    answer = ask(load_words, tmp_path, ["lamp \ud800 good", ""], tmp_path)
    assert answer["ids"].tolist() == [[3, 2], [0, 0]]
    assert answer["lengths"].tolist() == [2, 0]
    assert answer["training_only"].tolist() == []
