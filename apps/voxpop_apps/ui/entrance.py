"""Lets only people with a key in: a browser asks for it itself, by HTTP's basic authentication.

The name is anything, the password is a key, as `voxpop api-key new` makes it. A browser sends it to
this page whoever led it here, so what another site asks for is refused.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse

from voxpop import SettingsError
from voxpop_apps.ui.page_style import plain_page
from voxpop_apps.web.keys import KeyRing, parse_keys
from voxpop_apps.web.listening import is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from voxpop_apps.ui.settings import UiSettings

_OPEN_TO_ALL = "/health/live"  # a load balancer has no key


def keys_of(settings: UiSettings) -> KeyRing | None:
    """Give the keys that open the page; None where nobody else can reach it, or anybody may.

    Raises:
        SettingsError: keys are needed and there are none, or their file cannot be read.
    """
    given = settings.keys.get_secret_value() if settings.keys is not None else ""
    fixed = parse_keys(given, "VOXPOP_UI_KEYS")
    if settings.auth == "off":
        return None
    if settings.keys_file is not None or fixed:
        return KeyRing(settings.keys_file, fixed)
    if settings.auth == "auto" and is_loopback(settings.host):
        return None
    raise SettingsError(
        f"The page shall listen at {settings.host}, and nothing says who may see it.\n"
        "  Make a key for each: voxpop api-key new NAME --file FILE\n"
        "  and tell the page:   VOXPOP_UI_KEYS_FILE=FILE\n"
        "  or let anybody in:   VOXPOP_UI_AUTH=off"
    )


class Entrance:
    """Stands before the page, and answers 401 or 403 itself."""

    def __init__(self, app: ASGIApp, keys: KeyRing) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it."""
        if scope["type"] == "lifespan" or scope.get("path") == _OPEN_TO_ALL:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._keys.owner(_key_in(headers)) is None:
            refusal = _page("This page asks for a key: any name, and the key as the password.", 401)
            refusal.headers["WWW-Authenticate"] = 'Basic realm="Voxpop", charset="UTF-8"'
        elif _comes_from_elsewhere(headers):
            refusal = _page("Another site asked for this page.", 403)
        else:
            await self._app(scope, receive, send)
            return
        await refusal(scope, receive, send)


def _page(told: str, status: int) -> HTMLResponse:
    return HTMLResponse(plain_page(told, ""), status, headers={"Cache-Control": "no-store"})


def _key_in(headers: Headers) -> bytes:
    scheme, _, told = headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() == "basic":
            return base64.b64decode(told, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        pass
    return b""


def _comes_from_elsewhere(headers: Headers) -> bool:
    """Tell what a script of another site asked for: a browser names the site."""
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
