from __future__ import annotations

import re

from voxpop.evaluation.figures import COLOURS, reliability_figure, roc_figure
from voxpop.evaluation.inline_svg import inline_svg
from voxpop.evaluation.record import Evaluation


def test_the_element_says_what_it_shows(evaluation: Evaluation) -> None:
    element = inline_svg(roc_figure(evaluation), "roc", 'a "curve" & <more>')
    assert element.startswith('<svg role="img" aria-label="a &quot;curve&quot; &amp; &lt;more&gt;"')
    assert 'viewBox="0 0 ' in element.split(">")[0]
    assert element.endswith("</svg>")


def test_nothing_of_the_file_form_is_left(evaluation: Evaluation) -> None:
    element = inline_svg(roc_figure(evaluation), "roc", "")
    for left in ("<?xml", "<!DOCTYPE", "<style", "http", "xlink"):
        assert left not in element


def test_every_reference_points_at_an_id_of_its_own(evaluation: Evaluation) -> None:
    element = inline_svg(reliability_figure(evaluation), "rel", "")
    ids = re.findall(r'\bid="([^"]*)"', element)
    assert len(ids) == len(set(ids)) > 10
    assert all(each.startswith("rel-") for each in ids)
    references = re.findall(r'(?:href="#|url\(#)([^")]*)', element)
    assert references
    assert set(references) <= set(ids)


def test_colours_follow_the_page(evaluation: Evaluation) -> None:
    element = inline_svg(roc_figure(evaluation), "roc", "")
    assert "fill: var(--ink)" in element
    assert "stroke: var(--blue)" in element
    assert not any(colour in element for colour in COLOURS.values())
