"""One way to score, in processes of its own; `benchmarks.scoring` starts it."""

from __future__ import annotations

import csv
import itertools
import multiprocessing
import resource
import threading
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq

import voxpop
from benchmarks.child import answer_parent

CONFIG = """
seed = 1
[data]
name = "files"
train = "{train}"
[splits]
validation = 0.1
test = 0.1
[tokenizer]
name = "keras"
[model]
name = "bilstm"
epochs = 1
[registry]
name = "local"
[promotion]
minimum = 0.0
"""
BATCHES = (32, 128, 1_000)
_barrier: Barrier  # of a process that takes part in `_rate`


def ask(*, what: str, place: str, processes: int, rows: int) -> dict[str, Any]:
    """Do what is asked and say what it took; seconds are of all processes."""
    directory = Path(place)
    match what:
        case "train":
            return _train(directory)
        case "score":
            return _score(directory, processes)
    barrier = multiprocessing.get_context("spawn").Barrier(processes)
    with multiprocessing.get_context("spawn").Pool(processes, _share, (barrier,)) as pool:
        tasks = [(what, place, number * rows, rows) for number in range(processes)]
        answers = pool.starmap(_rate, tasks, chunksize=1)
    return {
        "wall_s": max(wall_s for wall_s, _ in answers),
        "cpu_s": sum(cpu_s for _, cpu_s in answers),
    }


def _train(directory: Path) -> dict[str, Any]:
    texts = _texts(directory, 0, 2_000)
    with (directory / "train.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["text", "label"])
        writer.writerows(
            (text, ("negative", "positive")[row % 2]) for row, text in enumerate(texts)
        )
    config = directory / "run.toml"
    config.write_text(CONFIG.format(train=directory / "train.csv"), encoding="utf-8")
    return {"version": voxpop.train(config).version}


def _score(directory: Path, processes: int) -> dict[str, Any]:
    classifier = voxpop.load()
    peak, ended = [0.0], threading.Event()
    watch = threading.Thread(target=_watch, args=(peak, ended))
    watch.start()
    cpu_s, wall_s = _cpu_s(), time.perf_counter()
    scored = voxpop.score_files(
        [directory / "reviews.parquet"],
        directory / "scored.parquet",
        classifier,
        processes=processes,
        force=True,
    )
    wall_s = time.perf_counter() - wall_s
    ended.set()
    watch.join()
    rows = pq.read_metadata(directory / "scored.parquet").num_rows
    if rows != scored.rows or scored.problems:
        raise SystemExit(f"{scored} of {rows} rows")
    return {
        "wall_s": wall_s,
        "cpu_s": _cpu_s() - cpu_s,
        "rows": rows,
        "version": classifier.version,
        "peak_anonymous_mb": peak[0],
    }


def _share(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _rate(what: str, place: str, first: int, rows: int) -> tuple[float, float]:
    classifier = voxpop.load()
    texts = _texts(Path(place), first, rows)
    best = (float("inf"), float("inf"))
    for size in BATCHES if what == "network" else (1_000,):
        chunks = [texts[start : start + size] for start in range(0, len(texts), size)]
        batches = [classifier.tokenizer.encode(chunk) for chunk in chunks]
        _barrier.wait()  # all processes at once
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        if what == "network":
            for batch in batches:
                classifier.model.predict_proba(batch)
        else:
            for chunk in chunks:
                classifier.probabilities(chunk)
        best = min(best, (time.perf_counter() - wall_s, time.process_time() - cpu_s))
    return best


def _texts(directory: Path, first: int, rows: int) -> list[str]:
    with pq.ParquetFile(directory / "reviews.parquet") as file:
        batches = file.iter_batches(10_000, columns=["review"])
        texts = (text for batch in batches for text in batch.column(0).to_pylist())
        return list(itertools.islice(texts, first, first + rows))


def _watch(peak: list[float], ended: threading.Event) -> None:
    me = psutil.Process()
    while not ended.wait(0.1):
        processes = [me, *me.children(recursive=True)]
        peak[0] = max(peak[0], sum(_anonymous_mb(one.pid) for one in processes))


def _anonymous_mb(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it has just ended
        return 0.0
    lines = (line.split() for line in status.splitlines() if line.startswith("RssAnon"))
    return sum(int(words[1]) for words in lines) * 1_024 / 1e6


def _cpu_s() -> float:
    whole = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in whole)


if __name__ == "__main__":
    answer_parent(ask)
