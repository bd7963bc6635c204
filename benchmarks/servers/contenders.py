"""Every server that is compared: how it is started, asked and understood."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.servers.environments import environment_of

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]
MOST_DIFFERENCE = 1e-4  # of two right answers: float32 in one, float64 in the other

_POSITIVE = "positive"


@dataclass(frozen=True)
class Model:
    """Where the version lies that all servers answer with.

    Attributes:
        bundle: its folder.
        home: the `VOXPOP_HOME` whose local registry holds it.
        asked: the file of the reviews that are asked for and the probabilities expected.
        keys_file: the API keys that Voxpop reads.
        key: one of them.
    """

    bundle: Path
    home: Path
    asked: Path
    keys_file: Path
    key: str


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One server.

    Attributes:
        command: what starts it at a port.
        environment: what it is told beside the shared environment.
        path: where reviews are sent, by POST.
        body: what is sent for a text, JSON-able.
        is_right: whether an answer's JSON fits a text and its probability of the second label.
        keyed: whether requests carry the API key.
    """

    command: Callable[[int, Model], list[str]]
    environment: Callable[[int, Model], Mapping[str, str]] = field(default=lambda port, model: {})
    path: str = "/predict"
    body: Callable[[str], object] = field(default=lambda text: {"content": text})
    is_right: Callable[[Any, str, float], bool]
    keyed: bool = False


def near(read: Callable[[Any], float]) -> Callable[[Any, str, float], bool]:
    """Compare the probability that `read` finds in an answer with the one expected."""
    return lambda answer, text, expected: abs(read(answer) - expected) < MOST_DIFFERENCE


def uvicorn(app: str) -> Callable[[int, Model], list[str]]:
    """Start an app of this folder by uvicorn, as `voxpop serve` does: without an access log."""
    where = f"benchmarks.servers.apps.{app}:app"
    quiet = ["--no-access-log", "--log-level", "warning"]
    start = [sys.executable, "-m", "uvicorn", where, *quiet, "--host", "127.0.0.1", "--port"]
    return lambda port, model: [*start, str(port)]


def bundle_of(port: int, model: Model) -> Mapping[str, str]:
    """Tell `text_model` where the bundle lies."""
    return {"BENCH_BUNDLE": str(model.bundle)}


def voxpop(**settings: str) -> Contender:
    """Voxpop with a key, a rate limit, metrics and request ids, and these settings on top.

    A setting given as "" is taken away. `VOXPOP_HOME` and the like are given in whole.
    """

    def environment(port: int, model: Model) -> dict[str, str]:
        told = {
            "VOXPOP_HOME": str(model.home),
            "VOXPOP_API_KEYS_FILE": str(model.keys_file),
            "VOXPOP_API_RATE_PER_S": "1000000",
            "VOXPOP_API_RATE_BURST": "1000000",
            **settings,
        }
        return {name: value for name, value in told.items() if value}

    start = [str(Path(sys.executable).parent / "voxpop"), "serve", "--port"]
    return Contender(
        command=lambda port, model: [*start, str(port)],
        environment=environment,
        is_right=near(lambda answer: float(answer["probabilities"][_POSITIVE])),
        keyed=True,
    )


def peer(name: str, *arguments: str) -> Callable[[int, Model], list[str]]:
    """Start a program of a peer's own environment; `{port}` and `{saved}` are filled in."""

    def command(port: int, model: Model) -> list[str]:
        program, *rest = arguments
        filled = [one.format(port=port, saved=saved_mlflow(model), apps=APPS) for one in rest]
        return [str(environment_of(name) / program), *filled]

    return command


def peer_told(name: str, **more: str) -> Callable[[int, Model], Mapping[str, str]]:
    """Let a peer find its own programs."""

    def environment(port: int, model: Model) -> dict[str, str]:
        return {
            **bundle_of(port, model),
            "PATH": f"{environment_of(name)}{os.pathsep}{os.environ['PATH']}",
            **{key: value.format(port=port, grpc=port + 1) for key, value in more.items()},
        }

    return environment


def saved_mlflow(model: Model) -> Path:
    """Say where the model lies as MLflow keeps it."""
    return model.bundle.parent / "mlflow"


OURS, NAIVE, BARE, ECHO = "voxpop", "naive FastAPI + Keras", "bare FastAPI + ONNX", "FastAPI echo"
PEERS = ("MLServer", "LitServe", "BentoML", "MLflow")

CONTENDERS: dict[str, Contender] = {
    OURS: voxpop(),
    BARE: Contender(
        command=uvicorn("bare"),
        environment=bundle_of,
        is_right=near(lambda answer: float(answer["probabilities"][_POSITIVE])),
    ),
    ECHO: Contender(
        command=uvicorn("echo"),
        is_right=lambda answer, text, expected: answer["content"] == text,
    ),
    NAIVE: Contender(
        command=uvicorn("naive"),
        environment=bundle_of,
        is_right=near(lambda answer: float(answer["probabilities"][_POSITIVE])),
    ),
    "MLServer": Contender(
        command=peer("mlserver", "mlserver", "start", "{apps}/mlserver"),
        environment=peer_told("mlserver", MLSERVER_HTTP_PORT="{port}", MLSERVER_GRPC_PORT="{grpc}"),
        path="/v2/models/judge/infer",
        body=lambda text: {
            "inputs": [{"name": "content", "shape": [1, 1], "datatype": "BYTES", "data": [text]}]
        },
        is_right=near(lambda answer: float(answer["outputs"][0]["data"][0])),
    ),
    "LitServe": Contender(
        command=peer("litserve", "python", "{apps}/litserve_app.py", "{port}"),
        environment=peer_told("litserve"),
        is_right=near(lambda answer: float(answer["probability"])),
    ),
    "BentoML": Contender(
        command=peer(
            "bentoml",
            "bentoml",
            "serve",
            "benchmarks.servers.apps.bentoml_app:Judge",
            "--port",
            "{port}",
            "--host",
            "127.0.0.1",
        ),
        environment=peer_told("bentoml", BENTOML_DO_NOT_TRACK="1"),
        body=lambda text: {"content": [text]},
        is_right=near(lambda answer: float(answer[0])),
    ),
    "MLflow": Contender(
        command=peer(
            "mlflow",
            "mlflow",
            "models",
            "serve",
            "--model-uri",
            "{saved}",
            "--env-manager",
            "local",
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
        ),
        environment=peer_told(
            "mlflow", MLFLOW_DISABLE_TELEMETRY="true", UVICORN_ACCESS_LOG="false"
        ),
        path="/invocations",
        body=lambda text: {"inputs": [text]},
        is_right=near(lambda answer: float(answer["predictions"][0])),
    ),
}
