"""The memory of recent answers is bounded."""

import gc

from voxpop_apps.api.feedback.recent import RecentRequests


def test_the_oldest_answers_are_forgotten() -> None:
    recent = RecentRequests(2)
    for name in ("a", "b", "a", "c"):
        recent.remember((None, name), f"text {name}", "positive", 0.9, "v-1")
    assert recent.find((None, "b")) is None
    assert [recent.find((None, name)) is not None for name in ("a", "c")] == [True, True]


def test_long_texts_count_by_their_length() -> None:
    recent = RecentRequests(100, most_characters=25)
    for name in ("a", "b", "c"):
        recent.remember((None, name), "x" * 10, "positive", 0.9, "v-1")
    assert recent.find((None, "a")) is None
    assert recent.find((None, "c")) is not None
    recent.remember((None, "long"), "x" * 26, "positive", 0.9, "v-1")
    assert recent.find((None, "long")) is None


def test_none_is_remembered_when_none_shall_be() -> None:
    recent = RecentRequests(0)
    recent.remember((None, "a"), "x", "positive", 0.9, "v-1")
    assert recent.find((None, "a")) is None


def test_what_is_remembered_is_nothing_to_the_garbage_collector() -> None:
    recent = RecentRequests(10_000)
    gc.collect()
    before = len(gc.get_objects())
    for number in range(1_000):
        recent.remember(("key", f"id {number}"), f"text {number}", "positive", 0.9, "v-1")
    gc.collect()
    assert len(gc.get_objects()) - before < 100
    assert recent.find(("key", "id 5")) is not None
