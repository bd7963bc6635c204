"""Scoring files of reviews of any size."""

from voxpop.scoring.batch import score_batch, score_columns, score_values
from voxpop.scoring.job import ScoredFile, score_files

__all__ = ["ScoredFile", "score_batch", "score_columns", "score_files", "score_values"]
