"""Which encoding a text file is in; what is not clear is asked, not guessed."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from voxpop.errors import DataError, UsageError
from voxpop.tables.libraries import import_extra
from voxpop.tables.source import FileSource
from voxpop.tables.western import choose_western

UNDECODABLE = "\udcff"
"""Stands in a decoded text for bytes that are none in its encoding; no text holds it."""
ERRORS = "voxpop.undecodable"

_CHUNK = 1 << 20
_ENOUGH = 1 << 16  # bytes of lines that are not ASCII
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = [
    *("cp1252", "iso8859_15", "mac_roman", "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1253"),
    *("cp1254", "cp1255", "cp1256", "cp1257", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
_NEAR_MESS, _NEAR_COHERENCE = 0.02, 0.1  # closer scores than these decide nothing

codecs.register_error(
    ERRORS,
    lambda error: (UNDECODABLE, error.end) if isinstance(error, UnicodeDecodeError) else ("?", 0),
)


class Encoding(NamedTuple):
    """An encoding by Python's name, and why it was taken."""

    name: str
    reason: str


def choose_encoding(source: FileSource, wanted: str | None) -> Encoding:
    """Take the encoding that is asked for, or find out which one it is.

    Raises:
        DataError: several are as likely: which one is a question for a person.
        UsageError: there is no such encoding.
    """
    if wanted is not None:
        return _known(source, wanted)
    head, _ = source.head(4_096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, "by its byte-order mark")
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) / 5:
        return Encoding("utf-16-le" if odd > even else "utf-16-be", "every other byte is zero")
    lines = _lines_beyond_ascii(source)
    if not lines:
        return Encoding("utf-8", "nothing but ASCII")
    sound = sum(map(_is_utf8, lines)) / len(lines)
    if sound == 1:
        return Encoding("utf-8", "all of it is valid")
    if sound >= 0.5:
        return Encoding("utf-8", f"{sound:.0%} of the lines beyond ASCII are valid")
    if sound > 0.1:
        raise DataError(
            f"{str(source.path)!r} seems to be in two encodings: {sound:.0%} of its lines beyond "
            "ASCII are UTF-8, the others are not. Say which one with --encoding, and rows that are "
            "not in it are marked"
        )
    return _not_unicode(source, b"\n".join(lines))


def _known(source: FileSource, wanted: str) -> Encoding:
    try:
        found = codecs.lookup(wanted).name
        "".encode(found)
    except (LookupError, ValueError) as error:
        raise UsageError(
            f"There is no encoding {wanted!r}; common ones are utf-8, utf-16, cp1252 (Windows), "
            "iso8859-15 and mac_roman"
        ) from error
    if found == "utf-8" and source.head(3)[0] == codecs.BOM_UTF8:
        found = "utf-8-sig"
    return Encoding(found, "as you say")


def _lines_beyond_ascii(source: FileSource) -> list[bytes]:
    """Collect some of the lines that are not ASCII, wherever in the file the first one is."""
    lines: list[bytes] = []
    size, rest = 0, b""
    with source.open() as stream:
        while size < _ENOUGH and (chunk := stream.read(_CHUNK)):
            if chunk.isascii() and rest.isascii():
                rest = chunk.rpartition(b"\n")[2][-_ENOUGH:]
                continue
            *whole, rest = (rest + chunk).split(b"\n")
            found = [line for line in whole if not line.isascii()]
            lines += found
            size += sum(map(len, found))
        else:
            if not rest.isascii() and size < _ENOUGH:
                lines.append(rest)
    return lines


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _not_unicode(source: FileSource, text: bytes) -> Encoding:
    western = choose_western(text)
    if western is not None:
        return Encoding(western, f"by its characters: {_excerpt(text, western)}")
    library = import_extra("charset_normalizer", "Finding out a file's encoding")
    matches = list(library.from_bytes(text[:_ENOUGH], cp_isolation=_CANDIDATES))
    if not matches:
        raise DataError(
            f"The encoding of {str(source.path)!r} cannot be told. Say it with --encoding "
            "(cp1252 is Windows' own in western Europe)"
        )
    best = matches[0]
    for other in matches[1:]:
        if (
            abs(other.chaos - best.chaos) < _NEAR_MESS
            and abs(other.coherence - best.coherence) < _NEAR_COHERENCE
            and str(other) != str(best)
        ):
            raise DataError(
                f"The encoding of {str(source.path)!r} is not clear. Choose by what you can read:\n"
                + "\n".join(
                    f"  --encoding {one.encoding}: {_excerpt(text, one.encoding)}"
                    for one in (best, other)
                )
            )
    name: str = "cp1252" if "cp1252" in best.could_be_from_charset else best.encoding
    return Encoding(name, f"by its characters: {_excerpt(text, name)}")


def _excerpt(text: bytes, encoding: str) -> str:
    """Show the words with the first few characters that the encoding decides."""
    words = re.findall(r"[^\W\d_]+", text.decode(encoding, "replace"))
    telling = dict.fromkeys(word[:40] for word in words if not word.isascii())
    return ", ".join(list(telling)[:5])
