"""Offers a tokenizer under a name that a default plugin has."""

import dataclasses

from voxpop import hookimpl
from voxpop.testing.doubles import WORDS


@hookimpl
def voxpop_tokenizers():
    """Gives the name `keras`, which is taken."""
    yield dataclasses.replace(WORDS, name="keras")
