"""The one place that joins a review's title and content."""

from __future__ import annotations


def review_text(title: str | None, content: str | None) -> str:
    """Join a review's title and content into the text that is trained on and served.

    Both are stripped. A title that ends without punctuation gets a full stop, so that it stays a
    sentence of its own; either may be missing.
    """
    title = (title or "").strip()
    content = (content or "").strip()
    if not title or not content:
        return title or content
    return f"{title} {content}" if title[-1] in ".!?…" else f"{title}. {content}"
