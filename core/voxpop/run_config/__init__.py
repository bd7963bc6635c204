"""The run config: one TOML file that says what is trained from what, and where it goes."""

from voxpop.run_config.checking import Selected
from voxpop.run_config.config import RunConfig
from voxpop.run_config.core_tables import PromotionOptions, ReportOptions, SplitsOptions
from voxpop.run_config.one_part import choose_part
from voxpop.run_config.process_registry import open_registry, open_store
from voxpop.run_config.schema import run_config_schema

__all__ = [
    "PromotionOptions",
    "ReportOptions",
    "RunConfig",
    "Selected",
    "SplitsOptions",
    "choose_part",
    "open_registry",
    "open_store",
    "run_config_schema",
]
