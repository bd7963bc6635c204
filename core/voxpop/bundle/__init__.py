"""One trained version on disk: tokenizer, model and everything needed to trust them."""

from voxpop.bundle.manifest import Manifest
from voxpop.bundle.sealing import seal_bundle
from voxpop.bundle.verification import read_manifest, verify_bundle

__all__ = ["Manifest", "read_manifest", "seal_bundle", "verify_bundle"]
