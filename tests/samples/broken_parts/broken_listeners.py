"""Listeners with one fault each."""

from __future__ import annotations

import pytest

from voxpop import EpochEnded, Evaluated, Progress, VersionPublished
from voxpop.testing import ListenerConformance, RecordingListener


class TestGivesNoListener(ListenerConformance):
    pass


class TestGivesARecord(ListenerConformance):
    @pytest.fixture
    def listener(self):
        return {"on_epoch": print}


class DividesByTotal:
    def __call__(self, event):
        if isinstance(event, Progress):
            self.share = event.done / event.total


class TestDividesByTotal(ListenerConformance):
    @pytest.fixture
    def listener(self):
        return DividesByTotal()


class NeedsValidationLoss:
    def __call__(self, event):
        if isinstance(event, EpochEnded):
            self.loss = event.metrics["val_loss"]


class TestNeedsValidationLoss(ListenerConformance):
    @pytest.fixture
    def listener(self):
        return NeedsValidationLoss()


class OneRunOnly(RecordingListener):
    def __call__(self, event):
        if self.of(VersionPublished) and isinstance(event, VersionPublished):
            raise ValueError("published already")
        super().__call__(event)


class TestOneRunOnly(ListenerConformance):
    @pytest.fixture
    def listener(self):
        return OneRunOnly()


class NeverClosed(RecordingListener):
    """Expects each evaluation to be followed by a publication before the next."""

    def __call__(self, event):
        if isinstance(event, Evaluated) and len(self.of(Evaluated)) > len(
            self.of(VersionPublished)
        ):
            raise ValueError("the run before was never published")
        super().__call__(event)


class TestNeverClosed(ListenerConformance):
    @pytest.fixture
    def listener(self):
        return NeverClosed()


class TestChanged(ListenerConformance):
    @pytest.fixture
    def listener(self):
        return RecordingListener()

    def test_listener_is_callable(self):
        pass
