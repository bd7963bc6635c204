"""Sets matplotlib's SVG into an HTML page: its colours follow the page, its ids are its own."""

from __future__ import annotations

import re
from html import escape

from voxpop.evaluation.figures import COLOURS


def inline_svg(svg: bytes, name: str, description: str) -> str:
    """Give an SVG file as an element for HTML.

    Args:
        svg: as `figures` makes it
        name: goes before each id, so that figures on one page keep apart
        description: what a person who cannot see the figure is told
    """
    text = svg.decode()
    text = text[text.index("<svg") :].rstrip()
    text = re.sub(r"<style\b.*?</style>", "", text, flags=re.DOTALL)  # the page's does as much
    text = re.sub(r'\b(id="|href="#|url\(#)', lambda found: f"{found[0]}{name}-", text)
    text = text.replace("xlink:href", "href").replace('\n"', '"')
    for variable, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{variable})")
    view = re.search(r'viewBox="[\d. ]+"', text)
    opening = f'<svg role="img" aria-label="{escape(description)}" {view[0] if view else ""}>'
    return re.sub(r"<svg\b[^>]*>", lambda _: opening, text, count=1)
