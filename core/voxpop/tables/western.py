"""Tells apart the one-byte encodings of western Europe, which share most of their bytes.

A frequency table of characters cannot: a few accents differ. What does: in a text that its common
words show to be English, German, French, Spanish, Italian or Portuguese, an accented letter stands
in a word, is a capital only where capitals are, and a sign does not stand between two letters.
"""

from __future__ import annotations

import re

_CANDIDATES = ("cp1252", "mac_roman", "iso8859_15")  # the first of two that read alike
_COMMON_WORDS = """
    the and this that with was for you have but very they she his would my after again said it
    der die und ist nicht mit ein eine auch sehr aber wir das ich zu nach
    des est une pour dans avec qui je tout mais il un le et en du de la
    los las por para con como muy pero este el una que si lo
    che di della sono molto come questo gli non ha mi
    os um uma em meu minha muito mais mas foi boa dos duas
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_FEWEST, _SHARE = 4, 0.08  # common words that show the language to be one of those
_SMALL = frozenset("áàâäãåæçéèêëíìîïñóòôöõøœúùûüýÿßªº")
_LARGE = frozenset("ÁÀÂÄÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜÝ")
# Quotes, dashes, the ellipsis, narrow and unbreakable spaces; these two stand between letters.
_JOINING = frozenset("\u2018\u2019\u2026")
_SIGNS = _JOINING | set("¿¡«»€£°©®™•§\u201a\u201c\u201d\u201e\u2013\u2014\u00a0\u202f½¼¾²³")
_PLAUSIBLE, _AHEAD = 0.05, 0.1


def choose_western(text: bytes) -> str | None:
    """Give the encoding in which a western text makes sense; None when it is another text.

    Args:
        text: lines that are neither ASCII nor UTF-8.
    """
    words = re.findall(r"[^\W\d_]+", text.decode("cp1252", errors="replace").lower())
    common = sum(word in _COMMON for word in words)
    if common < max(_FEWEST, _SHARE * len(words)):
        return None
    rated: dict[str, tuple[float, str]] = {}
    for name in _CANDIDATES:
        decoded = text.decode(name, errors="replace")
        if all(decoded != other for _, other in rated.values()):
            rated[name] = _implausible(decoded), decoded
    best, *others = sorted(rated, key=lambda name: rated[name][0])
    behind = min((rated[name][0] for name in others), default=1.0)
    if rated[best][0] > _PLAUSIBLE or behind < rated[best][0] + _AHEAD:
        return None
    return best


def _implausible(text: str) -> float:
    """Give the share of the characters beyond ASCII that stand where none is written."""
    seen = wrong = 0
    for place, letter in enumerate(text):
        if letter.isascii():
            continue
        seen += 1
        before = text[place - 1] if place else " "
        after = text[place + 1] if place + 1 < len(text) else " "
        if letter in _SMALL:
            # `Ärger`, `éCLAIR`: a small letter before a capital is a capital read wrongly
            wrong += after.isupper()
        elif letter in _LARGE:
            wrong += before.islower() or (before.isalpha() and after.islower())
        elif letter in _SIGNS:
            inside = before.isalpha() and after.isalpha()
            wrong += inside and letter not in _JOINING
        else:
            wrong += 1
    return wrong / max(1, seen)
