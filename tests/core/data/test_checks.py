import pytest

from voxpop import DataError, Notice, Split, Splits
from voxpop.data.checks import check_splits
from voxpop.testing import RecordingListener

GOOD = Split.from_rows(["a", "b"], [0, 1])
NAMES = ("negative", "positive")


def test_good_splits_pass_in_silence() -> None:
    listener = RecordingListener()
    check_splits(Splits(train=GOOD, validation=GOOD, test=GOOD, labels=NAMES), listener)
    assert listener.events == []


@pytest.mark.parametrize("labels", [(), ("negative", "negative"), ("negative", "")])
def test_classes_need_names_of_their_own(labels: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match="names its classes, each by another name; this one"):
        check_splits(Splits(train=GOOD, labels=labels), RecordingListener())


def test_a_single_class_is_refused() -> None:
    one = Split.from_rows(["a", "b"], [0, 0])
    message = "All 2 reviews of the train split are 'good'; learning needs two classes or more"
    with pytest.raises(DataError, match=message):
        check_splits(Splits(train=one, labels=("good",)), RecordingListener())
    message = "split are 'negative'; .* Add reviews that are 'positive'"
    with pytest.raises(DataError, match=message):
        check_splits(Splits(train=one, labels=NAMES), RecordingListener())
    message = "of the test split are 'negative'; measuring needs two classes or more"
    with pytest.raises(DataError, match=message):
        check_splits(Splits(train=GOOD, test=one, labels=NAMES), RecordingListener())


@pytest.mark.parametrize("where", ["train", "validation", "test"])
def test_an_empty_split_is_refused(where: str) -> None:
    splits = {"train": GOOD, where: Split.from_rows([], [])}
    with pytest.raises(DataError, match=f"The {where} split holds no reviews"):
        check_splits(Splits(**splits, labels=NAMES), RecordingListener())


@pytest.mark.parametrize("label", [-1, 2, 99])
def test_a_label_out_of_range_is_refused(label: int) -> None:
    split = Split.from_rows(["a", "b", "c"], [0, label, 1])
    message = rf"Row 1 of the train split has the label {label}; .* 0 to 1 .*1 of 3 rows are so"
    with pytest.raises(DataError, match=message):
        check_splits(Splits(train=split, labels=NAMES), RecordingListener())


def test_a_class_may_be_missing_in_a_held_out_split_but_not_in_train() -> None:
    names = (*NAMES, "neutral")
    with pytest.raises(DataError, match="The train split has no review that is 'neutral'"):
        check_splits(Splits(train=GOOD, labels=names), RecordingListener())
    whole = Split.from_rows(["a", "b", "c"], [0, 1, 2])
    listener = RecordingListener()
    check_splits(Splits(train=whole, test=GOOD, labels=names), listener)
    assert listener.events == [Notice(message="The test split has no 'neutral'")]
