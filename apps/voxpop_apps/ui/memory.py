"""Memory that is free again goes back to the machine."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Have the C library return what it holds for the next request of this process.

    An analysis takes several times the memory of what it leaves, in pieces; glibc keeps the room
    between them. Other C libraries do not, or have no such call.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
