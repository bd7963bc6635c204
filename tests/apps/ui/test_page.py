"""One review and the model, in a real browser: `voxpop ui --serve champion`."""

from __future__ import annotations

import http.client
import re
import select
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.apps.ui.conftest import Served, api_of, looking

TEXT = "a lovely light, but it is broken: awful and useless"
Scheme = Literal["light", "dark"]


def test_a_review_is_judged_and_its_words_are_shown(page: Page) -> None:
    page.get_by_label("Review", exact=True).fill(TEXT)
    page.locator("#review-ask").click()
    expect(page.locator("#review-answer .vx-label")).to_have_text("negative")
    expect(page.locator("#review-words mark.vx-for", has_text="awful").first).to_be_visible()
    expect(page.locator("#review-words mark.vx-against", has_text="lovely").first).to_be_visible()
    page.locator("#review-wrong").click()
    expect(page.locator("#review-thanks")).to_contain_text("Kept as “positive”")


def test_nothing_to_judge_is_told(page: Page) -> None:
    page.locator("#review-ask").click()
    expect(page.locator("#review-answer")).to_contain_text("Write or paste a review first")


def test_what_is_typed_and_what_was_answered_outlive_a_reload(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/?job=of-a-file")
    tab = page.get_by_role("tab", name="A file")
    expect(tab).to_have_attribute("aria-selected", "true")  # as the address says
    page.get_by_role("tab", name="One review").click()
    review = page.get_by_label("Review", exact=True)
    review.fill("typed and not asked")
    page.reload()
    expect(review).to_have_value("typed and not asked")
    expect(page.locator("#review-answer .vx-label")).to_have_count(0)

    review.fill(TEXT)
    page.locator("#review-ask").click()
    expect(page.locator("#review-answer .vx-label")).to_have_text("negative")
    assert page.evaluate("new URL(location.href).searchParams.get('job')") == "of-a-file"
    page.reload()
    expect(review).to_have_value(TEXT)
    expect(page.locator("#review-answer .vx-label")).to_have_text("negative")


def test_a_tab_that_is_chosen_while_the_page_still_loads_is_in_the_address(
    page: Page, served: Served
) -> None:
    held: list[Route] = []  # what the page asks its server when it is loaded
    page.route("**/queue/join*", lambda route: held.append(route))
    page.goto(served.url)
    page.get_by_role("tab", name="The model").click()
    page.wait_for_function("new URL(location.href).searchParams.get('tab') === 'model'")
    assert held
    page.unroute("**/queue/join*")  # and what is held goes on
    expect(page.locator("#model-shown")).to_contain_text("Accuracy")


def test_the_model_is_shown_and_its_tab_has_an_address(page: Page) -> None:
    page.get_by_role("tab", name="The model").click()
    shown = page.locator("#model-shown")
    expect(shown).to_contain_text("Accuracy")
    expect(shown).to_contain_text("What champion pointed at")
    assert "." not in shown.get_by_role("row", name="In service since").inner_text()
    page.reload()
    expect(shown).to_contain_text("so many test reviews get their true label")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(browser: Browser, served: Served, scheme: Scheme) -> None:
    size = {"width": 390, "height": 800}
    with looking(browser, served.url, viewport=size, color_scheme=scheme) as page:
        page.get_by_label("Review", exact=True).fill(TEXT)
        page.locator("#review-ask").click()
        expect(page.locator("#review-answer .vx-label")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_idle_connection_stays_open_longer_than_a_load_balancer_keeps_it(served: Served) -> None:
    """uvicorn would end it after 5 s; what comes by it just then would get no answer."""
    page = int(served.url.rpartition(":")[2])
    with ExitStack() as ends:
        idle = []
        for port in (page, port_of(api_of(served.process))):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            ends.callback(connection.close)
            connection.request("GET", "/health/live")
            with connection.getresponse() as answer:
                assert answer.status == 200
                answer.read()
            assert connection.sock is not None, "it was to be closed at once"
            idle.append(connection.sock)
        ended, _, _ = select.select(idle, [], [], 7)
        assert ended == []


def port_of(process: int) -> int:
    """Give the port of 127.0.0.1 that a process listens at."""
    sockets = set()
    for one in Path(f"/proc/{process}/fd").iterdir():
        if found := re.fullmatch(r"socket:\[(\d+)\]", str(one.readlink())):
            sockets.add(found[1])
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        told = line.split()
        if told[3] == "0A" and told[9] in sockets:
            return int(told[1].partition(":")[2], 16)
    raise AssertionError("it listens nowhere")
