"""
What a session keeps in place of a secret that was shown once: it names the secret and does not
hold it, and is worth nothing from the moment that the secret is not.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from recommender_api.errors import Forbidden
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.errors import TenantIdInvalid
from recommender_store.tenants.identity import TenantId, parse_tenant_id
from recommender_store.tenants.keys import KeyRecord
from recommender_store.tenants.signing import SigningSecrets

from .caller import ADMIN_SCOPES, Caller, Doorkeeper

SCOPE = "manage"
"""What a tenant's key must have for people to work with it."""
DEV = "dev"
_ADMIN, _KEY, _SEPARATOR = "admin", "key", "~"


class Passes:
    """Makes them, and looks up whom they stand for."""

    def __init__(
        self,
        doorkeeper: Doorkeeper,
        space_of: Callable[[TenantId], TenantSpace],
        signing: SigningSecrets,
        admin_tokens: Mapping[str, str],
        *,
        is_open: bool = False,
    ) -> None:
        self._doorkeeper = doorkeeper
        self._space_of = space_of
        self._signing = signing
        self._admin_tokens = admin_tokens
        self.is_open = is_open
        """Whether whoever comes without any is an admin: on a laptop."""

    async def of(self, secret: str) -> str:
        """
        Raises:
            KeyMissing: where it is nobody's.
            Forbidden: where it is a tenant's key that may not manage.
        """
        caller = await self._doorkeeper.caller(secret)
        if caller.tenant_id is None:
            return _SEPARATOR.join((_ADMIN, self._signing.digest(_ADMIN, secret)))
        if SCOPE not in caller.scopes:
            raise Forbidden(SCOPE)
        return _SEPARATOR.join((_KEY, caller.tenant_id, caller.name.partition(":")[2]))

    async def caller(self, told: str) -> Caller | None:
        """Who comes with this pass now; None: nobody, any more."""
        match told.split(_SEPARATOR):
            case [kind] if kind == DEV and self.is_open:
                return Caller(DEV, None, ADMIN_SCOPES)
            case [kind, digest] if kind == _ADMIN:
                return self._admin(digest)
            case [kind, tenant, key_id] if kind == _KEY:
                return await self._key(tenant, key_id)
        return None

    def _admin(self, digest: str) -> Caller | None:
        for token, name in self._admin_tokens.items():
            if self._signing.verifies(_ADMIN, token, digest):
                return Caller(name, None, ADMIN_SCOPES)
        return None

    async def _key(self, tenant: str, key_id: str) -> Caller | None:
        try:
            space = self._space_of(parse_tenant_id(tenant))
        except TenantIdInvalid:
            return None
        now = datetime.now(UTC)
        for record in await asyncio.to_thread(_records, space):
            if record.key_id == key_id and record.is_live(now) and SCOPE in record.scopes:
                return Caller(f"{_KEY}:{key_id}", space.tenant_id, frozenset(record.scopes))
        return None


def _records(space: TenantSpace) -> list[KeyRecord]:
    """The tenant's keys; none once it was deleted."""
    return space.keys.records() if space.exists() else []
