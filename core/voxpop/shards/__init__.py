"""A data set as Parquet shards: written from a data source, put into a store, checked.

DIR/manifest.json                    what there is, with digests; in a store, also if all is there
DIR/train/00000-of-00015.parquet     label (int64), title, content (texts), as on the Hub
DIR/test/00000-of-00002.parquet
"""

from voxpop.shards.checking import Flaw, check_directory, check_store
from voxpop.shards.fetching import fetch_shards
from voxpop.shards.manifest import DatasetManifest, read_dataset_manifest
from voxpop.shards.pushing import Pushed, push_shards
from voxpop.shards.stored import read_stored_manifest

__all__ = [
    "DatasetManifest",
    "Flaw",
    "Pushed",
    "check_directory",
    "check_store",
    "fetch_shards",
    "push_shards",
    "read_dataset_manifest",
    "read_stored_manifest",
]
