"""How the log lines of a command look: short, on stderr, only what matters unless asked."""

from __future__ import annotations

import logging


def set_up_logs(debug: bool) -> None:
    """Show log lines of `VOXPOP_LOG_LEVEL` and above (default WARNING) on stderr."""
    from voxpop import Settings

    level = "DEBUG" if debug else Settings().log_level
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for name in ("voxpop", "voxpop_plugins", "voxpop_apps"):
        logging.getLogger(name).setLevel(level)
