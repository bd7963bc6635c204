import datetime
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.bundles import fields
from voxpop.bundle.manifest import FileRecord, Manifest, digest_of, version_of
from voxpop.bundle.verification import parse_manifest

finite = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)
segments = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,8}[A-Za-z0-9_]", fullmatch=True)


def content(**changes: Any) -> dict[str, Any]:
    missing = {"calibration": {"temperature": 1.5}, "git_commit": None, "files": {}}
    return {**fields(), **missing, **changes}


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    names = draw(st.lists(segments, max_size=4, unique_by=str.lower))
    files = {
        f"model/{name}": FileRecord(
            sha256=draw(digests), bytes=draw(st.integers(min_value=0, max_value=10**9))
        )
        for name in names
    }
    zone = datetime.timezone(datetime.timedelta(minutes=draw(st.integers(-720, 720))))
    changes = {
        "created_at": draw(
            st.datetimes(
                min_value=datetime.datetime(2000, 1, 1),
                max_value=datetime.datetime(2100, 1, 1),
                timezones=st.just(zone),
            )
        ),
        "labels": tuple(draw(st.lists(text, min_size=2, max_size=4))),
        "run_config": draw(st.dictionaries(text, json_values, max_size=4)),
        "metrics": draw(st.dictionaries(text, finite, max_size=4)),
        "git_commit": draw(st.none() | text),
        "golden": [{"text": draw(text), "probabilities": draw(st.lists(finite, max_size=3))}],
    }
    return Manifest.model_validate(content(**changes, files=files))


@given(manifests())
def test_what_is_stored_reads_back_the_same_and_is_written_the_same(manifest: Manifest) -> None:
    stored = manifest.to_bytes()
    again = parse_manifest(stored, "here", version_of(stored))
    assert again == manifest
    assert again.to_bytes() == stored


@given(manifests())
def test_stored_bytes_are_sorted_compact_utf8_json(manifest: Manifest) -> None:
    stored = manifest.to_bytes()
    plain = json.loads(stored)
    assert (
        json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        == stored
    )


def test_times_are_stored_in_utc() -> None:
    manifest = Manifest.model_validate(content(created_at="2026-11-23T14:30:00+02:00"))
    assert json.loads(manifest.to_bytes())["created_at"] == "2026-11-23T12:30:00Z"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="created_at"):
        Manifest.model_validate(content(created_at="2026-11-23T14:30:00"))


def test_a_version_is_the_beginning_of_the_manifest_digest() -> None:
    # sha256 of "abc", from FIPS 180-2, appendix B.1
    assert digest_of(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223")
    assert version_of(b"abc") == "v-ba7816bf8f01cfea"
