import pytest
from hypothesis import given
from hypothesis import strategies as st

from voxpop import review_text


@pytest.mark.parametrize(
    ("title", "content", "text"),
    [
        ("Broke", "In a week.", "Broke. In a week."),
        (" Broke! ", " In a week.\n", "Broke! In a week."),
        ("Why?", "It broke", "Why? It broke"),
        ("Well…", "no.", "Well… no."),
        ("None", "NA", "None. NA"),
        ("Title", "", "Title"),
        ("Title", None, "Title"),
        ("", "Content", "Content"),
        (None, " Content ", "Content"),
        (None, None, ""),
        (" ", "\n", ""),
    ],
)
def test_title_and_content_are_joined(title: str | None, content: str | None, text: str) -> None:
    assert review_text(title, content) == text


@given(st.text(), st.text())
def test_nothing_is_lost_but_the_blanks_around(title: str, content: str) -> None:
    text = review_text(title, content)
    assert text.startswith(title.strip())
    assert text.endswith(content.strip())
    assert text == text.strip()
    assert len(text) <= len(title) + len(content) + 2
