"""What people say of predictions: the records, the log that keeps them, the report on them."""

from voxpop.feedback.log import FeedbackLog
from voxpop.feedback.record import FeedbackRecord, parse_records
from voxpop.feedback.report import FeedbackReport, Share, report_feedback
from voxpop.feedback.verdicts import Verdicts, latest_verdicts

__all__ = [
    "FeedbackLog",
    "FeedbackRecord",
    "FeedbackReport",
    "Share",
    "Verdicts",
    "latest_verdicts",
    "parse_records",
    "report_feedback",
]
