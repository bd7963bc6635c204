"""What pages are written in: sentences, code and tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable


def sentence(text: str) -> str:
    """Give a text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}." if text else ""


def code(text: str) -> str:
    """Give text as code; a backtick in it asks for a longer fence."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Give a table; a cell is one line, whatever is in it."""
    lines = [columns, tuple("---" for _ in columns)]
    lines += [tuple(" ".join(cell.replace("|", r"\|").split()) for cell in row) for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
