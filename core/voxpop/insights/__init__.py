"""What a file of reviews says as a whole: `analyse`, and what it takes and gives.

`report_files` does it all, from files to a page; `analyse_files` stops before the page.

A leaf: no other module of the core imports it. Each method is a module of its own and a pure
function on numpy; scipy and rensa (`pip install "voxpop[insights]"`) are imported when they are
needed. docs/insights.md says what each figure means and when not to trust it.
"""

from voxpop.insights.analysis import Options, analyse
from voxpop.insights.export_xlsx import write_workbook
from voxpop.insights.file_insights import FileInsights, analyse_files, analyse_reviews
from voxpop.insights.findings import Insights
from voxpop.insights.page import Advice, Page, make_page
from voxpop.insights.quantification import CheckSet
from voxpop.insights.reading import FileReviews, read_reviews
from voxpop.insights.record import Count, Selection
from voxpop.insights.report_files import report_files
from voxpop.insights.scores import check_set_from
from voxpop.insights.table import CodedReviews, ReviewTable, unfavourable_labels

__all__ = [
    "Advice",
    "CheckSet",
    "CodedReviews",
    "Count",
    "FileInsights",
    "FileReviews",
    "Insights",
    "Options",
    "Page",
    "ReviewTable",
    "Selection",
    "analyse",
    "analyse_files",
    "analyse_reviews",
    "check_set_from",
    "make_page",
    "read_reviews",
    "report_files",
    "unfavourable_labels",
    "write_workbook",
]
