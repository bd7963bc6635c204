"""The gate that a new version passes before an alias moves to it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from voxpop.bundle.manifest import Manifest
from voxpop.errors import AliasConflictError, BundleError, VoxpopError
from voxpop.evaluation.metrics import is_better
from voxpop.events import AliasKept, AliasMoved
from voxpop.interfaces import Registry

logger = logging.getLogger(__name__)

_TRIES = 5  # each lost race means that somebody else's promotion succeeded meanwhile


def promote_if_better(
    registry: Registry,
    version: str,
    *,
    alias: str,
    metric: str,
    minimum: float | None,
    against: str | None = None,
    measure: Callable[[str], float | None],
    load: Callable[[str], object] | None = None,
) -> AliasMoved | AliasKept:
    """Move the alias to `version` if its metric reaches `minimum` and beats the version to beat.

    Args:
        registry: where the version was published.
        version: the candidate.
        alias: the alias to move.
        metric: a name of `METRICS`, which also says whether higher is better.
        minimum: the bound to reach; for a metric of which lower is better, the bound to stay below.
            None asks for nothing.
        against: the alias whose holder is to be beaten; None is `alias` itself. A version can so
            become a candidate only by beating what serves, not the candidate of before.
        measure: gives the metric of another version on the candidate's own test rows; called when
            the version to beat was measured on other rows, because then the figures do not compare.
            None when the metric is undefined there.
        load: loads another version; called when the stored figures of the version to beat are the
            better ones, for they say nothing of whether it can still be used. None trusts them.

    Returns:
        What happened to the alias, and why it was kept. A version to beat that is damaged, or
        that computes something else here, cannot be used by anybody and gives way to one that
        reaches the minimum; one that merely cannot be had just now keeps the alias.
    """
    manifest = registry.manifest(version)
    value = manifest.metrics.get(metric)

    def kept(holder: str | None, reason: str) -> AliasKept:
        return AliasKept(alias=alias, version=version, holder=holder, reason=reason)

    conflict: AliasConflictError | None = None
    for _ in range(_TRIES):
        aliases = registry.aliases()
        holder, rival = aliases.get(alias), aliases.get(against or alias)
        if value is None:
            return kept(holder, f"its {metric} is undefined on these test reviews")
        if minimum is not None and value != minimum and not is_better(metric, value, minimum):
            return kept(
                holder, f"its {metric} of {value:.4f} does not reach the minimum of {minimum:.4f}"
            )
        if version in (holder, rival):
            return kept(holder, f"it is {alias if holder == version else against} already")
        refused: BundleError | None = None
        if rival is not None:
            held = None
            try:
                held = _value_of(registry.manifest(rival), manifest, metric)
                if held is None:
                    held = measure(rival)
                elif not is_better(metric, value, held) and load is not None:
                    held = _if_loadable(rival, held, load)
            except BundleError as error:  # it would be refused for ever, and the alias never move
                refused, held = error, None
                logger.warning("The holder of %r cannot be used: %s", against or alias, error)
            except VoxpopError as error:
                logger.warning("The holder of %r cannot be measured: %s", against or alias, error)
                return kept(holder, f"{rival} cannot be measured on the same rows ({error})")
            if held is not None and not is_better(metric, value, held):
                return kept(
                    holder,
                    f"its {metric} of {value:.4f} does not beat the {held:.4f} of {rival} "
                    "on the same test reviews",
                )
        try:
            registry.move_alias(alias, version, expected=holder)
        except AliasConflictError as error:
            conflict = error
            continue
        reason = None if refused is None else f"{rival} cannot be used any more ({refused})"
        return AliasMoved(
            alias=alias, version=version, previous=holder, beaten=rival, reason=reason
        )
    raise AliasConflictError(
        f"{alias!r} was moved by others {_TRIES} times while {version} was compared; "
        f"the version is published. Try: voxpop registry promote {version} --alias {alias}"
    ) from conflict


def _if_loadable(rival: str, held: float, load: Callable[[str], object]) -> float:
    """Give the figure back if the version can be loaded, or cannot be had just now.

    Raises:
        BundleError: it is damaged.
    """
    try:
        load(rival)
    except BundleError:
        raise
    except VoxpopError as error:
        logger.warning("%s is taken for what its figures say: %s", rival, error)
    return held


def _value_of(holder: Manifest, candidate: Manifest, metric: str) -> float | None:
    """Give the holder's stored metric when it was measured on the candidate's test rows."""
    if holder.data.test_fingerprint != candidate.data.test_fingerprint:
        return None
    return holder.metrics.get(metric)
