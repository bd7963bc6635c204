import json
from pathlib import Path

import pytest

from tests.apps.cli.conftest import Voxpop

CSV = "label,title,content\n" + "".join(
    f"{row % 2},Title {row},Content {row}\n" for row in range(6)
)
LABELS = 'labels={"0"="negative","1"="positive"}'


@pytest.fixture
def fetched(voxpop: Voxpop, tmp_path: Path) -> Path:
    (tmp_path / "reviews.csv").write_text(CSV)
    done = voxpop(
        *("data", "fetch", "data", "--source", "files", "--json"),
        *("--set", "train=reviews.csv", "--set", LABELS),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["splits"]["train"]["rows"] == 6
    return tmp_path / "data"


def test_fetch_push_and_check(voxpop: Voxpop, fetched: Path, tmp_path: Path) -> None:
    assert voxpop("data", "check", fetched).returncode == 0
    store = ("--store", "local", "--set", f"directory={tmp_path / 'store'}", "--json")
    for sent in (1, 0):
        pushed = voxpop("data", "push", fetched, *store)
        assert len(json.loads(pushed.stdout)["sent"]) == sent
    assert json.loads(voxpop("data", "check", *store).stdout)["sound"] is True
    (shard,) = (tmp_path / "store" / "train").iterdir()
    shard.write_bytes(b"x")
    checked = voxpop("data", "check", *store)
    assert checked.returncode == 5
    assert json.loads(checked.stdout)["flaws"] == [
        {"path": f"train/{shard.name}", "kind": "changed"}
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("check",), 2, "Name what to check"),
        (("check", "nowhere"), 5, "holds no data set"),
        (("fetch", "new", "--source", "flies"), 4, "Did you mean 'files'"),
        (("fetch", "new", "--source", "files", "--set", "trian=x"), 3, "Did you mean 'train'"),
        (("fetch", "new", "--source", "files", "--set", "train"), 3, "--set"),
        (("push", "nowhere", "--store", "local"), 5, "holds no data set"),
    ],
)
def test_mistakes(voxpop: Voxpop, arguments: tuple[str, ...], status: int, message: str) -> None:
    done = voxpop("data", *arguments)
    assert done.returncode == status, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
