"""Implements a hook with an argument that it does not have."""

from voxpop import hookimpl
from voxpop.testing.doubles import WORDS


@hookimpl
def voxpop_tokenizers(register):
    """Expects to be handed something."""
    register(WORDS)
