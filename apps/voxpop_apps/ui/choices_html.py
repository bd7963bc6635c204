"""The choices of a file as fields that a browser has itself: by keyboard, on phones, read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from voxpop import Role
from voxpop_apps.ui.choices import GUESS, NONE, READING, ROLES, Look, in_words_of_the_page

_NO_CELLS = (".parquet", ".jsonl", ".ndjson", ".json")
_EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


def choices_html(look: Look, name: str) -> str:
    """Show which column plays which role, why, and what is in it; and how the file is read."""
    told = f"<p class='vx-small'>{escape('; '.join(look.reasons))}</p>" if look.reasons else ""
    roles = "".join(_role(look, role) for role in ROLES) if look.columns else ""
    fields = "".join(_field(look, key) for key in _fields_of(name))
    # It is always there, so that the fields after it stay the same ones and keep the focus.
    problem = (
        "<p class='vx-message vx-problem' role='alert' id='choice-problem'"
        f"{'' if look.problem else ' hidden'}>{escape(look.problem)}</p>"
    )
    return (
        f"{told}{problem}<div class='vx-roles'>{roles}</div>"
        "<fieldset class='vx-reading'><legend>How it is read, where the guess is wrong</legend>"
        f"{fields}</fieldset>"
    )


def _fields_of(name: str) -> tuple[str, ...]:
    plain = name.lower().removesuffix(".gz")
    if plain.endswith(_EXCEL):
        return ("date_order", "header", "sheet")
    if plain.endswith(".parquet"):
        return ("date_order",)
    if plain.endswith(_NO_CELLS):
        return ("date_order", "encoding")
    return ("date_order", "header", "delimiter", "quotes", "encoding")


def _role(look: Look, role: Role) -> str:
    one = look.chosen[role]
    names = {NONE: "(none)"} | {name: name for name in look.columns}
    why = escape(in_words_of_the_page(one.question or one.reason))
    samples = "".join(f"<li dir='auto'>{escape(sample[:80])}</li>" for sample in one.samples)
    return (
        f"<div class='vx-role'><label for='choice-{role}'>{ROLES[role]}</label>"
        f"{_select(look, role, one.name or NONE, names)}"
        f"<div><p class='vx-small'>{why}</p><ul class='vx-samples'>{samples}</ul></div></div>"
    )


def _field(look: Look, key: str) -> str:
    said, known = READING[key]
    chosen = look.choices.get(key, GUESS)
    if known:
        field = _select(look, key, chosen, {GUESS: "guess"} | dict(known))
    else:
        field = (
            f"<input id='choice-{key}' name='{key}' value='{escape(chosen)}'{_marks(look, key)}>"
        )
    return f"<div><label for='choice-{key}'>{said}</label>{field}</div>"


def _select(look: Look, key: str, chosen: str, values: Mapping[str, str]) -> str:
    options = "".join(
        f"<option value='{escape(value)}'{' selected' if value == chosen else ''}>"
        f"{escape(said)}</option>"
        for value, said in values.items()
    )
    return f"<select id='choice-{key}' name='{key}'{_marks(look, key)}>{options}</select>"


def _marks(look: Look, key: str) -> str:
    wrong = look.problem and look.field == key
    return " aria-invalid='true' aria-describedby='choice-problem'" if wrong else ""
