from pathlib import Path

import pytest

from tests.docs.blocks import Block, Marker, Typed, blocks, typed

PAGE = """# A page

```console
$ echo one \\
> two
one two
$ true
```

<!-- file: a/b.toml -->
```toml
seed = 1
```

<!-- not run: it never ends -->
```console
$ yes
```
````markdown
```python
```
````
"""


def write(directory: Path, text: str) -> Path:
    page = directory / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def test_blocks_come_in_order_with_their_markers(tmp_path: Path) -> None:
    page = write(tmp_path, PAGE)
    first, second, third, fourth = blocks(page)
    assert (first.line, first.language, first.marker) == (3, "console", None)
    assert second.marker == Marker(kind="file", value="a/b.toml")
    assert second.text == "seed = 1\n"
    assert third.marker == Marker(kind="not run", value="it never ends")
    assert (fourth.language, fourth.text) == ("markdown", "```python\n```\n")


def test_a_console_block_is_commands_with_their_output(tmp_path: Path) -> None:
    block = next(blocks(write(tmp_path, PAGE)))
    assert list(typed(block)) == [
        Typed(command="echo one \\\ntwo", shown="one two"),
        Typed(command="true", shown=""),
    ]


def test_a_block_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"page\.md:2: the block is never closed"):
        list(blocks(write(tmp_path, "text\n```python\nprint()\n")))


def test_a_misspelt_marker_is_refused(tmp_path: Path) -> None:
    page = write(tmp_path, "<!-- no run: why -->\n```console\n$ yes\n```\n")
    with pytest.raises(ValueError, match="no marker is called 'no run'"):
        list(blocks(page))


def test_output_before_any_command_is_refused(tmp_path: Path) -> None:
    block = Block(page=tmp_path / "p.md", line=4, language="console", text="hi\n", marker=None)
    with pytest.raises(ValueError, match=r"p\.md:5: a console block begins with"):
        list(typed(block))
