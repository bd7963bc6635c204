"""A file on its way, scored by a real API that may go away."""

from __future__ import annotations

import csv
import itertools
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.apps.cli.conftest import RUN_CONFIG
from tests.apps.ui.conftest import PROGRAM, started
from voxpop import ReadingOptions
from voxpop_apps.ui.api_client import ApiClient
from voxpop_apps.ui.file_job import FileJob, State
from voxpop_apps.ui.file_view import progress_html, result_html, status_html
from voxpop_apps.ui.jobs import Jobs
from voxpop_apps.ui.labelling import WANTED, labelling_html, next_place
from voxpop_apps.ui.pace import Pace
from voxpop_apps.ui.reviews_page import PAGE_ROWS, reviews_page
from voxpop_apps.ui.settings import UiSettings


def wait(until: Callable[[], object], limit_s: float = 60) -> None:
    end = time.monotonic() + limit_s
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)


def start(jobs: Jobs, file: Path) -> FileJob:
    job = jobs.begin(jobs.drop(file).number, ReadingOptions())
    assert job is not None
    return job


@pytest.fixture
def jobs(api: str) -> Iterator[Jobs]:
    settings = UiSettings(api_url=api, kept_files=2)
    client = ApiClient(settings)
    jobs = Jobs(client, settings)
    yield jobs
    jobs.close()
    client.close()


