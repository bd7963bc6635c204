"""Offers nothing: the hook lacks its mark."""

from voxpop.testing.doubles import WORDS


def voxpop_tokenizers():
    """Is not marked as an implementation."""
    yield WORDS
