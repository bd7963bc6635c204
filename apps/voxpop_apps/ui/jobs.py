"""The files that people gave: a few run, others wait; a link finds each until it is forgotten."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from voxpop import ReadingOptions, UsageError
from voxpop_apps.ui.api_client import ApiClient
from voxpop_apps.ui.file_job import FileJob
from voxpop_apps.ui.labelling import next_place
from voxpop_apps.ui.settings import UiSettings

_AT_ONCE = 2


class Jobs:
    """All jobs of this process. Safe among threads."""

    def __init__(self, client: ApiClient, settings: UiSettings) -> None:
        self._client, self._settings = client, settings
        self._lock = threading.Lock()
        self._jobs: dict[str, FileJob] = {}
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="file")
        self._root = Path(tempfile.mkdtemp(prefix="voxpop-files-"))

    def start(self, dropped: Path, options: ReadingOptions) -> FileJob:
        """Begin with a file; its copy is this job's own.

        Raises:
            UsageError: too many files wait already.
        """
        with self._lock:
            waiting = sum(not job.state.is_over for job in self._jobs.values())
        if waiting >= self._settings.kept_files:
            raise UsageError(f"{waiting} files are waiting already. Try again when some are done")
        number = secrets.token_urlsafe(16)
        folder = self._root / number
        folder.mkdir()
        file = folder / dropped.name
        shutil.copyfile(dropped, file)
        job = FileJob(number, file, dropped.name, options, self._client)
        with self._lock:
            self._forget()
            self._jobs[number] = job
        self._pool.submit(job.run, job.stop)
        return job

    def find(self, number: str | None) -> FileJob | None:
        """Give a job by its number; None when there is none, or none any more."""
        with self._lock:
            job = self._jobs.get(number or "")
            if job is not None:
                job.touched = time.monotonic()
            return job

    def go_on(self, number: str | None) -> FileJob | None:
        """Let a job that is over run on: one that failed, was cancelled, or has new labels."""
        job = self.find(number)
        if job is not None and job.state.is_over:
            job.prepare_again()
            self._pool.submit(job.run, job.stop)
        return job

    def label(self, number: str | None, place: int, label: str) -> FileJob | None:
        """Keep a label of a review; the last one that is wanted has the file analysed anew."""
        job = self.find(number)
        if job is not None and job.found is not None:
            job.truth[place] = label
            if next_place(job) is None:
                self.go_on(number)
        return job

    def close(self) -> None:
        """Stop all jobs and remove their files."""
        with self._lock:
            for job in self._jobs.values():
                job.cancel()
        self._pool.shutdown(cancel_futures=True)
        shutil.rmtree(self._root, ignore_errors=True)

    def _forget(self) -> None:
        """Forget jobs that are over: those nobody looked at for long, and the oldest of many."""
        over = sorted(
            (job for job in self._jobs.values() if job.state.is_over), key=lambda job: job.touched
        )
        too_many = len(self._jobs) + 1 - self._settings.kept_files
        for place, job in enumerate(over):
            if place < too_many or time.monotonic() - job.touched > self._settings.kept_s:
                del self._jobs[job.number]
                shutil.rmtree(job.folder, ignore_errors=True)
