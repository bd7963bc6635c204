"""`voxpop data fetch` from a double of the Hub; the real one cannot be reached from the tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.huggingface.hub_double import COMMIT, hub
from voxpop import read_dataset_manifest

FILES = {
    f"data/{split}.csv": b"label,title,content\n0,Bad,It broke.\n1,Good,It works.\n"
    for split in ("train", "test")
}


def fetch(
    url: str, home: Path, *options: str, path: str = "shop/reviews"
) -> subprocess.CompletedProcess[str]:
    settings = [word for option in (f"path={path}", *options) for word in ("--set", option)]
    environment = os.environ | {
        "HF_ENDPOINT": url,
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(home / "huggingface"),
        "VOXPOP_HOME": str(home / "voxpop"),
    }
    target = home / f"data-{len(list(home.iterdir()))}"
    return subprocess.run(
        [sys.executable, "-m", "voxpop_apps.cli", "data", "fetch", str(target), *settings],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def data_sets(home: Path) -> list[Path]:
    return sorted(home.glob("data-*"))


def test_a_data_set_is_fetched_and_found_again_without_the_hub(tmp_path: Path) -> None:
    with hub("shop/reviews", FILES) as url:
        done = fetch(url, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the library datasets fetches all files of 'shop/reviews'") == 1
    (made,) = data_sets(tmp_path)
    manifest = read_dataset_manifest(made)
    assert {name: split.rows for name, split in manifest.splits.items()} == {"train": 2, "test": 2}
    again = fetch(url, tmp_path)
    assert again.returncode == 0, again.stderr
    assert "fetches all files" not in again.stderr  # what was converted is used
    assert f"commit {COMMIT[:12]}, which was read last, is used" in again.stderr
    assert read_dataset_manifest(data_sets(tmp_path)[1]).is_same_data(manifest)


def test_a_data_set_is_streamed(tmp_path: Path) -> None:
    with hub("shop/reviews", FILES) as url:
        done = fetch(url, tmp_path, "streaming=true", f"revision={COMMIT}")
    assert done.returncode == 0, done.stderr
    assert "fetches all files" not in done.stderr


@pytest.mark.parametrize(
    ("path", "options", "status", "message"),
    [
        ("shop/nothing", (), 5, "There is no data set 'shop/nothing'"),
        ("shop/secret", (), 9, "is gated"),
        ("shop/reviews", ("revision=missing",), 5, "no revision 'missing'"),
        ("not a name", (), 5, "'not a name' cannot be read"),
    ],
)
def test_what_the_hub_refuses_is_told_in_one_line(
    tmp_path: Path, path: str, options: tuple[str, ...], status: int, message: str
) -> None:
    with hub("shop/reviews", FILES, gated="shop/secret") as url:
        done = fetch(url, tmp_path, *options, path=path)
    assert done.returncode == status, done.stderr
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert data_sets(tmp_path) == []


def test_no_network_is_told_at_once_in_one_line(tmp_path: Path) -> None:
    done = fetch("http://127.0.0.1:9", tmp_path)
    assert done.returncode == 9
    assert "does not answer" in done.stderr
    assert done.stderr.count("\n") == 1
