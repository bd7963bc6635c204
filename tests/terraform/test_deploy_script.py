"""What `make deploy`, `smoke-test` and `rollback` say before anything is asked of AWS.

What they do is in tests/images/test_delivery.py.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.checkout import copy_checkout
from tests.terraform.stage import clean_environment


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_checkout(tmp_path / "checkout")


@pytest.mark.parametrize(
    ("target", "key", "said"),
    [
        ("deploy", "", "SMOKE_KEY is not set"),
        ("deploy", "vp_key", "run make push-images"),
        ("rollback", "vp_key", "there is nothing to go back to"),
        ("smoke-test", "vp_key", "STATE_BUCKET is not set"),
    ],
)
def test_what_is_missing_is_told(checkout: Path, target: str, key: str, said: str) -> None:
    done = subprocess.run(
        ["make", target],
        cwd=checkout,
        env=clean_environment() | {"SMOKE_KEY": key},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode != 0
    assert said in done.stderr
    assert not (checkout / "terraform/app/.terraform").exists()


def test_the_images_of_now_are_nothing_to_go_back_to(checkout: Path) -> None:
    delivery = checkout / "build/delivery"
    delivery.mkdir(parents=True)
    for name in ("before", "images"):
        (delivery / f"{name}.tfvars.json").write_text('{"image_api":"x"}\n', encoding="utf-8")
    done = subprocess.run(
        ["make", "rollback"],
        cwd=checkout,
        env=clean_environment() | {"SMOKE_KEY": "vp_key"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode != 0
    assert "the same images were deployed before" in done.stderr
