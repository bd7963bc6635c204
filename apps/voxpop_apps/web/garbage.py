"""What the garbage collector need not look at."""

from __future__ import annotations

import gc


def keep_for_good() -> None:
    """Let the garbage collector never again go through what there is now.

    The modules of the API are 90,000 objects, those of the page 200,000. A full collection goes
    through all of them, in 60 and 100 ms, and the event loop answers nobody meanwhile.
    """
    gc.collect()
    gc.freeze()
