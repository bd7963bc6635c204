"""How long a model takes, learnt from what it took."""

from __future__ import annotations

# The event loop is blocked by the model for about so long at most. In 10 alternating rounds at 64
# connections 4, 3, 2 and 1 ms gave a p99 of 93, 95, 89 and 88 ms, and 1,819, 1,877, 1,682 and 1,584
# requests/s at 0.545, 0.511, 0.578 and 0.611 CPU ms each: shorter turns do not mend the tail.
INLINE_S = 0.004

EXPLAINED = 32
"""Reviews that an explanation counts as: it asks the model about as many texts as it has words."""

# Tokenizing costs by the character and the model by the token, up to where the tokenizer cuts: a
# review counts as one unit of work, and as one more for each so many characters.
_CHARACTERS_A_UNIT = 2_000
_WEIGHT_OF_NEWEST = 0.1


def units_of(text: str) -> int:
    """Give the units of work that a text is."""
    return 1 + len(text) // _CHARACTERS_A_UNIT


class Pace:
    """The seconds that a unit of work takes, an exponentially weighted mean."""

    def __init__(self) -> None:
        self._seconds_a_unit: float | None = None

    def learn(self, units: int, seconds: float) -> None:
        """Take in what a batch took."""
        newest = seconds / units
        before = self._seconds_a_unit
        self._seconds_a_unit = (
            newest if before is None else before + _WEIGHT_OF_NEWEST * (newest - before)
        )

    def seconds(self, units: int) -> float | None:
        """Say how long so much work takes; None before anything was learnt."""
        return None if self._seconds_a_unit is None else units * self._seconds_a_unit

    def fits(self, units: int) -> bool:
        """Say whether so much work is known to be short enough for the event loop."""
        expected_s = self.seconds(units)
        return expected_s is not None and expected_s <= INLINE_S

    def lets_in(self, units: int, more: int, left_s: float) -> bool:
        """Say whether a batch may grow by more work.

        What fits into the event loop shall go on to fit. What does not is done in a thread, and in
        time for whoever waits with the least time left; growing shall not cost that one its answer.
        """
        expected_s = self.seconds(units + more)
        return expected_s is None or expected_s <= (INLINE_S if self.fits(units) else left_s)
