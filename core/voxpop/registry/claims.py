"""Claims: how processes that work on one version keep out of each other's way.

Publishing a version and making an alias for it share the version; deleting it and collecting what
an interrupted publish left need it alone. Each writes a claim first and looks for the others'
claims then, so that of two that exclude each other at least one sees the other and gives way.

Moving an alias that exists happens often and by many, and needs no claim: the mover reads the
alias, looks for a deletion's claim, and swaps. A deletion writes its claim, then every alias (a
fence). A mover that looked before the claim was there read the alias before the fence, so its swap
fails; one that reads the alias later sees the claim, or finds no version any more.

A process that is killed leaves its claim behind. A holder stops working `HELD_S` after its claim,
and a claim counts as abandoned after `ABANDONED_S`; the difference covers clocks that disagree.
"""

from __future__ import annotations

import datetime
import logging
import os
import platform
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from voxpop.bundle.manifest import UtcDatetime
from voxpop.errors import ObjectNotFoundError, RegistryError, StoreError, StoreUnavailableError
from voxpop.interfaces import ObjectStore
from voxpop.registry.layout import CLAIMS

logger = logging.getLogger(__name__)

_LEFT = "The claim %r stays behind until it is abandoned: %s"
HELD_S = 3_600.0
ABANDONED_S = 2 * HELD_S

Kind = Literal["shared", "alone"]


class ClaimRecord(BaseModel):
    """Who claimed a version, for what, and since when; as it is stored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    work: str  # a noun, as messages say it: "deletion"
    by: str
    at: UtcDatetime


@dataclass(frozen=True)
class Claim:
    """A version claimed by this process."""

    version: str
    record: ClaimRecord

    def check(self) -> None:
        """Stop a holder that is too late: others may take its claim for abandoned soon.

        Raises:
            RegistryError: the work took longer than a claim is held.
        """
        if _age_s(self.record) > HELD_S:
            raise RegistryError(
                f"The {self.record.work} of {self.version} took more than {HELD_S:,.0f} s and was "
                "stopped before others take it for dead. Try again over a faster connection."
            )


class Claims:
    """The claims in one store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @contextmanager
    def shared(
        self, version: str, work: str, refusal: type[RegistryError] = RegistryError
    ) -> Iterator[Claim]:
        """Hold the version together with others that share it.

        Raises:
            RegistryError: as `refusal`; somebody needs the version alone.
        """
        with self._held(version, "shared", "alone", work, refusal, ABANDONED_S) as claim:
            yield claim

    @contextmanager
    def alone(
        self,
        version: str,
        work: str,
        refusal: type[RegistryError] = RegistryError,
        abandoned_s: float = ABANDONED_S,
    ) -> Iterator[Claim]:
        """Hold the version against those who share it (another's deletion does no harm to ours).

        Raises:
            RegistryError: as `refusal`; somebody publishes the version or points an alias at it.
        """
        with self._held(version, "alone", "shared", work, refusal, abandoned_s) as claim:
            yield claim

    def refuse_alone(self, version: str, work: str, refusal: type[RegistryError]) -> None:
        """Refuse work while somebody holds the version alone.

        Raises:
            RegistryError: as `refusal`.
        """
        self._refuse(version, "alone", work, refusal, ABANDONED_S)

    def forget_abandoned(self, abandoned_s: float) -> list[str]:
        """Remove every claim that is older, and give their keys."""
        forgotten = []
        for key in list(self._store.list(CLAIMS)):
            record = self._read(key)
            if record is not None and _age_s(record) >= abandoned_s:
                self._store.delete(key)
                forgotten.append(key)
        return forgotten

    @contextmanager
    def _held(
        self,
        version: str,
        kind: Kind,
        against: Kind,
        work: str,
        refusal: type[RegistryError],
        abandoned_s: float,
    ) -> Iterator[Claim]:
        key = f"{CLAIMS}{version}/{kind}-{uuid.uuid4().hex}.json"
        who = f"process {os.getpid()} on {platform.node() or 'a nameless host'}"
        record = ClaimRecord(work=work, by=who, at=datetime.datetime.now(datetime.UTC))
        self._store.write(key, record.model_dump_json().encode(), expected=None)
        try:
            self._refuse(version, against, work, refusal, abandoned_s)
            yield Claim(version, record)
        except StoreUnavailableError as error:  # and would be as long again
            logger.warning(_LEFT, key, error)
            raise
        except BaseException:
            self._let_go(key)
            raise
        self._let_go(key)

    def _let_go(self, key: str) -> None:
        try:
            self._store.delete(key)
        except StoreError as error:  # the work itself is done or has failed on its own account
            logger.warning(_LEFT, key, error)

    def _refuse(
        self,
        version: str,
        against: Kind,
        work: str,
        refusal: type[RegistryError],
        abandoned_s: float,
    ) -> None:
        for key in list(self._store.list(f"{CLAIMS}{version}/{against}-")):
            held = self._read(key)
            if held is not None and _age_s(held) < abandoned_s:
                raise refusal(_conflict(version, work, held))

    def _read(self, key: str) -> ClaimRecord | None:
        try:
            stored, _ = self._store.read(key)
        except ObjectNotFoundError:
            return None  # its holder is done
        try:
            return ClaimRecord.model_validate_json(stored)
        except ValidationError as error:
            raise RegistryError(
                f"The registry's object {key!r} is damaged. If nobody works on the registry now, "
                "remove that object."
            ) from error


def _age_s(record: ClaimRecord) -> float:
    return (datetime.datetime.now(datetime.UTC) - record.at).total_seconds()


def _conflict(version: str, work: str, held: ClaimRecord) -> str:
    return (
        f"The {work} of {version} cannot begin now: a {held.work} of it began at "
        f"{held.at.isoformat(timespec='seconds')} ({held.by}). Try again when that is done. If "
        "that process was killed, `voxpop registry gc --min-age 0` clears up after it, provided "
        "that nobody else works on the registry."
    )
