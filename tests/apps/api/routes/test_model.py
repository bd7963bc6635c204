"""`GET /model/history`: what served before."""

from __future__ import annotations

from fastapi.testclient import TestClient


def test_the_moves_of_the_alias_are_told(client: TestClient) -> None:
    version = client.get("/model").json()["version"]
    told = client.get("/model/history").json()
    assert told["reference"] == "champion"
    assert [(move["version"], move["previous"]) for move in told["moves"]] == [(version, None)]
    assert told["moves"][0]["at"].endswith("+00:00")
