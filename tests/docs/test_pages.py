"""Every page does what it says: its blocks are run, its links lead somewhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.docs.blocks import Block, blocks, typed
from tests.docs.terminal import Step, copy_of_checkout, differs, newcomer, run, steps

CHECKOUT = Path(__file__).parents[2]
PAGES = sorted(
    [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")], key=lambda page: page.as_posix()
)
# What no machine without a network, or in minutes, can run; everything else that a page leaves out
# is a step of .ci/run.
RUN_BY_HAND = {"make bench", "make lock", "make lock UPGRADE=--upgrade", "make test-slow"}
# These need an engine of containers: `make test-images` builds and runs the same.
IN_CONTAINERS = {
    "docker compose up --build",
    "docker run --read-only --tmpfs /tmp --cap-drop=all --security-opt=no-new-privileges \\",
    "make images",
    "make images ENGINE=podman BASE_IMAGE=python:3.12-slim@sha256:... "
    "IMAGE_PREFIX=registry.example/voxpop-",
    "make train",
    "voxpop api-key new shop --file keys",
}
# These ask AWS, or Terraform's registry: tests/terraform runs the same against moto.
AT_AWS = {
    "export AWS_REGION=eu-west-1 STATE_BUCKET=my-state DATA_BUCKET=my-data",
    'export PATH="$PWD/.venv/py3.12/bin:$PATH" # with the number of your Python',
    "terraform -chdir=terraform/app providers lock -platform=linux_amd64 -platform=darwin_arm64",
    "terraform -chdir=terraform/infra providers lock -platform=linux_amd64 -platform=darwin_arm64",
    "export AWS_REGION=eu-west-1 STATE_BUCKET=my-state STAGE=infra",
    "make terraform-plan",
    "PLAN=$(cat build/terraform/infra.sha256) make terraform-apply",
}
# These ask GitHub for a repository of the reader's own.
AT_GITHUB = {
    'reviewer="$(gh api user --jq .id)"',
    "for name in infrastructure-plan infrastructure training production; do",
    "gh api -X POST repos/OWNER/REPO/environments/production/deployment-branch-policies \\",
}
# These ask the Hub or a bucket of the reader's own; their parts are tested against servers here.
OVER_THE_NETWORK = {
    "VOXPOP_UI_API_KEY=vx_... voxpop ui --api-url https://reviews.example.com",
    "export VOXPOP_REGISTRY__BUCKET=my-models VOXPOP_REGISTRY__PREFIX=voxpop",
    'pip install "voxpop[train,s3]"',
    "voxpop data check --store s3 --set bucket=my-data --set prefix=amazon_polarity",
    "voxpop data check amazon",
    "voxpop data fetch amazon",
    "voxpop data fetch amazon --source files \\",
    "voxpop data fetch imdb --set path=stanfordnlp/imdb",
    "voxpop data fetch shop --source files --set train=reviews.csv",
    "voxpop data push amazon --store s3 --set bucket=my-data --set prefix=amazon_polarity",
    'voxpop predict --registry s3 "Broke in a week."',
    "voxpop train configs/amazon_polarity.toml \\",
}


def page_name(page: Path) -> str:
    return page.relative_to(CHECKOUT).as_posix()


def runnable(page: Path) -> list[Block]:
    return [
        block
        for block in blocks(page)
        if block.language in {"console", "python"} or (block.marker and block.marker.kind == "file")
    ]


def does_something(page: Path) -> bool:
    return any(not (b.marker and b.marker.kind == "not run") for b in runnable(page))


def left_out() -> Iterator[tuple[str, str]]:
    """Give the commands that pages show and this module does not run, each with its place."""
    for page in PAGES:
        for block in runnable(page):
            if block.marker and block.marker.kind in {"run as", "not run"}:
                for line in typed(block):
                    yield line.command.partition("\n")[0], f"{page_name(page)}:{block.line}"


@pytest.fixture
def s3() -> Iterator[str]:
    """Serve S3 on this machine; gives its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def environment(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """Give a newcomer's environment, with the buckets that the page speaks of."""
    environment = newcomer(tmp_path)
    text = page.read_text(encoding="utf-8")
    buckets = set(re.findall(r"^\$ export \w+_BUCKET=(\S+)$", text, flags=re.M))
    if buckets:
        environment |= {
            "AWS_ENDPOINT_URL": request.getfixturevalue("s3"),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        client = boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            region_name="us-east-1",
        )
        for bucket in buckets:
            client.create_bucket(Bucket=bucket)
    return environment


@pytest.mark.timeout(600)
@pytest.mark.parametrize("page", [p for p in PAGES if does_something(p)], ids=page_name)
def test_a_page_does_what_it_shows(page: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    standing = tmp_path / "voxpop"
    copy_of_checkout(CHECKOUT, standing)
    (tmp_path / "home").mkdir()
    planned: list[Step] = list(steps(runnable(page), tmp_path))
    done = run(planned, standing, environment)
    shutil.rmtree(tmp_path / "home")
    for ran, following in zip(done, [*planned[1:], None], strict=False):
        said = f"{ran.step.where}\n$ {ran.step.command}\n{ran.output}"
        shows_failure = following is not None and following.command == "echo $?"
        assert ran.status == 0 or shows_failure, f"{said}\nended with status {ran.status}"
        if ran.step.shown:
            assert not differs(ran.step.shown, ran.output), (
                f"{said}\nbut the page shows:\n{ran.step.shown}"
            )
    assert len(done) == len(planned)


def test_what_pages_leave_out_is_run_by_ci() -> None:
    script = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")
    elsewhere = RUN_BY_HAND | OVER_THE_NETWORK | IN_CONTAINERS | AT_AWS | AT_GITHUB
    by_ci = {f"make {target}" for target in re.findall(r'make PYTHON="python\$v" ([\w-]+)', script)}
    unchecked = {
        place: command
        for command, place in left_out()
        if re.sub(r" PYTHON=python3\.1[123]\b", "", command) not in by_ci | elsewhere
    }
    assert not unchecked, f"neither run here nor by .ci/run: {unchecked}"


def test_commands_stand_in_blocks_that_are_run() -> None:
    unseen = [
        f"{page_name(page)}:{block.line}"
        for page in PAGES
        for block in blocks(page)
        if block.language in {"bash", "sh", "shell", "py", "pycon"} and block.marker is None
    ]
    assert not unseen, f"write ```console or ```python, which are run: {unseen}"


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    broken = [
        link
        for link in re.findall(r"\]\(([^)\s]+)\)", text)
        if "://" not in link and not leads_somewhere(page, link)
    ]
    assert not broken


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.is_relative_to(CHECKOUT) or not target.exists():
        return False
    return not anchor or anchor in anchors(target)


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, by the rule that code hosts use."""
    headings = re.findall(r"^#+ +(.+?) *$", page.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
