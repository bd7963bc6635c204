"""Each standard test of listeners fails on a listener with that fault, and says what to mend."""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence

from voxpop import Event
from voxpop.testing import SAMPLE_EVENTS, ListenerConformance

ToldByKit = Callable[[str, Sequence[tuple[str, str, str]]], dict[tuple[str, str], str]]

FAULTS = [
    ("TestGivesNoListener", "test_listener_is_callable", "write a fixture `listener` in it"),
    ("TestGivesARecord", "test_listener_is_callable", "a listener takes an event"),
    ("TestDividesByTotal", "test_every_event_is_heard_first", "total=None"),
    (
        "TestNeedsValidationLoss",
        "test_every_event_is_heard_first",
        "pass over the events and metric",
    ),
    ("TestOneRunOnly", "test_a_whole_run_is_heard", "ValueError('published already') at Version"),
    (
        "TestNeverClosed",
        "test_a_run_that_breaks_off_is_heard",
        "the run before was never published",
    ),
    ("TestChanged", "test_standard_tests_are_intact", "ListenerConformance.test_listener_is_call"),
]


def test_each_fault_is_told(told_by_kit: ToldByKit) -> None:
    told = told_by_kit("broken_listeners.py", FAULTS)
    unlike = {
        (broken, test): told.get((broken, test), "passed")
        for broken, test, words in FAULTS
        if words not in told.get((broken, test), "passed")
    }
    assert not unlike


def test_every_standard_test_can_fail() -> None:
    standard = {name for name in dir(ListenerConformance) if name.startswith("test_")}
    assert standard == {test for _, test, _ in FAULTS}


def test_every_type_of_event_is_told() -> None:
    assert {type(event) for event in SAMPLE_EVENTS} == set(typing.get_args(Event))
