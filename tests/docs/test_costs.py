"""The costs follow the prices, what was measured, and the defaults of terraform/app."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import costs

CHECKOUT = Path(__file__).parents[2]
VARIABLES = {
    "cpu": 1024.0,
    "memory_mb": 2048.0,
    "min_instances": 1.0,
    "max_instances": 4.0,
    "max_concurrency": 50.0,
    "max_requests_per_minute": 6000.0,
}


def test_a_quiet_month_is_two_containers_and_a_balancer() -> None:
    month = costs.on_ecs(1, VARIABLES)
    assert month.instances == 1
    assert month.compute == pytest.approx(2 * (0.04048 + 2 * 0.004445) * 730)
    assert month.balancer == pytest.approx(0.0225 * 730, rel=0.01)
    assert month.addresses == pytest.approx((2 + 6) * 0.005 * 730)
    assert month.sent == 0  # 1.25 GB of the 100 that cost nothing


def test_scaling_starts_as_many_as_it_may() -> None:
    assert [costs.on_ecs(rate, VARIABLES).instances for rate in (100, 101, 1_000)] == [1, 2, 4]
    assert costs.on_ecs(1_000, VARIABLES | {"max_instances": 20}).instances == 10
    assert costs.on_app_runner(8_000, VARIABLES).instances == 2
    assert costs.needed(1_000, VARIABLES) == 1
    assert costs.needed(2_000, VARIABLES) == 2


def test_what_is_sent_is_paid_for_beyond_a_hundred_gigabytes() -> None:
    sent = 1_000 * costs.ANSWERED_BYTES * 3600 * 730 / 1e9
    assert costs.on_app_runner(1_000, VARIABLES).sent == pytest.approx((sent - 100) * 0.09)


def test_the_defaults_are_those_of_terraform() -> None:
    assert costs.defaults().keys() >= VARIABLES.keys()


def test_what_was_measured_is_what_its_page_tells() -> None:
    page = (CHECKOUT / "docs" / "api.md").read_text(encoding="utf-8")
    row = re.search(
        r"^\| Voxpop \| [\d.]+, ([\d.]+), [\d.]+ \| .*? \| [\d.]+, ([\d.]+),", page, re.M
    )
    assert row
    assert float(row[1]) / 1_000 == costs.CPU_S_PER_REQUEST
    assert float(row[2]) / 1_000 == costs.LATENCY_S


def test_every_price_has_its_page() -> None:
    assert all(price.page.startswith("https://") for price in costs.PRICES.values())
