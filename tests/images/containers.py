"""Builds the images by buildah and runs them by podman, as locked up as a platform would."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
BASE_IMAGE = "localhost/voxpop-test/python:3.12"  # kept, as making it takes most of a minute
TOOLS = ("buildah", "docker-registry", "make", "mmdebstrap", "openssl", "podman", "runc")
LOCKED_UP = (
    "--read-only",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    "--tmpfs=/tmp",
    "--memory=512m",
    "--memory-swap=512m",
)
_PODMAN = ("podman", "--runtime", shutil.which("runc") or "runc", "--cgroup-manager", "cgroupfs")
# Limits above those of this process may be refused; timers of systemd may be missing.
_HERE = ("--network=host", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024")
_WAIT_S = 60.0


def need_tools() -> None:
    """Skip where no container can be built or run."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"building and running images needs root and {', '.join(missing or TOOLS)}")


def make_base_image() -> None:
    """Make the stand-in of the base image, unless an earlier run has left it."""
    if subprocess.run(["buildah", "inspect", BASE_IMAGE], capture_output=True).returncode != 0:
        maker = Path(__file__).with_name("base_image.sh")
        subprocess.run([str(maker), BASE_IMAGE, _python()], check=True)


def build(name: str, scratch: Path) -> str:
    """Build an image by `make images`; gives its name."""
    secret = scratch / "pip.conf"  # the stand-in trusts what this machine trusts
    secret.write_text("[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n", encoding="utf-8")
    subprocess.run(
        [
            "make",
            "images",
            "ENGINE=buildah",
            f"IMAGES={name}",
            "IMAGE_PREFIX=localhost/voxpop-test/",
            "IMAGE_TAG=0123abc",
            "IMAGE_SOURCE=https://git.example/voxpop",
            f"BASE_IMAGE={BASE_IMAGE}",
            f"IMAGE_ARGS=--layers --network=host --secret=id=pip.conf,src={secret}",
        ],
        cwd=CHECKOUT,
        env=os.environ | {"BUILDAH_ISOLATION": "chroot"},
        check=True,
    )
    return f"localhost/voxpop-test/{name}:0123abc"


def derive(image: str, name: str, **variables: str) -> None:
    """Make another image of one, in which these variables are set."""
    container = _out("buildah", "from", "--pull-never", image).strip()
    try:
        for variable, value in variables.items():
            _out("buildah", "config", f"--env={variable}={value}", container)
        _out("buildah", "commit", "--quiet", "--format=docker", container, name)
    finally:
        _out("buildah", "rm", container)


def pull(image: str, login: str) -> None:
    """Fetch an image from a registry on this machine as `USER:PASSWORD`."""
    _out(*_PODMAN, "pull", "--quiet", "--tls-verify=false", f"--creds={login}", image)


def forget(*images: str) -> None:
    """Remove images by these names; what has another name stays."""
    _out(*_PODMAN, "rmi", "--ignore", *images)


def inspect(image: str) -> dict[str, Any]:
    """Give what an image says of itself."""
    told = _out("buildah", "inspect", "--type=image", image)
    config: dict[str, Any] = json.loads(told)["Docker"]["config"]
    return config


def megabytes(image: str) -> float:
    """Give the size of all layers of an image, as they lie on a disk."""
    told = json.loads(_out(*_PODMAN, "image", "inspect", image))
    return float(told[0]["Size"]) / 1e6


@contextmanager
def mounted(image: str) -> Iterator[Path]:
    """Give the files of an image."""
    path = _out(*_PODMAN, "image", "mount", image).strip()
    try:
        yield Path(path)
    finally:
        _out(*_PODMAN, "image", "unmount", image)


@dataclass(frozen=True)
class Container:
    """A container that was started.

    Attributes:
        name: its id.
        url: where its port is.
        started: when it was, on the monotonic clock.
    """

    name: str
    url: str
    started: float

    def logs(self) -> str:
        done = subprocess.run([*_PODMAN, "logs", self.name], capture_output=True, encoding="utf-8")
        return done.stdout + done.stderr

    def runs(self) -> bool:
        return _out(*_PODMAN, "inspect", "--format={{.State.Running}}", self.name).strip() == "true"

    def until(self, path: str, status: int = 200) -> float:
        """Wait for an answer of this status; gives the seconds since the start."""
        while (found := self.status(path)) != status:
            assert self.runs(), self.logs()
            assert time.monotonic() < self.started + _WAIT_S, f"{path}: {found}\n{self.logs()}"
            time.sleep(0.02)
        return time.monotonic() - self.started

    def status(self, path: str) -> int | None:
        """Give the status of an answer, or None when nothing listens."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return None

    def healthy(self) -> bool:
        """Run the image's own health check."""
        done = subprocess.run(
            [*_PODMAN, "healthcheck", "run", self.name], capture_output=True, timeout=30
        )
        return done.returncode == 0

    def run(self, *command: str) -> str:
        """Run a command inside; gives what it prints."""
        return _out(*_PODMAN, "exec", self.name, *command)

    def stop(self) -> tuple[int, float]:
        """Send SIGTERM, and SIGKILL ten seconds later; gives the exit status and the seconds."""
        start = time.monotonic()
        _out(*_PODMAN, "stop", "--time=10", self.name)
        status = _out(*_PODMAN, "inspect", "--format={{.State.ExitCode}}", self.name)
        return int(status), time.monotonic() - start


@contextmanager
def running(
    image: str,
    scratch: Path,
    variables: Mapping[str, str],
    *,
    port_variable: str,
    options: Sequence[str] = (),
    command: Sequence[str] = (),
) -> Iterator[Container]:
    """Run an image locked up, at a free port of this machine; remove the container in the end."""
    port = free_port()
    given = {**variables, port_variable: str(port)}
    environment = [f"--env={name}={value}" for name, value in given.items()]
    settled = [*environment, *options, image, *command]
    start = time.monotonic()
    done = subprocess.run(
        [*_PODMAN, "run", "--detach", "--pull=never", *_HERE, *LOCKED_UP, *settled],
        cwd=scratch,  # what watches a container leaves a file there when its memory is used up
        capture_output=True,
        encoding="utf-8",
    )
    name = done.stdout.strip()
    assert name, done.stderr
    try:
        yield Container(name, f"http://127.0.0.1:{port}", start)
    finally:
        _out(*_PODMAN, "rm", "--force", "--time=0", name)


def run_on_a_volume(image: str, *command: str) -> str:
    """Run a command of an image where /tmp is no tmpfs but a volume, as on Fargate."""
    locked_up = [one for one in LOCKED_UP if one != "--tmpfs=/tmp"]
    options = ["--rm", "--pull=never", "--read-only-tmpfs=false", *_HERE, *locked_up]
    entry = f"--entrypoint={command[0]}"
    return _out(*_PODMAN, "run", *options, entry, image, *command[1:])


def free_port() -> int:
    """Give a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _python() -> str:
    return sys.executable if sys.version_info[:2] == (3, 12) else "python3.12"


def _out(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout
