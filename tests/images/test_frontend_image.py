"""The image of the page: starts locked up, asks the API over HTTP, stops when told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.images.containers import inspect, megabytes, mounted, run_on_a_volume, running
from voxpop_apps.web.keys import new_key

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LARGEST_MB = 850
FORBIDDEN = ("tensorflow", "keras", "torch", "jax", "onnxruntime", "sklearn", "datasets", "pip")


def test_a_volume_at_tmp_can_be_written_to(frontend_image: str) -> None:
    assert list(inspect(frontend_image)["Volumes"]) == ["/tmp"]
    run_on_a_volume(frontend_image, "python", "-c", "open('/tmp/one', 'w').close()")


def test_the_image_says_what_it_is(frontend_image: str) -> None:
    config = inspect(frontend_image)
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["voxpop"]
    assert config["Cmd"] == ["ui"]
    assert list(config["ExposedPorts"]) == ["7860/tcp"]
    assert config["Healthcheck"]["Test"][0] == "CMD"
    variables = dict(entry.split("=", 1) for entry in config["Env"])
    assert variables["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert variables["HF_HUB_OFFLINE"] == "1"
    assert variables["VOXPOP_UI_REVISION"] == "0123abc"
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()}
    assert labels["revision"] == "0123abc"
    assert labels["version"] == "0.1.0"


def test_the_image_holds_the_page_and_nothing_else(
    frontend_image: str, tell: Callable[[str], None]
) -> None:
    size = megabytes(frontend_image)
    tell(f"frontend image: {size:.0f} MB")
    assert size <= LARGEST_MB
    with mounted(frontend_image) as root:
        libraries = {path.name for path in (root / "opt/voxpop/libraries").iterdir()}
        assert {"gradio", "httpx", "pandas"} <= libraries
        assert not libraries & set(FORBIDDEN)
        assert not list(root.glob("usr/local/bin/pip*"))


def test_the_page_is_served_locked_up(
    frontend_image: str, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    given = {"VOXPOP_UI_KEYS": new_key("anna")[1]}
    with running(frontend_image, tmp_path, given, port_variable="VOXPOP_UI_PORT") as page:
        tell(f"start to page: {page.until('/health/live'):.2f} s")
        assert page.healthy()
        assert page.status("/") == 401
        status, seconds = page.stop()
        assert status == 0, page.logs()
    tell(f"stop: {seconds:.2f} s")
    assert seconds < 9


def test_without_keys_it_lets_nobody_in_and_says_why(frontend_image: str, tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="nothing says who may see it"),
        running(frontend_image, tmp_path, {}, port_variable="VOXPOP_UI_PORT") as page,
    ):
        page.until("/health/live")
