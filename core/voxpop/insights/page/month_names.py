"""Months and days as people say them, in English whatever the machine's locale is."""

from __future__ import annotations

_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def spelled_month(month: str) -> str:
    """Write "2026-03" as "March 2026"."""
    return f"{_NAMES[int(month[5:]) - 1]} {month[:4]}"


def short_month(month: str) -> str:
    """Write "2026-03" as "Mar 26"."""
    return f"{_NAMES[int(month[5:]) - 1][:3]} {month[2:4]}"


def spelled_days(first: str, last: str) -> str:
    """Write two days as "2026-03-01 to 2026-03-04", and one day once."""
    return first if first == last else f"{first} to {last}"


def spelled_span(first: str, last: str | None) -> str:
    """Write the months of a change: "since March 2026", or "March to May 2026" when it is over."""
    if last is None:
        return f"since {spelled_month(first)}"
    if last == first:
        return f"in {spelled_month(first)}"
    start = spelled_month(first)
    return f"{start.split()[0] if first[:4] == last[:4] else start} to {spelled_month(last)}"


def span(first: str, last: str | None) -> str:
    """Write the same in figures: "since 2026-03", or "2026-03 to 2026-05"."""
    if last is None:
        return f"since {first}"
    return f"in {first}" if last == first else f"{first} to {last}"
