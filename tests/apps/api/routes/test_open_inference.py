"""Clients of the Open Inference Protocol get the same answers as everybody else."""

import struct
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from fastapi.testclient import TestClient
from tritonclient.utils import InferenceServerException

from tests.api_client import make_api, running
from voxpop import StoreRegistry
from voxpop.testing import MemoryStore, make_bundle, sample_plugins
from voxpop_apps.api.app import create_app
from voxpop_apps.api.settings import ApiSettings

TEXTS = ["lovely", "awful thing", "Crème brûlée 👍"]
INFER = "/v2/models/voxpop/infer"


def text_input(texts: list[str], *, binary: bool) -> Any:
    tensor = triton.InferInput("text", [len(texts)], "BYTES")
    tensor.set_data_from_numpy(np.array([t.encode() for t in texts], object), binary_data=binary)
    return tensor


def test_a_real_client_gets_the_answers_of_a_plain_one(tmp_path: Path) -> None:
    with running(make_api(tmp_path)) as address:
        plain = httpx.post(
            f"http://{address}/predict/batch",
            json={"reviews": [{"content": t} for t in TEXTS]},
            timeout=60,
        ).json()
        client = triton.InferenceServerClient(address)
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("voxpop")
        assert client.is_model_ready("voxpop", plain["version"])
        assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
        assert client.get_model_metadata("voxpop")["inputs"][0]["datatype"] == "BYTES"
        outputs = [triton.InferRequestedOutput(name, binary_data=False) for name in ("label",)]
        answers = [
            client.infer("voxpop", [text_input(TEXTS, binary=True)]),
            client.infer("voxpop", [text_input(TEXTS, binary=False)]),
            client.infer("voxpop", [text_input(TEXTS, binary=True)], outputs=outputs),
            client.infer(
                "voxpop", [text_input(TEXTS, binary=True)], model_version=plain["version"]
            ),
        ]
        with pytest.raises(InferenceServerException, match="no such model"):
            client.infer("other", [text_input(TEXTS, binary=True)])
        client.close()
    labels = [answer["label"] for answer in plain["answers"]]
    confidences = [answer["confidence"] for answer in plain["answers"]]
    for answer in answers:
        assert [_text(label) for label in answer.as_numpy("label")] == labels
        assert answer.get_response()["model_version"] == plain["version"]
    for answer in (answers[0], answers[1], answers[3]):
        np.testing.assert_allclose(answer.as_numpy("confidence"), confidences, atol=1e-5)
        assert answer.as_numpy("probabilities").shape == (3, 2)


def _text(label: bytes | str) -> str:
    return label if isinstance(label, str) else label.decode()


def tensor(**changes: Any) -> dict[str, Any]:
    whole = {"name": "text", "shape": [2], "datatype": "BYTES", "data": ["a", "b"]}
    return {"inputs": [whole | changes]}


@pytest.mark.parametrize(
    "asked",
    [
        {"inputs": []},
        tensor(name="texts"),
        tensor(datatype="FP32"),
        tensor(shape=[3]),
        tensor(shape=[1, 2]),
        tensor(shape=[]),
        tensor(shape=[0], data=[]),
        tensor(data=["a", 7]),
        tensor(data=["a", " "]),
        tensor(data=None),
        tensor(parameters={"binary_data_size": 9}),
        tensor() | {"outputs": [{"name": "mood"}]},
        tensor() | {"outputs": [{"name": "label", "parameters": {"classification": 1}}]},
    ],
)
def test_what_the_model_does_not_take_is_refused(client: TestClient, asked: dict[str, Any]) -> None:
    response = client.post(INFER, json=asked)
    assert response.status_code == 422
    assert response.json()["error"] == response.json()["detail"]


@pytest.mark.parametrize(
    "raw", [b"", b"\1", struct.pack("<I", 9) + b"a", struct.pack("<I", 1) + b"\xff"]
)
def test_binary_data_that_are_no_texts_are_refused(client: TestClient, raw: bytes) -> None:
    head = b'{"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","parameters":'
    head += b'{"binary_data_size":%d}}]}' % len(raw)
    headers = {"Inference-Header-Content-Length": str(len(head))}
    assert client.post(INFER, content=head + raw, headers=headers).status_code == 422
    headers = {"Inference-Header-Content-Length": "99999"}
    assert client.post(INFER, content=head + raw, headers=headers).status_code == 422


def test_columns_nested_rows_and_ids_are_understood(client: TestClient) -> None:
    asked = tensor(shape=[2, 1], data=[["lovely"], ["awful"]]) | {"id": "42"}
    told = client.post(INFER, json=asked).json()
    assert told["id"] == "42"
    assert told["outputs"][0]["data"] == ["positive", "negative"]


def test_another_version_is_not_found(client: TestClient) -> None:
    response = client.post("/v2/models/voxpop/versions/v-0/infer", json=tensor())
    assert response.status_code == 404


def test_health_is_told_as_the_client_of_kserve_reads_it(client: TestClient) -> None:
    # kserve 0.21.0 takes `live` and `ready` from the body, and not the status, for an answer.
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    ready = client.get("/v2/models/voxpop/ready").json()
    assert ready == {"name": "voxpop", "ready": True}


def test_a_version_in_the_path_answers_whoever_the_canary_takes(tmp_path: Path) -> None:
    registry = StoreRegistry(store := MemoryStore())
    versions: list[str] = []
    for alias in ("champion", "candidate"):
        make_bundle(tmp_path / alias, seed=len(versions))
        versions.append(registry.publish(tmp_path / alias))
        registry.move_alias(alias, versions[-1], expected=None)
    settings = ApiSettings(
        auth="off", canary_reference="candidate", canary_share=0.5, feedback={"name": "memory"}
    )
    with TestClient(create_app(settings, sample_plugins(store=store))) as client:
        end = time.monotonic() + 30
        while sum(bool(one["version"]) for one in client.get("/health").json()["following"]) < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
        for version in versions:
            path = f"/v2/models/voxpop/versions/{version}"
            for number in range(20):
                headers = {"X-Request-ID": f"r{number}"}
                told = client.post(f"{path}/infer", json=tensor(), headers=headers).json()
                assert told["model_version"] == version
                assert client.get(f"{path}/ready", headers=headers).status_code == 200
        assert client.get("/v2/models/voxpop/versions/v-0/ready").status_code == 404
