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
from typing import NamedTuple

from recommender_api.errors import AdminRequired, Forbidden, KeyMissing
from recommender_store.errors import StoreError, StoreUnavailable
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.identity import TenantId
from recommender_store.tenants.keys import KeyRecord, live_match, read_secret
from recommender_store.tenants.signing import SigningSecrets

from .uses import Uses

KNOWN_KEYS_LIMIT = 100_000
"""Some 50 MB; keys beyond it are looked up each time."""
ADMIN_SCOPES = frozenset({"ingest", "serve", "catalog", "manage"})


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


class _Known(NamedTuple):
    caller: Caller
    tenant_id: TenantId
    record: KeyRecord


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
        self._admin_tokens = [(token.encode(), name) for token, name in admin_tokens.items()]
        self._is_open = is_open
        self.uses = Uses(space_of)
        self._known: dict[str, _Known] = {}
        self._forgotten = 0

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
        if known is not None and known.record.is_live(now := datetime.now(UTC)):
            self.uses.note(known.tenant_id, known.record.key_id, now)
            return known.caller
        shown = secret.encode()
        for token, name in self._admin_tokens:
            if hmac.compare_digest(token, shown):
                return Caller(name, None, ADMIN_SCOPES)
        return await self._look_up(secret)

    async def admin(self, secret: str | None) -> Caller:
        """
        The platform admin who shows this secret.

        Raises:
            AdminRequired: for everybody where the platform has no admins, and for tenants' keys.
            KeyMissing: where there are admins, and this is nobody that we know.
        """
        if not self._admin_tokens and not self._is_open:
            raise AdminRequired
        caller = await self.caller(secret)
        if not caller.is_admin:
            raise AdminRequired
        return caller

    def forget(self, tenant_id: TenantId) -> None:
        """Look this tenant's keys up again: some may be made or revoked."""
        self._forgotten += 1
        self._known = {
            secret: known
            for secret, known in self._known.copy().items()
            if known.tenant_id != tenant_id
        }

    async def renew(self) -> None:
        """
        Look everybody's keys up again, beside the requests, and forget those that have changed.

        While the store is out of reach they open as before: nobody can revoke one meanwhile.
        """
        for tenant_id in {known.tenant_id for known in self._known.values()}:
            try:
                records = await asyncio.to_thread(_records, self._space_of(tenant_id))
            except StoreUnavailable:
                return
            except StoreError:
                records = []  # who asks next is told what is wrong with them
            known = [one.record for one in self._known.values() if one.tenant_id == tenant_id]
            if any(record not in records for record in known):
                self.forget(tenant_id)

    async def _look_up(self, secret: str) -> Caller:
        shown = read_secret(secret, self._signing)
        if shown is None:
            raise KeyMissing(was_sent=bool(secret))
        forgotten_before = self._forgotten
        space = self._space_of(shown.tenant_id)
        records = await asyncio.to_thread(_records, space)
        now = datetime.now(UTC)
        record = live_match(records, shown, self._signing, now)
        if record is None:
            raise KeyMissing(was_sent=bool(secret))
        caller = Caller(f"key:{record.key_id}", shown.tenant_id, frozenset(record.scopes))
        self.uses.note(shown.tenant_id, record.key_id, now)
        # What was read before a revocation must not be remembered after it.
        if self._forgotten == forgotten_before and len(self._known) < KNOWN_KEYS_LIMIT:
            self._known[secret] = _Known(caller, shown.tenant_id, record)
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
