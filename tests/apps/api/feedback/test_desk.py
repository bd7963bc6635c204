"""Accepted feedback is never lost: not by a store that is down, a kill, or a full spool."""

import asyncio
import logging
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.followers import SwitchedStore, until
from voxpop import FeedbackLog, FeedbackRecord, ObjectStore
from voxpop_apps.api.errors import FeedbackUnavailableError
from voxpop_apps.api.feedback.desk import FeedbackDesk
from voxpop_apps.api.observability.metrics import Metrics
from voxpop_apps.api.settings import ApiSettings


@asynccontextmanager
async def desk_of(store: ObjectStore, **settings: Any) -> AsyncIterator[FeedbackDesk]:
    options = {"feedback_flush_s": 0.05, **settings}
    desk = FeedbackDesk(ApiSettings(**options), store, Metrics().feedback)
    desk.start()
    try:
        yield desk
    finally:
        await asyncio.to_thread(desk.stop)


def records(count: int) -> list[FeedbackRecord]:
    return [FeedbackRecord(label="positive", text=f"Review {number}") for number in range(count)]


def kept_in(store: SwitchedStore) -> set[str]:
    return {record.id for record in FeedbackLog(store.inside).read()}


def spooled(home: Path) -> list[Path]:
    return sorted((home / "feedback-spool").glob("*/*.jsonl"))


def test_what_is_accepted_reaches_the_store(store: SwitchedStore, voxpop_home: Path) -> None:
    given = records(100)

    async def run() -> None:
        async with desk_of(store) as desk:
            await asyncio.gather(*(desk.accept(record) for record in given))
            await until(lambda: len(kept_in(store)) == 100)

    asyncio.run(run())
    assert kept_in(store) == {record.id for record in given}
    assert list((voxpop_home / "feedback-spool").iterdir()) == []


def test_a_store_that_is_down_delays_feedback_and_blocks_nothing(
    store: SwitchedStore, caplog: pytest.LogCaptureFixture
) -> None:
    given = records(20)

    async def run() -> None:
        store.plugged.clear()
        async with desk_of(store) as desk:
            for record in given:
                async with asyncio.timeout(2):
                    await desk.accept(record)
            await until(lambda: store.asked > 2)
            store.plugged.set()
            await until(lambda: len(kept_in(store)) == 20)

    asyncio.run(run())
    told = [record.getMessage() for record in caplog.records if "stays in the spool" in record.msg]
    assert len(told) == 1


def test_what_a_stop_could_not_send_is_sent_by_the_next_start(
    store: SwitchedStore, voxpop_home: Path
) -> None:
    given = records(3)

    async def run() -> None:
        store.plugged.clear()
        async with desk_of(store) as desk:
            for record in given:
                await desk.accept(record)
        assert spooled(voxpop_home)
        store.plugged.set()
        async with desk_of(store):
            await until(lambda: len(kept_in(store)) == 3)

    asyncio.run(run())
    assert list((voxpop_home / "feedback-spool").iterdir()) == []


def test_a_killed_process_loses_nothing_that_it_accepted(
    store: SwitchedStore, voxpop_home: Path
) -> None:
    program = textwrap.dedent("""
        import asyncio, sys
        from voxpop import FeedbackRecord
        from voxpop.testing import MemoryStore
        from voxpop_apps.api.feedback.desk import FeedbackDesk
        from voxpop_apps.api.observability.metrics import Metrics
        from voxpop_apps.api.settings import ApiSettings

        async def run():
            settings = ApiSettings(feedback_flush_s=3600)
            desk = FeedbackDesk(settings, MemoryStore(), Metrics().feedback)
            desk.start()
            while True:
                record = FeedbackRecord(label="positive", text="kept")
                await desk.accept(record)
                print(record.id, flush=True)

        asyncio.run(run())
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    accepted = [process.stdout.readline().strip() for _ in range(25)]
    process.send_signal(signal.SIGKILL)
    accepted += process.stdout.read().split()
    process.stdout.close()
    process.wait()
    (left,) = (voxpop_home / "feedback-spool").glob("*/*.open")
    with left.open("ab") as file:
        file.write(b'{"label":"posi')  # a write that the power cut

    async def run() -> None:
        async with desk_of(store):
            await until(lambda: len(kept_in(store)) >= len(accepted))

    asyncio.run(run())
    assert set(accepted) <= kept_in(store)
    assert list((voxpop_home / "feedback-spool").iterdir()) == []


def test_a_full_spool_refuses_and_what_it_took_before_is_kept(store: SwitchedStore) -> None:
    async def run() -> None:
        store.plugged.clear()
        accepted = set()
        async with desk_of(store, feedback_spool_bytes=4_096) as desk:
            for record in records(1_000):
                try:
                    await desk.accept(record)
                except FeedbackUnavailableError as refusal:
                    assert "full" in str(refusal)  # noqa: PT017
                    break
                accepted.add(record.id)
            assert 0 < len(accepted) < 1_000
            store.plugged.set()
            await until(lambda: kept_in(store) == accepted)
            async with asyncio.timeout(60):  # there is room once the desk has heard of that too
                while not await is_taken(desk):
                    await asyncio.sleep(0.01)

    async def is_taken(desk: FeedbackDesk) -> bool:
        try:
            await desk.accept(records(1)[0])
        except FeedbackUnavailableError:
            return False
        return True

    asyncio.run(run())


def test_a_spool_that_cannot_be_made_refuses_and_does_not_stop_the_server(
    store: SwitchedStore, voxpop_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    voxpop_home.mkdir()
    (voxpop_home / "feedback-spool").write_text("in the way")

    async def run() -> None:
        async with desk_of(store) as desk:
            with pytest.raises(FeedbackUnavailableError):
                await desk.accept(records(1)[0])

    asyncio.run(run())
    assert "No feedback can be taken" in caplog.text


def test_a_damaged_batch_is_set_aside_and_holds_nothing_up(
    store: SwitchedStore, voxpop_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    orphan = voxpop_home / "feedback-spool" / "gone"
    orphan.mkdir(parents=True)
    (orphan / ".lock").touch()
    (orphan / "aa.jsonl").write_bytes(b"damaged\n")
    given = records(1)

    async def run() -> None:
        async with desk_of(store) as desk:
            await desk.accept(given[0])
            await until(lambda: kept_in(store) == {given[0].id})
            await until(lambda: (orphan / "aa.jsonl.damaged").exists())

    with caplog.at_level(logging.ERROR):
        asyncio.run(run())
    assert "set aside" in caplog.text
