"""How long something takes still, by how fast it went lately; a pause does not count."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_LOOKED_BACK_S = 20.0
_FEWEST_S = 2.0


class Pace:
    """Looks back over the last seconds. Safe among threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: deque[tuple[float, int]] = deque()

    def forget(self) -> None:
        """Begin anew: after a pause what was before tells nothing."""
        with self._lock:
            self._seen.clear()

    def saw(self, done: int) -> None:
        """Note how much is done now."""
        now = self._clock()
        with self._lock:
            self._seen.append((now, done))
            while self._seen[0][0] < now - _LOOKED_BACK_S:
                self._seen.popleft()

    def left_s(self, left: int) -> float | None:
        """Say how long so much takes; None when too little was seen."""
        with self._lock:
            if len(self._seen) < 2:
                return None
            (began, first), (ended, last) = self._seen[0], self._seen[-1]
        if ended - began < _FEWEST_S or last <= first:
            return None
        return left * (ended - began) / (last - first)
