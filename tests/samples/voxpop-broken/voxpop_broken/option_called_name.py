"""Has an option called `name`, which selects the part."""

import dataclasses

from voxpop import PartConfig, hookimpl
from voxpop.testing.doubles import WORDS


class NamedConfig(PartConfig):
    """Options of the tokenizer."""

    name: str = "english"


@hookimpl
def voxpop_tokenizers():
    """Gives a tokenizer with that option."""
    yield dataclasses.replace(WORDS, name="named", config=NamedConfig)
