"""What the exit status of `voxpop` says. Scripts rely on these numbers: they never change."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit statuses of `voxpop`."""

    OK = 0  # it worked
    FAILED = 1  # it did not, for a reason that no other code names; a traceback means a bug
    USAGE = 2  # the command line makes no sense
    BAD_CONFIG = 3  # a run config or a setting of the environment cannot be used
    BROKEN_PLUGIN = 4  # a plugin is broken, unknown, or lacks a library
    BAD_DATA = 5  # the reviews cannot be used as they are
    NOT_FOUND = 6  # no such version, alias or object
    CORRUPT_BUNDLE = 7  # a bundle is damaged or not to be trusted
    CONFLICT = 8  # somebody else was faster, or the version is protected
    STORE = 9  # bytes cannot be read or written: no rights, no room, no answer
    INTERRUPTED = 130  # Ctrl-C


# Every code of `voxpop.errors`; a test keeps the table complete.
EXIT_CODES: dict[str, ExitCode] = {
    "error": ExitCode.FAILED,
    "bad-config": ExitCode.BAD_CONFIG,
    "bad-settings": ExitCode.BAD_CONFIG,
    "bad-usage": ExitCode.USAGE,
    "broken-plugin": ExitCode.BROKEN_PLUGIN,
    "unknown-part": ExitCode.BROKEN_PLUGIN,
    "missing-extra": ExitCode.BROKEN_PLUGIN,
    "bad-data": ExitCode.BAD_DATA,
    "training-failed": ExitCode.FAILED,
    "corrupt-bundle": ExitCode.CORRUPT_BUNDLE,
    "registry": ExitCode.FAILED,
    "unknown-version": ExitCode.NOT_FOUND,
    "protected-version": ExitCode.CONFLICT,
    "alias-conflict": ExitCode.CONFLICT,
    "store": ExitCode.STORE,
    "object-not-found": ExitCode.NOT_FOUND,
    "object-changed": ExitCode.CONFLICT,
    "store-access": ExitCode.STORE,
    "store-unavailable": ExitCode.STORE,
    "store-full": ExitCode.STORE,
}
