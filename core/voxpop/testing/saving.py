"""Saves a tokenizer or model as a run would, and says what is wrong when that fails."""

from __future__ import annotations

from pathlib import Path

from voxpop.interfaces import Model, Tokenizer
from voxpop.testing.conformance import require
from voxpop.testing.pickles import find_pickles


def save_into(directory: Path, thing: Tokenizer | Model) -> Path:
    """Make the directory, save into it, and give it back."""
    __tracebackhide__ = True
    directory.mkdir()
    name = type(thing).__name__
    require(
        callable(getattr(thing, "save", None)),
        f"{name} has no `save`: write save(directory), which puts all that `load` needs into an "
        "existing, empty directory.",
    )
    thing.save(directory)
    require(
        any(path.is_file() for path in directory.rglob("*")),
        f"{name}.save wrote no file: it must put all that `load` needs into the directory that it "
        "is given.",
    )
    return directory


def require_no_pickle(directory: Path) -> None:
    """Fail when anything under the directory is a pickle."""
    __tracebackhide__ = True
    found = find_pickles(directory)
    require(
        not found,
        f"`save` writes pickles: {'; '.join(found)}. Reading a pickle runs whatever code is in it: "
        "write JSON, .npz without objects, or ONNX instead.",
    )
