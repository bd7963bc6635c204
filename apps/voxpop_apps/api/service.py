"""All that answers a request, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from starlette.requests import Request

    from voxpop import TokenBatch
    from voxpop_apps.api.execution import Scorer
    from voxpop_apps.api.feedback.desk import FeedbackDesk
    from voxpop_apps.api.following.follower import Follower
    from voxpop_apps.api.observability.metrics import Metrics
    from voxpop_apps.api.security.guard import Guard
    from voxpop_apps.api.served import Served
    from voxpop_apps.api.settings import ApiSettings


@dataclass(frozen=True)
class Service:
    """What the endpoints work with."""

    settings: ApiSettings
    follower: Follower
    metrics: Metrics
    scorer: Scorer
    guard: Guard
    desk: FeedbackDesk


@dataclass(frozen=True)
class Onlookers:
    """Whom the scorer tells of its work: the metrics, and the shadow of the follower."""

    follower: Follower
    metrics: Metrics

    def queue_depth(self, reviews: int) -> None:
        """So many reviews wait or are worked on."""
        self.metrics.queue_depth(reviews)

    def batch_done(self, size: int, seconds: float) -> None:
        """A call of the model answered so many reviews."""
        self.metrics.batch_done(size, seconds)

    def scored(
        self, served: Served, texts: list[str], tokens: TokenBatch, answers: NDArray[np.float64]
    ) -> None:
        """These texts were encoded so and answered so."""
        self.metrics.predicted(served, tokens, answers)
        self.follower.observe(served, texts, answers)


def service_of(request: Request) -> Service:
    """Give what answers this request."""
    service: Service = request.app.state.service
    return service
