from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop import DataError
from voxpop_plugins.files.labels import FoundLabels, KnownLabels, UnknownLabelError, natural_order


def test_a_list_names_the_classes_in_order() -> None:
    labels = KnownLabels(["positive", "negative"])
    assert labels.classes == ("positive", "negative")
    assert [labels.position(name) for name in labels.classes] == [0, 1]


@pytest.mark.parametrize(
    ("table", "classes"),
    [
        ({"0": "negative", "1": "positive"}, ("negative", "positive")),
        ({"1": "positive", "0": "negative"}, ("negative", "positive")),
        (
            {"10": "ten", "9": "nine", "-1": "minus", "1.5": "some"},
            ("minus", "some", "nine", "ten"),
        ),
        ({"pos": "positive", "neg": "negative"}, ("negative", "positive")),
        ({"b": "B", "3": "three", "a": "A"}, ("three", "A", "B")),
    ],
)
def test_the_classes_of_a_table_stand_in_the_order_of_its_values(
    table: dict[str, str], classes: tuple[str, ...]
) -> None:
    assert KnownLabels(table).classes == classes


def test_several_values_may_be_one_class() -> None:
    labels = KnownLabels({"1": "bad", "2": "bad", "4": "good", "5": "good"})
    assert labels.classes == ("bad", "good")
    assert [labels.position(value) for value in "1245"] == [0, 0, 1, 1]


@given(
    table=st.dictionaries(st.text(max_size=3), st.sampled_from(["a", "b", "c"]), min_size=2),
    order=st.randoms(),
)
def test_the_order_a_table_is_written_in_means_nothing(
    table: dict[str, str], order: Random
) -> None:
    keys = list(table)
    order.shuffle(keys)
    shuffled = KnownLabels({key: table[key] for key in keys})
    assert shuffled.classes == KnownLabels(table).classes
    for value, name in table.items():
        assert shuffled.classes[shuffled.position(value)] == name


def test_an_unknown_value_is_told_with_the_known_ones() -> None:
    message = r"unknown label 'positiv' \(.* knows 'negative', 'positive'; did it mean 'positive'\?"
    with pytest.raises(UnknownLabelError, match=message):
        KnownLabels(["negative", "positive"]).position("positiv")


def test_found_labels_are_counted_from_the_first() -> None:
    labels = FoundLabels()
    assert [labels.position(value) for value in ["b", "a", "b", "c"]] == [0, 1, 0, 2]
    assert list(labels.values) == ["b", "a", "c"]


def test_a_column_of_many_values_is_no_label() -> None:
    labels = FoundLabels()
    for number in range(100):
        labels.position(f"sku-{number}")
    assert labels.position("sku-99") == 99
    with pytest.raises(DataError, match=r"more than 100 different values \('sku-0', 'sku-1', "):
        labels.position("sku-100")


@given(st.lists(st.text() | st.integers().map(str) | st.just("nan") | st.just("inf")))
def test_the_natural_order_is_an_order(values: list[str]) -> None:
    backwards = values[::-1]
    assert sorted(values, key=natural_order) == sorted(backwards, key=natural_order)
