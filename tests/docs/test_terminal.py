import os
from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.terminal import Step, copy_of_checkout, differs, newcomer, run, steps


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("accuracy 0.853", "accuracy   0.861\n"),
        ("12,000 reviews in 3 s", "9 reviews in 41.5 s"),
        ("v-0123456789abcdef is champion", "v-fedcba9876543210 is champion"),
        ("first\n...\nlast", "first\nsecond\nthird\nlast"),
        ("first\n...\nlast", "first\nlast"),
        ("everything goes below ...", "everything goes below /somewhere/else"),
        ("", "  \n"),
    ],
)
def test_what_changes_from_run_to_run_makes_no_difference(shown: str, printed: str) -> None:
    assert not differs(shown, printed)


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("positive", "negative"),
        ("first", "first\nsecond"),
        ("first\nsecond", "first"),
        ("first\n...\nlast", "last\nfirst"),
        ("a.b", "axb"),
        ("done", ""),
        ("", "Traceback"),
    ],
)
def test_anything_else_does(shown: str, printed: str) -> None:
    assert differs(shown, printed)


def session(directory: Path, *commands: str) -> list[tuple[int, str]]:
    asked = [Step(where="here", command=command) for command in commands]
    return [(ran.status, ran.output) for ran in run(asked, directory, os.environ)]


def test_a_session_remembers_and_mixes_stdout_and_stderr(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    done = session(tmp_path, "cd inside", "WORD=kept", 'echo "$WORD"; pwd >&2')
    assert done == [(0, ""), (0, ""), (0, f"kept\n{tmp_path}/inside\n")]


def test_a_session_ends_at_the_first_failure(tmp_path: Path) -> None:
    assert session(tmp_path, "true", "ls nothing-here 2>/dev/null", "touch after") == [
        (0, ""),
        (2, ""),
    ]
    assert not (tmp_path / "after").exists()


def test_a_failure_that_the_page_shows_goes_on(tmp_path: Path) -> None:
    assert session(tmp_path, "(exit 3)", "echo $?", "true") == [(3, ""), (0, "3\n"), (0, "")]


def test_a_page_becomes_steps(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- file: made/words.txt -->\n```text\nhello\n```\n"
        "```python\nfrom pathlib import Path\nprint(Path('made/words.txt').read_text())\n```\n"
        "<!-- run as: echo small -->\n```console\n$ echo big\nbig\n```\n"
        "<!-- not run: no reason -->\n```console\n$ false\n```\n"
        "```toml\nseed = 1\n```\n"
        "```console\n$ cat made/words.txt\nhello\n```\n",
        encoding="utf-8",
    )
    planned = list(steps(list(blocks(page)), tmp_path))
    assert [step.where for step in planned] == [f"page.md:{n}" for n in (2, 5, 10, 21)]
    done = run(planned, tmp_path, newcomer(tmp_path))
    assert [ran.output for ran in done] == ["", "hello\n\n", "small\n", "hello\n"]
    assert [ran.step.shown for ran in done] == [None, None, None, "hello"]


SERVER = """<!-- file: server.py -->
```python
import http.server, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(STATUS))
server = http.server.HTTPServer(("127.0.0.1", 8000), http.server.SimpleHTTPRequestHandler)
print("it serves at 8000", flush=True)
server.serve_forever()
```
<!-- serves: http://127.0.0.1:8000/server.py -->
```console
$ python server.py
it serves at 8000
```
```python
from urllib.request import urlopen
print(urlopen("http://127.0.0.1:8000/server.py").status)
```
"""


@pytest.mark.parametrize("status", [0, 4])
def test_what_a_page_serves_is_asked_and_ended(tmp_path: Path, status: int) -> None:
    page = tmp_path / "page.md"
    page.write_text(SERVER.replace("STATUS", str(status)), encoding="utf-8")
    planned = list(steps(list(blocks(page)), tmp_path))
    assert not any("8000" in step.command for step in planned)  # the port may be taken
    done = run(planned, tmp_path, newcomer(tmp_path))
    assert [ran.status for ran in done] == [0, 0, 0, status]
    assert done[1].output.startswith("it serves at")
    assert done[2].output == "200\n"


def test_what_serves_ends_when_another_begins(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(SERVER.replace("STATUS", "0") * 2, encoding="utf-8")
    planned = list(steps(list(blocks(page)), tmp_path))
    ends = [place for place, step in enumerate(planned) if step.where.endswith("its end")]
    assert len(ends) == 2
    done = run(planned, tmp_path, newcomer(tmp_path))
    assert [ran.status for ran in done] == [0] * len(planned)


def test_a_newcomer_has_no_settings_of_the_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPOP_LOG_LEVEL", "DEBUG")
    environment = newcomer(tmp_path)
    assert "VOXPOP_LOG_LEVEL" not in environment
    assert environment["VOXPOP_HOME"].startswith(str(tmp_path))


def test_a_copy_leaves_environments_behind(tmp_path: Path) -> None:
    (tmp_path / "checkout" / ".venv").mkdir(parents=True)
    (tmp_path / "checkout" / "configs").mkdir()
    copy_of_checkout(tmp_path / "checkout", tmp_path / "copy")
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["configs"]
