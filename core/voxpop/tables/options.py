"""What a person may say about a file, instead of leaving it to be guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DateOrder = Literal["dmy", "mdy", "ymd"]
Role = Literal["content", "title", "product", "date", "rating", "author"]
ROLES: tuple[Role, ...] = ("content", "title", "product", "date", "rating", "author")


@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """How files are to be read; None leaves it to be guessed.

    Attributes:
        encoding: of text files, by Python's name of it.
        delimiter: one character between the cells of a line.
        quotes: whether `"` encloses cells that hold delimiters or line breaks.
        header: whether the first row holds names.
        sheet: of an Excel workbook.
        content: the column with the reviews' texts; so for title, product, date, rating, author.
        date_order: of dates such as 03/04/2025: `dmy`, `mdy` or `ymd`.
        without: roles that no column is to play, whatever looks like it.
    """

    encoding: str | None = None
    delimiter: str | None = None
    quotes: bool | None = None
    header: bool | None = None
    sheet: str | None = None
    content: str | None = None
    title: str | None = None
    product: str | None = None
    date: str | None = None
    rating: str | None = None
    author: str | None = None
    date_order: DateOrder | None = None
    without: tuple[Role, ...] = ()

    def named(self, role: Role) -> str | None:
        """Give the name of the column that is to play a role."""
        value: str | None = getattr(self, role)
        return value
