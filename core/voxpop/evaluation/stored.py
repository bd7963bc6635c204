"""What a version's report says of its test split, read from its bundle on this machine's disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from voxpop.settings import cache_directory


def stored_evaluation(version: str) -> Mapping[str, Any] | None:
    """Give how a version did on its test split; None when it was not measured on one.

    The bundle was verified when the version was loaded.

    Args:
        version: its name, as `Classifier.version` gives it.

    Returns:
        `confusion` (a row a true class, a column a predicted one), `class_names`, `rows` and more,
        as `Evaluation.to_json` writes them.
    """
    report = cache_directory("bundles") / version / "report" / "metrics.json"
    try:
        found: Mapping[str, Any] = json.loads(report.read_bytes())["evaluation"]
    except (OSError, KeyError, ValueError):
        return None
    return found
