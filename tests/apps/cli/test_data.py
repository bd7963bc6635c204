import bz2
import json
import re
import shlex
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.apps.cli.conftest import Voxpop

CSV = "label,title,content\n" + "".join(
    f"{row % 2},Title {row},Content {row}\n" for row in range(6)
)
PAGE = Path(__file__).parents[3] / "docs" / "data.md"
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


def test_the_page_s_command_reads_the_fasttext_files(voxpop: Voxpop, tmp_path: Path) -> None:
    commands = re.findall(r"\$ voxpop ((?:.*\\\n)*.*)", PAGE.read_text(encoding="utf-8"))
    (command,) = [each for each in commands if ".ft.txt" in each]
    lines = [
        f"__label__{row % 2 + 1} Title {row}: it was {['bad', 'good'][row % 2]}: {row}\n"
        for row in range(40)
    ]
    for name, some in (("train", lines), ("test", lines[:4])):
        (tmp_path / f"{name}.ft.txt.bz2").write_bytes(bz2.compress("".join(some).encode()))
    arguments = shlex.split(command.replace("\\\n", " "))
    done = voxpop(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)
    assert manifest["labels"] == ["negative", "positive"]
    assert {name: split["rows"] for name, split in manifest["splits"].items()} == {
        "train": 40,
        "test": 4,
    }
    shard = pyarrow.parquet.read_table(tmp_path / "amazon" / "train" / "00000-of-00001.parquet")
    assert shard.to_pylist()[1] == {"label": 1, "title": "Title 1", "content": "it was good: 1"}


def test_no_folder_of_this_machine_gets_into_the_manifest(voxpop: Voxpop, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "reviews.csv").write_text(CSV)
    for number, path in enumerate((f"{tmp_path}/private/reviews.csv", "private/*.csv")):
        done = voxpop(
            *("data", "fetch", f"data{number}", "--source", "files", "--set", f"train={path}"),
            *("--set", 'title_separator="/"', "--set", LABELS, "--json"),
        )
        assert done.returncode == 0, done.stderr
        options = json.loads(done.stdout)["source"]["options"]
        assert options["train"] == Path(path).name
        assert options["title_separator"] == "/"
        text = (tmp_path / f"data{number}" / "manifest.json").read_text()
        assert str(tmp_path) not in text
        assert "private" not in text


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
