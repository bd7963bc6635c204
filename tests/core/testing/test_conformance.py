"""The guard, and what makes a test of the kit fail."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from voxpop import Listener, ObjectNotFoundError, StoreError
from voxpop.testing import ListenerConformance, RecordingListener, StoreConformance
from voxpop.testing.conformance import (
    Conformance,
    changed_tests,
    require,
    require_raises,
    standard,
)

Failed = pytest.fail.Exception


class Own(ListenerConformance):
    """Adds a test of its own and changes none."""

    @pytest.fixture
    def listener(self) -> Listener:
        return RecordingListener()

    def test_of_its_own(self) -> None:
        """Not a standard test."""


def test_a_subclass_may_add_tests() -> None:
    assert changed_tests(Own) == []
    Own().test_standard_tests_are_intact()


def test_an_overridden_test_is_named() -> None:
    class Overrides(Own):
        def test_a_whole_run_is_heard(self, listener: Any) -> None:
            """Passes whatever the listener does."""

    assert changed_tests(Overrides) == ["ListenerConformance.test_a_whole_run_is_heard"]
    with pytest.raises(Failed, match=r"ListenerConformance\.test_a_whole_run_is_heard\. Take that"):
        Overrides().test_standard_tests_are_intact()


def test_a_test_that_another_parent_hides_is_named() -> None:
    class Mixin:
        test_delete_is_idempotent: ClassVar[None] = None

    class Hides(Mixin, StoreConformance):  # type: ignore[misc] # that is the fault
        """The mixin's attribute comes first."""

    assert changed_tests(Hides) == ["StoreConformance.test_delete_is_idempotent"]


def test_a_removed_test_is_named() -> None:
    @standard
    class Kit(Conformance):
        def test_one(self) -> None:
            """A standard test."""

    del Kit.test_one
    assert changed_tests(Kit) == ["Kit.test_one"]


def test_the_guard_itself_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="Sly changes test_standard_tests_are_intact"):

        class Sly(StoreConformance):
            def test_standard_tests_are_intact(self) -> None:
                """Guards nothing."""


def test_only_kits_are_registered() -> None:
    with pytest.raises(TypeError, match="object is no Conformance"):
        standard(object)


def test_what_is_kept_is_made_once_a_class() -> None:
    class Another(Own):
        """Has things of its own."""

    made = iter(range(9))
    assert [Own().kept("it", lambda: next(made)), Own().kept("it", lambda: next(made))] == [0, 0]
    assert Another().kept("it", lambda: next(made)) == 1


def test_what_cannot_be_made_is_not_tried_again() -> None:
    class Slow(Own):
        """Has things of its own."""

    tries = []

    def fail() -> None:
        tries.append("once")
        raise ValueError("no room")

    for _ in range(2):
        with pytest.raises(ValueError, match="no room"):
            Slow().kept("it", fail)
    assert tries == ["once"]


def test_a_claim_that_does_not_hold_fails_with_its_message() -> None:
    require(True, "never said")
    with pytest.raises(Failed, match="say what to mend"):
        require([], "say what to mend")


def test_raising_the_right_error_is_enough() -> None:
    with require_raises(StoreError, "reading"):
        raise ObjectNotFoundError("nothing there")


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (None, "reading raises nothing: it must raise StoreError"),
        (KeyError("x"), r"reading raises KeyError\('x'\): it must raise StoreError"),
        (ObjectNotFoundError("x"), "reading raises ObjectNotFoundError: it must raise StoreError"),
    ],
)
def test_raising_something_else_is_told(raised: Exception | None, message: str) -> None:
    def read() -> None:
        if raised is not None:
            raise raised

    with (
        pytest.raises(Failed, match=message),
        require_raises(StoreError, "reading", but_not=ObjectNotFoundError),
    ):
        read()
