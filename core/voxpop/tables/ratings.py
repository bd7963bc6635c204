"""Ratings as people write them: 4, "4,5", "4/5", "4 stars", four star characters."""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_OF = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:/|von|out of|of|sur|de|su)\s*(\d+)(?:\s*stars?)?")
_STARS = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*-?\s*(?:stars?|sterne?|etoiles?|\u00e9toiles?|estrellas?|stell[ae]"
    r"|estrelas?|\u2605|\u2b50)"
)
ABOVE_FIVE = "above 5"
ANOTHER_SCALE = "looks like a scale of 10"
_SLIPS, _FEWEST = 0.02, 3  # fewer of a column's numbers may be above 5 by mistake
_FULL, _EMPTY = "\u2605\u2b50", "\u2606"


def read_number(value: object) -> float | None:
    """Give the number that a cell is, a rating included; None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    text = str(value).strip().casefold().replace("\ufe0f", "")
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return float(text.replace(",", "."))
    if match := _OF.fullmatch(text) or _STARS.fullmatch(text):
        return float(match[1].replace(",", "."))
    if set(text) <= set(_FULL + _EMPTY) and set(text) & set(_FULL):
        return float(sum(text.count(star) for star in _FULL))
    return None


def read_stars(value: object) -> float | str:
    """Give stars from 1 to 5, or why the cell holds none; another scale is never converted."""
    number = read_number(value)
    if number is None:
        return "no number"
    whole = _OF.fullmatch(value.strip().casefold()) if isinstance(value, str) else None
    if whole and int(whole[2]) != 5:
        return "out of another number than 5"
    if number > 5:
        return ABOVE_FIVE
    return number if number >= 1 else "not from 1 to 5"


def is_another_scale(above: int, numbers: int) -> bool:
    """Say whether a column is on a scale of 10, say, from how many of its numbers are above 5.

    Cell by cell its lower half would pass for stars, and the worst of them for praise.
    """
    return above >= _FEWEST and above > _SLIPS * numbers
