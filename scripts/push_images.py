"""Pushes the images of the API and of the page, and writes down their digests.

    python scripts/push_images.py --engine docker --prefix REGISTRY/ecr- --tag COMMIT

An image that is in the registry under its tag is not pushed again: a tag never moves. The digests,
as the registry has them, go to build/delivery/images.tfvars.json, which scripts/deploy.sh hands to
Terraform. It logs in to ECR by the AWS command line, and elsewhere as REGISTRY_USER with
REGISTRY_PASSWORD, if they are set. The standard library suffices.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

IMAGES = ("api", "frontend")
WRITTEN = Path(__file__).parents[1] / "build" / "delivery" / "images.tfvars.json"
MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)


class NotPushedError(Exception):
    """What could not be pushed, and why."""


@dataclass(frozen=True)
class Registry:
    """A registry, and who speaks to it.

    Attributes:
        host: its name, with its port if it has one.
        engine: what pushes: docker, podman or buildah.
        login: a user and a password, if it wants any.
    """

    host: str
    engine: str
    login: tuple[str, str] | None

    @property
    def _local(self) -> bool:
        return re.fullmatch(r"(127\.[0-9.]+|localhost)(:[0-9]+)?", self.host) is not None

    def _options(self) -> list[str]:
        # Only this machine is spoken to without TLS. Docker does so by itself.
        return ["--tls-verify=false"] if self._local and not self.engine.endswith("docker") else []

    def log_in(self) -> None:
        """Let the engine in."""
        if self.login is not None:
            user, password = self.login
            command = [self.engine, "login", *self._options(), "--username", user]
            run([*command, "--password-stdin", self.host], given=password)

    def push(self, name: str) -> None:
        """Push an image, whose name begins with the registry's."""
        remote = [f"docker://{name}"] if self.engine.endswith("buildah") else []
        run([self.engine, "push", *self._options(), name, *remote])

    def digest(self, repository: str, tag: str) -> str | None:
        """Ask for the digest of what is there under a tag: that of its manifest."""
        scheme = "http" if self._local else "https"
        url = f"{scheme}://{self.host}/v2/{repository}/manifests/{tag}"
        request = urllib.request.Request(url, headers={"Accept": ", ".join(MANIFESTS)})
        if self.login is not None:
            word = base64.b64encode(":".join(self.login).encode()).decode()
            request.add_unredirected_header("Authorization", f"Basic {word}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return "sha256:" + hashlib.sha256(answer.read()).hexdigest()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            told = error.read().decode(errors="replace")[:300]
            raise NotPushedError(f"{url} answers with status {error.code}: {told}") from None
        except OSError as error:
            raise NotPushedError(f"{url} does not answer: {error}") from None


def run(command: list[str], given: str | None = None) -> str:
    """Run a command, whose messages are seen; gives what it prints."""
    try:
        done = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise NotPushedError(f"{command[0]} does not run: {error}") from None
    if done.returncode != 0:
        raise NotPushedError(f"{' '.join(command[:2])} has failed\n{done.stdout}".rstrip())
    return done.stdout


def login_to(host: str) -> tuple[str, str] | None:
    """Find the user and the password of a registry."""
    if found := re.fullmatch(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com", host):
        command = ["aws", "ecr", "get-login-password", "--region", found[1]]
        return "AWS", run(command).strip()
    user, password = os.environ.get("REGISTRY_USER"), os.environ.get("REGISTRY_PASSWORD")
    return (user, password) if user and password else None


def push(engine: str, prefix: str, tag: str) -> dict[str, str]:
    """Have both images in the registry; gives their names, by digest."""
    host, slash, path = prefix.partition("/")
    if not slash or not re.search(r"[.:]|^localhost$", host):
        raise NotPushedError(f"IMAGE_PREFIX={prefix} names no registry, such as HOST/ecr-")
    if tag.endswith("-dirty"):
        raise NotPushedError(f"{tag} names no commit: commit your changes first")
    registry = Registry(host, engine, login_to(host))
    registry.log_in()
    pushed = {}
    for image in IMAGES:
        repository = path + image
        digest, how = registry.digest(repository, tag), "is there already"
        if digest is None:
            registry.push(f"{host}/{repository}:{tag}")
            digest, how = registry.digest(repository, tag), "was pushed"
        if digest is None:
            raise NotPushedError(f"{host}/{repository} has no {tag}, though it was pushed")
        print(f"{repository}:{tag} {how}: {digest}")
        pushed[f"image_{image}"] = f"{host}/{repository}@{digest}"
    return pushed


def main() -> None:
    """Push, and write down what was pushed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", required=True, help="docker, podman or buildah")
    parser.add_argument("--prefix", required=True, help="what stands before api and frontend")
    parser.add_argument("--tag", required=True, help="the tag, which names the commit")
    told = parser.parse_args()
    try:
        pushed = push(told.engine, told.prefix, told.tag)
    except NotPushedError as error:
        sys.exit(f"push_images.py: {error}")
    WRITTEN.parent.mkdir(parents=True, exist_ok=True)
    WRITTEN.write_text(json.dumps(pushed, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
