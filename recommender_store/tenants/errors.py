"""
What can go wrong with tenants and their keys; the root is the store's.

    StoreError
    ├── TenantIdInvalid      tenant_id_invalid     this cannot be a tenant's id
    ├── TenantUnknown        tenant_unknown        there is no such tenant
    ├── TenantExists         tenant_exists         the id is taken
    ├── TenantNotDeleted     tenant_not_deleted    there is no deletion to undo
    ├── RestoreTooLate       restore_too_late      the deletion is too long ago to be undone
    ├── UsersKnown           users_known           the log names users in the other way already
    ├── PseudonymKeyUnreadable  pseudonym_key_unreadable  what makes users' pseudonyms is lost
    ├── DigestKeyUnreadable  digest_key_unreadable  what makes the tenant's keyed digests is lost
    ├── KeyUnknown           key_unknown           the tenant has no such key
    ├── KeyNotLive           key_not_live          a key that opens nothing cannot be rotated
    └── KeysFull             keys_full             two live keys have this name
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from recommender_store.errors import StoreError


class TenantIdInvalid(StoreError):
    """The text cannot be a tenant's id."""

    code: ClassVar[str] = "tenant_id_invalid"

    def __init__(self, *, tenant: str) -> None:
        super().__init__(
            f"{tenant[:80]!r} cannot be a tenant's id: use 2 to 63 lower-case letters, digits and "
            "single hyphens between them, beginning with a letter (for example 'shop' or 'shop-eu')"
        )
        self.tenant = tenant


class TenantUnknown(StoreError):
    """There is no such tenant, or it was deleted."""

    code: ClassVar[str] = "tenant_unknown"

    def __init__(self, *, tenant: str) -> None:
        super().__init__(f"there is no tenant '{tenant}': see `recommender tenants list`")
        self.tenant = tenant


class TenantExists(StoreError):
    """A tenant of this id is there already, or was until a deletion."""

    code: ClassVar[str] = "tenant_exists"

    def __init__(self, *, tenant: str) -> None:
        super().__init__(
            f"the id '{tenant}' is a tenant's already, or was until a deletion: choose another id "
            "(`recommender tenants restore` brings back one that was deleted lately)"
        )
        self.tenant = tenant


class TenantNotDeleted(StoreError):
    """There is no deletion to undo."""

    code: ClassVar[str] = "tenant_not_deleted"

    def __init__(self, *, tenant: str) -> None:
        super().__init__(f"the tenant '{tenant}' is not deleted: there is nothing to restore")
        self.tenant = tenant


class RestoreTooLate(StoreError):
    """The deletion is too long ago to be undone; the data may be gone at any moment."""

    code: ClassVar[str] = "restore_too_late"

    def __init__(self, *, tenant: str, until: datetime) -> None:
        super().__init__(
            f"the tenant '{tenant}' could be restored until {until:%Y-%m-%d %H:%M} UTC "
            "(RECOMMENDER_RESTORE_DAYS after its deletion): create another"
        )
        self.tenant = tenant
        self.until = until


class UsersKnown(StoreError):
    """Users who are known by their ids cannot be known by pseudonyms, nor the other way round."""

    code: ClassVar[str] = "users_known"

    def __init__(self, *, tenant: str) -> None:
        super().__init__(
            f"'{tenant}' holds events or erasures of users already, and these name them in one way "
            "for good: make a new tenant, set `pseudonymize_users` before its first event, and "
            "import there"
        )
        self.tenant = tenant


class PseudonymKeyUnreadable(StoreError):
    """The key of the tenant's pseudonyms is not there, or no secret opens it."""

    code: ClassVar[str] = "pseudonym_key_unreadable"

    def __init__(self, *, tenant: str) -> None:
        super().__init__(
            f"the key of the pseudonyms of '{tenant}' cannot be opened: put the older secret back "
            f"into RECOMMENDER_SECRET_KEY, or restore tenants/{tenant}/pseudonyms/key.json from a "
            "backup"
        )
        self.tenant = tenant


class DigestKeyUnreadable(StoreError):
    """The key of the tenant's digests is not there, or no secret opens it."""

    code: ClassVar[str] = "digest_key_unreadable"

    def __init__(self, *, tenant: str) -> None:
        super().__init__(
            f"the key of the digests of '{tenant}' cannot be opened: put the older secret back "
            f"into RECOMMENDER_SECRET_KEY, or restore tenants/{tenant}/digests/key.json from a "
            "backup"
        )
        self.tenant = tenant


class KeyUnknown(StoreError):
    """The tenant has no key of this id."""

    code: ClassVar[str] = "key_unknown"

    def __init__(self, *, tenant: str, key_id: str) -> None:
        super().__init__(
            f"the tenant '{tenant}' has no key '{key_id}': "
            f"see `recommender keys list --tenant {tenant}`"
        )
        self.tenant = tenant
        self.key_id = key_id


class KeyNotLive(StoreError):
    """A key that was revoked or has expired has nothing to hand on."""

    code: ClassVar[str] = "key_not_live"

    def __init__(self, *, key_id: str) -> None:
        super().__init__(f"the key '{key_id}' was revoked or has expired: create another")
        self.key_id = key_id


class KeysFull(StoreError):
    """As many live keys of one name as there may be."""

    code: ClassVar[str] = "keys_full"

    def __init__(self, *, name: str, live: Sequence[str]) -> None:
        super().__init__(
            f"two live keys are named '{name}' ({', '.join(live)}): revoke one, wait until one "
            "expires, or choose another name"
        )
        self.name = name
        self.live = live
