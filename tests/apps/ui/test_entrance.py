"""Who may see the page: a key opens it, nothing else does, and no other site can use it."""

from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.apps.ui.conftest import started
from voxpop import SettingsError
from voxpop_apps.ui.entrance import Entrance, keys_of
from voxpop_apps.ui.settings import UiSettings
from voxpop_apps.web.keys import KeyRing, new_key, parse_keys

KEY, LINE = new_key("anna")


def behind_the_entrance() -> TestClient:
    page = Starlette(
        routes=[
            Route(path, lambda request: PlainTextResponse("the page"), methods=["GET", "POST"])
            for path in ("/", "/health/live", "/files/1/")
        ]
    )
    page.add_middleware(Entrance, keys=KeyRing(None, parse_keys(LINE, "the test")))
    return TestClient(page, base_url="https://reviews.example")


def basic(password: str, name: str = "anna") -> dict[str, str]:
    told = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {told}"}


@pytest.mark.parametrize("path", ["/", "/files/1/"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("another"),
        basic(""),
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": "Basic !"},
        {"Authorization": "Basic"},
    ],
)
def test_nobody_is_let_in_without_a_key(path: str, headers: dict[str, str]) -> None:
    answer = behind_the_entrance().get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert "asks for a key" in answer.text


@pytest.mark.parametrize("name", ["anna", "anybody", ""])
def test_a_key_opens_it_under_any_name(name: str) -> None:
    assert behind_the_entrance().get("/", headers=basic(KEY, name)).text == "the page"


def test_a_load_balancer_needs_no_key() -> None:
    assert behind_the_entrance().get("/health/live").text == "the page"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://reviews.example", 200),
        ("https://elsewhere.example", 403),
        ("https://reviews.example:8443", 403),
        ("null", 403),
    ],
)
def test_another_site_cannot_use_a_key_that_a_browser_keeps(origin: str, status: int) -> None:
    answer = behind_the_entrance().post("/", headers=basic(KEY) | {"Origin": origin})
    assert answer.status_code == status


def test_others_can_reach_it_only_with_keys(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nothing says who may see it"):
        keys_of(UiSettings(host="0.0.0.0"))
    with pytest.raises(SettingsError, match="VOXPOP_UI_AUTH=off"):
        keys_of(UiSettings(auth="on"))
    assert keys_of(UiSettings()) is None
    assert keys_of(UiSettings(host="0.0.0.0", auth="off")) is None
    file = tmp_path / "people"
    file.write_text(LINE)
    ring = keys_of(UiSettings(host="0.0.0.0", keys_file=file))
    assert ring is not None
    assert ring.owner(KEY.encode()) == "anna"


def test_a_person_with_a_key_works_as_ever(
    browser: Browser, variables: dict[str, str], tmp_path: Path
) -> None:
    words = ["ui", "--serve", "champion", "--port", "0"]
    told = variables | {"VOXPOP_UI_KEYS": LINE}
    with started(words, told, tmp_path / "log", "/health/live") as url:
        assert httpx.get(url, timeout=60).status_code == 401
        context = browser.new_context(http_credentials={"username": "anna", "password": KEY})
        try:
            page = context.new_page()
            page.goto(url)
            page.get_by_label("Review", exact=True).fill("a lovely light")
            page.locator("#review-ask").click()
            expect(page.locator("#review-answer .vx-label")).to_have_text("positive")
            page.get_by_role("tab", name="A file").click()
            (tmp_path / "r.csv").write_text("review\nlovely light\nawful\n")
            page.locator("input[type=file]").first.set_input_files(tmp_path / "r.csv")
            expect(page.get_by_text("lovely light").first).to_be_visible()
        finally:
            context.close()
