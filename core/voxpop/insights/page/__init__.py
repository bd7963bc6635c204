"""The insights as one HTML page that needs nothing from outside."""

from voxpop.insights.page.advice import Advice
from voxpop.insights.page.document import Page, make_page

__all__ = ["Advice", "Page", "make_page"]
