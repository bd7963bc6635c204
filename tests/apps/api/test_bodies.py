"""A body, whatever it holds, neither blocks the server nor fills its memory."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.api_client import make_api, running, serving

JSON = {"Content-Type": "application/json"}
INFER = "/v2/models/voxpop/infer"
SIZE = 4_190_000  # just under the bytes that a body may have
# Both were seconds and gigabytes before the values of a body were bounded; the machine may be busy.
WAIT_S = 0.5
MIB = 250


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOXPOP_REGISTRY__NAME", "memory")
        patch.setenv("VOXPOP_HOME", str(tmp_path_factory.mktemp("home")))
        with running(make_api(tmp_path_factory.mktemp("api"))) as address:
            yield address


def tensor(**changes: str) -> bytes:
    members = {"name": '"text"', "shape": "[1]", "datatype": '"BYTES"'} | changes
    return b'{"inputs":[{%s}]}' % ",".join(f'"{k}":{v}' for k, v in members.items()).encode()


def many(element: str) -> str:
    return "[" + ",".join([element] * (SIZE // (len(element) + 1))) + "]"


def keys() -> str:
    return "{" + ",".join(f'"{number}":1' for number in range(380_000)) + "}"


RAW = bytes(SIZE - 200)  # a million texts, each empty
HEAD = tensor(parameters=f'{{"binary_data_size":{len(RAW)}}}')
HOSTILE = {
    "shape of texts": (INFER, tensor(shape=many('""'), data='["a"]')),
    "inputs that are numbers": (INFER, b'{"inputs":%s}' % many("1").encode()),
    "outputs that are numbers": (INFER, b'{"inputs":[],"outputs":%s}' % many("1").encode()),
    "data of empty texts": (INFER, tensor(data=many('""'))),
    "data of empty rows": (INFER, tensor(data=many("[]"))),
    "raw data of empty texts": (INFER, HEAD + RAW),
    "unknown keys": ("/predict", keys().encode()),
    "unknown keys of feedback": ("/feedback", keys().encode()),
    "content of lists": ("/explain", b'{"content":%s}' % many("[]").encode()),
    "batch of numbers": ("/predict/batch", b'{"reviews":%s}' % many("1").encode()),
    "batch of maps": ("/predict/batch", b'{"reviews":%s}' % many("{}").encode()),
}


class Pinging:
    """Asks whether the server lives, again and again, and keeps the longest wait."""

    def __init__(self, address: str) -> None:
        self.longest_s = 0.0
        self.pings = 0
        self._address = address
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Pinging:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        while not self._is_over.is_set():
            started = time.perf_counter()
            connection.request("GET", "/health/live")
            assert connection.getresponse().read() == b'{"status":"ok"}'
            self.longest_s = max(self.longest_s, time.perf_counter() - started)
            self.pings += 1
        connection.close()


def memory(field: str) -> int:
    """Give a figure of this process's memory in MiB."""
    return int(Path("/proc/self/status").read_text().split(f"{field}:")[1].split()[0]) // 1024


@pytest.mark.parametrize("name", HOSTILE)
def test_no_body_blocks_the_others(address: str, name: str) -> None:
    path, body = HOSTILE[name]
    headers = {"Inference-Header-Content-Length": str(len(HEAD))} if name.startswith("raw") else {}
    Path("/proc/self/clear_refs").write_text("5")  # the peak is that of this test
    before = memory("VmRSS")
    connection = http.client.HTTPConnection(address, timeout=60)
    with Pinging(address) as pinging:
        connection.request("POST", path, body, JSON | headers)
        answer = connection.getresponse()
        told = answer.read()
    connection.close()
    assert answer.status == 422, told[:500]
    assert len(told) < 2_000
    assert pinging.pings > 1
    assert pinging.longest_s < WAIT_S
    assert memory("VmHWM") - before < MIB


def test_a_large_body_of_text_is_no_offence(client: TestClient) -> None:
    commas = 'a, [b], {c}, \\ \\" " and so on, ' * 130
    reviews = [{"content": commas}] * 900
    body = json.dumps({"reviews": reviews}).encode()
    assert 2**22 > len(body) > 2**21
    answers = client.post("/predict/batch", content=body, headers=JSON).json()["answers"]
    assert len(answers) == 900
    assert all("label" in answer for answer in answers)


def test_a_large_body_is_given_up_at_its_deadline(tmp_path: Path) -> None:
    slow = b'{"reviews":["%s"]}' % (b"\\ud83d\\ude00" * 300_000)
    with serving(tmp_path) as client:
        refused = client.post("/predict/batch", content=slow, headers=JSON | {"X-Deadline-Ms": "1"})
        assert refused.status_code == 504, refused.text[:500]
        assert client.post("/predict", json={"content": "lovely"}).status_code == 200


@pytest.mark.parametrize("count", [25, 6_000, 20_000])
def test_of_many_faults_few_are_told(client: TestClient, count: int) -> None:
    body = {str(number): 1 for number in range(count)} | {"content": "lovely"}
    refused = client.post("/predict", json=body)
    assert refused.status_code == 422
    assert len(refused.content) < 4_000
