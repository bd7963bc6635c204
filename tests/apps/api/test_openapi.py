"""The description of the API is complete, and the API does what it says."""

import subprocess
import sys
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
from fastapi.testclient import TestClient

from tests.api_client import make_api, running

# What a schema cannot say: the elements of a tensor fit its shape, a label is one of the model's,
# and that a deadline of a millisecond may pass, also before the body is here; so what becomes of
# methods that are not described has a test of its own.
CONFIG = """
[generation]
allow-extra-parameters = false
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "504"]
unsupported_method.enabled = false
[[operations]]
include-path-regex = "/(infer|feedback)$"
checks.positive_data_acceptance.enabled = false
"""


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    with running(make_api(tmp_path)) as address:
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                *("run", f"http://{address}/openapi.json"),
                *("--max-examples", "12", "--seed", "1", "--generation-database", "none"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]


def test_everything_is_described(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["components"]["schemas"]["Batch"]["properties"]["reviews"]["maxItems"] == 1_000
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert operation["description"], path
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert "application/problem+json" in response["content"], (path, status)
        if "post" in operations:
            schema = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
            name = schema["$ref"].rsplit("/", 1)[1]
            assert document["components"]["schemas"][name]["examples"], path


def test_every_example_fits_its_schema(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    with_examples = {name for name, schema in schemas.items() if "examples" in schema}
    assert {"Answer", "Batch", "ExplainedAnswer", "Feedback", "InferRequest", "Review"} <= (
        with_examples
    )
    for name in with_examples:
        whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        for example in schemas[name]["examples"]:
            jsonschema.validate(example, whole, jsonschema.Draft202012Validator)


def test_what_asks_for_no_key_is_described_without_one(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready"):
        assert paths[path]["get"]["security"] == []
        assert "401" not in paths[path]["get"]["responses"]
    assert "401" in paths["/health"]["get"]["responses"]


def test_methods_that_are_not_described_are_refused(client: TestClient) -> None:
    methods = {"get", "post", "put", "patch", "delete", "options", "trace"}
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for method in methods - set(operations):
            refused = client.request(method, path.format(name="voxpop", version="v-0"))
            assert (refused.status_code, refused.json()["code"]) == (405, "method-not-allowed")
            assert {each.lower() for each in refused.headers["allow"].split(", ")} <= set(
                operations
            )
