"""
Who is signed in: a signed cookie that names its session, when it expires, and whom it stands for.

Nothing is kept of a session until it is signed out of; from then on its cookie opens nothing, on
any replica. A form carries the session's token, so that no other page can send it.
"""

import asyncio
import hmac
import secrets
import time
from dataclasses import dataclass

from recommender_api.access.caller import Caller
from recommender_api.access.passes import DEV, Passes
from recommender_api.exchange.asgi import Scope, header
from recommender_store.tenants.sign_outs import SignOuts
from recommender_store.tenants.signing import SigningSecrets

COOKIE = "recommender_console"
PATH = "/console"
LASTS_S = 12 * 3600
"""A working day; then one signs in again."""

_COOKIE_PURPOSE, _FORM_PURPOSE = "console-session", "console-form"
_NOBODY = ""


@dataclass(frozen=True)
class Session:
    """One visitor's."""

    id: str
    expires_at_s: int
    told: str
    """Whom it stands for, as `Passes` tell it; '' for nobody yet."""
    caller: Caller | None = None
    is_new: bool = False
    """Its cookie is still to be set."""


class Sessions:
    """Begins, recognises and ends them."""

    def __init__(self, signing: SigningSecrets, passes: Passes, sign_outs: SignOuts) -> None:
        self._signing = signing
        self._passes = passes
        self._sign_outs = sign_outs

    async def sign_in(self, secret: str) -> Session:
        """
        A new one, whatever was shown before: an id that somebody else may know is worth nothing.

        Raises:
            KeyMissing, Forbidden: as `Passes.of`.
        """
        told = await self._passes.of(secret)
        return _begun(told, await self._passes.caller(told))

    async def recognise(self, scope: Scope) -> Session:
        """The session of the cookie that is shown, else a new one for nobody."""
        shown = self._read(_cookie_in(scope))
        if shown is not None:
            caller = await self._passes.caller(shown.told)
            is_over = caller is not None and await asyncio.to_thread(
                self._sign_outs.has, shown.id, shown.expires_at_s
            )
            if not is_over and (caller is not None or not (shown.told or self._passes.is_open)):
                return Session(shown.id, shown.expires_at_s, shown.told, caller)
        told = DEV if self._passes.is_open else _NOBODY
        return _begun(told, await self._passes.caller(told))

    async def sign_out(self, session: Session) -> None:
        """From now on its cookie is worthless."""
        await asyncio.to_thread(self._sign_outs.put, session.id, session.expires_at_s)

    def cookie(self, session: Session, scope: Scope) -> str:
        """The header that sets it; `Secure` where the browser came by TLS, as far as is told."""
        text = f"{session.id}.{session.expires_at_s}.{session.told}"
        value = f"{text}.{self._signing.digest(_COOKIE_PURPOSE, text)}"
        parts = [f"{COOKIE}={value}", f"Path={PATH}", f"Max-Age={LASTS_S}", "HttpOnly"]
        return "; ".join([*parts, "SameSite=Strict", *(["Secure"] if _came_by_tls(scope) else [])])

    def token(self, session: Session) -> str:
        """What every form of this session carries."""
        return self._signing.digest(_FORM_PURPOSE, session.id)

    def vouches(self, session: Session, token: str) -> bool:
        """Whether a form is of this session."""
        return hmac.compare_digest(self.token(session).encode(), token.encode("utf-8", "replace"))

    def _read(self, value: str) -> Session | None:
        text, _, digest = value.rpartition(".")
        if not self._signing.verifies(_COOKIE_PURPOSE, text, digest):
            return None
        session_id, expires_at_s, told = text.split(".", 2)
        if int(expires_at_s) <= time.time():
            return None
        return Session(session_id, int(expires_at_s), told)


def _begun(told: str, caller: Caller | None) -> Session:
    expires_at_s = int(time.time()) + LASTS_S
    return Session(secrets.token_hex(16), expires_at_s, told, caller, is_new=True)


def _cookie_in(scope: Scope) -> str:
    """Read by hand: what other applications set on the host must not hide it."""
    for part in (header(scope, b"cookie") or "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def _came_by_tls(scope: Scope) -> bool:
    """As far as is told; a browser that lies harms nobody but itself."""
    said = header(scope, b"x-forwarded-proto") or scope["scheme"]
    return said.split(",")[0].strip() == "https"
