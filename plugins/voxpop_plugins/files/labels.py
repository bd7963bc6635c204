"""Turns what a label column holds into classes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from voxpop import DataError

_MOST_CLASSES = 100


class UnknownLabelError(ValueError):
    """A value of the label column is none of the classes; the message says what is allowed."""


class Labels(Protocol):
    """Gives a class for what the label column holds."""

    def position(self, value: str) -> int:
        """Give the position of the class; may raise UnknownLabelError."""


class KnownLabels:
    """The classes, known beforehand.

    Args:
        labels: class names in order, as the column holds them; or class names by what the column
            holds. The classes of such a table stand in the order of what the column holds, numbers
            by size, not in the order they are written in: a sorted copy of the config, as a
            manifest keeps it, means the same.
    """

    def __init__(self, labels: Mapping[str, str] | Sequence[str]) -> None:
        if isinstance(labels, Mapping):
            names = {value: labels[value] for value in sorted(labels, key=natural_order)}
        else:
            names = {name: name for name in labels}
        self.classes = tuple(dict.fromkeys(names.values()))
        self.positions = {value: self.classes.index(name) for value, name in names.items()}

    def position(self, value: str) -> int:
        """Give the position of the class.

        Raises:
            UnknownLabelError: there is none.
        """
        position = self.positions.get(value)
        if position is not None:
            return position
        near = difflib.get_close_matches(value, self.positions, n=1)
        hint = f"; did it mean {near[0]!r}?" if near else ""
        known = ", ".join(map(repr, self.positions))
        raise UnknownLabelError(
            f"unknown label {value[:60]!r} (`labels` in [data] knows {known}{hint})"
        )


class FoundLabels:
    """The classes are whatever the column holds.

    Attributes:
        values: what was found, with its position: the order of appearance.
    """

    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def position(self, value: str) -> int:
        """Give the position of the class; a new value is a new class.

        Raises:
            DataError: there are so many that the column cannot be a label.
        """
        if value not in self.values and len(self.values) == _MOST_CLASSES:
            some = ", ".join(repr(value[:40]) for value in list(self.values)[:3])
            raise DataError(
                f"The label column holds more than {_MOST_CLASSES} different values ({some}, ...). "
                "Set `label_column` in [data] to the column of the labels, or `labels` to the "
                "class names"
            )
        return self.values.setdefault(value, len(self.values))


def natural_order(value: str) -> tuple[bool, float, str]:
    """Order numbers by size, and before all other texts, which go by the alphabet."""
    if re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", value):
        return False, float(value), value
    return True, 0.0, value
