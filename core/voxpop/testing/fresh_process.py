"""Uses a saved tokenizer or model in a process that knows nothing but its directory.

Run as `python -m voxpop.testing.fresh_process LOAD SAVED QUESTION ANSWER`: LOAD is
`module:qualified.name` of the part's `load`, SAVED the directory that `save` wrote, QUESTION a JSON
list of texts or the `.npz` of a token batch, ANSWER the `.npz` to write.
"""

from __future__ import annotations

import importlib
import json
import operator
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from voxpop.interfaces import TokenBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIMEOUT_S = 300.0
_TRAINING_ONLY = ("tensorflow", "keras")
_NOT_IMPORTABLE = 77


def ask(
    load: Callable[[Path], object],
    saved: Path,
    question: Sequence[str] | TokenBatch,
    scratch: Path,
) -> Mapping[str, NDArray[Any]]:
    """Load what was saved in a fresh process and put a question to it.

    Args:
        load: the part's `load`.
        saved: what `save` wrote.
        question: texts to encode, or a batch to give probabilities of.
        scratch: an existing directory for question and answer.

    Returns:
        `ids` and `lengths`, or `probabilities`; and `training_only`, the libraries for training
        that the process has imported.
    """
    name = _address(load)
    if name is None:
        pytest.skip("`load` is no function at the top of a module: it cannot be imported by name")
    if isinstance(question, TokenBatch):
        asked = scratch / "question.npz"
        np.savez(asked, ids=question.ids, lengths=question.lengths)
    else:
        asked = scratch / "question.json"
        asked.write_text(json.dumps(list(question)), encoding="utf-8")
    answer = scratch / "answer.npz"
    command = [sys.executable, "-m", __name__, name, str(saved), str(asked), str(answer)]
    ended = subprocess.run(
        command,
        cwd=scratch,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONHASHSEED": "random",  # another order of sets and hashes than here
        },
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if ended.returncode == _NOT_IMPORTABLE:
        pytest.skip(f"`load` ({name}) cannot be imported in a fresh process: install the plugin")
    if ended.returncode != 0:
        pytest.fail(
            f"`load` ({name}) works in the process that saved and fails in a fresh one. It may "
            "need nothing but its directory: `save` must write all that it needs of the config.\n"
            f"{ended.stderr[-3_000:]}"
        )
    with np.load(answer, allow_pickle=False) as stored:
        return dict(stored)


def _address(function: Callable[..., object]) -> str | None:
    name = getattr(function, "__qualname__", "<")
    module = getattr(function, "__module__", None)
    return None if "<" in name or module in (None, "__main__") else f"{module}:{name}"


def _main(load: str, saved: str, question: str, answer: str) -> None:
    module, name = load.split(":")
    try:
        function = operator.attrgetter(name)(importlib.import_module(module))
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module}.".startswith(f"{error.name}."):
            sys.exit(_NOT_IMPORTABLE)
        raise
    loaded = function(Path(saved))
    if question.endswith(".json"):
        batch = loaded.encode(json.loads(Path(question).read_text(encoding="utf-8")))
        arrays = {"ids": batch.ids, "lengths": batch.lengths}
    else:
        with np.load(question, allow_pickle=False) as asked:
            batch = TokenBatch(asked["ids"], asked["lengths"])
        arrays = {"probabilities": loaded.predict_proba(batch)}
    imported = [name for name in _TRAINING_ONLY if name in sys.modules]
    np.savez(answer, training_only=np.array(imported, dtype=np.str_), **arrays)


if __name__ == "__main__":
    _main(*sys.argv[1:])
