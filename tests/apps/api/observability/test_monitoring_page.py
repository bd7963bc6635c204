"""docs/monitoring.md names the metrics that there are, all of them and no others."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.docs.blocks import blocks
from voxpop_apps.api.observability.metrics import Metrics

PAGE = Path(__file__).parents[4] / "docs" / "monitoring.md"
_NAME = re.compile(r"\b(?:voxpop|process)_[a-z_]+")


def names(metrics: Metrics) -> set[str]:
    """Give the metrics' names as queries write them: a counter's ends in `_total`."""
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(metrics.render().decode())
        if not family.name.endswith("_created")
    }


def test_every_metric_is_named_and_nothing_else(metrics: Metrics) -> None:
    assert set(_NAME.findall(PAGE.read_text(encoding="utf-8"))) == names(metrics)


def test_every_alert_asks_for_a_metric_that_there_is(metrics: Metrics) -> None:
    (rules,) = [block.text for block in blocks(PAGE) if block.language == "yaml"]
    asked = re.findall(r"expr: .*?(voxpop_\w+)", rules)
    assert len(asked) == rules.count("alert:") == 5
    assert set(asked) <= names(metrics)
