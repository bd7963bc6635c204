"""What a month at AWS costs, computed: prices with their sources, what was measured, the defaults.

The formulas are those that docs/costs.md tells in words. Nothing here was billed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from docs.markdown import table
from docs.terraform_tables import TERRAFORM, declared

RATES = (1, 50, 1_000)  # requests/s, all month long
HOURS = 730  # of a month

# docs/api.md, at 16 connections: reviews of 78 words.
CPU_S_PER_REQUEST = 0.49 / 1_000
LATENCY_S = 8.2 / 1_000
# A request of 78 words of five letters and its answer, with their headers and without TLS.
ASKED_BYTES, ANSWERED_BYTES = 610, 476

# What nobody measured: a caller's connections, the balancer's zones, how much CPU may be used.
REQUESTS_PER_CONNECTION = 100
ZONES = 6  # N. Virginia's default network; most regions have 3
CPU_GOAL = 0.6


@dataclass(frozen=True)
class Price:
    """A price in US dollars, with the page that told it and that page's date."""

    usd: float
    of: str
    page: str
    date: str


_APP_RUNNER = "https://aws.amazon.com/apprunner/pricing/"
_FARGATE = "https://cloudburn.io/blog/aws-fargate-pricing"
_BALANCER = "https://cloud-horizons.com/blog/alb-the-line-item-nobody-watches/"
_TRANSFER = "https://cloud-cost-557.pages.dev/blog/estimate-aws-data-transfer-bill/"
PRICES: Mapping[str, Price] = {
    "app_runner_vcpu": Price(0.064, "App Runner, active: a vCPU an hour", _APP_RUNNER, ""),
    "app_runner_gb": Price(0.007, "App Runner: a GB of memory an hour", _APP_RUNNER, ""),
    "fargate_vcpu": Price(0.04048, "Fargate, Linux on x86: a vCPU an hour", _FARGATE, "2026-04-01"),
    "fargate_gb": Price(0.004445, "Fargate: a GB of memory an hour", _FARGATE, "2026-04-01"),
    "balancer": Price(0.0225, "the load balancer an hour", _BALANCER, "2026-05-08"),
    "lcu": Price(0.008, "a capacity unit of it (LCU) an hour", _BALANCER, "2026-05-08"),
    "address": Price(
        0.005,
        "a public IPv4 address an hour",
        "https://www.doit.com/aws-public-ipv4-price-increase-the-complete-guide/",
        "",
    ),
    "sent_gb": Price(0.09, "a GB sent to the internet, after 100 a month", _TRANSFER, "2026-06-10"),
}


@dataclass(frozen=True)
class Month:
    """What a month costs, in US dollars, and how many containers answer."""

    instances: int
    compute: float
    balancer: float
    addresses: float
    sent: float

    @property
    def total(self) -> float:
        """Add it up."""
        return self.compute + self.balancer + self.addresses + self.sent


def defaults() -> dict[str, float]:
    """Give the numbers that terraform/app has unless it is told others."""
    told = {
        one.name: one.default
        for one in declared("variable", TERRAFORM / "app")
        if one.type == "number"
    }
    return {name: float(default) for name, default in told.items() if default is not None}


def on_ecs(rate: float, variables: Mapping[str, float], instances: int | None = None) -> Month:
    """Compute a month on Fargate, of as many containers of the API as its scaling starts."""
    wanted = math.ceil(rate * 60 / variables["max_requests_per_minute"])
    instances = instances or _limited(wanted, variables)
    running = instances + 1  # the page's
    units = max(
        rate * (ASKED_BYTES + ANSWERED_BYTES) * 3600 / 1e9, rate / REQUESTS_PER_CONNECTION / 25
    )
    return Month(
        instances=instances,
        compute=running * _container("fargate", variables) * HOURS,
        balancer=(PRICES["balancer"].usd + units * PRICES["lcu"].usd) * HOURS,
        addresses=(running + ZONES) * PRICES["address"].usd * HOURS,
        sent=_sent(rate),
    )


def on_app_runner(rate: float, variables: Mapping[str, float]) -> Month:
    """Compute a month on App Runner, with instances that are active all the time."""
    wanted = math.ceil(rate * LATENCY_S / variables["max_concurrency"])
    instances = _limited(wanted, variables)
    running = instances + 1  # the page's
    compute = running * _container("app_runner", variables) * HOURS
    return Month(instances, compute, 0.0, 0.0, _sent(rate))


def needed(rate: float, variables: Mapping[str, float]) -> int:
    """Give the containers that keep the CPU below the goal."""
    vcpus = variables["cpu"] / 1024
    return max(1, math.ceil(rate * CPU_S_PER_REQUEST / (CPU_GOAL * vcpus)))


def months() -> Iterator[tuple[str, float, Month]]:
    """Give each month: platform, requests/s, costs."""
    variables = defaults()
    for rate in RATES:
        yield "ECS", rate, on_ecs(rate, variables)
    for rate in RATES:
        if needed(rate, variables) < on_ecs(rate, variables).instances:
            least = on_ecs(rate, variables, needed(rate, variables))
            yield "ECS, as many as the CPU needs", rate, least
    for rate in RATES:
        yield "App Runner", rate, on_app_runner(rate, variables)


def prices() -> Iterator[str]:
    """Give the prices that costs are computed from."""
    rows = (
        (f"{one.usd:g}", one.of, f"[page]({one.page})", one.date or "undated")
        for one in PRICES.values()
    )
    yield table(("US dollars", "for", "source", "its date"), rows)


def by_rate() -> Iterator[str]:
    """Give what a month costs at some rates."""
    vcpus = defaults()["cpu"] / 1024
    rows = []
    for platform, rate, month in months():
        used = rate * CPU_S_PER_REQUEST / (month.instances * vcpus)
        amounts = (month.compute, month.balancer, month.addresses, month.sent, month.total)
        dollars = (f"{amount:,.0f}" for amount in amounts)
        per_million = month.total / (rate * 3600 * HOURS / 1e6)
        rows.append(
            (
                platform,
                f"{rate:,}",
                f"{month.instances}",
                f"{used:.1%}",
                *dollars,
                f"{per_million:,.2f}",
            )
        )
    yield table(
        (
            "platform",
            "requests/s",
            "containers of the API",
            "their CPU",
            "compute",
            "balancer",
            "addresses",
            "sent",
            "a month",
            "a million requests",
        ),
        rows,
    )


def _container(platform: str, variables: Mapping[str, float]) -> float:
    """Give what an hour of one container costs."""
    return (
        variables["cpu"] / 1024 * PRICES[f"{platform}_vcpu"].usd
        + variables["memory_mb"] / 1024 * PRICES[f"{platform}_gb"].usd
    )


def _limited(wanted: int, variables: Mapping[str, float]) -> int:
    return int(min(variables["max_instances"], max(variables["min_instances"], wanted)))


def _sent(rate: float) -> float:
    return max(0.0, rate * ANSWERED_BYTES * 3600 * HOURS / 1e9 - 100) * PRICES["sent_gb"].usd
