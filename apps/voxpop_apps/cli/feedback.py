"""`voxpop feedback`: what people said of predictions."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from voxpop_apps.cli.output import emit_json, emit_table, say

if TYPE_CHECKING:
    from voxpop import FeedbackLog, Share

feedback_app = typer.Typer(help="Read what people said of predictions.", no_args_is_help=True)


@feedback_app.callback()
def feedback() -> None:
    """Read what people said of predictions."""


@feedback_app.command("report")
def report(
    since: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The first day that counts, UTC."),
    ] = None,
    until: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day that counts, UTC."),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            help="The store that holds the feedback; by default the one of VOXPOP_API_FEEDBACK__*."
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", help="An option of --store: bucket=NAME.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Report the live accuracy among judged predictions, with a 95 % interval.

    Overall, by version and by right label. Of several records on one request the latest counts.
    """
    import dataclasses

    from voxpop import UsageError, report_feedback

    if since and until and since > until:
        raise UsageError(f"--since {since:%Y-%m-%d} is after --until {until:%Y-%m-%d}")
    log = _log(store, overrides or [])
    told = report_feedback(log.read(since and since.date(), until and until.date()))
    if as_json:
        emit_json(dataclasses.asdict(told))
        return
    rows = [("all", told.overall)]
    rows += [(f"version {name}", share) for name, share in told.by_version.items()]
    rows += [(f"label {name}", share) for name, share in told.by_label.items()]
    emit_table(
        ["of", "right", "judged", "accuracy", "95 % interval"],
        ((name, share.right, share.judged, *_shown(share)) for name, share in rows),
    )
    if told.first and told.last:
        say(f"Given from {told.first:%Y-%m-%d %H:%M} to {told.last:%Y-%m-%d %H:%M} UTC.")
    say(
        f"{told.records} records; {told.superseded} superseded by a later one on the same request "
        f"({told.conflicts} requests changed the label); {told.without_prediction} on a text alone."
    )
    say(told.bias)


def _log(store: str | None, overrides: list[str]) -> FeedbackLog:
    from voxpop import FeedbackLog, Plugins, StorePart, UsageError, choose_part, open_store
    from voxpop_apps.api.settings import FEEDBACK_PREFIX, ApiSettings

    plugins = Plugins.load()
    if store is None:
        if overrides:
            raise UsageError("--set gives options of --store; name the store too")
        return FeedbackLog(open_store(plugins, ApiSettings().feedback, FEEDBACK_PREFIX))
    chosen = choose_part(plugins, StorePart, store, overrides)
    return FeedbackLog(chosen.part.open(chosen.options))


def _shown(share: Share) -> tuple[str, str]:
    if share.accuracy is None or share.low is None or share.high is None:
        return "", ""
    return f"{share.accuracy:.3f}", f"{share.low:.3f} to {share.high:.3f}"
