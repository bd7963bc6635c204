"""Draws what runs at AWS, and who talks to whom, as images/architecture.svg.

The same text makes the same picture, to the byte. Its colours follow the reader's light or dark.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

WIDTH, HEIGHT = 1120, 640
TITLE = "Voxpop on AWS"
DESCRIPTION = (
    "GitHub's workflows take the roles voxpop-ci and voxpop-train and push images, keep reviews "
    "and versions in S3 "
    "and deploy. People open service-frontend, which asks service-api; programs ask service-api, "
    "which reads versions from S3. CloudWatch watches both and tells of alarms by mail."
)

_STYLE = """
  .ground { fill: #ffffff } .account { fill: #f6f7f9; stroke: #8a94a6; stroke-dasharray: 6 4 }
  .stage { fill: #e9edf3; stroke: #b6bfcc } .box { fill: #ffffff; stroke: #5b6b84 }
  .service { fill: #fff4e5; stroke: #b86e00 } .outside { fill: #e8f3ec; stroke: #3d7d57 }
  text { fill: #1c2430; font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
  .name { font-weight: 600; font-size: 14px } .title { font-weight: 600; font-size: 14px }
  .mono { font: 12px ui-monospace, "DejaVu Sans Mono", monospace } .quiet { fill: #4a5568 }
  .line { stroke: #44546a; stroke-width: 1.8; fill: none } .head { fill: #44546a }
  .behind { fill: #f6f7f9 } .on-ground { fill: #ffffff } .on-stage { fill: #e9edf3 }
  @media (prefers-color-scheme: dark) {
    .ground, .on-ground { fill: #0f141b } .account, .behind { fill: #161d27 }
    .account { stroke: #77839a } .stage, .on-stage { fill: #1e2733 } .stage { stroke: #46536a }
    .box { fill: #111821; stroke: #8a9ab5 } .service { fill: #2d2313; stroke: #e0a03c }
    .outside { fill: #14261c; stroke: #6bb78b } text { fill: #e8edf4 } .quiet { fill: #b3bfd0 }
    .line { stroke: #a9b7cc } .head { fill: #a9b7cc }
  }
"""


def architecture() -> str:
    """Give the picture as SVG."""
    drawn = "\n".join(_drawn())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-labelledby="title description">\n'
        f'<title id="title">{TITLE}</title>\n<desc id="description">{escape(DESCRIPTION)}</desc>\n'
        f"<style>{_STYLE}</style>\n"
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
        '<path class="head" d="M0 0 L8 4 L0 8 z"/></marker>\n'
        f"{drawn}\n</svg>\n"
    )


def _drawn() -> Iterator[str]:
    yield _frame("ground", 0, 0, WIDTH, HEIGHT, radius=0)
    yield _frame("account", 240, 16, 864, 608)
    yield _text(256, 40, "AWS account, one region", "title")

    yield _frame("stage", 264, 56, 816, 206)
    yield _text(280, 80, "terraform/infra", "mono")
    yield _text(408, 80, "applied once, by an administrator", "quiet")
    for x, name, *lines in (
        (284, "ecr-api, ecr-frontend", "images in ECR;", "a tag never moves"),
        (482, "Secrets Manager", "digests of API keys,", "the page's key"),
        (680, "s3", "reviews, versions,", "feedback when enabled"),
        (878, "terraform-state", "states and their locks,", "a year of versions"),
    ):
        yield from _box("box", x, 96, name, *lines)
    yield _text(284, 200, "Roles", "title")
    yield _text(340, 200, "voxpop-ci, voxpop-train (by OIDC), git-user: the workflows", "mono")
    yield _text(340, 222, "AppRunnerInstanceRole: the API", "mono")
    yield _text(340, 244, "AppRunnerFrontendInstanceRole: the page", "mono")
    yield _text(700, 222, "AppRunnerECRAccessRole: starts both", "mono")

    yield _frame("stage", 264, 338, 816, 266)
    yield _text(280, 362, "terraform/app", "mono")
    yield _text(392, 362, "applied at every deployment", "quiet")
    yield from _box(
        "service", 284, 396, "service-frontend", "the page (Gradio);", "no rights but its key"
    )
    yield from _box(
        "service", 680, 396, "service-api", "the API (onnxruntime);", "follows the champion"
    )
    yield from _box("box", 680, 512, "Alarms", "of both services,", "told by mail")
    yield from _box(
        "box", 878, 512, "MLOps-Dashboard", "both: CPU, RAM, requests,", "latency, 4xx, 5xx"
    )
    yield _text(284, 572, "Both services run on App Runner, or on ECS", "quiet")
    yield _text(284, 589, "Fargate behind a load balancer.", "quiet")

    yield from _box(
        "outside", 16, 96, "GitHub Actions", "integration, training,", "infrastructure, delivery"
    )
    yield from _box("outside", 16, 396, "People", "a browser: one review,", "or a file of them")
    yield from _box(
        "outside", 16, 512, "Programs", "HTTPS with an API key;", "Open Inference Protocol"
    )

    yield _arrow("M202 131 H262")
    yield _arrow("M400 262 V336")
    yield from _label(400, 300, "images by digest, keys at the start", "behind")
    yield _arrow("M773 262 V394")
    yield from _label(773, 300, "versions down, feedback up", "behind")
    yield _arrow("M202 431 H282")
    yield _arrow("M470 431 H678")
    yield from _label(570, 431, "HTTPS with its key", "on-stage")
    yield _arrow("M202 540 H570 V452 H678")
    yield _arrow("M773 466 V510")
    yield _arrow("M866 431 H971 V510")


def _frame(kind: str, x: int, y: int, width: int, height: int, radius: int = 10) -> str:
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}"/>'


def _text(x: int, y: int, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _box(kind: str, x: int, y: int, name: str, *lines: str) -> Iterator[str]:
    yield _frame(kind, x, y, 186, 70, radius=6)
    yield _text(x + 93, y + 23, name, "name", "middle")
    for place, line in enumerate(lines):
        yield _text(x + 93, y + 42 + 17 * place, line, "quiet", "middle")


def _arrow(path: str) -> str:
    return f'<path class="line" d="{path}" marker-end="url(#head)"/>'


def _label(x: int, y: int, text: str, ground: str) -> Iterator[str]:
    """Write on a line: the ground behind the words is filled."""
    width = 8 * len(text)
    yield f'<rect class="{ground}" x="{x - width // 2}" y="{y - 10}" width="{width}" height="20"/>'
    yield _text(x, y + 5, text, "quiet", "middle")
