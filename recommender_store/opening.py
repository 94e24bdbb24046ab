"""
Opening the store, and the platform's own corner of it.

For the files that wire a process; everything else is handed a `TenantSpace`. What only care of the
store takes is imported by who takes care: a verb that lists tenants starts without numpy.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from recommender_store.artifacts.local_cache import LocalCache
from recommender_store.audit.audit import Audit
from recommender_store.audit.entry import AuditEntry
from recommender_store.author import Author
from recommender_store.errors import RevisionConflict, StoreFull
from recommender_store.objects.change_feed import ChangeFeed
from recommender_store.objects.finding import Examined, Finding
from recommender_store.objects.keys import FEED, GONE, PLATFORM, SIGN_OUTS, tenant_root
from recommender_store.objects.location import open_objects
from recommender_store.objects.proof import prove_put_if_absent
from recommender_store.objects.protocol import ObjectStore
from recommender_store.objects.scope import Scope
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.errors import TenantExists, TenantIdInvalid, TenantUnknown
from recommender_store.tenants.identity import TenantId, parse_tenant_id
from recommender_store.tenants.settings import TenantSettings
from recommender_store.tenants.sign_outs import SignOuts
from recommender_store.tenants.signing import SigningSecrets

if TYPE_CHECKING:
    from recommender_store.audit.inspection import Inspected
    from recommender_store.care.leaving import Departure

READS_AT_ONCE = 16


class Store:
    """An opened store: tenants' spaces, the directory of tenants, the change feed."""

    def __init__(self, objects: ObjectStore, settings: StoreSettings) -> None:
        self._objects = objects
        self.settings = settings
        self.signing = SigningSecrets.of(settings.signing_secrets())
        self.feed = ChangeFeed(Scope(objects, FEED))
        self.sign_outs = SignOuts(Scope(objects, SIGN_OUTS))
        self.cache = LocalCache(settings.cache_folder(), settings.cache_bytes)
        self.audit = Audit(objects, self.signing)
        self.undo_within = timedelta(days=settings.restore_days)
        self._gone = Scope(objects, GONE)
        self._spaces: dict[TenantId, TenantSpace] = {}
        self._lock = threading.Lock()

    def space(self, tenant_id: TenantId) -> TenantSpace:
        """The corner of a tenant, whether it exists or not; always the same one."""
        with self._lock:
            space = self._spaces.get(tenant_id)
            if space is None:
                space = TenantSpace(tenant_id, self._objects, self.feed, self.signing, self.audit)
                self._spaces[tenant_id] = space
            return space

    def tenant(self, text: str) -> TenantSpace:
        """
        The corner of the tenant that `text` names.

        Raises:
            TenantIdInvalid: where it cannot be a tenant's id.
            TenantUnknown: where there is no such tenant.
        """
        space = self.space(parse_tenant_id(text))
        if not space.exists():
            raise TenantUnknown(tenant=text)
        return space

    def tenant_ids(self) -> list[TenantId]:
        """Every id that was ever given, sorted; some may have been deleted."""
        names = self._objects.children("tenants")
        return [parse_tenant_id(name) for name in names if _is_tenant_id(name)]

    def tenants(self) -> list[TenantSettings]:
        """Every tenant's settings, by id."""
        found = []
        for tenant_id in self.tenant_ids():
            with suppress(TenantUnknown):  # deleted
                found.append(self.space(tenant_id).settings())
        return found

    def check(
        self, tenant_id: TenantId | None, examined: Examined, now: datetime
    ) -> Iterator[Finding]:
        """What is damaged, or belongs to nothing: of a tenant, or with None of the platform."""
        from recommender_store.care.check import check_platform, check_tenant

        if tenant_id is None:
            return check_platform(Scope(self._objects, PLATFORM), examined)
        scope = Scope(self._objects, tenant_root(tenant_id))
        return check_tenant(self.space(tenant_id), scope, now, examined)

    def object_count(self) -> int:
        """How many objects there are to look at."""
        prefixes = (PLATFORM, "tenants")
        return sum(1 for prefix in prefixes for _ in self._objects.list(prefix))

    def create_tenant(self, text: str, name: str, *, author: Author) -> TenantSpace:
        """
        Raises:
            TenantIdInvalid: where it cannot be a tenant's id.
            TenantExists: where the id is taken, or was until a deletion.
        """
        from recommender_store.care.leaving import is_gone

        space = self.space(parse_tenant_id(text))
        if is_gone(self._gone, space.tenant_id):
            raise TenantExists(tenant=text)
        try:
            space.begin(name, author=author)
        except RevisionConflict as error:
            raise TenantExists(tenant=text) from error
        space.announce("tenant")
        return space

    def restore_tenant(self, text: str, *, author: Author) -> TenantSpace:
        """
        Undo a deletion.

        Raises:
            TenantIdInvalid, TenantUnknown, TenantNotDeleted, RestoreTooLate, RevisionConflict
        """
        space = self.space(parse_tenant_id(text))
        space.restore(author=author, within=self.undo_within, now=datetime.now(UTC))
        space.announce("tenant")
        return space

    def deleted_tenants(self) -> dict[TenantId, datetime]:
        """Who was deleted when, and can still be restored or waits to be removed."""
        tenant_ids = self.tenant_ids()
        with ThreadPoolExecutor(READS_AT_ONCE) as reads:
            found = reads.map(lambda one: self.space(one).deleted_at(), tenant_ids)
            known = zip(tenant_ids, found, strict=True)
            return {tenant_id: at for tenant_id, at in known if at is not None}

    def leave(self, tenant_id: TenantId, now: datetime, *, dry_run: bool) -> "Departure | None":
        """Remove everything of a tenant whose deletion can no longer be undone."""
        from recommender_store.care.leaving import leave

        own = Scope(self._objects, tenant_root(tenant_id))
        before = now - self.undo_within
        return leave(self.space(tenant_id), own, self._gone, before, dry_run=dry_run)

    def check_audit(
        self, known: tuple[int, str] | None = None, *, tenant_id: str | None = None
    ) -> "Inspected":
        """What is wrong with the trail, or with the decisions that it tells of (one tenant's)."""
        from recommender_store.audit.inspection import Inspection

        return Inspection(self._objects, self.signing, tenant_id=tenant_id).run(known)

    def record_untold(self) -> list[AuditEntry]:
        """Take into the trail the decisions that are not in it."""
        from recommender_store.audit.inspection import record_untold

        return record_untold(self._objects, self.signing, self.audit.trail)


def _is_tenant_id(name: str) -> bool:
    """What others have put beside the tenants' folders is none of ours."""
    try:
        parse_tenant_id(name)
    except TenantIdInvalid:
        return False
    return True


def open_store(settings: StoreSettings, *, create: bool = False) -> Store:
    """
    Open the store that the settings name, after it proved that it keeps its promises.

    Args:
        settings: where it lies.
        create: make it where it does not exist; else that is an error.

    Raises:
        StoreMissing, StoreUrlInvalid, StoreFormatUnknown, StoreUnsafe, StoreUnavailable;
        SecretKeyMissing, SecretKeyUnreadable.
    """
    objects = open_objects(settings.url, create=create, environment=settings.environment)
    with suppress(StoreFull):  # what is full takes no write to be unsafe, and can still be read
        prove_put_if_absent(objects)
    return Store(objects, settings)
