"""Whatever a caller sends where texts are taken, the server does not fail."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api_client import serving
from voxpop.testing import STRANGE_TEXTS

HEADERS = {"Content-Type": "application/json"}
INFER = "/v2/models/voxpop/infer"
STRANGE = [*STRANGE_TEXTS.values(), "a\0b", "\ud800", "cut within an emoji \ud83d", "\u202eتحفة"]
MEGABYTES = ["word " * 200_000, "x" * 1_000_000, "👩‍👩‍👧" * 15_000]

any_character = st.characters(exclude_categories=())  # lone surrogates too
any_text = st.text(any_character) | st.sampled_from(STRANGE)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(any_text, inner, max_size=5),
    max_leaves=10,
)
any_elements = st.lists(any_text, max_size=4)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A client of an API that does not poll: Hypothesis forbids that anybody asks for chance."""
    with serving(tmp_path, poll_s=3_600) as client:
        yield client


def whole_tensor(elements: list[str], **more: Any) -> dict[str, Any]:
    tensor = {"name": "text", "shape": [len(elements)], "datatype": "BYTES", **more}
    return {"inputs": [tensor]}


# What is sent to each door, made of a text; `POST /predict/batch` and `/v2` take several.
DOORS: dict[str, Callable[[str], object]] = {
    "/predict": lambda text: {"title": text, "content": text},
    "/predict/batch": lambda text: {"reviews": [{"content": text}, {text: text}, text]},
    "/explain": lambda text: {"title": text, "content": text},
    "/feedback": lambda text: {"label": "positive", "content": text, "comment": text[:4_000]},
    INFER: lambda text: whole_tensor(["lovely", text], data=["lovely", text]),
}


def send(client: TestClient, path: str, body: bytes, **headers: str) -> int:
    """Give the status of an answer that says itself what it is."""
    answer = client.post(path, content=body, headers=HEADERS | headers)
    told = answer.content[: int(answer.headers.get("inference-header-content-length", 10**9))]
    assert isinstance(json.loads(told), dict)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code


def check(property_: Callable[..., None], **strategies: Any) -> None:
    """Let Hypothesis look for what breaks a property."""
    wanted = settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
    wanted(given(**strategies)(property_))()


@pytest.mark.parametrize("path", DOORS)
def test_any_text_is_answered_or_refused(client: TestClient, path: str) -> None:
    def answered(text: str) -> None:
        # Python writes half a character as JavaScript does, as an escape.
        status = send(client, path, json.dumps(DOORS[path](text)).encode())
        assert status in (200, 202, 400, 422), status

    for text in [*STRANGE, *MEGABYTES]:
        answered(text)
    check(answered, text=any_text)


@pytest.mark.parametrize("path", DOORS)
def test_any_json_is_answered_or_refused(client: TestClient, path: str) -> None:
    def answered(value: Any, text: str) -> None:
        whole = DOORS[path](text)
        assert isinstance(whole, dict)
        in_it = dict.fromkeys(whole, value) if len(whole) > 1 else {k: [value] for k in whole}
        for body in (value, in_it, whole | {"parameters": value}):
            status = send(client, path, json.dumps(body).encode())
            assert status in (200, 202, 400, 404, 422), status

    check(answered, value=any_json, text=any_text)


@pytest.mark.parametrize("path", DOORS)
def test_any_bytes_are_answered_or_refused(client: TestClient, path: str) -> None:
    whole = json.dumps(DOORS[path]("lovely")).encode()

    def answered(junk: bytes, at: int) -> None:
        for body in (junk, whole[:at] + junk + whole[at:]):
            status = send(client, path, body)
            assert status in (200, 202, 400, 422), status

    check(answered, junk=st.binary(max_size=100), at=st.integers(0, len(whole)))


def test_any_binary_tensor_is_answered_or_refused(client: TestClient) -> None:
    def answered(elements: list[str], junk: bytes, told: int) -> None:
        encoded = [element.encode("utf-8", "surrogatepass") for element in elements]
        raw = b"".join(struct.pack("<I", len(one)) + one for one in encoded)
        for after in (raw, raw + junk, junk, raw[:told]):
            size = {"binary_data_size": len(after)}
            head = json.dumps(whole_tensor(elements, parameters=size)).encode()
            for length in (len(head), told):
                headers = {"Inference-Header-Content-Length": str(length)}
                status = send(client, INFER, head + after, **headers)
                assert status in (200, 400, 422), status

    check(answered, elements=any_elements, junk=st.binary(max_size=50), told=st.integers(-1, 10**6))
