"""`voxpop demo`: the whole main job on real reviews, in one command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from voxpop_apps.cli.output import STDOUT, emit, say
from voxpop_apps.cli.progress import shown_progress

EXAMPLES = (
    "A waste of two hours: dull, badly acted, and far too long.",
    "A warm, funny film that I could watch every night.",
    "The plot was thin and the acting worse.",
    "Beautifully shot and wonderfully acted; I loved every minute.",
)

# Runs `voxpop` in a process in which importing a training library is an error: the proof that an
# answer needs none of them.
_WITHOUT_TRAINING_LIBRARIES = """
import sys
for name in ("tensorflow", "keras", "jax", "torch", "datasets", "pandas", "sklearn"):
    sys.modules[name] = None
from voxpop_apps.cli.main import main
main()
"""


def demo(
    limit: Annotated[
        int | None, typer.Option(help="Use only so many reviews: quicker, and less accurate.")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the demo's run config."),
    ] = None,
) -> None:
    """Train on film reviews, then predict.

    The whole main job: read, fit, measure, register, promote, and answer in a fresh process.
    """
    from voxpop import AliasMoved, Plugins, RunConfig, Settings, train

    plugins = Plugins.load()
    settings = Settings()
    chosen = [*(overrides or ()), *([f"splits.limit={limit}"] if limit else ())]
    config = demo_config()
    run = RunConfig.load(config, plugins=plugins, overrides=chosen)
    say(f"Training as {config} says; everything goes below {settings.home}")
    with shown_progress() as listen:
        trained = train(run, plugins=plugins, listeners=[listen])

    metrics = trained.manifest.metrics
    emit(
        f"\n{trained.version}: accuracy {metrics['accuracy']:.3f} "
        f"on {trained.manifest.data.test:,} reviews that it never saw"
    )
    outcome = trained.promotion
    if isinstance(outcome, AliasMoved):
        emit(f"{outcome.alias} is {outcome.version} now")
    elif outcome is not None:
        emit(f"{outcome.alias} stays {outcome.holder or 'unset'}: {outcome.reason}")
    answering = trained.version
    if outcome is not None and outcome.alias in run.open_registry().aliases():
        answering = outcome.alias

    emit(f"\nA fresh process without TensorFlow asks {answering}:")
    with STDOUT.writing() as stream:
        stream.flush()
        subprocess.run(
            [
                *(sys.executable, "-c", _WITHOUT_TRAINING_LIBRARIES),
                *("predict", "-m", answering, *EXAMPLES),
            ],
            stdout=stream,
            check=True,
        )
    emit("\nNext:")
    program = Path(sys.argv[0])
    voxpop = program if program.parent != Path() else Path("voxpop")
    for arguments, purpose in (
        ('predict "Your own review."', "ask the champion"),
        ("registry list", "the versions and their aliases"),
        (f"registry show {trained.version}", "what this version says of itself"),
        (f"registry pull {trained.version} my-model", "its files, with report/report.html"),
        ("config new my-run.toml", "a run config to change for your own reviews"),
        ("train my-run.toml", "train on them"),
    ):
        emit(f"  {voxpop} {arguments:<44} {purpose}")


def demo_config() -> Path:
    """Give the demo's run config: beside this file in a wheel, in `configs/` in a checkout."""
    installed = Path(__file__).with_name("demo.toml")
    return installed if installed.exists() else _checkout() / "configs" / "demo.toml"


def _checkout() -> Path:
    checkout = Path(__file__).resolve().parents[3]
    here = Path.cwd()
    return checkout.relative_to(here) if checkout.is_relative_to(here) else checkout
