"""Runs one contender in a process of its own.

For contenders that would disturb each other: other thread settings, other libraries, warm caches.
The child is a module that calls `answer_parent`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn


def run_child(module: str, question: Mapping[str, Any]) -> dict[str, Any]:
    """Run `python -m module`, hand it the question as JSON and give its answer."""
    ended = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    if ended.returncode != 0:
        raise SystemExit(f"{module} failed on {question}:\n{ended.stderr}")
    answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return answer


def answer_parent(work: Callable[..., Mapping[str, Any]]) -> NoReturn:
    """In the child: read the question, call `work` with it and print the answer."""
    print(json.dumps(work(**json.load(sys.stdin))))
    sys.exit()
