"""The page of the API says what the code does."""

import re
from pathlib import Path

from fastapi.testclient import TestClient

from voxpop_apps.api import errors
from voxpop_apps.api.problems import STATUSES
from voxpop_apps.api.settings import ApiSettings

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


def test_every_setting_is_told_as_it_is() -> None:
    told = dict(re.findall(r"^\| `VOXPOP_API_(\w+)` \| .*? \| (.*) \|$", PAGE.read_text(), re.M))
    fields = {name.upper(): field for name, field in ApiSettings.model_fields.items()}
    fields["FEEDBACK__NAME"] = fields.pop("FEEDBACK")
    assert told == {name: field.description for name, field in fields.items()}


def test_every_problem_of_the_api_is_told_with_its_status() -> None:
    told: dict[str, int] = {}
    for codes, status in re.findall(r"^\| (`[a-z`, -]+`) \| (\d{3}) \|", PAGE.read_text(), re.M):
        told |= dict.fromkeys(re.findall(r"[a-z-]+", codes), int(status))
    own = {getattr(errors, name).code for name in vars(errors) if name.endswith("Error")} - {
        "api-error"
    }
    assert told == {code: int(STATUSES[code]) for code in own}


def test_every_endpoint_is_told(client: TestClient) -> None:
    text = PAGE.read_text()
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for method in operations:
            assert path.startswith("/v2") or f"`{method.upper()} {path}`" in text
