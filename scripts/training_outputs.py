"""Tells a workflow what `voxpop train --json` said, as lines NAME=VALUE, by the standard library.

    python scripts/training_outputs.py build/trained/summary.json

`version` was trained; `better` is true if it passed the gate of the run config; `beaten` is the
version that it was compared with, or `none`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    """Print the lines."""
    summary = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    gate = summary["promotion"] or {"moved": False, "beaten": None}
    print(f"version={summary['version']}")
    print(f"better={str(gate['moved']).lower()}")
    print(f"beaten={gate['beaten'] or 'none'}")


if __name__ == "__main__":
    main()
