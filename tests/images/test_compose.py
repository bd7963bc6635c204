"""compose.yaml: its services' commands and environments, run by podman instead of compose."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.browser import chromium
from tests.images.containers import CHECKOUT, Container, free_port, running
from tests.s3_server import SeaweedFS, free_ports, weed
from tests.serve_program import registry_variables

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SERVICES: Mapping[str, Any] = yaml.safe_load(
    (CHECKOUT / "compose.yaml").read_text(encoding="utf-8")
)["services"]


def test_only_this_machine_can_reach_it() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_is_ours_is_locked_up() -> None:
    for name in ("first-version", "api", "page"):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_first_version_is_served_and_the_page_stands(
    api_image: str, frontend_image: str, s3: SeaweedFS, champion: str, tmp_path: Path
) -> None:
    subprocess.run(
        [sys.executable, "-m", "voxpop_apps.cli", "registry", "pull", champion, "bundle"],
        cwd=tmp_path,
        env=os.environ | registry_variables(s3.url),
        check=True,
    )
    with s3_service(tmp_path / "s3") as url:
        for _ in range(2):  # whoever starts everything again keeps what is there
            assert first_version_says(api_image, url, tmp_path) == f"champion is {champion}"
        given = {**SERVICES["api"]["environment"], "VOXPOP_REGISTRY__ENDPOINT_URL": url}
        with running(api_image, tmp_path, given, port_variable="VOXPOP_API_PORT") as api:
            api.until("/health/ready")
            assert api.healthy()
            asked = {**SERVICES["page"]["environment"], "VOXPOP_UI_API_URL": api.url}
            with running(frontend_image, tmp_path, asked, port_variable="VOXPOP_UI_PORT") as page:
                page.until("/")
                assert page.healthy()
                assert label_in_a_browser(page.url, "lovely 1") == "positive"


def label_in_a_browser(url: str, review: str) -> str:
    """Have a review judged as a person would."""
    with chromium() as browser:
        tab = browser.new_page()
        tab.goto(url)
        tab.get_by_label("Review", exact=True).fill(review)
        tab.locator("#review-ask").click()
        return tab.locator("#review-answer .vx-label").inner_text(timeout=60_000)


def first_version_says(api_image: str, url: str, directory: Path) -> str:
    """Run the service that publishes `directory/bundle`; gives its last line."""
    service = SERVICES["first-version"]
    with running(
        api_image,
        directory,
        {**service["environment"], "VOXPOP_REGISTRY__ENDPOINT_URL": url},
        port_variable="VOXPOP_API_PORT",
        options=["--entrypoint=python", f"--volume={directory / 'bundle'}:/bundle:ro"],
        command=["-c", *service["command"]],
    ) as once:
        until_ended(once)
        return once.logs().strip().rpartition("\n")[2]


def until_ended(container: Container) -> None:
    deadline = time.monotonic() + 60
    while container.runs():
        assert time.monotonic() < deadline, container.logs()
        time.sleep(0.05)


@contextmanager
def s3_service(directory: Path) -> Iterator[str]:
    """Run the command of the service `s3` with this environment's server, at free ports."""
    directory.mkdir()
    port = free_ports()
    service = SERVICES["s3"]
    changed = ("-dir=", "-ip=", "-ip.bind=", "-s3.port=")
    options = [option for option in service["command"] if not option.startswith(changed)]
    options += [f"-dir={directory}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.port={port}"]
    options += [
        f"-{name}.port={port + 1 + place}"
        for place, name in enumerate(("master", "volume", "filer", "admin"))
    ]
    options += [f"-s3.port.iceberg={free_port()}", "-s3.port.lance=0"]
    with (directory / "log.txt").open("wb") as log:
        server = subprocess.Popen(
            [weed(), *options],
            cwd=directory,
            env=os.environ | service["environment"],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not refuses_strangers(url):
            assert server.poll() is None, (directory / "log.txt").read_text()
            assert time.monotonic() < deadline, (directory / "log.txt").read_text()
            time.sleep(0.1)
        yield url
    finally:
        server.kill()
        server.wait()


def refuses_strangers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return False
    except urllib.error.HTTPError as error:
        with error:
            return error.code == 403
    except OSError:
        return False
