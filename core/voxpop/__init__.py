"""Voxpop: customer reviews in, sentiment that a brand can act on out.

Apps and plugins import from here (and from `voxpop.testing`) only.
"""

from voxpop.bundle import Manifest, seal_bundle, verify_bundle
from voxpop.classifier import Classifier
from voxpop.data.review_text import review_text
from voxpop.data.split import Example, Split
from voxpop.data.split_cache import cached_split
from voxpop.data.split_writer import SplitWriter
from voxpop.disk import disk_fault
from voxpop.errors import (
    AliasConflictError,
    BundleError,
    ConfigError,
    DataError,
    MissingExtraError,
    ObjectChangedError,
    ObjectNotFoundError,
    PartNotFoundError,
    PluginError,
    ReferenceNotFoundError,
    RegistryError,
    SettingsError,
    StoreAccessError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    TrainingError,
    UsageError,
    VersionProtectedError,
    VoxpopError,
)
from voxpop.evaluation.record import Evaluation
from voxpop.events import (
    AliasKept,
    AliasMoved,
    EpochEnded,
    Evaluated,
    Event,
    Listener,
    Notice,
    Progress,
    RunStopped,
    StageStarted,
    VersionPublished,
)
from voxpop.hookspecs import hookimpl
from voxpop.interfaces import (
    Model,
    Move,
    ObjectStore,
    Prediction,
    Registry,
    Splits,
    Tag,
    Task,
    TokenBatch,
    Tokenizer,
)
from voxpop.loading import load
from voxpop.measuring import evaluate
from voxpop.part_options import Option, options_of
from voxpop.parts import (
    DataSourcePart,
    ListenerPart,
    ModelPart,
    Part,
    PartConfig,
    RegistryPart,
    StorePart,
    TokenizerPart,
)
from voxpop.plugins import BrokenPlugin, Origin, Plugins
from voxpop.registry import StoreRegistry, rollback
from voxpop.run_config import (
    PromotionOptions,
    RunConfig,
    Selected,
    SplitsOptions,
    open_registry,
    run_config_schema,
)
from voxpop.settings import Settings, cache_directory
from voxpop.tokens import TokenDataset
from voxpop.training import TrainedVersion, train

__all__ = [
    "AliasConflictError",
    "AliasKept",
    "AliasMoved",
    "BrokenPlugin",
    "BundleError",
    "Classifier",
    "ConfigError",
    "DataError",
    "DataSourcePart",
    "EpochEnded",
    "Evaluated",
    "Evaluation",
    "Event",
    "Example",
    "Listener",
    "ListenerPart",
    "Manifest",
    "MissingExtraError",
    "Model",
    "ModelPart",
    "Move",
    "Notice",
    "ObjectChangedError",
    "ObjectNotFoundError",
    "ObjectStore",
    "Option",
    "Origin",
    "Part",
    "PartConfig",
    "PartNotFoundError",
    "PluginError",
    "Plugins",
    "Prediction",
    "Progress",
    "PromotionOptions",
    "ReferenceNotFoundError",
    "Registry",
    "RegistryError",
    "RegistryPart",
    "RunConfig",
    "RunStopped",
    "Selected",
    "Settings",
    "SettingsError",
    "Split",
    "SplitWriter",
    "Splits",
    "SplitsOptions",
    "StageStarted",
    "StoreAccessError",
    "StoreError",
    "StoreFullError",
    "StorePart",
    "StoreRegistry",
    "StoreUnavailableError",
    "Tag",
    "Task",
    "TokenBatch",
    "TokenDataset",
    "Tokenizer",
    "TokenizerPart",
    "TrainedVersion",
    "TrainingError",
    "UsageError",
    "VersionProtectedError",
    "VersionPublished",
    "VoxpopError",
    "cache_directory",
    "cached_split",
    "disk_fault",
    "evaluate",
    "hookimpl",
    "load",
    "open_registry",
    "options_of",
    "review_text",
    "rollback",
    "run_config_schema",
    "seal_bundle",
    "train",
    "verify_bundle",
]
