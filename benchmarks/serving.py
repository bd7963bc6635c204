"""Voxpop's API against other servers of the same model, on the same machine.

    python -m benchmarks.serving [--json FILE] [--rounds N] [--scale small] [--reviews FILE...]

One version is trained and kept below build/bench; every server answers with its ONNX file, but the
naive one, which asks Keras. `servers/` holds them all and their settings: Voxpop with keys, a rate
limit, metrics and request ids, the peers with their own batching where they have any, access logs
off. Peers get environments of their own from their pins, made at the first run.

First each server is started alone, asked for a second, and its memory read. Then all run side by
side, and the same client loads one after the other at 1, 16 and 64 connections; the order turns
round by round. Short turns follow each other closely, since what else the machine does changes by
the minute, and ratios compare the same round. `cpu_s_per_1000` counts a server's whole process tree
and is the steadier figure: the client and whatever else runs take their part of the same cores, and
`others_share` says how much of the machine the latter took. The small form compares Voxpop, the
bare route and the echo only.

What a feature costs is measured apart: servers with one feature less, or more, run side by side and
are asked in short turns.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.child import run_child
from benchmarks.measure import Options, Report, measure_rounds, parse_options
from benchmarks.servers.contenders import (
    APPS,
    BARE,
    CONTENDERS,
    ECHO,
    OURS,
    ROOT,
    Contender,
    Model,
    saved_mlflow,
)
from benchmarks.servers.environments import BUILD, environment_of
from benchmarks.servers.features import FEATURES, collector
from benchmarks.servers.figures import (
    CONCURRENCIES,
    MAIN,
    Loads,
    Measured,
    Rounds,
    add_figures,
    tables,
)
from benchmarks.servers.process import Running, headers_of, memory_mib, running
from benchmarks.servers.s3 import start_from_s3
from voxpop_apps.web.keys import new_key


def main() -> None:
    options = parse_options(
        "serving",
        "The API against other servers of the same model.",
        rounds=3,
        takes_reviews=True,
    )
    seconds = 0.2 if options.small else 2.0
    names = (OURS, BARE, ECHO) if options.small else tuple(CONTENDERS)
    load_before = os.getloadavg()[0]
    model, about = _model(options)
    if "MLflow" in names:
        _save_for_mlflow(model)
    measured = Measured(
        starts=_starts(names, model, options, seconds),
        rounds=_rounds(names, model, options, seconds),
        features=_features(model, options, seconds),
    )
    from_s3 = {} if options.small else start_from_s3(model)

    report = Report(options, versions=("fastapi", "onnxruntime", "uvicorn", "voxpop"))
    report.costs |= {**vars(measured), "version": about}
    add_figures(report, measured)
    for name, value in from_s3.items():
        report.add_figure(name, value)
    report.add_figure("load_before", load_before)
    for table in tables(measured):
        report.add_table(table)
    report.finish()


def _model(options: Options) -> tuple[Model, dict[str, Any]]:
    given = " ".join(map(str, options.reviews))
    kind = f"given-{zlib.crc32(given.encode()):08x}" if given else "full"
    folder = BUILD / "serving" / ("small" if options.small else kind)
    folder.mkdir(parents=True, exist_ok=True)
    about = run_child(
        "benchmarks.servers.model",
        {
            "folder": str(folder),
            "rows": 300 if options.small else 4_000,
            "epochs": 1 if options.small else 3,
            "reviews": [str(file) for file in options.reviews],
        },
    )
    key, line = new_key("benchmark")
    keys_file = folder / "keys"
    keys_file.write_text(f"{line}\n", encoding="utf-8")
    model = Model(
        bundle=folder / "bundle",
        home=folder / "home",
        asked=folder / "asked.json",
        keys_file=keys_file,
        key=key,
    )
    return model, {name: about[name] for name in ("version", "tokens_per_review", "onnx_bytes")}


def _save_for_mlflow(model: Model) -> None:
    if not saved_mlflow(model).exists():
        program = [environment_of("mlflow") / "python", APPS / "mlflow_app.py", saved_mlflow(model)]
        told = {
            "BENCH_BUNDLE": str(model.bundle),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "PYTHONPATH": str(ROOT),
        }
        subprocess.run(program, check=True, env={**os.environ, **told}, capture_output=True)


def _starts(
    names: Sequence[str], model: Model, options: Options, seconds: float
) -> dict[str, Loads]:
    """Start each server alone and give its cold start and, after some requests, its memory."""
    starts: dict[str, Loads] = {name: [] for name in names}

    def start(name: str) -> Callable[[], None]:
        def go() -> None:
            with running(CONTENDERS[name], model, _log_of(model, name)) as server:
                _load(name, CONTENDERS[name], server, model, MAIN, seconds)
                told = {"cold_start_s": server.cold_start_s, **memory_mib(server.pid)}
            starts[name].append(told)

        return go

    turns = replace(options, name="serving, starts")
    measure_rounds({name: start(name) for name in names}, turns, warm_ups=0)
    return starts


def _rounds(names: Sequence[str], model: Model, options: Options, seconds: float) -> Rounds:
    """Run all servers and load each in turn; a first round warms up."""
    rounds: Rounds = {name: [{} for _ in range(options.rounds)] for name in names}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(running(CONTENDERS[name], model, _log_of(model, name)))
            for name in names
        }

        def turn(name: str, at: int, loads: Loads) -> Callable[[], None]:
            return lambda: loads.append(
                _load(name, CONTENDERS[name], servers[name], model, at, seconds)
            )

        for at in CONCURRENCIES:
            loads: dict[str, Loads] = {name: [] for name in names}
            turns = replace(options, name=f"serving, {at} at a time")
            measure_rounds({name: turn(name, at, loads[name]) for name in names}, turns)
            for name in names:
                for one, load in zip(rounds[name], loads[name][1:], strict=True):
                    one[at] = load
    return rounds


def _log_of(model: Model, name: str) -> Path:
    return model.bundle.parent / f"{name.replace(' ', '-')}.log"


def _load(
    name: str, contender: Contender, server: Running, model: Model, concurrency: int, seconds: float
) -> dict[str, Any]:
    question = {
        "contender": name,
        "port": server.port,
        "pid": server.pid,
        "headers": headers_of(contender, model),
        "asked": str(model.asked),
        "concurrency": concurrency,
        "seconds": seconds,
    }
    return run_child("benchmarks.servers.client", question)


def _features(model: Model, options: Options, seconds: float) -> dict[str, Loads]:
    """Load Voxpop with all features, and with one less or one more, in turns."""
    turns = replace(
        options, name="serving, features", rounds=1 if options.small else options.rounds * 4
    )
    wanted = dict(list(FEATURES.items())[: 2 if options.small else None])
    loads: dict[str, Loads] = {name: [] for name in wanted}
    with ExitStack() as stack, tempfile.TemporaryDirectory() as logs:
        sink = stack.enter_context(collector())
        servers = {
            name: stack.enter_context(running(feature(sink), model, Path(logs, f"{at}.log")))
            for at, (name, feature) in enumerate(wanted.items())
        }

        def turn(name: str) -> Callable[[], None]:
            server = servers[name]
            return lambda: loads[name].append(
                _load(OURS, server.contender, server, model, MAIN, seconds)
            )

        measure_rounds({name: turn(name) for name in wanted}, turns)
    return {name: those[1:] for name, those in loads.items()}  # the first one warmed up


if __name__ == "__main__":
    main()
