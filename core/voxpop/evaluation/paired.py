"""Whether two versions differ in accuracy, judged on the same rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voxpop.errors import MissingExtraError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Z_95 = 1.959963984540054  # the 0.975 quantile of the normal distribution


@dataclass(frozen=True, kw_only=True)
class PairedAccuracy:
    """How two versions' right labels differ; only rows that one of them has right decide."""

    rows: int
    first_only: int  # rows that the first has right and the second wrong
    second_only: int
    difference: float  # accuracy of the first less that of the second
    interval: tuple[float, float]  # 95 %, of the difference
    p_value: float  # how often chance alone makes them differ so much, were they equally good


def compare_accuracy(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> PairedAccuracy:
    """Compare two versions by which rows each has right.

    The test is McNemar's (Psychometrika 12, 1947) in its exact form: of the rows that one version
    alone has right, as many are the first's as a fair coin shows heads. The interval is Wald's with
    1/2 added to each of the four counts (Agresti and Min, "Simple improved confidence intervals for
    comparing matched proportions", Statistics in Medicine 24, 2005).

    Args:
        first: shape (n,), whether the first version has the row right; n above 0
        second: the same rows in the same order

    Raises:
        MissingExtraError: scipy is missing.
    """
    rows = len(first)
    if rows == 0 or first.shape != second.shape:
        raise ValueError(f"shapes {first.shape} and {second.shape}: give the same rows twice")
    first_only, second_only = int((first & ~second).sum()), int((second & ~first).sum())
    return PairedAccuracy(
        rows=rows,
        first_only=first_only,
        second_only=second_only,
        difference=(first_only - second_only) / rows,
        interval=_interval(first_only, second_only, rows),
        p_value=_p_value(first_only, second_only),
    )


def _interval(first_only: int, second_only: int, rows: int) -> tuple[float, float]:
    more, all_rows = first_only - second_only, rows + 2  # the halves cancel in the difference
    spread = math.sqrt(first_only + second_only + 1 - more**2 / all_rows) / all_rows
    centre = more / all_rows
    return max(-1.0, centre - _Z_95 * spread), min(1.0, centre + _Z_95 * spread)


def _p_value(first_only: int, second_only: int) -> float:
    try:
        from scipy.special import bdtr
    except ImportError as error:
        raise MissingExtraError(
            'Comparing versions needs scipy: pip install "voxpop[train]".'
        ) from error
    fewer, either = min(first_only, second_only), first_only + second_only
    return min(1.0, 2 * float(bdtr(fewer, either, 0.5)))
