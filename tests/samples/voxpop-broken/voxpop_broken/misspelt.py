"""Implements a hook that there is not."""

from voxpop import hookimpl
from voxpop.testing.doubles import WORDS


@hookimpl
def voxpop_tokenizer():
    """Lacks the last letter."""
    yield WORDS
