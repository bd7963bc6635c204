"""Every fault has a status, and no secret leaves with it."""

import json
from collections.abc import Iterator

import pytest

from voxpop import StoreUnavailableError, VoxpopError
from voxpop import errors as core_errors
from voxpop_apps.api import errors
from voxpop_apps.api.problems import STATUSES, respond


def all_below(error: type[VoxpopError]) -> Iterator[type[VoxpopError]]:
    yield error
    for below in error.__subclasses__():
        if below.__module__ in (errors.__name__, core_errors.__name__):
            yield from all_below(below)


def test_every_error_has_a_status_and_every_status_an_error() -> None:
    assert set(STATUSES) == {error.code for error in all_below(VoxpopError)}


def test_each_code_is_one_errors_own_and_drawn() -> None:
    own = list(all_below(errors.ApiError))
    codes = [error.code for error in own]
    assert len(set(codes)) == len(codes)
    for error in own:
        assert f"{error.__name__} " in (errors.__doc__ or "")
        assert f" {error.code} " in (errors.__doc__ or "")


def test_what_is_the_servers_fault_tells_no_path() -> None:
    record = json.loads(bytes(respond(core_errors.BundleError("/srv/secret is torn"), "r").body))
    assert record["status"] == 500
    assert "secret" not in record["detail"]
    assert json.loads(bytes(respond(ValueError("a review"), "r").body))["code"] == "error"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.QueueFullError("full", retry_after_s=2.2), "3"),
        (errors.RateLimitedError("slow down", retry_after_s=0.01), "1"),
        (StoreUnavailableError("no answer"), "1"),
        (errors.NotFoundError("no"), None),
    ],
)
def test_what_passes_says_when_to_come_back(error: VoxpopError, seconds: str | None) -> None:
    assert respond(error, "r").headers.get("retry-after") == seconds


def test_open_inference_clients_find_the_message_where_they_look() -> None:
    record = json.loads(bytes(respond(errors.NotFoundError("no"), "r", path="/v2/x").body))
    assert record["error"] == record["detail"] == "no"
