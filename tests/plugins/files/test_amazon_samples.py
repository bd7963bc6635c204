"""Real Amazon reviews, where they lie beside the checkout; they are never committed."""

from pathlib import Path

import numpy as np

from tests.plugins.files.review_files import load
from voxpop import Notice
from voxpop.data.cutting import cut_splits
from voxpop.testing import RecordingListener

SAMPLES = Path(__file__).parents[4] / "shared" / "data"

if (SAMPLES / "amazon_polarity_train_sample.csv.gz").exists():

    def test_real_reviews_are_read_and_cut() -> None:
        splits, notices = load(SAMPLES / "*.csv.gz", labels={"0": "negative", "1": "positive"})
        assert splits.labels == ("negative", "positive")
        assert np.bincount(splits.train.labels).tolist() == [10_101, 9_902]
        assert notices == []
        starts = {example.text.split(". ")[0] for example in splits.train}
        assert "None" in starts or "NA" in starts  # titles that readers like to take for nothing

        listener = RecordingListener()
        made = cut_splits(splits, validation=0.1, test=0.2, limit=None, seed=42, listen=listener)
        assert made.validation is not None
        assert made.test is not None
        sizes = [len(split) for split in (made.train, made.validation, made.test)]
        assert sizes == [14_002, 2_000, 4_001]
        # No content stands twice in or across the files.
        assert not [event for event in listener.events if isinstance(event, Notice)]
