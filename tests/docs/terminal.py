"""Runs the blocks of a page in one terminal session, as a reader would."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from tests.docs.blocks import Block, typed

_SEPARATOR = "\x1e"

# What a page serves is ended in order when the page ends, and in any case when the session does.
_SERVE = """VOXPOP_API_PORT={port} VOXPOP_UI_PORT={port} {command} > {log} 2>&1 &
__server=$!
__servers="$__servers $__server"
trap 'kill $__servers 2>/dev/null' EXIT
python {until_ready} {url} $__server
__ready=$?
cat {log}
(exit $__ready)"""
_STOP = "kill -TERM $__server && wait $__server"
_UNTIL_READY = """
import os, sys, time, urllib.error, urllib.request
url, server = sys.argv[1], int(sys.argv[2])
end = time.monotonic() + 60
while time.monotonic() < end:
    try:
        urllib.request.urlopen(url, timeout=10)
        sys.exit(0)
    except OSError:
        os.kill(server, 0)
        time.sleep(0.05)
sys.exit(f"{url} never answered")
"""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that the session does; `shown` is None where nothing is compared."""

    where: str
    command: str
    shown: str | None = None


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What came of a step: its exit status, and stdout and stderr as a terminal mixes them."""

    step: Step
    status: int
    output: str


def steps(blocks: Sequence[Block], scratch: Path) -> Iterator[Step]:
    """Turn blocks into commands; programs and files are kept below `scratch` until then."""
    ports = dict(_free_ports(blocks))
    served: Block | None = None
    for number, block in enumerate(blocks):
        where = f"{block.page.name}:{block.line}"
        kept = scratch / f"block-{number}.py"
        kind = block.marker.kind if block.marker else None
        value = block.marker.value if block.marker else ""
        text, value = _on(ports, block.text), _on(ports, value)
        if kind == "not run":
            continue
        if kind == "run as":
            yield Step(where=where, command=value)
        elif kind == "file":
            kept.write_text(text, encoding="utf-8")
            into = shlex.quote(value)
            copy = f"cp {shlex.quote(str(kept))} {into}"
            yield Step(where=where, command=f'mkdir -p "$(dirname {into})" && {copy}')
        elif block.language == "python":
            kept.write_text(text, encoding="utf-8")
            yield Step(where=where, command=f"python {shlex.quote(str(kept))}")
        elif block.language == "console":
            lines = list(typed(replace(block, text=text)))
            for line in lines:
                command = line.command
                if kind == "serves" and line is lines[-1]:
                    if served is not None:
                        yield _end_of(served)
                    served = block
                    command = _serve(command, value, scratch)
                yield Step(where=where, command=command, shown=line.shown)
    if served is not None:
        yield _end_of(served)


def _end_of(served: Block) -> Step:
    return Step(where=f"{served.page.name}:{served.line}, its end", command=_STOP)


def _free_ports(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    """Give each port that the blocks serve at, with a port of this machine that is free."""
    for block in blocks:
        if block.marker and block.marker.kind == "serves":
            with socket.create_server(("127.0.0.1", 0)) as free:
                yield str(urlsplit(block.marker.value).port), str(free.getsockname()[1])


def _on(ports: Mapping[str, str], text: str) -> str:
    for shown, free in ports.items():
        text = re.sub(rf"\b{shown}\b", free, text)
    return text


def _serve(command: str, url: str, scratch: Path) -> str:
    until_ready = scratch / "until-ready.py"
    until_ready.write_text(_UNTIL_READY, encoding="utf-8")
    return _SERVE.format(
        command=command,
        port=urlsplit(url).port,
        url=shlex.quote(url),
        log=shlex.quote(str(scratch / "server.log")),
        until_ready=shlex.quote(str(until_ready)),
    )


def run(steps: Sequence[Step], directory: Path, environment: Mapping[str, str]) -> list[Ran]:
    """Run steps in one bash, so that `cd` and `export` last, up to the first that fails.

    A command may fail where the next one is `echo $?`: there the page shows the failure.
    """
    script: list[str] = []
    for step, follower in zip(steps, [*steps[1:], None], strict=True):
        script.append(step.command)
        script.append(f"__status=$?; printf '{_SEPARATOR}%d{_SEPARATOR}' $__status")
        if follower is None or follower.command != "echo $?":
            script.append("[ $__status -eq 0 ] || exit 0")
        script.append("(exit $__status)")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", "\n".join(script)],
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    pieces = done.stdout.split(_SEPARATOR)
    return [
        Ran(step=step, status=int(status), output=output)
        for step, output, status in zip(steps, pieces[0::2], pieces[1::2], strict=False)
    ]


def newcomer(scratch: Path) -> dict[str, str]:
    """Give the environment of a person with an empty home and the project's commands on PATH."""
    ours = ("VOXPOP_", "TF_", "HF_", "KERAS_", "COV_", "PYTEST_", "MAKE", "MFLAGS")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return environment | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]]),
        "HOME": str(scratch / "home"),
        "VOXPOP_HOME": str(scratch / "home" / "voxpop"),
        "HF_HUB_OFFLINE": "1",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }


def copy_of_checkout(checkout: Path, into: Path) -> None:
    """Copy what a clone would hold, so that a page may write where its reader stands."""
    ignored = (".git", ".venv", ".voxpop-ci", "*_cache", "__pycache__", "build", "dist")
    shutil.copytree(checkout, into, ignore=shutil.ignore_patterns(*ignored, ".hypothesis"))


def differs(shown: str, printed: str) -> bool:
    """Tell whether the output that a page shows is not what was printed.

    A line `...` stands for any lines, `...` within a line for any text. Numbers, versions and the
    width of white space may differ: they change with the machine and from run to run.
    """
    pattern = ""
    for line in _loose(shown):
        if line == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(piece) for piece in line.split("...")) + r"\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _loose(printed))) is None


def _loose(text: str) -> list[str]:
    text = re.sub(r"\bv-[0-9a-f]{16}\b", "v-#", text.strip())
    text = re.sub(r"\d+(?:[.,:]\d+)*", "#", text)
    return [" ".join(line.split()) for line in text.splitlines()]
