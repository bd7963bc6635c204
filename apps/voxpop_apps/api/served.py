"""What the API answers with at one moment: one version, loaded, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime

    from voxpop import Classifier


@dataclass(frozen=True, eq=False)
class Served:
    """A version in service. A request captures one at its arrival, so no answer mixes two.

    Attributes:
        classifier: the version, loaded.
        version: its name.
        reference: the alias or version that was asked for and led to it.
        loaded_at: when it was loaded, UTC.
        source: whether the registry named it just now, or only the disk cache of an earlier start.
    """

    classifier: Classifier
    version: str
    reference: str
    loaded_at: datetime.datetime
    source: Literal["registry", "cache"]
