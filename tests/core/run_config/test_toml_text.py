from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop.run_config.toml_text import to_toml, toml_value

scalars = (
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), values, max_size=5))
def test_what_is_written_is_read_back(tables: dict[str, object]) -> None:
    assert tomllib.loads(to_toml(tables)) == tables


@given(values)
def test_a_value_stands_on_one_line(value: object) -> None:
    written = toml_value(value)
    assert "\n" not in written
    assert tomllib.loads(f"value = {written}")["value"] == value


def test_tables_stand_after_plain_values() -> None:
    tables = {"b": {"c": {"x": [1, "a"]}, "on": True}, "list": [{"x": 1}, {"x": 2}], "a": None}
    assert to_toml(tables) == (
        "# a is not set\n"
        "\n[b]\non = true\n"
        '\n[b.c]\nx = [1, "a"]\n'
        "\n[[list]]\nx = 1\n"
        "\n[[list]]\nx = 2\n"
    )


def test_what_toml_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="TOML cannot say None"):
        toml_value([None])
