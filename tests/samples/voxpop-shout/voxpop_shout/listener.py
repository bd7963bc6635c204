"""A listener that shouts."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from voxpop import AliasMoved, Evaluated, Event, Listener, PartConfig, VersionPublished


class ShoutListenerConfig(PartConfig):
    """Options of the listener `shout`."""

    file: Path = Field(description="lines are added to it")


def open_listener(config: ShoutListenerConfig) -> Listener:
    """Give a listener that adds a line to the file at each milestone."""

    def shout(event: Event) -> None:
        line = line_of(event)
        if line is not None:
            with config.file.open("a", encoding="utf-8") as out:
                out.write(f"{line}\n")

    return shout


def line_of(event: Event) -> str | None:
    """Say a milestone in capitals; None for what is none."""
    match event:
        case Evaluated(metrics=metrics):
            told = ", ".join(f"{name.upper()} {metrics[name]:.3f}" for name in sorted(metrics))
            return f"MEASURED! {told}"
        case VersionPublished(version=version):
            return f"PUBLISHED! {version}"
        case AliasMoved(alias=alias, version=version):
            return f"{alias.upper()} IS {version} NOW!"
        case _:
            return None
