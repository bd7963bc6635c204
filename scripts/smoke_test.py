"""Asks a deployed API, and its page, whether they really answer; the standard library suffices.

    python scripts/smoke_test.py https://api.example.com --page https://page.example.com

With --revision and --version it waits until what answers was built from that commit, and serves
that version: several times in a row, as a load balancer asks the containers of before for a while.
The page must reach its API. The key comes from SMOKE_KEY. Exit code 0: all answered as they should;
1: one did not.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

KEY = "SMOKE_KEY"
REVIEW = {"title": "A waste of money", "content": "Badly made, and the zip broke in a week."}
IN_A_ROW = 5
PASSING = (429, 502, 503)  # what a busy API says, and a load balancer that changes containers
PASSING_S = 30


class NotServingError(Exception):
    """What did not answer as it should, and how it answered."""


def ask(url: str, body: dict[str, str] | None = None, by: str = "bearer") -> tuple[int, bytes]:
    """Return the status and the body of an answer; status 0 when nothing answers.

    The page takes a key as a browser sends it: `by` is "basic" there.
    """
    request = urllib.request.Request(
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    if key := os.environ.get(KEY):
        basic = base64.b64encode(f"smoke:{key}".encode()).decode()
        told = f"Basic {basic}" if by == "basic" else f"Bearer {key}"
        request.add_header("Authorization", told)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError as error:  # no connection, a name nobody knows, a time-out
        return 0, str(error).encode()


def wait_until_ready(url: str, wait_s: float) -> None:
    """Wait until a version is loaded and serves."""
    end = time.monotonic() + wait_s
    while True:
        status, body = ask(f"{url}/health/ready")
        if status == 200:
            return
        if time.monotonic() > end:
            raise NotServingError(
                f"{url} is not ready after {wait_s:.0f} s: status {status}: {shown(body)}"
            )
        time.sleep(1)


def wait_until_healthy(
    url: str, wanted: Mapping[str, str], wait_s: float, by: str = "bearer"
) -> None:
    """Wait until its health says all that is wanted, several times in a row."""
    end, row = time.monotonic() + wait_s, 0
    while row < IN_A_ROW:
        status, body = ask(f"{url}/health", by=by)
        try:
            told = json.loads(body) if status == 200 else {}
        except ValueError:  # something else answers there
            told = {}
        if all(told.get(name) == value for name, value in wanted.items()):
            row += 1
            continue
        if time.monotonic() > end:
            hoped = ", ".join(f"{name} {value}" for name, value in wanted.items())
            raise NotServingError(
                f"{url}/health does not say {hoped} after {wait_s:.0f} s: "
                f"status {status}: {shown(body)}"
            )
        row = 0
        time.sleep(1)


def check_answer(url: str) -> dict[str, Any]:
    """Have one review judged, and check that the answer is whole."""
    end = time.monotonic() + PASSING_S
    while True:
        status, body = ask(f"{url}/predict", REVIEW)
        if status not in PASSING or time.monotonic() > end:
            break
        time.sleep(1)
    if status != 200:
        raise NotServingError(f"{url}/predict answers with status {status}: {shown(body)}")
    answer: dict[str, Any] = json.loads(body)
    if answer["confidence"] != max(answer["probabilities"].values(), default=None):
        raise NotServingError(f"{url}/predict gives no whole answer: {shown(body)}")
    return answer


def check_page(url: str) -> None:
    """Check that the page is there."""
    status, body = ask(url, by="basic")
    if status != 200 or b"Voxpop" not in body:
        raise NotServingError(f"{url} is not the page: status {status}")


def shown(body: bytes) -> str:
    """Give the beginning of an answer."""
    return body.decode(errors="replace")[:300]


def main() -> None:
    """Ask, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("api", help="the API's address")
    parser.add_argument("--page", help="the page's address")
    parser.add_argument("--revision", help="the commit that both must be built from")
    parser.add_argument("--version", help="the version that must serve")
    wait_s = os.environ.get("SMOKE_WAIT_S", "300")
    parser.add_argument(
        "--wait",
        type=float,
        default=wait_s,
        help="seconds to wait for each of these (SMOKE_WAIT_S)",
    )
    told = parser.parse_args()
    api = told.api.rstrip("/")
    built = {"revision": told.revision} if told.revision else {}
    serves = {"version": told.version} if told.version else {}
    try:
        wait_until_ready(api, told.wait)
        if built | serves:
            wait_until_healthy(api, built | serves, told.wait)
        answer = check_answer(api)
        if told.page:
            page = told.page.rstrip("/")
            check_page(page)
            wait_until_healthy(page, {"status": "ok"} | built, told.wait, by="basic")
    except NotServingError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    print(f"{api} serves {answer['version']}: {answer['label']} ({answer['confidence']:.2f})")


if __name__ == "__main__":
    main()
