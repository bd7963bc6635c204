"""What is counted outside of the requests: following the registry, and sending feedback."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from voxpop_apps.api.served import Served

Role = Literal["main", "canary", "shadow"]

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which several workers count."""


class FollowingMetrics:
    """What following the registry gives to count. Safe among threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.version = Gauge(
            "voxpop_version_info",
            "1 for the versions in service",
            ["role", "reference", "version"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.from_cache = Gauge(
            "voxpop_served_from_cache",
            "1 while a version is served that the registry could not be asked about",
            ["role"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.registry_up = Gauge(
            "voxpop_registry_up",
            "1 if the registry answered, and gave what was asked of it, when it was last asked",
            ["role"],
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.reference_found = Gauge(
            "voxpop_reference_found",
            "1 if the registry had such an alias or version when it last answered",
            ["role"],
            registry=registry,
            multiprocess_mode="livemin",
        )
        self.registry_failures = Counter(
            "voxpop_registry_failures",
            "How often the registry could not be asked, or did not give what was asked of it",
            registry=registry,
        )
        self.swaps = Counter(
            "voxpop_swaps", "Versions that took another's place", ["role"], registry=registry
        )
        self.versions_refused = Counter(
            "voxpop_versions_refused",
            "Versions that could not be loaded and were refused",
            ["role", "reason"],
            registry=registry,
        )
        self.load_seconds = Histogram(
            "voxpop_version_load_seconds",
            "Seconds to fetch, verify, replay and warm up a version",
            buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
            registry=registry,
        )
        self.shadow_scored = Counter(
            "voxpop_shadow_reviews", "Reviews that the shadow judged too", registry=registry
        )
        self.shadow_differed = Counter(
            "voxpop_shadow_differences",
            "Reviews that the shadow gave another label",
            registry=registry,
        )
        self.shadow_dropped = Counter(
            "voxpop_shadow_dropped",
            "Reviews that the shadow was too busy to judge",
            registry=registry,
        )
        self.shadow_distance = Histogram(
            "voxpop_shadow_distance",
            "How far apart the two put the probability of the label shown",
            buckets=(0.01, 0.05, 0.1, 0.2, 0.5, 1.0),
            registry=registry,
        )

    def in_service(self, role: Role, served: Served, before: Served | None) -> None:
        """A version serves in this role now, in the place of another if there was one."""
        if before is not None:
            self.version.labels(role, before.reference, before.version).set(0)
            if SHARED not in os.environ:
                self.version.remove(role, before.reference, before.version)
            if before.version != served.version:
                self.swaps.labels(role).inc()
        self.version.labels(role, served.reference, served.version).set(1)
        self.from_cache.labels(role).set(served.source == "cache")


class FeedbackMetrics:
    """What feedback gives to count. Safe among threads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.accepted = Counter(
            "voxpop_feedback",
            "Feedback accepted, by whether the label shown was right",
            ["verdict"],
            registry=registry,
        )
        self.sent = Counter(
            "voxpop_feedback_sent", "Feedback records that reached the store", registry=registry
        )
        self.failures = Counter(
            "voxpop_feedback_store_failures",
            "How often the feedback could not be sent to its store",
            registry=registry,
        )
        self.spooled = Gauge(
            "voxpop_feedback_spool_bytes",
            "Feedback on this machine's disk that the store does not have yet",
            registry=registry,
            multiprocess_mode="livesum",
        )
