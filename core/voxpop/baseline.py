"""What the training texts looked like: the yardstick by which serving sees drift."""

from __future__ import annotations

import numpy as np

from voxpop.bundle.manifest import Baseline
from voxpop.tokens import TokenDataset

_QUANTILES = np.linspace(0.1, 0.9, 9)  # deciles: ten bins of about equal weight


def training_baseline(
    tokens: TokenDataset, labels: tuple[str, ...], oov_id: int | None
) -> Baseline:
    """Describe encoded training texts: shares of lengths, of unknown words and of labels.

    Args:
        tokens: the encoded training split, at least one row.
        labels: the class names.
        oov_id: the id that stands for unknown words; None when the tokenizer has none.
    """
    lengths = tokens.lengths
    edges = np.unique(np.quantile(lengths, _QUANTILES, method="higher"))
    bins = np.searchsorted(edges, lengths, side="left")  # (previous edge, edge]
    length_shares = np.bincount(bins, minlength=len(edges) + 1) / len(lengths)
    label_shares = np.bincount(tokens.labels, minlength=len(labels)) / len(tokens)
    return Baseline(
        length_edges=[int(edge) for edge in edges],
        length_shares=[float(share) for share in length_shares],
        oov_share=None if oov_id is None else _share(tokens, oov_id),
        label_shares={
            label: float(share) for label, share in zip(labels, label_shares, strict=True)
        },
    )


def _share(tokens: TokenDataset, wanted: int, chunk: int = 1 << 22) -> float:
    """Count one id in the memory-mapped tokens, a piece at a time."""
    total = len(tokens.tokens)
    found = sum(
        int(np.count_nonzero(tokens.tokens[start : start + chunk] == wanted))
        for start in range(0, total, chunk)
    )
    return found / total if total else 0.0
