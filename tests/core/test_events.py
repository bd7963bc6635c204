import logging

import pytest

from voxpop import Event, Notice, RunStopped
from voxpop.events import tell_all


def test_every_listener_hears_every_event_whatever_the_others_raise(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heard: list[Event] = []

    def breaks(event: Event) -> None:
        raise ValueError("a bug in a listener")

    event = Notice(message="hello")
    with caplog.at_level(logging.ERROR):
        tell_all([breaks, heard.append])(event)
    assert heard == [event]
    assert "the run goes on" in caplog.text
    assert "a bug in a listener" in caplog.text


def test_only_run_stopped_ends_the_run_after_all_have_heard() -> None:
    heard: list[Event] = []

    def stops(event: Event) -> None:
        raise RunStopped("enough")

    with pytest.raises(RunStopped, match="enough"):
        tell_all([stops, heard.append])(Notice(message="hello"))
    assert len(heard) == 1
