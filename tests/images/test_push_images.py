"""`make push-images` with a real registry: a tag never moves, and digests are the registry's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.checkout import copy_checkout
from tests.images.containers import forget, need_tools
from tests.images.image_registry import PASSWORD, USER, image_registry

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    need_tools()
    with image_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


@pytest.fixture
def variables(registry: str, tmp_path: Path) -> dict[str, str]:
    return {
        "ENGINE": "buildah",
        "IMAGE_PREFIX": f"{registry}/ecr-",
        "IMAGE_TAG": "0123abc",
        "REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"),
        "REGISTRY_USER": USER,
        "REGISTRY_PASSWORD": PASSWORD,
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_checkout(tmp_path / "checkout")


def push(checkout: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "push-images"],
        cwd=checkout,
        env=os.environ | dict(variables),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def make_images(
    variables: Mapping[str, str], content: str, scratch: Path, platform: str = "linux/amd64"
) -> None:
    """Make both images anew, of one file each."""
    (scratch / "content").write_text(content, encoding="utf-8")
    (scratch / "Dockerfile").write_text("FROM scratch\nCOPY content /\n", encoding="utf-8")
    for image in images(variables):
        subprocess.run(
            [
                *("buildah", "build", "--quiet", "--isolation=chroot"),
                *("--platform", platform, "--tag", image, str(scratch)),
            ],
            check=True,
            capture_output=True,
        )


def images(variables: Mapping[str, str]) -> list[str]:
    return [f"{variables['IMAGE_PREFIX']}{n}:{variables['IMAGE_TAG']}" for n in ("api", "frontend")]


def written(checkout: Path) -> dict[str, str]:
    text = (checkout / "build/delivery/images.tfvars.json").read_text(encoding="utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def test_an_image_is_pushed_once_and_known_by_the_registry_s_digest(
    checkout: Path, variables: dict[str, str], registry: str, tmp_path: Path
) -> None:
    make_images(variables, "first", tmp_path)
    first = push(checkout, variables)
    assert first.returncode == 0, first.stderr
    assert first.stdout.count("was pushed") == 2
    pushed = written(checkout)
    assert list(pushed) == ["image_api", "image_frontend"]
    for name in ("api", "frontend"):
        told = httpx.head(
            f"http://{registry}/v2/ecr-{name}/manifests/0123abc",
            auth=(USER, PASSWORD),
            headers={"Accept": "application/vnd.oci.image.manifest.v1+json"},
        ).headers["Docker-Content-Digest"]
        assert pushed[f"image_{name}"] == f"{registry}/ecr-{name}@{told}"

    assert (checkout / "build/delivery/revision").read_text() == "0123abc\n"
    shutil.rmtree(checkout / "build")
    make_images(variables, "second", tmp_path)
    second = push(checkout, variables)
    assert second.returncode == 0, second.stderr
    assert second.stdout.count("is there already") == 2
    assert written(checkout) == pushed
    forget(*images(variables))


def test_an_image_for_another_platform_is_refused(
    checkout: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    variables["IMAGE_TAG"] = "4567def"
    make_images(variables, "first", tmp_path, platform="linux/arm64")
    for how in ("was pushed", "is there already"):
        done = push(checkout, variables)
        assert done.returncode != 0
        assert f"ecr-api:4567def {how}, and is for linux/arm64, not linux/amd64" in done.stderr
        assert not (checkout / "build").exists()
    done = push(checkout, variables | {"IMAGE_PLATFORM": "linux/arm64"})
    assert done.returncode == 0, done.stderr
    forget(*images(variables))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"IMAGE_TAG": "0123abc-dirty"}, "commit your changes first"),
        ({"IMAGE_PREFIX": "voxpop-"}, "IMAGE_PREFIX=voxpop- names no registry"),
        ({"REGISTRY_PASSWORD": "wrong"}, "buildah login has failed"),
        ({"IMAGE_TAG": "absent"}, "buildah push has failed"),
        ({"REGISTRY_USER": ""}, "answers with status 401"),
    ],
)
def test_what_cannot_be_pushed_is_told(
    checkout: Path, variables: dict[str, str], changed: dict[str, str], said: str
) -> None:
    done = push(checkout, variables | changed)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert not (checkout / "build").exists()
