"""Every fault that Voxpop reports on purpose.

    VoxpopError                    error              the root; catch this to catch them all
    ├── ConfigError                bad-config         a run config, with every problem found in it
    ├── SettingsError              bad-settings       the environment of the process
    ├── UsageError                 bad-usage          what was asked for makes no sense here
    ├── PluginError                broken-plugin      a plugin cannot be used
    │   ├── PartNotFoundError      unknown-part       no plugin offers a part of that name
    │   └── MissingExtraError      missing-extra      a library that the part needs is missing
    ├── DataError                  bad-data           the reviews cannot be used as they are
    ├── TrainingError              training-failed    the fit cannot go on
    ├── BundleError                corrupt-bundle     a bundle is damaged or not to be trusted
    ├── RegistryError              registry           the registry refuses
    │   ├── ReferenceNotFoundError unknown-version    no such version or alias
    │   ├── VersionProtectedError  protected-version  the version is under an alias
    │   └── AliasConflictError     alias-conflict     somebody else moved the alias meanwhile
    └── StoreError                 store              bytes cannot be read or written
        ├── ObjectNotFoundError    object-not-found   nothing is stored under that key
        ├── ObjectChangedError     object-changed     a compare-and-swap lost its race
        ├── StoreAccessError       store-access       the store refuses: no rights
        ├── StoreUnavailableError  store-unavailable  the store does not answer
        └── StoreFullError         store-full         no room is left

A message says what happened, where, what is allowed and what to do next. ``code`` is stable and
meant for programs; the apps map it to an exit code or an HTTP status.
"""

from __future__ import annotations

__all__ = [
    "AliasConflictError",
    "BundleError",
    "ConfigError",
    "DataError",
    "MissingExtraError",
    "ObjectChangedError",
    "ObjectNotFoundError",
    "PartNotFoundError",
    "PluginError",
    "ReferenceNotFoundError",
    "RegistryError",
    "SettingsError",
    "StoreAccessError",
    "StoreError",
    "StoreFullError",
    "StoreUnavailableError",
    "TrainingError",
    "UsageError",
    "VersionProtectedError",
    "VoxpopError",
]


class VoxpopError(Exception):
    """The root of all faults that Voxpop reports on purpose."""

    code = "error"


class ConfigError(VoxpopError):
    """A run config cannot be used; the message lists every problem found in it."""

    code = "bad-config"


class SettingsError(VoxpopError):
    """The environment of the process holds a setting that cannot be used."""

    code = "bad-settings"


class UsageError(VoxpopError):
    """What was asked for makes no sense here."""

    code = "bad-usage"


class PluginError(VoxpopError):
    """A plugin, or a part that it offers, cannot be used."""

    code = "broken-plugin"


class PartNotFoundError(PluginError):
    """No plugin offers a part of that kind and name."""

    code = "unknown-part"


class MissingExtraError(PluginError):
    """A library that the part needs is missing; the message names the extra that brings it."""

    code = "missing-extra"


class DataError(VoxpopError):
    """The reviews cannot be used as they are."""

    code = "bad-data"


class TrainingError(VoxpopError):
    """The fit cannot go on."""

    code = "training-failed"


class BundleError(VoxpopError):
    """A bundle is damaged, incomplete or not to be trusted."""

    code = "corrupt-bundle"


class RegistryError(VoxpopError):
    """The registry refuses."""

    code = "registry"


class ReferenceNotFoundError(RegistryError):
    """No version and no alias of that name."""

    code = "unknown-version"


class VersionProtectedError(RegistryError):
    """The version is under an alias and cannot be deleted."""

    code = "protected-version"


class AliasConflictError(RegistryError):
    """Somebody else moved the alias meanwhile."""

    code = "alias-conflict"


class StoreError(VoxpopError):
    """Bytes cannot be read or written."""

    code = "store"


class ObjectNotFoundError(StoreError):
    """Nothing is stored under that key."""

    code = "object-not-found"


class ObjectChangedError(StoreError):
    """The object is not the expected one: a compare-and-swap lost its race."""

    code = "object-changed"


class StoreAccessError(StoreError):
    """The store refuses: no rights."""

    code = "store-access"


class StoreUnavailableError(StoreError):
    """The store does not answer."""

    code = "store-unavailable"


class StoreFullError(StoreError):
    """No room is left."""

    code = "store-full"
