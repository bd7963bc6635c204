"""The picture of what runs at AWS: well-formed, always the same, and nothing sticks out."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from docs.architecture import HEIGHT, WIDTH, architecture

CHECKOUT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
WIDEST_LETTER = 7.3  # on the average of a line of 13 pixels


def test_the_picture_names_what_aws_md_lists() -> None:
    page = (CHECKOUT / "docs" / "aws.md").read_text(encoding="utf-8")
    table = page.partition("## What is what")[2].partition("## ")[0]
    names = set(re.findall(r"`([\w-]+)`", "\n".join(re.findall(r"^\| (.+?) \|", table, re.M))))
    assert len(names) == 10
    assert not [name for name in names if name not in architecture()]


def test_the_picture_is_always_the_same_and_has_a_description() -> None:
    root = ET.fromstring(architecture())
    assert architecture() == architecture()
    assert root.findtext(f"{SVG}title")
    assert "service-api" in (root.findtext(f"{SVG}desc") or "")


def test_no_word_is_outside_the_picture_or_wider_than_its_box() -> None:
    root = ET.fromstring(architecture())
    boxes = [
        {name: float(rect.get(name, 0)) for name in ("x", "y", "width", "height")}
        for rect in root.iter(f"{SVG}rect")
    ]
    texts = list(root.iter(f"{SVG}text"))
    assert texts
    for text in texts:
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        width = WIDEST_LETTER * len(text.text or "")
        left = x - width / 2 if text.get("text-anchor") == "middle" else x
        assert left >= 0, text.text
        assert left + width <= WIDTH, text.text
        assert 0 < y < HEIGHT
        around = [
            box
            for box in boxes
            if box["x"] <= x <= box["x"] + box["width"]
            and box["y"] <= y <= box["y"] + box["height"]
        ]
        closest = min(around, key=lambda box: box["width"])
        assert width <= closest["width"], text.text
