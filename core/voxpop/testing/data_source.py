"""The standard tests of data sources."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, ClassVar

import numpy as np
import pytest

from voxpop.data.split import LABEL, TEXT, Example, Split
from voxpop.events import Event
from voxpop.interfaces import Splits
from voxpop.parts import DataSourcePart, Part, PartConfig
from voxpop.testing.conformance import PartConformance, require, standard
from voxpop.testing.doubles import RecordingListener

_LOOKED_AT = 200  # rows of each split that are read one by one; all are read in chunks


@standard
class DataSourceConformance(PartConformance):
    """Subclass it, give a fixture `part` (and `config` when options are required), run pytest."""

    kind: ClassVar[type[Part[Any]]] = DataSourcePart

    @pytest.fixture
    def splits(self, part: DataSourcePart[Any], config: PartConfig) -> Splits:
        """Give what the part loads; loaded once a test class for equal options."""
        return self.kept(
            f"splits {config.model_dump_json()}", lambda: part.load(config, RecordingListener())
        )

    def test_splits_are_of_their_types(self, splits: Splits) -> None:
        """`load` gives Splits of Split, none of them empty."""
        require(
            isinstance(splits, Splits),
            f"`load` gives a {type(splits).__name__}: give voxpop.Splits(train=..., labels=...).",
        )
        require(splits.train is not None, "`train` is None: only validation and test may be.")
        for name, split in _named(splits):
            require(
                isinstance(split, Split),
                f"`{name}` is a {type(split).__name__}: make a voxpop.Split, for example by "
                "Split.from_rows(texts, labels).",
            )
            require(len(split), f"`{name}` is empty: give None for a split that you have not.")

    def test_labels_are_names(self, splits: Splits) -> None:
        """At least two different, named classes, in a tuple."""
        labels = splits.labels
        require(
            isinstance(labels, tuple)
            and len(set(labels)) == len(labels) >= 2
            and all(isinstance(label, str) and label.strip() for label in labels),
            f"`labels` is {labels!r}: it must be a tuple of at least two different names.",
        )

    def test_texts_are_str(self, splits: Splits) -> None:
        """Every text of every split is a str."""
        for name, split in _named(splits):
            for row, text in enumerate(_texts(split)):
                require(
                    isinstance(text, str),
                    f"The text of row {row} of `{name}` is {text!r}: it must be a str; skip or "
                    "refuse rows without a text.",
                )

    def test_labels_are_positions(self, splits: Splits) -> None:
        """Every label of every split is a position in `labels`."""
        for name, split in _named(splits):
            labels = split.labels
            require(
                labels.shape == (len(split),) and labels.dtype == np.int64,
                f"`{name}.labels` is {labels.dtype} of shape {labels.shape}: use voxpop.Split.",
            )
            wrong = np.flatnonzero((labels < 0) | (labels >= len(splits.labels)))
            for row in wrong[:1]:
                pytest.fail(
                    f"Row {row} of `{name}` has the label {labels[row]}: a label is a position in "
                    f"{splits.labels}, so 0 .. {len(splits.labels) - 1}."
                )

    def test_every_label_is_in_train(self, splits: Splits) -> None:
        """There is something to learn about each class."""
        present = set(splits.train.labels.tolist())
        missing = [label for at, label in enumerate(splits.labels) if at not in present]
        require(
            not missing,
            f"`train` has no review of {', '.join(missing)}: leave the label out, or read the "
            "reviews that have it.",
        )

    def test_a_split_says_the_same_each_way(self, splits: Splits) -> None:
        """Rows one by one, in chunks of any size, and the labels together agree; and twice."""
        for name, split in _named(splits):
            first, again = _head(split), _head(split)
            require(first == again, f"`{name}` gives other rows when it is read again.")
            texts = [example.text for example in first]
            for chunk in (1, 7, 1_000):
                require(
                    list(islice(_texts(split, chunk), _LOOKED_AT)) == texts,
                    f"`{name}` gives other texts in chunks of {chunk} than row by row.",
                )
            require(
                [example.label for example in first] == split.labels[:_LOOKED_AT].tolist(),
                f"`{name}.labels` are others than those of its rows.",
            )
            require(
                sum(1 for _ in _texts(split)) == len(split),
                f"`{name}` has other than len() texts.",
            )

    def test_extras_are_named_alike(self, splits: Splits) -> None:
        """Every row has the same extras, and `text` and `label` are not among them."""
        for name, split in _named(splits):
            names = {tuple(sorted(example.extras)) for example in _head(split)}
            require(len(names) == 1, f"Rows of `{name}` have different extras: {sorted(names)}.")
            require(
                not {TEXT, LABEL} & set(next(iter(names))),
                f"`{name}` repeats its text or label among the extras.",
            )

    def test_loading_again_gives_the_same(
        self, splits: Splits, part: DataSourcePart[Any], config: PartConfig
    ) -> None:
        """The same options give the same rows in the same order."""
        again = part.load(config, RecordingListener())
        require(
            again.labels == splits.labels
            and [name for name, _ in _named(again)] == [name for name, _ in _named(splits)],
            "Loading again gives other labels or splits: `load` must be deterministic.",
        )
        for (name, before), (_, after) in zip(_named(splits), _named(again), strict=True):
            require(
                len(before) == len(after)
                and np.array_equal(before.labels, after.labels)
                and all(map(str.__eq__, _texts(before), _texts(after))),
                f"Loading again gives other rows in `{name}`, or the same in another order: "
                "sort what you list, and seed what you shuffle.",
            )

    def test_what_is_told_are_events(self, part: DataSourcePart[Any], config: PartConfig) -> None:
        """`load` tells its listener voxpop events and nothing else."""
        listener = RecordingListener()
        part.load(config, listener)
        require_events(listener)


def require_events(listener: RecordingListener) -> None:
    """Fail when something that a listener heard is no event of Voxpop."""
    __tracebackhide__ = True
    strange = [event for event in listener.events if not isinstance(event, Event)]
    require(
        not strange,
        f"The listener was told {strange[:1]}: tell voxpop events (Progress, Notice, ...) only.",
    )


def _named(splits: Splits) -> list[tuple[str, Split]]:
    all_three = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    return [(name, split) for name, split in all_three.items() if split is not None]


def _texts(split: Split, chunk: int = 1_000) -> Iterator[str]:
    return chain.from_iterable(split.texts(chunk))


def _head(split: Split) -> list[Example]:
    return list(islice(split, _LOOKED_AT))
