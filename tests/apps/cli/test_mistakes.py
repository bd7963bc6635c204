"""Every mistake gets one message that says what to do, a documented status and no traceback."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from voxpop_apps.cli.exit_codes import ExitCode

Voxpop = Callable[..., subprocess.CompletedProcess[str]]

FILES_CONFIG = """
[data]
name = "files"
train = ["reviews.csv"]
content_column = "content"
label_column = "label"
[tokenizer]
name = "words"
[model]
name = "word-weights"
"""


def refused(done: subprocess.CompletedProcess[str], code: ExitCode, *says: str) -> str:
    """Check that the program refused as it should, and give its message."""
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, (done.returncode, done.stderr)
    for words in says:
        assert words in done.stderr, done.stderr
    return done.stderr


@pytest.fixture
def files_config(tmp_path: Path) -> Path:
    (tmp_path / "files.toml").write_text(FILES_CONFIG)
    return tmp_path / "files.toml"


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    rows = [
        f"{('bad', 'good')[at % 2]},{('awful', 'excellent')[at % 2]} lamp {at}" for at in range(200)
    ]
    file = tmp_path / "reviews.csv"
    file.write_text("label,content\n" + "\n".join(rows) + "\n")
    return file


def test_a_damaged_version_does_not_hide_the_others(
    voxpop: Voxpop, trained: str, run_config: Path, voxpop_home: Path
) -> None:
    second = voxpop("train", run_config).stdout.strip()
    manifest = voxpop_home / "registry" / "versions" / trained / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_bytes(b"{}")
    done = voxpop("registry", "list")
    refused(done, ExitCode.CORRUPT_BUNDLE, trained, "damaged or forged")
    first, last = done.stdout.splitlines()[1:]
    assert first.startswith(second)
    assert last.split("\t") == [trained, "champion", "damaged", "", "", ""]
    told = json.loads(voxpop("registry", "list", "--json").stdout)
    assert [row["version"] for row in told] == [second, trained]
    assert "damaged or forged" in told[1]["damaged"]


def test_an_alias_that_never_was_has_no_history(voxpop: Voxpop, trained: str) -> None:
    refused(
        voxpop("registry", "history", "champoin"),
        ExitCode.NOT_FOUND,
        "There is no alias 'champoin'. Known aliases: champion",
    )


@pytest.mark.parametrize("command", ["serve", "ui"])
def test_a_port_that_is_none_is_a_mistake_of_the_command_line(voxpop: Voxpop, command: str) -> None:
    refused(voxpop(command, "--port", "99999"), ExitCode.USAGE, "--port", "65535")


def test_five_mistakes_are_five_messages_in_one_go(voxpop: Voxpop, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(
        """
        seed = "many"
        colour = 1
        [data]
        name = "sample-reviews"
        count = -1
        [splits]
        test = 1.5
        [tokenizer]
        name = "words"
        [model]
        name = "word-weight"
        """
    )
    message = refused(
        voxpop("train", "bad.toml"),
        ExitCode.BAD_CONFIG,
        "seed",
        "colour",
        "data.count",
        "splits.test",
        "'word-weights'",
        "sample-plugin 1.0",
        "bad.toml",
    )
    assert "5" in message


def test_a_missing_config(voxpop: Voxpop, run_config: Path) -> None:
    refused(voxpop("train", "rum.toml"), ExitCode.BAD_CONFIG, "rum.toml", "run.toml")


def test_bad_settings(voxpop: Voxpop) -> None:
    done = voxpop("registry", "list", VOXPOP_HOMES="/somewhere")
    refused(done, ExitCode.BAD_CONFIG, "VOXPOP_HOMES", "VOXPOP_HOME")


def test_an_unknown_version(voxpop: Voxpop) -> None:
    refused(voxpop("predict", "fine"), ExitCode.NOT_FOUND, "champion")
    refused(voxpop("registry", "promote", "v-0123456789abcdef"), ExitCode.NOT_FOUND)


def test_usage(voxpop: Voxpop) -> None:
    refused(voxpop("predikt"), ExitCode.USAGE, "predikt")
    refused(voxpop("train"), ExitCode.USAGE, "config")
    refused(voxpop("predict", "fine", "--file", "x"), ExitCode.USAGE, "--file")
    refused(voxpop("predict", "fine", " "), ExitCode.USAGE, "Review 2 of 2 is empty")


def test_a_broken_plugin_breaks_neither_help_nor_what_does_not_need_it(
    voxpop: Voxpop, run_config: Path, tmp_path: Path, site: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(site, broken)
    (broken / "broken_plugin.py").write_text("import not_installed_anywhere\n")
    info = broken / "broken_plugin-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugin\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[voxpop]\nbroken = broken_plugin\n")
    assert voxpop("--help", PYTHONPATH=str(broken)).returncode == 0
    assert voxpop("train", run_config, PYTHONPATH=str(broken)).returncode == 0
    listed = voxpop("plugins", "list", PYTHONPATH=str(broken))
    refused(listed, ExitCode.BROKEN_PLUGIN)
    assert "broken-plugin 2.0" in listed.stdout + listed.stderr
    run_config.write_text(run_config.read_text().replace("word-weights", "broken-model"))
    needed = voxpop("train", run_config, PYTHONPATH=str(broken))
    refused(needed, ExitCode.BAD_CONFIG, "broken-plugin 2.0", "not_installed_anywhere")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "reviews.csv"),
        (b"label,content\n", "No row"),
        (b"label,content\ngood,fine\ngood,great\n", "two classes"),
        ("label,content\ngood,caf\xe9\nbad,meh\n".encode("latin-1"), "reviews.csv"),
        (b"label,text\ngood,fine\nbad,meh\n", "content"),
        (b"label,content\ngood,fine\n,meh\n", "reviews.csv"),
    ],
    ids=["empty file", "no rows", "one class", "wrong encoding", "wrong column", "no label"],
)
def test_data_that_cannot_be_used(
    voxpop: Voxpop, files_config: Path, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "reviews.csv").write_bytes(content)
    done = voxpop("train", files_config)
    message = refused(done, ExitCode.BAD_DATA)
    assert says in message, message
    assert voxpop("registry", "list", "--json").stdout.strip() == "[]"


def test_a_missing_data_file(voxpop: Voxpop, files_config: Path, tmp_path: Path) -> None:
    (tmp_path / "review.csv").write_text("label,content\n")
    refused(voxpop("train", files_config), ExitCode.BAD_DATA, "reviews.csv", "review.csv")


def test_input_that_is_not_utf8(voxpop: Voxpop, trained: str) -> None:
    done = voxpop("predict", stdin=b"excellent\ncaf\xe9\n")
    refused(done, ExitCode.BAD_DATA, "stdin, line 2", "0xe9")


def test_a_damaged_version(voxpop: Voxpop, trained: str, voxpop_home: Path) -> None:
    (file,) = (voxpop_home / "registry").rglob("weights.npz")
    stored = bytearray(file.read_bytes())
    stored[len(stored) // 2] ^= 1
    file.write_bytes(stored)
    done = voxpop("predict", "-m", trained, "fine")
    refused(done, ExitCode.CORRUPT_BUNDLE, "weights.npz")


def test_a_file_that_may_not_be_read(voxpop: Voxpop, files_config: Path, reviews: Path) -> None:
    reviews.chmod(0o000)
    # Root reads everything, unless the process gives that power up first.
    powerless = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    done = voxpop("train", files_config, before=powerless if os.geteuid() == 0 else ())
    refused(done, ExitCode.BAD_DATA, "reviews.csv", "ermission")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk(
    voxpop: Voxpop, files_config: Path, reviews: Path, small_disk: Path, run_config: Path
) -> None:
    home = small_disk / "home"
    assert voxpop("train", run_config, VOXPOP_HOME=str(home)).returncode == 0
    filler = small_disk / "filler"
    room = shutil.disk_usage(small_disk).free
    filler.write_bytes(b"\0" * (room - 4096 * 2))
    done = voxpop("train", files_config, VOXPOP_HOME=str(home))
    refused(done, ExitCode.STORE)
    assert voxpop("registry", "list", VOXPOP_HOME=str(home)).returncode == 0
    filler.unlink()
    assert voxpop("train", files_config, VOXPOP_HOME=str(home)).returncode == 0


def test_ctrl_c_leaves_nothing_half_written(
    program: list[str],
    environment: dict[str, str],
    run_config: Path,
    tmp_path: Path,
    voxpop: Voxpop,
    voxpop_home: Path,
) -> None:
    # A shell that starts its jobs in the background has them ignore SIGINT; this one must not.
    interruptible = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from voxpop_apps.cli.main import main; main()"
    )
    running = subprocess.Popen(
        [program[0], "-c", interruptible, "train", run_config, "--set", "model.epochs=1000000"],
        env=environment,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    for line in running.stderr:  # interrupted in the middle of the fit
        if line.startswith("  epoch 2/"):
            break
    running.send_signal(signal.SIGINT)
    rest = running.stderr.read()
    assert running.wait(timeout=60) == ExitCode.INTERRUPTED
    running.stderr.close()
    assert "Traceback" not in rest
    assert "nterrupted" in rest
    assert list((voxpop_home / "cache" / "runs").iterdir()) == []
    assert voxpop("registry", "list", "--json").stdout.strip() == "[]"


def test_help_answers_at_once(voxpop: Voxpop) -> None:
    """Guards against a heavy import at the top of a command; the true bar is in benchmarks."""
    done = voxpop("--help", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert not imported & {"voxpop", "numpy", "pydantic", "rich", "tensorflow", "keras", "datasets"}
