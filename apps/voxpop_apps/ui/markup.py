"""Small pieces of HTML that every tab uses."""

from __future__ import annotations

from html import escape
from typing import Literal


def message(text: str, role: Literal["alert", "status"] = "alert") -> str:
    """Show a sentence; an alert is read out at once."""
    return f"<p class='vx-message' role='{role}'>{escape(text)}</p>"


def percent(share: float) -> str:
    """Write a share as a person reads it; what is not certain is never called 100 %."""
    if 0.999 < share < 1:
        return "over 99.9%"
    return f"{share:.1%}"
