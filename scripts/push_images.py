"""Pushes the images of the API and of the page, and writes down their digests.

    python scripts/push_images.py --engine docker --prefix REGISTRY/ecr- --tag COMMIT

An image that is in the registry under its tag is not pushed again: a tag never moves. One for
another platform is refused, as none of its programs would start. The digests, as the registry has
them, go to build/delivery/images.tfvars.json, which scripts/deploy.sh hands to Terraform; the tag
goes to build/delivery/revision. It logs in to ECR by the AWS command line, and elsewhere as
REGISTRY_USER with REGISTRY_PASSWORD, if they are set. The standard library suffices.
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
WRITTEN = Path(__file__).parents[1] / "build" / "delivery"
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

    def manifest(self, repository: str, tag: str) -> bytes | None:
        """Ask for the manifest of what is there under a tag; its digest is the image's."""
        return self._get(f"{repository}/manifests/{tag}")

    def platforms(self, repository: str, manifest: bytes) -> list[str]:
        """Tell what an image runs on, such as linux/amd64: an index names several images."""
        told = json.loads(manifest)
        if "manifests" in told:
            found = [one.get("platform", {}) for one in told["manifests"]]
        else:
            digest = told["config"]["digest"]
            found = [json.loads(self._get(f"{repository}/blobs/{digest}") or "{}")]
        return [f"{one.get('os')}/{one.get('architecture')}" for one in found]

    def _get(self, path: str) -> bytes | None:
        scheme = "http" if self._local else "https"
        url = f"{scheme}://{self.host}/v2/{path}"
        request = urllib.request.Request(url, headers={"Accept": ", ".join((*MANIFESTS, "*/*"))})
        if self.login is not None:
            word = base64.b64encode(":".join(self.login).encode()).decode()
            request.add_unredirected_header("Authorization", f"Basic {word}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found: bytes = answer.read()
                return found
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


def push(engine: str, prefix: str, tag: str, platform: str) -> dict[str, str]:
    """Have both images for a platform in the registry; gives their names, by digest."""
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
        manifest, how = registry.manifest(repository, tag), "is there already"
        if manifest is None:
            registry.push(f"{host}/{repository}:{tag}")
            manifest, how = registry.manifest(repository, tag), "was pushed"
        if manifest is None:
            raise NotPushedError(f"{host}/{repository} has no {tag}, though it was pushed")
        if platform not in (found := registry.platforms(repository, manifest)):
            raise NotPushedError(
                f"{host}/{repository}:{tag} {how}, and is for {', '.join(found)}, not {platform}: "
                "its tag never moves, so delete it there, or commit and build anew"
            )
        digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
        print(f"{repository}:{tag} {how}: {digest}")
        pushed[f"image_{image}"] = f"{host}/{repository}@{digest}"
    return pushed


def main() -> None:
    """Push, and write down what was pushed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", required=True, help="docker, podman or buildah")
    parser.add_argument("--prefix", required=True, help="what stands before api and frontend")
    parser.add_argument("--tag", required=True, help="the tag, which names the commit")
    parser.add_argument("--platform", default="linux/amd64", help="what they have to run on")
    told = parser.parse_args()
    try:
        pushed = push(told.engine, told.prefix, told.tag, told.platform)
    except NotPushedError as error:
        sys.exit(f"push_images.py: {error}")
    WRITTEN.mkdir(parents=True, exist_ok=True)
    written = json.dumps(pushed, separators=(",", ":")) + "\n"
    (WRITTEN / "images.tfvars.json").write_text(written, encoding="utf-8")
    (WRITTEN / "revision").write_text(f"{told.tag}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
