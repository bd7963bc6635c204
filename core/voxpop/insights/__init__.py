"""What a file of reviews says as a whole: `analyse`, and what it takes and gives.

A leaf: no other module of the core imports it. Each method is a module of its own and a pure
function on numpy; scipy and rensa (`pip install "voxpop[insights]"`) are imported when they are
needed. docs/insights.md says what each figure means and when not to trust it.
"""

from voxpop.insights.analysis import Options, analyse
from voxpop.insights.findings import Insights
from voxpop.insights.quantification import CheckSet
from voxpop.insights.record import Count, Selection
from voxpop.insights.table import CodedReviews, ReviewTable

__all__ = [
    "CheckSet",
    "CodedReviews",
    "Count",
    "Insights",
    "Options",
    "ReviewTable",
    "Selection",
    "analyse",
]
