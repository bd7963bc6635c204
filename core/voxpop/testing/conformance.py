"""What all kit classes share: the guard, claims with a message, and what a part must look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar, cast

import pytest
from pydantic import ValidationError

from voxpop.errors import VoxpopError
from voxpop.parts import Part, PartConfig
from voxpop.plugin_offers import OfferError, check_part

T = TypeVar("T")

_GUARD = "test_standard_tests_are_intact"


def require(holds: object, message: str) -> None:
    """Fail the test with a message for the plugin's author, unless the claim holds."""
    __tracebackhide__ = True
    if not holds:
        pytest.fail(message)


@contextmanager
def require_raises(
    error: type[VoxpopError], what: str, but_not: type[VoxpopError] | None = None
) -> Iterator[None]:
    """Fail the test unless the block raises the error; `what` says in the message what it did."""
    __tracebackhide__ = True
    try:
        yield
    except error as raised:
        require(
            but_not is None or not isinstance(raised, but_not),
            f"{what} raises {type(raised).__name__}: it must raise {error.__name__} itself.",
        )
    except Exception as raised:  # noqa: BLE001 - whatever the author's code raises
        pytest.fail(f"{what} raises {raised!r}: it must raise {error.__name__}.")
    else:
        pytest.fail(f"{what} raises nothing: it must raise {error.__name__}.")


class Conformance:
    """A set of standard tests. A subclass gives fixtures; its own tests have names of their own."""

    _kept: ClassVar[dict[str, Any]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls._kept = {}
        if getattr(cls, _GUARD) is not Conformance.test_standard_tests_are_intact:
            raise TypeError(f"{cls.__name__} changes {_GUARD}: take its own version away")

    def test_standard_tests_are_intact(self) -> None:
        """Each standard test of the kit is there and is the kit's own."""
        changed = changed_tests(type(self))
        require(
            not changed,
            f"{type(self).__name__} overrides or removes standard tests: {', '.join(changed)}. "
            "Take that away and mend the part instead; give tests of your own other names.",
        )

    def kept(self, what: str, make: Callable[[], T]) -> T:
        """Make something once a test class: what is slow to make is shared by the tests.

        What cannot be made is not tried again: each test that needs it fails with the same error.
        """
        if what not in self._kept:
            try:
                self._kept[what] = make(), None
            except Exception as error:  # noqa: BLE001 - whatever the author's code raises
                self._kept[what] = None, error
        made, fault = self._kept[what]
        if fault is not None:
            raise fault
        return cast("T", made)


def changed_tests(cls: type[Conformance]) -> list[str]:
    """Name the standard tests that are no longer the kit's own, as `Kit.test_name`."""
    return [
        f"{kit.__name__}.{name}"
        for kit, tests in _STANDARD.items()
        if issubclass(cls, kit)
        for name, test in tests.items()
        if getattr(cls, name, None) is not test
    ]


_STANDARD: dict[type[Conformance], dict[str, object]] = {}


def standard(kit: type[T]) -> type[T]:
    """Register a kit class: from now on the guard watches over its tests."""
    if not issubclass(kit, Conformance):
        raise TypeError(f"{kit.__name__} is no Conformance")
    _STANDARD[kit] = {name: test for name, test in vars(kit).items() if name.startswith("test_")}
    return kit


@standard
class PartConformance(Conformance):
    """The standard tests of every part. The author gives `part`, and `config` if it needs one."""

    kind: ClassVar[type[Part[Any]]]

    @pytest.fixture
    def part(self) -> Part[Any]:
        """Give the part under test; the author's to write."""
        pytest.fail(
            f"{type(self).__name__} gives no part: write a fixture `part` in it that returns "
            f"your {self.kind.__name__}."
        )

    @pytest.fixture
    def config(self, part: Part[Any]) -> PartConfig:
        """Give the options to test it with; write this fixture when options are required."""
        try:
            default: PartConfig = part.config()
        except ValidationError as error:
            pytest.fail(
                f"{part.config.__name__} has required options: write a fixture `config` in "
                f"{type(self).__name__} that returns one.\n{error}"
            )
        return default

    def test_part_is_well_made(self, part: Part[Any]) -> None:
        """The part is of its kind, and the loader would take it."""
        require(
            isinstance(part, self.kind),
            f"`part` is a {type(part).__name__}: it must be a voxpop.{self.kind.__name__}.",
        )
        try:
            check_part(part)
        except OfferError as error:
            pytest.fail(f"The loader refuses the part: {error}.")
