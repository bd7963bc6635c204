"""How reviews get their answers: at once when alone, together when many come at a time."""

from voxpop_apps.api.execution.scorer import CallerLeftError, Outcome, Scorer

__all__ = ["CallerLeftError", "Outcome", "Scorer"]
