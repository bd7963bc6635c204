"""What was answered of late, so that feedback need only name the request."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

Asked = tuple[str | None, str]
"""A request: the name of its caller's key, None where no key is asked for, and its id."""


class Answered(NamedTuple):
    """A review and what was said of it."""

    text: str
    label: str
    confidence: float
    version: str


class RecentRequests:
    """The latest answers by request, bounded by their number and their texts' length.

    A request is named by whose it is and by its id: callers make up their ids, each its own.
    """

    def __init__(self, most: int, most_characters: int = 16_000_000) -> None:
        """Remember so many answers at most; 0 remembers none."""
        self._most = most
        self._most_characters = most_characters
        self._characters = 0
        # Plain tuples: they hold no other containers, and so cost the garbage collector nothing.
        self._answers: OrderedDict[Asked, tuple[str, str, float, str]] = OrderedDict()

    def remember(
        self, asked: Asked, text: str, label: str, confidence: float, version: str
    ) -> None:
        """Remember an answer; the oldest ones make room for it."""
        answers = self._answers
        before = answers.pop(asked, None)
        if before is not None:
            self._characters -= len(before[0])
        answers[asked] = text, label, confidence, version
        self._characters += len(text)
        while len(answers) > self._most or self._characters > self._most_characters:
            _, gone = answers.popitem(last=False)
            self._characters -= len(gone[0])

    def find(self, asked: Asked) -> Answered | None:
        """Give what was answered; None when it was too long ago, or by another process."""
        answered = self._answers.get(asked)
        return None if answered is None else Answered(*answered)
