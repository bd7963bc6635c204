"""What the parts do beyond what every part of their kind does."""

from __future__ import annotations

from pathlib import Path

from voxpop_shout.listener import ShoutListenerConfig, open_listener
from voxpop_shout.tokenizer import LOUD, tokens_of

from voxpop import AliasMoved, Evaluated, StageStarted, VersionPublished


def test_loudness_is_heard() -> None:
    assert tokens_of("AWFUL! I want it back!!") == [
        *("awful", LOUD, "!"),
        *("i", "want", "it", "back", "!", "!"),
    ]


def test_milestones_are_shouted(tmp_path: Path) -> None:
    shout = open_listener(ShoutListenerConfig(file=tmp_path / "shout.txt"))
    shout(StageStarted(stage="training"))
    shout(Evaluated(metrics={"log_loss": 0.25, "accuracy": 0.9}))
    shout(VersionPublished(version="v-0123456789abcdef"))
    shout(AliasMoved(alias="champion", version="v-0123456789abcdef", previous=None))
    assert (tmp_path / "shout.txt").read_text(encoding="utf-8").splitlines() == [
        "MEASURED! ACCURACY 0.900, LOG_LOSS 0.250",
        "PUBLISHED! v-0123456789abcdef",
        "CHAMPION IS v-0123456789abcdef NOW!",
    ]
