"""Turns what a label column holds into classes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from voxpop import DataError

_MOST_CLASSES = 100


class BadRowError(ValueError):
    """A row cannot be used; the message ends a sentence, `kind` counts alike reasons together."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class Labels:
    """The classes of a data set.

    Args:
        labels: class names in order, as the values are; or class names by value, which then stand
            in the order of the values, numbers by size; or None: every value is a class.
        names: what the data set calls its numbered classes, if it does.

    Attributes:
        positions: the position of the class by value; without `labels`, in order of appearance.
    """

    def __init__(
        self, labels: Mapping[str, str] | Sequence[str] | None, names: Sequence[str] | None
    ) -> None:
        self._names = names
        if labels is None:
            labels = names
        if isinstance(labels, Mapping):
            by_value = {value: labels[value] for value in sorted(labels, key=natural_order)}
        else:
            by_value = {name: name for name in labels or ()}
        self.is_found = labels is None
        self.classes = tuple(dict.fromkeys(by_value.values()))
        self.positions = {value: self.classes.index(name) for value, name in by_value.items()}

    def position(self, value: object) -> int:
        """Give the position of a value's class.

        Raises:
            BadRowError: the value is no class.
            DataError: there are too many different values for classes.
        """
        text = self._text(value)
        position = self.positions.get(text)
        if position is not None:
            return position
        if not self.is_found:
            near = difflib.get_close_matches(text, self.positions, n=1)
            hint = f"; did it mean {near[0]!r}?" if near else ""
            known = ", ".join(map(repr, self.positions))
            raise BadRowError(
                "with an unknown label", f"unknown label {text[:60]!r} (known are {known}{hint})"
            )
        if len(self.positions) == _MOST_CLASSES:
            some = ", ".join(repr(value[:40]) for value in list(self.positions)[:3])
            raise DataError(
                f"The label column holds more than {_MOST_CLASSES} different values ({some}, ...). "
                "Set `label_column` in [data] to the column of the labels, or `labels` to the "
                "class names"
            )
        self.positions[text] = len(self.positions)
        return self.positions[text]

    def _text(self, value: object) -> str:
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if self._names is not None and isinstance(value, int):
            if not 0 <= value < len(self._names):
                raise BadRowError(
                    "without a label", f"it has no label ({value})"
                )  # the Hub writes -1 for none
            value = self._names[value]
        text = "" if value is None else str(value).strip()
        if not text:
            raise BadRowError("without a label", "it has no label")
        return text


def natural_order(value: str) -> tuple[bool, float, str]:
    """Order numbers by size, and before all other texts, which go by the alphabet."""
    if re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", value):
        return False, float(value), value
    return True, 0.0, value
