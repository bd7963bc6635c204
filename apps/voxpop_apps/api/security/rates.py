"""Rate limits: a token bucket for each caller."""

from __future__ import annotations

import time
from collections import OrderedDict

from voxpop_apps.api.errors import RateLimitedError

_CALLERS = 10_000  # whose buckets are kept; the one that asked longest ago is forgotten first


class RateLimits:
    """Each caller may ask for `per_s` reviews a second on average, and `burst` of them at once.

    Not shared among workers: each worker grants the whole rate.
    """

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def enter(self, caller: str) -> None:
        """Let a request in, as one review.

        Raises:
            RateLimitedError: the caller has to wait.
        """
        left = self._left(caller)
        if left < 1:
            raise RateLimitedError(
                f"More than {self._per_s:g} reviews a second (and {self._burst:,} at once) are not "
                "allowed. Ask again later",
                retry_after_s=(1 - left) / self._per_s,
            )
        self.charge(caller, 1)

    def charge(self, caller: str, reviews: int) -> None:
        """Count reviews of a request that was let in; they may put the caller into debt."""
        left = self._left(caller)
        self._buckets[caller] = (left - reviews, time.monotonic())
        self._buckets.move_to_end(caller)
        if len(self._buckets) > _CALLERS:
            self._buckets.popitem(last=False)

    def _left(self, caller: str) -> float:
        left, at = self._buckets.get(caller, (float(self._burst), 0.0))
        return min(self._burst, left + (time.monotonic() - at) * self._per_s)
