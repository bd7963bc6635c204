"""kill -9 at any point of a publish, of an alias move and of a fetch, in whatever store."""

from __future__ import annotations

import logging
import shutil
import statistics
from abc import ABC, abstractmethod
from collections import Counter, deque
from pathlib import Path

import pytest

from tests.bundles import make_bundle
from tests.registry_process import Outcome, WarmProcess, store_at
from voxpop import ReferenceNotFoundError, StoreRegistry, verify_bundle

logger = logging.getLogger(__name__)

MEGABYTES = {
    "model/model.onnx": b"o" * 1_500_000,
    "model/model.keras": b"k" * 1_500_000,
    "tokenizer/tokenizer.json": b"t" * 500_000,
}


class Case(ABC):
    """A job that is killed, and what must hold afterwards."""

    committing = ""  # what the child tells when the commit is done; empty: then it is at its end

    def __init__(self, root: Path, place: str) -> None:
        self.root = root
        self.place = place
        self.store = store_at(place)
        _, self.old = make_bundle(root / "old", "old", {"model/a": b"a", "tokenizer/b": b"b"})
        self.registry = StoreRegistry(self.store)

    @abstractmethod
    def prepare(self) -> tuple[object, ...]:
        """Bring the registry to where the job begins; give the job and its arguments."""

    @abstractmethod
    def check(self) -> bool:
        """Check that what is visible is whole and that the next run works; tell if committed."""

    def clear(self, prefix: str) -> None:
        for key in list(self.store.list(prefix)):
            self.store.delete(key)

    def check_version(self, version: str) -> None:
        into = self.root / "fetched"
        self.registry.fetch(version, into)
        assert verify_bundle(into, version)[1] == version
        shutil.rmtree(into)


class Publish(Case):
    def __init__(self, root: Path, place: str) -> None:
        super().__init__(root, place)
        _, self.new = make_bundle(root / "new", "new", MEGABYTES)
        self.committing = f"wrote versions/{self.new}/manifest.json"

    def prepare(self) -> tuple[object, ...]:
        self.clear("")
        self.registry.publish(self.root / "old")
        return "publish", self.place, self.root / "new"

    def check(self) -> bool:
        committed = self.new in list(self.registry.versions())
        if committed:
            self.check_version(self.new)
        else:
            with pytest.raises(ReferenceNotFoundError):
                self.registry.fetch(self.new, self.root / "fetched")
            assert not (self.root / "fetched").exists()
        self.check_version(self.old)
        assert self.registry.publish(self.root / "new") == self.new
        self.check_version(self.new)
        self.registry.move_alias("champion", self.new, expected=None)
        return committed


class Promote(Case):
    committing = "wrote aliases/champion.json"

    def __init__(self, root: Path, place: str) -> None:
        super().__init__(root, place)
        _, self.new = make_bundle(root / "new", "new", {"model/a": b"a", "tokenizer/b": b"b"})
        for name in ("old", "new"):
            self.registry.publish(root / name)

    def prepare(self) -> tuple[object, ...]:
        self.clear("aliases/")
        self.registry.move_alias("champion", self.old, expected=None)
        return "promote", self.place, self.new, self.old

    def check(self) -> bool:
        holder = self.registry.resolve("champion")
        assert holder in (self.old, self.new)
        moves = [move.version for move in self.registry.history("champion")]
        assert moves == ([self.old, self.new] if holder == self.new else [self.old])
        self.registry.move_alias("champion", self.old, expected=holder)
        assert self.registry.resolve("champion") == self.old
        return holder == self.new


class Fetch(Case):
    def __init__(self, root: Path, place: str) -> None:
        super().__init__(root, place)
        self.into = root / "into"
        _, self.new = make_bundle(root / "new", "new", MEGABYTES)
        self.registry.publish(root / "new")

    def prepare(self) -> tuple[object, ...]:
        shutil.rmtree(self.into, ignore_errors=True)
        return "fetch", self.place, self.new, self.into

    def check(self) -> bool:
        fetched = self.into.exists()
        if not fetched:
            self.registry.fetch(self.new, self.into)
        assert verify_bundle(self.into, self.new)[1] == self.new
        return fetched


CASES = {"publish": Publish, "promote": Promote}


class Record:
    """What each kill hit."""

    def __init__(self) -> None:
        self.phases: Counter[str] = Counter()
        self.committed: Counter[bool] = Counter()
        self.finished = 0  # not killed, or too late

    def add(self, case: Case, outcome: Outcome) -> None:
        committed = case.check()
        if outcome.killed:
            self.phases[outcome.phase] += 1
            self.committed[committed] += 1
        else:
            assert committed
            self.finished += 1

    def __str__(self) -> str:
        rows = [f"{count:4} {phase}" for phase, count in self.phases.items()]
        before, after = self.committed[False], self.committed[True]
        return "\n".join([f"{before} before, {after} after, {self.finished} not killed", *rows])


def kill_evenly(case: Case, warm: WarmProcess, kills: int) -> Record:
    """Spread the kills over the measured length; add some after the commit if few fell there."""
    record = Record()
    lengths: deque[float] = deque(maxlen=5)  # a disk is not always equally fast
    rests: deque[float] = deque(maxlen=5)

    def run(share: float | None = None, *, of_the_rest: bool = False) -> bool:
        """Run the job, killed after that share of its length; tell if the kill came in time."""
        job, *arguments = case.prepare()
        kill_after_s = None
        if share is not None:
            kill_after_s = share * statistics.median(rests if of_the_rest else lengths)
        outcome = warm.run(
            str(job),
            *arguments,
            kill_after_s=kill_after_s,
            counted_from=case.committing if of_the_rest else "ready",
        )
        if not outcome.killed:
            lengths.append(outcome.before_end_s("ready"))
            rests.append(outcome.before_end_s(case.committing) if case.committing else 0.0)
        record.add(case, outcome)
        return outcome.killed

    for _ in range(5):
        run()
    for number in range(kills):
        for _ in range(10):
            if run((number + 0.5) / kills):
                break
    logger.info("%.1f ms, spread: %s", 1_000 * statistics.median(lengths), record)
    for number in range(3 * kills if case.committing else 0):
        # A move is nearly over once it is committed.
        if record.committed[True] >= max(1, kills // 10) and record.committed.total() >= kills:
            break
        run((number % 10) / 20, of_the_rest=True)
    logger.info("With those after the commit: %s", record)
    return record
