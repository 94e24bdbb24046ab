"""
Who calls: decided from the headers before the first body byte, remembered for the next request.

A key that we never made is refused by its check digits alone; a known one costs a look into a
dictionary. Only the first use of a key reads the tenant's key ring.
"""

import asyncio
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from recommender_api.errors import AdminRequired, Forbidden, KeyMissing
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId
from recommender_store.tenants.keys import KeyRecord, live_match, read_secret
from recommender_store.tenants.signing import SigningSecrets

SPACES_LIMIT = 100_000


@dataclass(frozen=True)
class Caller:
    """An admin, or a live key of a tenant."""

    name: str
    """What the audit trail shows: the admin's name, or the key's id."""
    tenant_id: TenantId | None
    """None for a platform admin."""
    scopes: frozenset[str]

    @property
    def is_admin(self) -> bool:
        return self.tenant_id is None


ADMIN_SCOPES = frozenset({"ingest", "serve", "catalog", "manage"})


class Doorkeeper:
    """Knows the admins and, once seen, every live key."""

    def __init__(
        self,
        space_of: Callable[[TenantId], TenantSpace],
        signing: SigningSecrets,
        admin_tokens: Mapping[str, str],
        *,
        is_open: bool = False,
    ) -> None:
        self._space_of = space_of
        self._signing = signing
        self._admin_tokens = dict(admin_tokens)
        self._is_open = is_open
        self._known: dict[str, tuple[Caller, KeyRecord]] = {}

    async def caller(self, secret: str | None) -> Caller:
        """
        Who shows this secret.

        Raises:
            KeyMissing: where nothing is shown, or nothing that we made, or what was revoked.
        """
        if secret is None:
            if self._is_open:
                return Caller("dev", None, ADMIN_SCOPES)
            raise KeyMissing
        known = self._known.get(secret)
        if known is not None and known[1].is_live(datetime.now(UTC)):
            return known[0]
        for token, name in self._admin_tokens.items():
            if hmac.compare_digest(token.encode(), secret.encode()):
                return Caller(name, None, ADMIN_SCOPES)
        return await self._look_up(secret)

    def forget(self, tenant_id: TenantId) -> None:
        """Look this tenant's keys up again: some were made or revoked."""
        self._known = {
            secret: entry
            for secret, entry in self._known.items()
            if entry[0].tenant_id != tenant_id
        }

    async def _look_up(self, secret: str) -> Caller:
        shown = read_secret(secret, self._signing)
        if shown is None:
            raise KeyMissing
        space = self._space_of(shown.tenant_id)
        records = await asyncio.to_thread(_records, space)
        record = live_match(records, shown, self._signing, datetime.now(UTC))
        if record is None:
            raise KeyMissing
        caller = Caller(f"key:{record.key_id}", shown.tenant_id, frozenset(record.scopes))
        if len(self._known) < SPACES_LIMIT:
            self._known[secret] = (caller, record)
        return caller


def _records(space: TenantSpace) -> list[KeyRecord]:
    """The tenant's keys; none once it was deleted."""
    return space.keys.records() if space.exists() else []


def allow(caller: Caller, tenant: str, scope: str) -> None:
    """
    Raises:
        Forbidden: the same answer for another tenant's key, whether or not that tenant exists.
    """
    if not caller.is_admin and (caller.tenant_id != tenant or scope not in caller.scopes):
        raise Forbidden(scope)


def allow_admin(caller: Caller) -> None:
    if not caller.is_admin:
        raise AdminRequired
