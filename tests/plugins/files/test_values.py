import datetime
from decimal import Decimal

import pytest

from voxpop_plugins.files.values import NotTextError, any_text, plain_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        ("NA", "NA"),
        (1984, "1984"),
        (0.0, "0"),
        (-1.0, "-1"),
        (4.5, "4.5"),
        (float("nan"), "nan"),
        (True, "true"),
        (False, "false"),
        ("Ä".encode(), "Ä"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (Decimal("1.50"), "1.50"),
    ],
)
def test_single_values_have_a_text(value: object, text: str | None) -> None:
    assert plain_text(value) == text
    assert any_text(value) == text


@pytest.mark.parametrize(
    ("value", "what", "json"),
    [
        (["a", 1], "a list", '["a", 1]'),
        ({"ä": None}, "a table", '{"ä": null}'),
        ([datetime.date(2026, 1, 2)], "a list", '["2026-01-02"]'),
        (b"\xe9", "bytes that are no UTF-8", "\"b'\\\\xe9'\""),
    ],
)
def test_lists_tables_and_strange_bytes_are_no_text(value: object, what: str, json: str) -> None:
    with pytest.raises(NotTextError, match=what):
        plain_text(value)
    assert any_text(value) == json
