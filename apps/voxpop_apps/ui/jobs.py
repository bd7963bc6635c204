"""The files that people gave: a few run, others wait; a link finds each until it is forgotten."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from voxpop import ReadingOptions, UsageError
from voxpop_apps.ui.api_client import ApiClient
from voxpop_apps.ui.daemons import Daemons
from voxpop_apps.ui.file_job import FileJob, State
from voxpop_apps.ui.labelling import next_place
from voxpop_apps.ui.settings import UiSettings

UPLOADS = "uploads"
_AT_ONCE = 2
_UPLOAD_S = 600.0  # an upload becomes a job within seconds
_END_S = 3.0  # how long an end waits for what runs: an analysis may take minutes
_MOST_DROPPED = 5  # times as many files as are kept may be dropped without being begun


class Jobs:
    """All jobs of this process. Safe among threads.

    Attributes:
        uploads: where files may be put before they are dropped here, on the same disk.
    """

    def __init__(self, client: ApiClient, settings: UiSettings, folder: Path | None = None) -> None:
        """Begin with no job.

        Args:
            client: asks the API.
            settings: of the page.
            folder: for all files, removed in the end; None makes one.
        """
        self._client, self._settings = client, settings
        self._lock = threading.Lock()
        self._jobs: dict[str, FileJob] = {}
        self._threads = Daemons(_AT_ONCE, "file")
        self._root = folder or Path(tempfile.mkdtemp(prefix="voxpop-files-"))
        self._root.mkdir(mode=0o700, exist_ok=True)
        self.uploads = self._root / UPLOADS
        self.uploads.mkdir(exist_ok=True)
        self._closed = threading.Event()
        threading.Thread(target=self._sweep, name="forgetting", daemon=True).start()

    def drop(self, dropped: Path) -> FileJob:
        """Take a file that is not begun yet; the job has its own name for it."""
        number = secrets.token_urlsafe(16)
        folder = self._root / number
        folder.mkdir()
        file = folder / dropped.name
        if dropped.resolve().is_relative_to(self.uploads.resolve()):
            os.link(dropped, file)  # it stays for others: the same bytes are one upload
        else:
            shutil.copyfile(dropped, file)
        job = FileJob(number, file, dropped.name, self._client)
        with self._lock:
            self._forget()
            self._jobs[number] = job
        return job

    def begin(
        self, number: str | None, options: ReadingOptions, choices: Mapping[str, str] | None = None
    ) -> FileJob | None:
        """Begin with a file; one that was begun before becomes another job, with its own link.

        Raises:
            UsageError: too many files wait already, or this one is under way.
        """
        job = self.find(number)
        if job is None:
            return None
        with self._lock:
            waiting = sum(one.state.is_under_way for one in self._jobs.values())
            if job.state.is_under_way:
                raise UsageError("This file is under way already: cancel it first")
            if waiting >= self._settings.kept_files:
                raise UsageError(
                    f"{waiting} files are waiting already. Try again when some are done"
                )
            fresh = job.state is State.DROPPED
            if fresh:
                stop = job.prepare()
        if not fresh:
            job = self._again(job)
            stop = job.prepare()
        job.options, job.choices = options, dict(choices or {})
        self._threads.submit(job.run, stop)
        return job

    def _again(self, job: FileJob) -> FileJob:
        number = secrets.token_urlsafe(16)
        folder = self._root / number
        folder.mkdir()
        os.link(job.file, folder / job.file.name)
        other = FileJob(number, folder / job.file.name, job.name, self._client)
        with self._lock:
            self._forget()
            self._jobs[number] = other
        return other

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
        if job is None:
            return None
        with self._lock:  # asked twice at once, it runs once
            stop = job.prepare() if job.state.is_over else None
        if stop is not None:
            self._threads.submit(job.run, stop)
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
        """Stop all jobs and remove their files; wait for what runs for some seconds at most."""
        self._closed.set()
        with self._lock:
            for job in self._jobs.values():
                job.cancel()
        self._threads.end(_END_S)
        shutil.rmtree(self._root, ignore_errors=True)

    def _sweep(self) -> None:
        """Forget in time also when nobody comes."""
        while not self._closed.wait(min(60.0, self._settings.kept_s / 4)):
            with self._lock:
                self._forget(room=0)
            self._clear_uploads()

    def _clear_uploads(self) -> None:
        """Remove uploads; those that are jobs by now have another name."""
        oldest = time.time() - min(_UPLOAD_S, self._settings.kept_s)
        for found in list(self.uploads.iterdir()):
            with contextlib.suppress(OSError):
                if found.stat().st_mtime < oldest:
                    shutil.rmtree(found) if found.is_dir() else found.unlink()

    def _forget(self, room: int = 1) -> None:
        """Forget jobs that nobody looked at for long, and the oldest where they are too much.

        The one that was looked at last stays, however large.
        """
        now, kept = time.monotonic(), self._settings.kept_files
        for states, most in (
            ({State.DONE, State.FAILED, State.CANCELLED}, kept),
            ({State.DROPPED}, _MOST_DROPPED * kept),
        ):
            idle = sorted(
                (job for job in self._jobs.values() if job.state in states),
                key=lambda job: job.touched,
            )
            too_many = len(idle) + room - most
            reviews = sum(job.total for job in idle)
            for place, job in enumerate(idle):
                is_old = now - job.touched > self._settings.kept_s
                is_much = reviews > self._settings.kept_reviews and job is not idle[-1]
                if place < too_many or is_old or is_much:
                    reviews -= job.total
                    del self._jobs[job.number]
                    shutil.rmtree(job.folder, ignore_errors=True)
