"""Each standard test of data sources fails on one with that fault, and says what to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voxpop.testing import DataSourceConformance

ToldByKit = Callable[[str, Sequence[tuple[str, str, str]]], dict[tuple[str, str], str]]

FAULTS = [
    ("TestOfAnotherKind", "test_part_is_well_made", "it must be a voxpop.DataSourcePart"),
    ("TestGivesRows", "test_splits_are_of_their_types", "gives a list: give voxpop.Splits("),
    ("TestTrainIsAList", "test_splits_are_of_their_types", "Split.from_rows(texts, labels)"),
    ("TestTestIsEmpty", "test_splits_are_of_their_types", "`test` is empty: give None"),
    ("TestOneLabel", "test_labels_are_names", "at least two different names"),
    ("TestLabelsAreNumbers", "test_labels_are_names", "`labels` is (1, 2)"),
    ("TestTextsAreBytes", "test_texts_are_str", "The text of row 0 of `train` is b'The"),
    ("TestLabelsAreStars", "test_labels_are_positions", "Row 1 of `train` has the label 2"),
    ("TestLabelIsNeverSeen", "test_every_label_is_in_train", "has no review of neutral"),
    ("TestReadOnce", "test_a_split_says_the_same_each_way", "when it is read again"),
    ("TestLosesChunkEnds", "test_a_split_says_the_same_each_way", "in chunks of 7 than row by row"),
    ("TestRepeatsText", "test_extras_are_named_alike", "repeats its text or label"),
    ("TestShuffles", "test_loading_again_gives_the_same", "seed what you shuffle"),
    ("TestTellsText", "test_what_is_told_are_events", "was told ['60 reviews read']"),
    ("TestChanged", "test_standard_tests_are_intact", "DataSourceConformance.test_texts_are_str"),
]


def test_each_fault_is_told(told_by_kit: ToldByKit) -> None:
    told = told_by_kit("broken_data_sources.py", FAULTS)
    unlike = {
        (broken, test): told.get((broken, test), "passed")
        for broken, test, words in FAULTS
        if words not in told.get((broken, test), "passed")
    }
    assert not unlike


def test_every_standard_test_can_fail() -> None:
    standard = {name for name in dir(DataSourceConformance) if name.startswith("test_")}
    assert standard == {test for _, test, _ in FAULTS}
