from pathlib import Path

import pytest

from tests.api_client import serving
from voxpop import SettingsError
from voxpop_apps.api.errors import UnauthorizedError
from voxpop_apps.api.security.guard import Guard
from voxpop_apps.api.settings import ApiSettings
from voxpop_apps.web.keys import new_key

REVIEW = {"content": "lovely"}


def test_others_may_not_call_without_keys() -> None:
    with pytest.raises(SettingsError, match="voxpop api-key new"):
        Guard(ApiSettings(host="0.0.0.0"))
    with pytest.raises(SettingsError, match="VOXPOP_API_AUTH is 'on'"):
        Guard(ApiSettings(auth="on"))
    Guard(ApiSettings(host="0.0.0.0", auth="off"))
    Guard(ApiSettings(host="::1"))


def test_a_key_opens_in_either_header(tmp_path: Path) -> None:
    key, line = new_key("shop")
    (tmp_path / "keys").write_text(line)
    with serving(tmp_path, auth="auto", keys_file=tmp_path / "keys") as client:
        refused = client.post("/predict", json=REVIEW)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert refused.headers["content-type"] == "application/problem+json"
        for headers in (
            {"Authorization": "Bearer vp_wrong"},
            {"Authorization": f"Basic {key}"},
            {"X-API-Key": f"{key}x"},
        ):
            assert client.post("/predict", json=REVIEW, headers=headers).status_code == 401
        for headers in ({"Authorization": f"Bearer {key}"}, {"X-API-Key": key}):
            assert client.post("/predict", json=REVIEW, headers=headers).status_code == 200
        for path in ("/health/live", "/health/ready", "/v2/health/ready", "/openapi.json"):
            assert client.get(path).status_code == 200
        for path in ("/model", "/metrics", "/health", "/v2", "/nowhere"):
            assert client.get(path).status_code == 401


def test_keys_may_come_without_a_file_and_along_with_one(tmp_path: Path) -> None:
    (key, line), (other, other_line) = new_key("shop"), new_key("page")
    (tmp_path / "keys").write_text(other_line)
    guard = Guard(ApiSettings(host="0.0.0.0", keys=f"# from a secret\n{line}\n"))
    scope = {"path": "/predict", "client": ("203.0.113.5", 1)}
    assert guard.admit(scope, {b"x-api-key": key.encode()}) == "shop"
    with pytest.raises(UnauthorizedError):
        guard.admit(scope, {b"x-api-key": other.encode()})

    guard = Guard(ApiSettings(host="0.0.0.0", keys=line, keys_file=tmp_path / "keys"))
    assert guard.admit(scope, {b"x-api-key": key.encode()}) == "shop"
    assert guard.admit(scope, {b"x-api-key": other.encode()}) == "page"

    with pytest.raises(SettingsError, match="VOXPOP_API_KEYS, line 2: not a key"):
        Guard(ApiSettings(keys=f"{line}\nvp_the-key-itself"))
    with pytest.raises(SettingsError, match="api-key new"):  # an empty secret lets nobody in
        Guard(ApiSettings(host="0.0.0.0", keys="\n"))


def test_without_keys_only_this_machine_is_answered(tmp_path: Path) -> None:
    with serving(tmp_path, auth="auto") as client:  # the test client's address is no loopback
        refused = client.post("/predict", json=REVIEW)
    assert refused.status_code == 401
    assert "same machine" in refused.json()["detail"]


def test_a_caller_is_kept_to_its_rate(tmp_path: Path) -> None:
    with serving(tmp_path, rate_per_s=0.5, rate_burst=3) as client:
        codes = [client.post("/predict", json=REVIEW).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        refused = client.post("/predict", json=REVIEW)
        assert 1 <= int(refused.headers["retry-after"]) <= 2
        assert refused.json()["code"] == "rate-limited"
        assert client.get("/health/ready").status_code == 200


def test_a_batch_counts_its_reviews(tmp_path: Path) -> None:
    with serving(tmp_path, rate_per_s=0.5, rate_burst=3) as client:
        assert client.post("/predict/batch", json={"reviews": [REVIEW] * 9}).status_code == 200
        refused = client.post("/predict", json=REVIEW)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 10


def test_an_explanation_counts_its_words(tmp_path: Path) -> None:
    with serving(tmp_path, rate_per_s=0.5, rate_burst=3) as client:
        long = {"content": "lovely " * 1_000}
        assert client.post("/explain", json=long).status_code == 200
        refused = client.post("/predict", json=REVIEW)
        assert refused.status_code == 429
        # 1 and one more for each of the 128 parts at most, of which 3 were free.
        assert 240 < int(refused.headers["retry-after"]) <= 256
