"""Where an error happened, for the log: its message may quote a review, and stays out of it."""

from __future__ import annotations

import traceback


def whereabouts(error: BaseException) -> str:
    """Give the kind of an error and its last three frames, and the same of what caused it."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " > ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
    told = f"{type(error).__name__} at {where}"
    return told if error.__cause__ is None else f"{told}, from {whereabouts(error.__cause__)}"
