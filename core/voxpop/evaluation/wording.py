"""How numbers and other people's words are written in figures and reports."""

from __future__ import annotations

import math
import unicodedata

# Marks that turn the reading direction of all that follows.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str, longest: int) -> str:
    """Give a text as one line of at most `longest` characters that XML and UTF-8 can hold."""
    line = " ".join(text[: 4 * longest].split())
    line = "".join("\ufffd" if _is_unprintable(each) or each in _TURNING else each for each in line)
    if len(line) > longest or len(text) > 4 * longest:
        return line[: longest - 1].rstrip() + "…"
    return line


def _is_unprintable(character: str) -> bool:
    """Tell control characters, surrogates and noncharacters: XML forbids most of them."""
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE
    return is_noncharacter or unicodedata.category(character) in {"Cc", "Cs"}


def percent(share: float, digits: int = 1) -> str:
    """Write a share; never 100 % for what is not all, nor 0 % for what is not nothing."""
    unit = 10.0 ** -(digits + 2)
    rounded = round(share, digits + 2)
    if rounded >= 1 > share:
        return f">{percent(1 - unit, digits)}"
    if rounded <= 0 < share:
        return f"<{percent(unit, digits)}"
    return f"{100 * rounded:.{digits}f}%"


def count(number: int) -> str:
    """Write a count with its thousands apart."""
    return f"{number:,}"


def decimal(number: float) -> str:
    """Write a metric: four digits after the point, which no test split resolves further."""
    return f"{number:.4f}" if math.isfinite(number) else "-"
