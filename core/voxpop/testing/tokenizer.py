"""The standard tests of tokenizers."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from voxpop.interfaces import TokenBatch, Tokenizer
from voxpop.parts import Part, PartConfig, TokenizerPart
from voxpop.testing import fresh_process
from voxpop.testing.conformance import PartConformance, require, standard
from voxpop.testing.doubles import SampleReviewsConfig, load_sample_reviews
from voxpop.testing.saving import require_no_pickle, save_into

STRANGE_TEXTS = {
    "empty": "",
    "blank": " \t\r\n\u00a0\u3000",
    "NUL": "good\x00bad",
    "control characters": "".join(map(chr, range(32))) + "\x7f\x85",
    "lone surrogate": "fine \ud83d and \udc00",
    "emoji": "\U0001f600\U0001f469\u200d\U0001f469\u200d\U0001f467 !",
    "combining marks": "e\u0301le\u0300ve Z\u0351\u036b",
    "right to left": "\u05de\u05e6\u05d5\u05d9\u05df \u0645\u0645\u062a\u0627\u0632",
    "no spaces": "\u975e\u5e38\u597d\u7528\u7684\u4ea7\u54c1",
    "growing in lower case": "\u0130stanbul STRASSE \ufb01ne",
    "punctuation only": "?!... --- \"'`",
    "highest character": "\U0010ffff\ufffe\ufeff",
    "one long word": "z" * 20_000,
}


@standard
class TokenizerConformance(PartConformance):
    """Subclass it, give a fixture `part` (and `config` when options are required), run pytest."""

    kind: ClassVar[type[Part[Any]]] = TokenizerPart

    @pytest.fixture
    def texts(self) -> Sequence[str]:
        """Give the texts to fit on; write this fixture when yours must be larger or other ones."""
        train = load_sample_reviews(SampleReviewsConfig(), lambda event: None).train
        return [text for chunk in train.texts() for text in chunk]

    @pytest.fixture
    def tokenizer(
        self, part: TokenizerPart[Any], config: PartConfig, texts: Sequence[str]
    ) -> Tokenizer:
        """Give the part's tokenizer, fitted on `texts`; made once a test class."""
        return self.kept(
            f"tokenizer {config.model_dump_json()}", lambda: part.fit(config, iter(texts))
        )

    @pytest.fixture
    def batch(self, tokenizer: Tokenizer, texts: Sequence[str]) -> TokenBatch:
        """Give all texts and all strange texts, encoded."""
        return encoded(tokenizer, [*texts, *STRANGE_TEXTS.values()])

    def test_vocabulary_size_is_a_count(self, tokenizer: Tokenizer) -> None:
        """`vocabulary_size` is an int, and counts padding."""
        _size(tokenizer)

    def test_shapes_and_types(self, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        """`encode` gives a TokenBatch of int32 arrays that fit together."""
        encoded(tokenizer, texts)

    def test_batch_is_as_wide_as_its_longest_text(self, batch: TokenBatch) -> None:
        """No column is padding alone."""
        longest = int(max(batch.lengths, default=0))
        require(
            batch.ids.shape[1] == longest,
            f"The batch is {batch.ids.shape[1]} wide and its longest text has {longest} tokens: "
            "cut the ids to the longest length, padding beyond it costs time in every model.",
        )

    def test_ids_are_in_the_vocabulary(self, tokenizer: Tokenizer, batch: TokenBatch) -> None:
        """Inside the length, ids are 1 .. vocabulary_size - 1."""
        ids = batch.ids[_inside(batch)]
        outside = ids[(ids < 1) | (ids >= _size(tokenizer))]
        require(
            not outside.size,
            f"Inside the length an id is {outside[:1]}: every one must be at least 1 (0 is "
            f"padding) and smaller than vocabulary_size ({tokenizer.vocabulary_size}).",
        )

    def test_padding_is_0(self, batch: TokenBatch) -> None:
        """Beyond the length, ids are 0."""
        beyond = batch.ids[~_inside(batch)]
        require(
            not beyond.any(),
            f"Beyond a text's length an id is {beyond[beyond != 0][:1]}: write 0 there, and put "
            "a text's tokens first and its padding last.",
        )

    def test_known_texts_have_tokens(self, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        """The texts that it was fitted on are not all nothing, nor all the same."""
        rows = {tuple(row) for row in _rows(encoded(tokenizer, texts))}
        require(
            len(rows) > 1,
            f"{len(texts)} different texts that it was fitted on all become {sorted(rows)}: "
            "`encode` must tell texts apart.",
        )

    def test_order_and_company_change_nothing(
        self, tokenizer: Tokenizer, batch: TokenBatch, texts: Sequence[str]
    ) -> None:
        """A text gets the same ids alone, in a batch, in any order and beside itself."""
        asked = [*texts, *STRANGE_TEXTS.values()]
        together = _rows(batch)
        backwards = _rows(encoded(tokenizer, asked[::-1]))[::-1]
        twice = _rows(encoded(tokenizer, [text for text in asked[:5] for _ in range(2)]))
        for place, text in enumerate(asked):
            alone = _rows(encoded(tokenizer, [text]))[0]
            require(
                alone == together[place],
                f"{_shown(text)} alone has the ids {alone[:8]}, and in a batch "
                f"{together[place][:8]}: what shares the batch must change nothing, and row i must "
                "be text i.",
            )
        require(
            backwards == together and twice == [row for row in together[:5] for _ in range(2)],
            "Texts in another order have other ids: row i of the batch must be text i.",
        )

    @pytest.mark.parametrize("text", STRANGE_TEXTS.values(), ids=STRANGE_TEXTS.keys())
    def test_any_text_is_legal(self, tokenizer: Tokenizer, text: str) -> None:
        """No str makes `encode` raise."""
        encoded(tokenizer, [text])

    def test_a_text_of_a_megabyte_is_legal(
        self, tokenizer: Tokenizer, texts: Sequence[str]
    ) -> None:
        """A very long text is encoded (and cut, if the tokenizer cuts)."""
        all_texts = " ".join(texts)
        encoded(tokenizer, [all_texts * (1 + 10**6 // len(all_texts))])

    def test_no_texts_are_legal(self, tokenizer: Tokenizer) -> None:
        """An empty list gives an empty batch."""
        encoded(tokenizer, [])

    def test_encoding_again_gives_the_same(
        self, tokenizer: Tokenizer, batch: TokenBatch, texts: Sequence[str]
    ) -> None:
        """`encode` keeps nothing in mind."""
        again = encoded(tokenizer, [*texts, *STRANGE_TEXTS.values()])
        require(
            _rows(again) == _rows(batch),
            "`encode` gives other ids the second time: it must not change the tokenizer.",
        )

    def test_fit_is_deterministic_and_reads_once(
        self,
        tokenizer: Tokenizer,
        batch: TokenBatch,
        part: TokenizerPart[Any],
        config: PartConfig,
        texts: Sequence[str],
    ) -> None:
        """Fitting again, on a list in place of a stream, gives the same tokenizer."""
        again = part.fit(config, list(texts))
        require(
            again.vocabulary_size == tokenizer.vocabulary_size
            and _rows(encoded(again, [*texts, *STRANGE_TEXTS.values()])) == _rows(batch),
            "Fitted on a list, the tokenizer gives other ids than fitted on a stream of the same "
            "texts: `fit` must read its texts once, and depend on nothing but config and texts.",
        )

    def test_save_and_load_give_the_same(
        self,
        tokenizer: Tokenizer,
        batch: TokenBatch,
        part: TokenizerPart[Any],
        texts: Sequence[str],
        tmp_path: Path,
    ) -> None:
        """`load` needs nothing but the directory, wherever that was moved."""
        shutil.move(save_into(tmp_path / "saved", tokenizer), tmp_path / "moved")
        loaded = part.load(tmp_path / "moved")
        require(
            loaded.vocabulary_size == tokenizer.vocabulary_size,
            f"vocabulary_size is {tokenizer.vocabulary_size} before `save` and "
            f"{loaded.vocabulary_size} after `load`: `save` must write all that `load` needs.",
        )
        require(
            _rows(encoded(loaded, [*texts, *STRANGE_TEXTS.values()])) == _rows(batch),
            "After `save` and `load` the same texts have other ids: `save` must write all that "
            "`load` needs, options of the config included.",
        )

    def test_save_writes_no_pickle(self, tokenizer: Tokenizer, tmp_path: Path) -> None:
        """Reading a saved tokenizer runs nobody's code."""
        require_no_pickle(save_into(tmp_path / "saved", tokenizer))

    def test_a_fresh_process_gives_the_same(
        self,
        tokenizer: Tokenizer,
        batch: TokenBatch,
        part: TokenizerPart[Any],
        texts: Sequence[str],
        tmp_path: Path,
    ) -> None:
        """`load` works where nothing was fitted, and imports no library for training."""
        saved = save_into(tmp_path / "saved", tokenizer)
        asked = [*texts, *STRANGE_TEXTS.values()]
        answer = fresh_process.ask(part.load, saved, asked, tmp_path)
        require(
            _rows(TokenBatch(answer["ids"], answer["lengths"])) == _rows(batch),
            "In a fresh process the loaded tokenizer gives other ids: see that nothing depends on "
            "the hash of a str, the locale or the order of a set.",
        )
        imported = ", ".join(answer["training_only"])
        require(not imported, f"`load` or `encode` imports {imported}: serving has it not.")


def encoded(tokenizer: Tokenizer, texts: Sequence[str]) -> TokenBatch:
    """Encode texts, and fail unless that gives a TokenBatch with a row a text."""
    __tracebackhide__ = True
    rows = len(texts)
    try:
        batch = tokenizer.encode(texts)
    except Exception as error:  # noqa: BLE001 - whatever the author's code raises
        what = _shown(texts[0]) if rows == 1 else f"A list of {rows} texts"
        pytest.fail(f"{what} makes `encode` raise {error!r}: any str and any list is legal.")
    require(
        isinstance(batch, TokenBatch),
        f"`encode` gives a {type(batch).__name__}: give a voxpop.TokenBatch(ids, lengths).",
    )
    for name, array, ndim in (("ids", batch.ids, 2), ("lengths", batch.lengths, 1)):
        require(
            isinstance(array, np.ndarray) and array.dtype == np.int32 and array.ndim == ndim,
            f"`{name}` is {_described(array)}: it must be an int32 array of {ndim} dimension"
            f"{'s' * (ndim > 1)}.",
        )
        require(
            len(array) == rows,
            f"`{name}` has {len(array)} rows for {rows} texts: give one row a text.",
        )
    require(
        ((batch.lengths >= 0) & (batch.lengths <= batch.ids.shape[1])).all(),
        f"A length is outside 0 .. {batch.ids.shape[1]} (the width of `ids`).",
    )
    return batch


def _size(tokenizer: Tokenizer) -> int:
    __tracebackhide__ = True
    size = getattr(tokenizer, "vocabulary_size", None)
    require(
        isinstance(size, int) and size >= 2,
        f"`vocabulary_size` is {size!r}: it must be an int that counts every id, padding (0) "
        "included, so at least 2.",
    )
    return tokenizer.vocabulary_size


def _described(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} and shape {value.shape}"
    return f"a {type(value).__name__}"


def _inside(batch: TokenBatch) -> Any:
    return np.arange(batch.ids.shape[1]) < batch.lengths[:, None]


def _rows(batch: TokenBatch) -> list[list[int]]:
    return [row[:length].tolist() for row, length in zip(batch.ids, batch.lengths, strict=True)]


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 40 else f"{text[:40]}...")
