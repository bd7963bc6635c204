"""A process that scores: `python -m voxpop.scoring.worker VERSION`.

`voxpop.scoring.workers` starts and feeds it. It ends with the process that started it, however that
one ends: its input is closed then.
"""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from voxpop.errors import VoxpopError
from voxpop.plugins import Plugins
from voxpop.scoring.batch import score_batch
from voxpop.scoring.frames import Fault, read_texts, write_fault, write_scores
from voxpop.version_cache import VersionCache


def work(version: str, inbox: BinaryIO, outbox: BinaryIO) -> None:
    """Answer batches of texts until there are no more."""
    try:
        classifier = VersionCache().load_cached(version, plugins=Plugins.load())
        if classifier is None:
            raise VoxpopError(f"{version} is not on this machine's disk any more; start again")
        while (texts := read_texts(inbox)) is not None:
            write_scores(outbox, score_batch(classifier, texts))
    except VoxpopError as error:
        write_fault(outbox, Fault(error.code, str(error)))
    except BrokenPipeError:  # whoever wanted the answer is gone
        pass


def main() -> None:
    """Serve the process that started this one."""
    # What plugins and libraries print must not get between the answers.
    outbox = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    work(sys.argv[1], sys.stdin.buffer, outbox)


if __name__ == "__main__":
    main()
