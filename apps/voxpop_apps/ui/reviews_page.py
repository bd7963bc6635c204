"""All reviews behind one figure, a page at a time, with a filter by words."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import numpy as np

from voxpop_apps.ui.markup import percent
from voxpop_apps.ui.page_style import plain_page

if TYPE_CHECKING:
    from voxpop.insights import FileInsights
    from voxpop_apps.ui.file_job import FileJob

PAGE_ROWS = 50


def reviews_page(job: FileJob, sheet: int, page: int, words: str) -> str | None:
    """Write the page; None when the report has no such figure.

    Args:
        job: that is done.
        sheet: the figure's number in the report.
        page: which fifty, from 1; what lies beyond the ends shows the nearest.
        words: each must be in a review, in any case; "" filters nothing.
    """
    if job.found is None or job.page is None or sheet not in job.page.selections:
        return None
    what, selection = job.page.selections[sheet]
    found = job.found
    places = selection.places(found.coded)
    wanted = words.casefold().split()
    if wanted:
        texts = found.table.texts
        places = np.array(
            [p for p in places.tolist() if all(w in texts[p].casefold() for w in wanted)],
            dtype=np.int64,
        )
    last = max(1, -(-len(places) // PAGE_ROWS))
    page = min(max(page, 1), last)
    first = (page - 1) * PAGE_ROWS
    rows = "".join(_item(found, place) for place in places[first : first + PAGE_ROWS].tolist())

    def link(to: int, said: str) -> str:
        asked = urlencode({"page": to, "q": words})
        return f"<a href='{sheet}?{escape(asked)}'>{said}</a>" if 1 <= to <= last else ""

    return plain_page(
        what,
        f"<form><label>With these words <input name='q' value='{escape(words)}'></label> "
        "<button>Show</button></form>"
        f"<p>{len(places):,} reviews, page {page:,} of {last:,} {link(page - 1, 'Before')} "
        f"{link(page + 1, 'Next')}</p><ol start='{first + 1}'>{rows}</ol>"
        "<p><a href='../'>Back to the report</a></p>",
    )


def _item(found: FileInsights, place: int) -> str:
    table, source = found.table, found.source
    told = [f"row {int(source.row[place]):,}"]
    if table.products is not None and table.products[place]:
        told.append(str(table.products[place]))
    if table.days is not None and not np.isnat(table.days[place]):
        told.append(str(table.days[place]))
    if table.stars is not None and not np.isnan(table.stars[place]):
        told.append(f"{table.stars[place]:g} stars")
    best = int(table.probabilities[place].argmax())
    sure = float(table.probabilities[place, best])
    told.append(f"called {table.labels[best]}, {percent(sure)} sure")
    return (
        f"<li><small>{escape(' · '.join(told))}</small>"
        f"<p dir='auto'>{escape(table.texts[place])}</p></li>"
    )
