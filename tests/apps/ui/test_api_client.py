"""What the page says when the API does not answer as it should."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.apps.ui.conftest import PROGRAM, started
from voxpop_apps.ui.api_client import ApiClient, ApiTroubleError
from voxpop_apps.ui.settings import UiSettings


def test_an_answer(api: str) -> None:
    client = ApiClient(UiSettings(api_url=api))
    assert client.predict("", "a lovely, sturdy lamp")["label"] == "positive"
    assert client.predict("awful", "it is broken")["label"] == "negative"
    answers, version = client.predict_batch(["lovely", "awful"], "one-id")
    assert [one["label"] for one in answers] == ["positive", "negative"]
    assert version == client.model()["version"]
    with pytest.raises(ApiTroubleError, match="characters") as caught:
        client.predict("", "x" * 100_001)
    assert not caught.value.may_pass
    client.close()


def test_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = ApiClient(UiSettings(api_url=url))
    with pytest.raises(ApiTroubleError, match="Nothing you entered is lost") as caught:
        client.model()
    assert caught.value.may_pass
    client.close()


def test_too_late() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = ApiClient(UiSettings(api_url=url, api_wait_s=0.2))
        with pytest.raises(ApiTroubleError, match="did not answer in time") as caught:
            client.model()
        assert caught.value.may_pass
        client.close()


def test_a_wrong_key(variables: dict[str, str], tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    told = variables | {"VOXPOP_API_KEYS_FILE": str(keys), "VOXPOP_API_AUTH": "on"}

    made = subprocess.run(
        [*PROGRAM, "api-key", "new", "page", "--file", str(keys)],
        env=variables,
        check=True,
        capture_output=True,
        text=True,
    )
    with started(["serve", "--port", "0"], told, tmp_path / "log", "/health/ready") as url:
        for key, right in ((SecretStr("wrong"), False), (SecretStr(made.stdout.strip()), True)):
            client = ApiClient(UiSettings(api_url=url, api_key=key))
            if right:
                assert client.predict("", "lovely")["label"] == "positive"
            else:
                with pytest.raises(ApiTroubleError, match="VOXPOP_UI_API_KEY") as caught:
                    client.predict("", "lovely")
                assert not caught.value.may_pass
            client.close()
