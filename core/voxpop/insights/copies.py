"""Reviews that are near copies of each other.

Two texts are near copies when their sets of 5-character shingles have a Jaccard similarity of 0.6
or more (Broder, "On the resemblance and containment of documents", 1997). Candidates are found by
MinHash and banding, P(same band) = 1 - (1 - J^4)^32 (Indyk and Motwani 1998; rensa computes the
hashes), and each one is then verified, so that chance makes no copies. Texts of fewer than 8 words
("Great product!") are alike by nature: equal ones are a group only if they came in a burst.

Nothing is deleted: figures are shown with and without.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from voxpop.events import Listener, Progress, followed, ignore_events
from voxpop.insights.bursts import scan_days
from voxpop.insights.libraries import library

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_JACCARD = 0.6
FEWEST_WORDS = 8
_SHINGLE = 5
_BANDS, _ROWS_A_BAND = 32, 4
_CHUNK = 2_000
_KEPT = 10_000  # sets of shingles, some 4 KB each
_FEWEST_SHORT = 5
_LOOKING, _COMPARING = "looking for copies", "comparing what looks like a copy"
_NOT_WORD = re.compile(r"[\W_]+")


def near_copies(
    texts: Sequence[str],
    days: NDArray[np.datetime64] | None = None,
    *,
    listen: Listener = ignore_events,
) -> tuple[NDArray[np.int64], ...]:
    """Group near copies; a text is in one group at most.

    Args:
        texts: n texts.
        days: datetime64[D] of shape (n,), NaT where unknown; without it short texts form no group.
        listen: hears how far it is.

    Returns:
        The rows of each group of two or more, ascending; the largest group first.
    """
    normal = [_NOT_WORD.sub(" ", text.lower()).strip() for text in texts]
    is_long = np.array([text.count(" ") + 1 >= FEWEST_WORDS for text in normal], dtype=bool)
    long_rows = np.flatnonzero(is_long)
    groups = [
        long_rows[group] for group in _long_groups([normal[row] for row in long_rows], listen)
    ]
    if days is not None:
        groups += _short_groups(normal, np.flatnonzero(~is_long), days, listen)
    return tuple(sorted(groups, key=lambda group: (-len(group), int(group[0]))))


def shingle_hashes(text: str) -> NDArray[np.uint64]:
    """Give the set of hashed 5-character shingles of a text, sorted uint64."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < _SHINGLE:
        return _distinct(codes)
    hashes = np.zeros(len(codes) - _SHINGLE + 1, dtype=np.uint64)
    for place in range(_SHINGLE):  # polynomial, modulo 2 ** 64
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + codes[place : place + len(hashes)]
    hashes ^= hashes >> np.uint64(31)
    return _distinct(hashes * np.uint64(0xBF58476D1CE4E5B9))


def _distinct(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sort and drop repeats: `np.unique` costs several times as much on so few values."""
    ordered = np.sort(values)
    first = np.concatenate((ordered[:1] == ordered[:1], ordered[1:] != ordered[:-1]))
    return np.asarray(ordered[first])


def jaccard(some: NDArray[np.uint64], others: NDArray[np.uint64]) -> float:
    """Give |both| / |either| of two sorted sets; 0 when both are empty."""
    merged = np.sort(np.concatenate((some, others)))
    both = int(np.count_nonzero(merged[1:] == merged[:-1]))
    either = len(some) + len(others) - both
    return both / either if either else 0.0


def _long_groups(texts: Sequence[str], listen: Listener) -> list[NDArray[np.int64]]:
    if len(texts) < 2:
        return []
    keys = _band_keys(texts, listen)
    pairs: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        order = np.argsort(keys[:, band], kind="stable")
        ordered = keys[order, band]
        first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
        leader = order[np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))]
        others = ~first
        pairs.update(zip(leader[others].tolist(), order[others].tolist(), strict=True))
    parent = list(range(len(texts)))

    @functools.lru_cache(maxsize=_KEPT)
    def shingles(row: int) -> NDArray[np.uint64]:
        return shingle_hashes(texts[row])

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for one, two in followed(sorted(pairs), listen, _COMPARING, unit="pairs"):
        first_root, second_root = root(one), root(two)
        if first_root != second_root and (
            texts[one] == texts[two] or jaccard(shingles(one), shingles(two)) >= LEAST_JACCARD
        ):
            parent[max(first_root, second_root)] = min(first_root, second_root)
    members: dict[int, list[int]] = {}
    for row in range(len(texts)):
        if parent[row] != row:
            members.setdefault(root(row), []).append(row)
    return [np.array([top, *rest], dtype=np.int64) for top, rest in members.items()]


def _band_keys(texts: Sequence[str], listen: Listener) -> NDArray[np.uint64]:
    """Give a hash a band of each text's MinHash, uint64 of shape (n, bands)."""
    min_hash = library("rensa").RMinHash
    hashes = _BANDS * _ROWS_A_BAND
    keys = np.empty((len(texts), _BANDS), dtype=np.uint64)
    for start in range(0, len(texts), _CHUNK):
        listen(Progress(stage=_LOOKING, done=start, total=len(texts)))
        sets = [shingle_hashes(text) for text in texts[start : start + _CHUNK]]
        offsets = np.cumsum([0, *map(len, sets)]).astype(np.uint64)
        matrix = min_hash.digest_matrix_from_flat_token_hashes(
            np.concatenate(sets), offsets, hashes, 1
        )
        digests = np.array(matrix.to_rows(), dtype=np.uint64).reshape(-1, _BANDS, _ROWS_A_BAND)
        key = digests[:, :, 0]
        for column in range(1, _ROWS_A_BAND):
            key = key * np.uint64(0x9E3779B97F4A7C15) + digests[:, :, column]
        keys[start : start + len(sets)] = key
    return keys


def _short_groups(
    normal: Sequence[str],
    rows: NDArray[np.int64],
    days: NDArray[np.datetime64],
    listen: Listener,
) -> list[NDArray[np.int64]]:
    """Equal short texts that came in a burst: those of the burst."""
    by_text: dict[str, list[int]] = {}
    for row in rows.tolist():
        if normal[row] and not np.isnat(days[row]):
            by_text.setdefault(normal[row], []).append(row)
    known = days[~np.isnat(days)]
    groups = []
    often = [same for same in by_text.values() if len(same) >= _FEWEST_SHORT]
    for same in followed(often, listen, _COMPARING, unit="short texts", every=100):
        at = (days[same] - np.min(known)).astype(np.int64)
        counts = np.bincount(
            at, minlength=int((np.max(known) - np.min(known)).astype(np.int64)) + 1
        )
        for window in scan_days(counts, fewest=_FEWEST_SHORT):
            inside = (at >= window.first) & (at <= window.last)
            groups.append(np.array(same, dtype=np.int64)[inside])
    return groups
