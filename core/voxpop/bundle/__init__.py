"""One trained version on disk: tokenizer, model and everything needed to trust them."""

from voxpop.bundle.manifest import Manifest

__all__ = ["Manifest"]
