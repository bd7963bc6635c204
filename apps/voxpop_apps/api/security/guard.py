"""Decides whether a request may be answered, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voxpop import SettingsError
from voxpop_apps.api.errors import UnauthorizedError
from voxpop_apps.api.security.rates import RateLimits
from voxpop_apps.web.keys import KeyRing, parse_keys
from voxpop_apps.web.listening import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

    from voxpop_apps.api.settings import ApiSettings

# What a load balancer asks before any key is handed out, and what explains the rest.
OPEN_TO_ALL = frozenset(
    {
        "/docs",
        "/health/live",
        "/health/ready",
        "/openapi.json",
        "/v2/health/live",
        "/v2/health/ready",
    }
)


class Guard:
    """Asks for a key where one is needed, and keeps every caller to its rate."""

    def __init__(self, settings: ApiSettings) -> None:
        """Read the keys.

        Raises:
            SettingsError: keys are needed and there is no file of them, or it cannot be read.
        """
        self._keys: KeyRing | None = None
        self._only_this_machine = False
        fixed = parse_keys(settings.keys or "", "VOXPOP_API_KEYS")
        if (settings.keys_file is not None or fixed) and settings.auth != "off":
            self._keys = KeyRing(settings.keys_file, fixed)
        elif settings.auth == "on" or (settings.auth == "auto" and not is_loopback(settings.host)):
            raise SettingsError(
                f"The API shall listen at {settings.host}, where others can call it, and has no "
                "keys.\n  Make one:           voxpop api-key new NAME --file FILE\n"
                "  and tell the API:   VOXPOP_API_KEYS_FILE=FILE\n"
                "  or let anybody in:  VOXPOP_API_AUTH=off"
                if settings.auth == "auto"
                else "VOXPOP_API_AUTH is 'on', and there is no file of keys: make one by "
                "`voxpop api-key new NAME --file FILE` and set VOXPOP_API_KEYS_FILE=FILE"
            )
        else:
            self._only_this_machine = settings.auth == "auto"
        self._rates: RateLimits | None = None
        if settings.rate_per_s is not None:
            self._rates = RateLimits(settings.rate_per_s, settings.rate_burst)

    def admit(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """Let a request in, and give the name of its caller.

        Raises:
            UnauthorizedError: there is no key, or one that is not known.
            RateLimitedError: the caller has to wait.
        """
        client = scope.get("client")
        address: str = client[0] if client else "unknown"
        if scope["path"] in OPEN_TO_ALL:
            return address
        if self._keys is not None:
            caller = self._keys.owner(_key_in(headers))
            if caller is None:
                raise UnauthorizedError("The API key is not known; keys may have been replaced")
        else:
            caller = address
            if self._only_this_machine and not is_loopback(address):
                raise UnauthorizedError(
                    "Without API keys only callers on the same machine are answered"
                )
        if self._rates is not None:
            self._rates.enter(caller)
        return caller

    def key_of(self, caller: str) -> str | None:
        """Give the name of a caller's key; None where no key is asked for."""
        return caller if self._keys is not None else None

    def charge(self, caller: str, reviews: int) -> None:
        """Count reviews beyond the first of a request that was let in."""
        if self._rates is not None:
            self._rates.charge(caller, reviews)


def _key_in(headers: Mapping[bytes, bytes]) -> bytes:
    key = headers.get(b"x-api-key")
    if key is None:
        scheme, _, key = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer":
            key = b""
    if not key.strip():
        raise UnauthorizedError(
            "An API key is needed: send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`"
        )
    return key.strip()
