"""What Prometheus reads, and what it costs."""

import datetime
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.parser import text_string_to_metric_families

from voxpop import Classifier
from voxpop.testing import make_bundle, sample_plugins
from voxpop_apps.api.observability.histograms import observe_all
from voxpop_apps.api.observability.metrics import Metrics
from voxpop_apps.api.served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return served_in(tmp_path_factory.mktemp("bundle") / "bundle")


def served_in(directory: Path, seed: int = 0) -> Served:
    make_bundle(directory, seed=seed)
    classifier = Classifier.load(directory, plugins=sample_plugins())
    return Served(
        classifier=classifier,
        version=classifier.version,
        reference="champion",
        loaded_at=datetime.datetime.now(datetime.UTC),
        source="registry",
    )


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(f"{key}={value}" for key, value in sorted(sample.labels.items()))): (
            sample.value
        )
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def judge(metrics: Metrics, served: Served, texts: list[str]) -> None:
    tokens = served.classifier.tokenizer.encode(texts)
    metrics.predicted(served, tokens, served.classifier.probabilities_of(tokens))


def test_requests_and_batches_are_counted(metrics: Metrics) -> None:
    metrics.request_done("/predict", 200, 0.003)
    metrics.request_done("/predict", 200, 0.3)
    metrics.request_done("/predict", 503, 0.001)
    metrics.refused("queue-full")
    metrics.queue_depth(7)
    metrics.batch_done(8, 0.004)
    told = samples(metrics)
    assert told["voxpop_requests_total", "route=/predict", "status=200"] == 2
    assert told["voxpop_requests_total", "route=/predict", "status=503"] == 1
    assert told["voxpop_request_seconds_bucket", "le=0.005", "route=/predict"] == 2
    assert told["voxpop_refused_total", "reason=queue-full"] == 1
    assert told["voxpop_queue_reviews",] == 7
    assert told["voxpop_batch_reviews_bucket", "le=4.0"] == 0
    assert told["voxpop_batch_reviews_bucket", "le=8.0"] == 1


def test_predictions_are_counted_by_version_and_label(metrics: Metrics, served: Served) -> None:
    judge(metrics, served, ["lovely"] * 3 + ["awful"] * 70)
    judge(metrics, served, ["lovely"])
    told = samples(metrics)
    version = f"version={served.version}"
    assert told["voxpop_predictions_total", "label=positive", version] == 4
    assert told["voxpop_predictions_total", "label=negative", version] == 70
    assert told["voxpop_confidence_count",] == 74
    assert told["voxpop_drift_window_reviews", version] == 74


def test_drift_is_told_when_reviews_change(metrics: Metrics, served: Served) -> None:
    from voxpop.testing import SampleReviewsConfig, sample_rows

    alike = [text for text, _ in sample_rows(SampleReviewsConfig())]
    version = f"version={served.version}"
    judge(metrics, served, alike * 3)
    assert ("voxpop_drift_psi", "of=length", version) not in samples(metrics)
    for _ in range(20):
        judge(metrics, served, alike * 3)
    told = samples(metrics)
    for of in ("length", "labels"):
        assert told["voxpop_drift_psi", f"of={of}", version] < 0.05
    for _ in range(20):
        judge(metrics, served, ["Unheard-of words, " * 12 + "lovely"] * 180)
    told = samples(metrics)
    for of in ("length", "labels", "unknown_words"):
        assert told["voxpop_drift_psi", f"of={of}", version] > 0.25
    assert told["voxpop_unknown_word_share", version] > 0.6
    assert told["voxpop_drift_window_reviews", version] == 2_000


def test_versions_that_are_gone_leave_no_series_behind(metrics: Metrics, tmp_path: Path) -> None:
    for seed in range(14):
        judge(metrics, served_in(tmp_path / str(seed), seed), ["lovely"] * 300)
    names = [name for name in samples(metrics) if name[0] == "voxpop_predictions_total"]
    assert len(names) == 20


def test_two_apps_count_apart(served: Served) -> None:
    one, two = Metrics(), Metrics()
    one.request_done("/predict", 200, 0.1)
    assert ("voxpop_requests_total", "route=/predict", "status=200") not in samples(two)


@given(st.lists(st.floats(-1, 2) | st.sampled_from([0.1, 0.5, 1.0]), max_size=50), st.booleans())
def test_many_are_observed_as_one_by_one_would_be(values: list[float], is_labelled: bool) -> None:
    registries = CollectorRegistry(), CollectorRegistry()
    for registry in registries:
        labels = ["of"] if is_labelled else []
        whole = Histogram("h", "h", labels, buckets=(0.1, 0.5, 1.0), registry=registry)
        histogram = whole.labels("x") if is_labelled else whole
        if registry is registries[0]:
            observe_all(histogram, values)
        else:
            for value in values:
                histogram.observe(value)
    told, expected = (
        [
            (sample.name, sample.labels, round(sample.value, 9))
            for metric in registry.collect()
            for sample in metric.samples
            if not sample.name.endswith("_created")
        ]
        for registry in registries
    )
    assert told == expected


def test_workers_are_added_up_and_a_dead_one_waits_no_more(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import os, sys
        import asyncio
        from voxpop_apps.api.observability.metrics import Metrics

        async def run():
            metrics = Metrics()
            metrics.request_done("/predict", 200, 0.01)
            metrics.queue_depth(5)
            if sys.argv[1] == "last":
                print((await metrics.render_aside()).decode())
            else:
                await asyncio.sleep(1.5)  # nobody asks this one

        asyncio.run(run())
    """)

    def worker(which: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", program, which],
            env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": ""},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    worker("first")
    told = worker("last")
    assert 'voxpop_requests_total{route="/predict",status="200"} 2.0' in told
    assert "voxpop_queue_reviews 5.0" in told
