"""BentoML with its own batching."""

from __future__ import annotations

import bentoml

from benchmarks.servers.apps.text_model import ids_of, open_session, predict


@bentoml.service(
    workers=1,
    traffic={"timeout": 60, "max_concurrency": 512},
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
)
class Judge:
    """Answers a batch at a time."""

    def __init__(self) -> None:
        self.session = open_session()

    @bentoml.api(batchable=True, max_batch_size=32, max_latency_ms=1_000)  # type: ignore[untyped-decorator]
    def predict(self, content: list[str]) -> list[float]:
        """Give the probability of the second label for each review."""
        return predict(self.session, [ids_of(text) for text in content])
