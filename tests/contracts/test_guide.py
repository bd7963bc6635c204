"""What the plugin guide says of itself."""

from __future__ import annotations

from pathlib import Path

from tests.docs.blocks import blocks

GUIDE = Path(__file__).parents[2] / "docs" / "plugins.md"


def test_a_plugin_has_30_lines() -> None:
    first = next(block for block in blocks(GUIDE) if block.language == "python")
    assert len([line for line in first.text.splitlines() if line.strip()]) <= 30


def test_every_python_block_is_a_file_that_is_run() -> None:
    markers = [block.marker for block in blocks(GUIDE) if block.language == "python"]
    assert all(marker is not None and marker.kind == "file" for marker in markers)
