"""Gives a part of another kind."""

from voxpop import hookimpl
from voxpop.testing.doubles import WORDS


@hookimpl
def voxpop_models():
    """Gives a tokenizer."""
    yield WORDS
