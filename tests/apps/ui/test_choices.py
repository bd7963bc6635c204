"""What a person chooses of a file, and what the page says when it must be asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import voxpop
from voxpop import choose_columns, open_table
from voxpop_apps.ui.choices import NONE, look_at
from voxpop_apps.ui.choices import in_words_of_the_page as reworded
from voxpop_apps.ui.choices_html import choices_html

CORE = Path(voxpop.__file__).parent


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "f.csv"
    file.write_text(text, encoding=encoding)
    return file


@pytest.mark.parametrize("module", sorted((CORE / "tables").glob("*.py")), ids=lambda m: m.name)
def test_no_message_about_a_file_speaks_of_the_command_line(module: Path) -> None:
    joined = re.sub(r'"\n\s*f?"', "", module.read_text())  # a message goes over several lines
    for line in joined.splitlines():
        said = line.replace("{role}", "date").replace("{one.encoding}", "cp1252")
        assert not re.search(r"--(no-)?[a-z]", reworded(said)), line


def test_what_is_guessed_stays_a_guess_and_what_is_said_is_heard(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "title,review,product,date\nNice,a lovely lamp it is,Lamp,2025-01-31\n"
        "Bad,it broke in a week,Chair,2025-02-28\n",
    )
    look = look_at(file, "f.csv", {})
    assert look.options is not None
    assert {role: one.name for role, one in look.chosen.items()} == {
        "content": "review",
        "title": "title",
        "product": "product",
        "date": "date",
        "rating": None,
        "author": None,
    }
    shown: dict[str, str] = {role: one.name or NONE for role, one in look.chosen.items()}
    again = look_at(file, "f.csv", shown | {"product": NONE})
    assert again.options is not None
    chosen = choose_columns(open_table(file, again.options), again.options)
    assert chosen["product"].name is None
    assert chosen["title"].reason == look.chosen["title"].reason != "as you say"

    other = look_at(file, "f.csv", shown | {"content": "title", "title": NONE})
    assert other.options is not None
    assert other.chosen["content"].samples == ("Nice", "Bad")
    assert other.chosen["content"].reason == "as you say"
    twice = look_at(file, "f.csv", shown | {"content": "title"})
    assert twice.options is None
    assert "“title” is chosen twice, as Text of the review and as Title" in twice.problem
    assert look_at(file, "f.csv", {"header": "no"}).columns[0] == "column 1"


def test_what_is_not_clear_can_be_said(tmp_path: Path) -> None:
    rivals = write(tmp_path, "review,comment\na lovely lamp,such a lamp\nnot mine,it is broken\n")
    look = look_at(rivals, "f.csv", {})
    assert (look.options, look.columns, look.field) == (None, ("review", "comment"), "content")
    assert "“Text of the review”" in look.problem
    assert look_at(rivals, "f.csv", {"content": "comment"}).options is not None

    dates = write(tmp_path, "review;date\na lovely lamp;03/04/2025\nit broke soon;05/06/2025\n")
    look = look_at(dates, "f.csv", {})
    assert (look.options, look.field) == (None, "date_order")
    assert look_at(dates, "f.csv", {"date_order": "dmy"}).options is not None

    plain = write(tmp_path, "a film so very good\na film so very bad\nyet another film just here\n")
    look = look_at(plain, "f.csv", {})
    assert (look.options, look.field) == (None, "header")
    assert "aria-invalid" in choices_html(look, "f.csv")
    assert look_at(plain, "f.csv", {"header": "no"}).options is not None

    mixed = tmp_path / "f.csv"
    mixed.write_bytes(b"review\n" + "schön\n".encode() + "schön\nGröße\n".encode("cp1252"))
    look = look_at(mixed, "f.csv", {})
    assert (look.options, look.field) == (None, "encoding")
    assert look_at(mixed, "f.csv", {"encoding": "cp1252"}).options is not None


def test_names_of_others_stay_text(tmp_path: Path) -> None:
    look = look_at(write(tmp_path, "review,<b>'x\na lovely lamp it is,1\n"), "f.csv", {})
    html = choices_html(look, "f.csv")
    assert "<b>" not in html
    assert "value='&lt;b&gt;&#x27;x'" in html