def test_a_file_is_analysed(jobs: Jobs, planted: Path) -> None:
    job = start(jobs, planted)
    wait(lambda: job.state.is_over)
    assert job.state is State.DONE, job.failure
    assert job.done == job.total == 4_000
    assert "4,000 reviews analysed" in status_html(job)
    assert job.number in result_html(job)
    assert job.found is not None
    assert "Clock got worse" in (job.folder / "report.html").read_text()

    assert job.page is not None
    for sheet, (_, selection) in list(job.page.selections.items())[:5]:
        places = selection.places(job.found.coded)
        pages = -(-len(places) // PAGE_ROWS)
        shown = [reviews_page(job, sheet, at + 1, "") or "" for at in range(pages)]
        assert sum(one.count("<li>") for one in shown) == len(places)
        assert max(one.count("<li>") for one in shown) <= PAGE_ROWS
        assert f"<title>{job.page.selections[sheet][0]}" in shown[0]
    assert reviews_page(job, 10_000, 1, "") is None
    filtered = reviews_page(job, 1, 1, "BATTERY no-such-word")
    assert filtered is not None
    assert "0 reviews, page 1 of 1" in filtered


def test_own_labels_sharpen_the_shares(jobs: Jobs, planted: Path) -> None:
    job = start(jobs, planted)
    wait(lambda: job.state.is_over)
    assert job.found is not None
    before = job.found
    for number in range(WANTED):
        place = next_place(job)
        assert place is not None
        assert f"{number} of {WANTED} given" in labelling_html(job)
        told = before.table.probabilities[place]
        jobs.label(job.number, place, before.table.labels[int(told.argmax())])
    wait(lambda: job.state.is_over and job.found is not before)
    assert job.found is not None
    corrected = job.found.insights.corrected
    assert (corrected.method, corrected.labels) == ("labels of this file", WANTED)
    assert next_place(job) is None
    assert "All 100 labels are given" in labelling_html(job)


def test_what_a_review_says_is_shown_and_not_run(jobs: Jobs, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text('review,product\n"<script>alert(1)</script> lovely",<b>Lamp</b>\n')
    job = start(jobs, file)
    wait(lambda: job.state.is_over)
    assert job.state is State.DONE, job.failure
    assert job.page is not None
    for html in [job.page.html, *(reviews_page(job, n, 1, "<i>") for n in job.page.selections)]:
        assert html is not None
        assert "<script>alert" not in html
        assert "<b>Lamp" not in html
        assert "<i>" not in html


def test_a_fault_of_the_file_is_told_by_its_name(jobs: Jobs, tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("review,product\n,Lamp\n")
    job = start(jobs, file)
    wait(lambda: job.state.is_over)
    assert job.state is State.FAILED
    assert "empty.csv" in job.failure
    assert str(job.folder) not in job.failure


def test_the_same_upload_becomes_a_file_of_each(jobs: Jobs) -> None:
    upload = jobs.uploads / "by-its-bytes" / "one.csv"  # where Gradio puts what several people give
    upload.parent.mkdir()
    upload.write_text("review\na lovely lamp\n")
    with ThreadPoolExecutor(8) as people:
        dropped = list(people.map(jobs.drop, [upload] * 8))
    assert len({job.number for job in dropped}) == 8
    assert {job.file.read_text() for job in dropped} == {"review\na lovely lamp\n"}


def test_old_files_are_forgotten(jobs: Jobs, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("review\na lovely lamp\n")
    made = []
    for _ in range(3):
        made.append(start(jobs, file))
        wait(lambda: made[-1].state.is_over)
    assert jobs.find(made[0].number) is None
    assert not made[0].folder.exists()
    assert jobs.find(made[2].number) is made[2]


def test_files_with_more_reviews_than_are_kept_are_forgotten(api: str, tmp_path: Path) -> None:
    settings = UiSettings(api_url=api, kept_reviews=5)
    client = ApiClient(settings)
    jobs = Jobs(client, settings)
    made: list[FileJob] = []
    left = []
    for reviews in (2, 3, 9):
        file = tmp_path / f"{reviews}.csv"
        file.write_text("review\n" + "a lovely lamp\n" * reviews)
        made.append(start(jobs, file))
        wait(lambda: made[-1].state.is_over)
        jobs.drop(file)  # room is made when a file comes
        left.append([job.folder.exists() for job in made])
    # Five are not too many; nine are, and yet the last one stays.
    assert left == [[True], [True, True], [False, False, True]]
    jobs.close()
    client.close()


def test_a_cancel_is_said_at_once_and_the_rest_can_follow(jobs: Jobs, large: Path) -> None:
    job = start(jobs, large)
    wait(lambda: job.done)
    began = time.monotonic()
    job.cancel()
    assert "cancelled" in status_html(job)
    wait(lambda: not any(t.name.startswith("scoring") for t in threading.enumerate()))
    assert time.monotonic() - began < 2  # the promise to whoever cancels
    kept = job.done
    assert 0 < kept < job.total
    runs = job.runs
    with ThreadPoolExecutor(8) as people:  # asked by many at once, it runs once
        list(people.map(jobs.go_on, [job.number] * 8))
    assert job.runs == runs + 1
    wait(lambda: job.done > kept)
    job.cancel()


def test_a_cancel_ends_an_analysis_too_and_it_can_be_done_again(jobs: Jobs, planted: Path) -> None:
    job = jobs.drop(planted)
    thread = threading.Thread(target=job.run, args=(job.prepare(),))
    thread.start()
    wait(lambda: job.state is State.ANALYSING and job.step)
    assert " Now " in progress_html(job)
    job.cancel()
    thread.join(2)  # the promise to whoever cancels
    assert not thread.is_alive()
    assert job.state is State.CANCELLED
    again = jobs.go_on(job.number)
    assert again is job
    wait(lambda: again.state.is_over)
    assert again.state is State.DONE, again.failure


def test_what_is_left_is_told_by_the_speed_of_late_and_not_by_a_pause() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    for done in range(0, 1_001, 100):
        pace.saw(done)
        now += 1
    assert pace.left_s(500) == pytest.approx(5)
    now += 600  # nobody answered
    pace.forget()
    pace.saw(1_000)
    assert pace.left_s(500) is None
    now += 10
    pace.saw(1_100)
    assert pace.left_s(500) == pytest.approx(50)


def test_an_end_does_not_wait_for_an_analysis(api: str, planted: Path) -> None:
    settings = UiSettings(api_url=api)
    client = ApiClient(settings)
    jobs = Jobs(client, settings)
    job = start(jobs, planted)
    wait(lambda: job.state in (State.ANALYSING, State.WRITING, State.DONE))
    assert job.state is State.ANALYSING
    assert "analysing" in status_html(job)
    began = time.monotonic()
    jobs.close()
    assert time.monotonic() - began < 5
    assert not job.folder.exists()
    client.close()


def test_what_nobody_looks_at_is_forgotten_though_nobody_comes(api: str, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("review\na lovely lamp\n")
    settings = UiSettings(api_url=api, kept_s=0.4)
    client = ApiClient(settings)
    jobs = Jobs(client, settings)
    upload = jobs.uploads / "left" / "half.csv"
    upload.parent.mkdir()
    upload.write_text("review\n")
    folder = jobs.drop(file).folder
    wait(lambda: not folder.exists() and not upload.exists(), 10)
    jobs.close()
    client.close()
    assert not jobs.uploads.exists()


def test_the_scored_file_is_the_own_one_with_what_was_said_of_each_row(
    jobs: Jobs, tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    file.write_text('no,review,stars\n7,"a lovely, sturdy lamp",-1\n8,,3\n9,=awful and broken,1\n')
    job = start(jobs, file)
    wait(lambda: job.state.is_over)
    assert job.state is State.DONE, job.failure
    with (job.folder / "scored.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["no"] for row in rows] == ["7", "8", "9"]
    assert [row["voxpop_label"] for row in rows] == ["positive", "", "negative"]
    assert rows[1]["voxpop_problem"] == "no text"
    assert rows[2]["review"] == "'=awful and broken"  # no spreadsheet runs it
    assert rows[0]["stars"] == "-1"
    found = job.found
    assert found is not None
    for row, place in ((rows[0], 0), (rows[2], 1)):
        shares = [float(row[f"voxpop_probability_{label}"]) for label in found.table.labels]
        assert shares == pytest.approx(found.table.probabilities[place].tolist(), abs=1e-6)
        assert float(row["voxpop_confidence"]) == max(shares)


def serve(port: int, variables: dict[str, str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--port", str(port)], env=variables, stderr=subprocess.DEVNULL
    )

    def ready() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health/ready").status_code == 200
        except httpx.TransportError:
            assert process.poll() is None
            return False

    wait(ready)
    return process


def test_an_api_that_is_killed_and_started_again_costs_nothing(
    variables: dict[str, str], large: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = serve(port, variables)
    settings = UiSettings(api_url=f"http://127.0.0.1:{port}")
    client = ApiClient(settings)
    jobs = Jobs(client, settings)
    try:
        job = start(jobs, large)
        wait(lambda: job.done > 1_000)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        wait(lambda: job.trouble)
        told = status_html(job)
        assert "cannot be reached" in told
        assert "goes on by itself" in told
        kept = job.done
        process = serve(port, variables)
        wait(lambda: job.done > kept and not job.trouble)
        wait(lambda: job.done == job.total == 30_000)
        assert job.failure == ""
        job.cancel()
    finally:
        jobs.close()
        client.close()
        process.terminate()
        process.wait(30)


def test_a_version_that_takes_over_judges_the_whole_file(
    variables: dict[str, str], large: Path, tmp_path: Path
) -> None:
    home = tmp_path / "own-home"
    shutil.copytree(variables["VOXPOP_HOME"], home)
    told = variables | {"VOXPOP_HOME": str(home), "VOXPOP_API_POLL_S": "0.1"}

    def voxpop(*words: str) -> str:
        done = subprocess.run(
            [*PROGRAM, *words], env=told, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    config = tmp_path / "other.toml"
    config.write_text(RUN_CONFIG.replace("seed = 7", "seed = 8"))
    other = voxpop("train", str(config), "--set", "promotion.alias=other")
    with started(["serve", "--port", "0"], told, tmp_path / "log", "/health/ready") as url:
        settings = UiSettings(api_url=url)
        calls = itertools.count()

        class Promoting(ApiClient):
            """The champion moves in the middle of the file, seen from here."""

            def predict_batch(
                self, texts: Sequence[str], request_id: str
            ) -> tuple[list[dict[str, Any]], str]:
                if next(calls) == 10:
                    voxpop("registry", "promote", other)
                    wait(lambda: self.model()["version"] == other)
                return super().predict_batch(texts, request_id)

        client = Promoting(settings)
        first = client.model()["version"]
        assert first != other
        jobs = Jobs(client, settings)
        job = start(jobs, large)
        wait(lambda: job.state.is_over, 120)
        assert job.state is State.DONE, job.failure
        assert job.found is not None
        assert job.found.version == client.model()["version"] == other
        assert job.done == job.total == 30_000

        # It is analysed once more by who answers then, and a cancel keeps the report.
        voxpop("registry", "promote", first)
        wait(lambda: client.model()["version"] == first)
        before = job.found
        jobs.go_on(job.number)
        job.cancel()
        assert job.state is State.DONE
        assert job.found is before
        jobs.close()
        client.close()
