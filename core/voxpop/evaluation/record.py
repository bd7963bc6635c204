"""What a measurement found: frozen records that go to JSON and into the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ClassMetrics:
    """How well one class is told from the others; 0.0 where a share has nothing to count."""

    label: str
    precision: float  # of the rows called so, the share that is
    recall: float  # of the rows that are so, the share called so
    f1: float
    support: int  # rows that are so


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A curve to be drawn: thinned to some 200 points, coordinates rounded to 5 digits."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """The rows whose confidence lies in (lower, upper]; both means are None where none does."""

    lower: float
    upper: float
    rows: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A row that got a wrong label, and how sure the model was of it."""

    index: int  # the row's place in what was measured
    label: str
    predicted: str
    confidence: float


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """How good probabilities are on labelled rows. Every number in here is finite."""

    class_names: tuple[str, ...]
    rows: int
    metrics: Mapping[str, float]  # by the names of `METRICS`; what is undefined is left out
    accuracy_interval: tuple[float, float]  # 95 %, Wilson
    confusion: tuple[tuple[int, ...], ...]  # a row a true class, a column a predicted one
    per_class: tuple[ClassMetrics, ...]
    roc: tuple[Curve, ...]  # false positive rate, true positive rate; binary: the last class only
    precision_recall: tuple[Curve, ...]  # recall, precision; binary: the last class only
    reliability: tuple[ReliabilityBin, ...]
    mistakes: tuple[Mistake, ...]  # the most confident first, at most 20

    def to_json(self) -> dict[str, Any]:
        """Give all of it as what `json.dumps` takes."""
        return asdict(self) | {"metrics": dict(self.metrics)}
