"""
What can go wrong with data at rest, each with a stable code and named fields.

The store knows no HTTP: one table elsewhere turns a code into a status.

    StoreError
    ├── ObjectMissing        object_missing        nothing lies under this key
    ├── KeyInvalid           key_invalid           this is not a key, or it leaves its prefix
    ├── RecordUnreadable     record_unreadable     bytes that this code cannot read
    ├── RevisionConflict     revision_conflict     somebody else decided first
    ├── StoreUnavailable     store_unavailable     network, timeout, permission: outcome unknown
    ├── StoreFull            store_full            no space, or over quota
    ├── StoreMissing         store_missing         there is no store at this location
    ├── StoreUnsafe          store_unsafe          the store breaks a promise that data relies on
    ├── StoreUrlInvalid      store_url_invalid     this address names no store
    ├── StoreFormatUnknown   store_format_unknown  written by a version that this one does not know
    ├── SegmentCorrupt       segment_corrupt       log bytes that are not what was written
    ├── LogFileCorrupt       log_file_corrupt      a compacted file that is not what was written
    ├── LogMoved             log_moved             what was being read was rewritten meanwhile
    ├── LogUnreachable       log_unreachable       a log in memory is read by its own process only
    ├── TenantIdInvalid      tenant_id_invalid     this cannot be a tenant's id
    ├── TenantUnknown        tenant_unknown        there is no such tenant
    ├── TenantExists         tenant_exists         the id is taken
    ├── TenantNotDeleted     tenant_not_deleted    there is no deletion to undo
    ├── RestoreTooLate       restore_too_late      the deletion is too long ago to be undone
    ├── KeyUnknown           key_unknown           the tenant has no such key
    ├── KeyNotLive           key_not_live          a key that opens nothing cannot be rotated
    ├── KeysFull             keys_full             two live keys have this name
    ├── ItemInvalid          item_invalid          an item that the catalog cannot hold
    ├── RecordsFull          records_full          as many placements or rules as there may be
    ├── RunUnknown           run_unknown           the tenant has no such training run
    ├── SecretKeyMissing     secret_key_missing    a bucket needs RECOMMENDER_SECRET_KEY
    ├── SecretKeyUnreadable  secret_key_unreadable the folder's secret cannot be read
    └── SettingInvalid       setting_invalid       a value in the environment makes no sense
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar


class StoreError(Exception):
    """The root: anything that the store refuses or cannot do."""

    code: ClassVar[str] = "store_error"


class ObjectMissing(StoreError):
    """Nothing lies under this key (a folder of keys is not an object)."""

    code: ClassVar[str] = "object_missing"

    def __init__(self, *, key: str) -> None:
        super().__init__(f"nothing is stored under '{key}'")
        self.key = key


class KeyInvalid(StoreError):
    """The key cannot be stored on every kind of store, or would leave its prefix."""

    code: ClassVar[str] = "key_invalid"

    def __init__(self, *, key: str, reason: str) -> None:
        super().__init__(f"{key!r} is not a key: {reason}")
        self.key = key
        self.reason = reason


class RecordUnreadable(StoreError):
    """A record is damaged, or was written in a format that this version does not know."""

    code: ClassVar[str] = "record_unreadable"

    def __init__(self, *, key: str, reason: str) -> None:
        super().__init__(f"the record under '{key}' cannot be read: {reason}")
        self.key = key
        self.reason = reason


class RevisionConflict(StoreError):
    """Somebody else wrote the next revision first; `current` is the newest number, 0 for none."""

    code: ClassVar[str] = "revision_conflict"

    def __init__(self, *, expected: int, current: int) -> None:
        super().__init__(
            f"expected revision {expected} to be the newest, but it is {current}: "
            "read the newest one, decide again, then write after it"
        )
        self.expected = expected
        self.current = current


class StoreUnavailable(StoreError):
    """The store did not answer, or refused; a write may or may not have landed."""

    code: ClassVar[str] = "store_unavailable"

    def __init__(self, *, action: str, reason: str) -> None:
        super().__init__(f"the store could not {action}: {reason}")
        self.action = action
        self.reason = reason


class StoreFull(StoreError):
    """No space is left, or the quota is used up; nothing was written."""

    code: ClassVar[str] = "store_full"

    def __init__(self, *, key: str, reason: str) -> None:
        super().__init__(
            f"no room to store '{key}' ({reason}): free some space or raise the quota, then retry"
        )
        self.key = key
        self.reason = reason


class StoreMissing(StoreError):
    """A store was to be opened, not made, and there is none at this location."""

    code: ClassVar[str] = "store_missing"

    def __init__(self, *, location: str) -> None:
        super().__init__(
            f"there is no store at {location}: run `recommender tenants create` to make one, "
            "or set RECOMMENDER_STORE_URL to where it is"
        )
        self.location = location


class StoreUnsafe(StoreError):
    """The store does not keep a promise without which data would be lost."""

    code: ClassVar[str] = "store_unsafe"

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"this store cannot be used safely: {reason}")
        self.reason = reason


class StoreUrlInvalid(StoreError):
    """The address names no kind of store that this code knows."""

    code: ClassVar[str] = "store_url_invalid"

    def __init__(self, *, url: str, reason: str) -> None:
        super().__init__(
            f"{url!r} is not the address of a store: {reason} "
            "(for example file://./.recommender, file:///var/lib/recommender or s3://bucket/prefix)"
        )
        self.url = url
        self.reason = reason


class StoreFormatUnknown(StoreError):
    """The store was made by a version whose layout this one does not know."""

    code: ClassVar[str] = "store_format_unknown"

    def __init__(self, *, location: str, found: str, known: str) -> None:
        super().__init__(
            f"the store at {location} has the format {found!r}, this version reads {known!r}: "
            "use the version of recommender-platform that wrote it"
        )
        self.location = location
        self.found = found
        self.known = known


class SecretKeyMissing(StoreError):
    """A bucket has no private place for a made-up secret."""

    code: ClassVar[str] = "secret_key_missing"

    def __init__(self, *, location: str) -> None:
        super().__init__(
            f"the store at {location} needs RECOMMENDER_SECRET_KEY: set it to a long random text, "
            "the same on every machine (for example from `openssl rand -hex 32`)"
        )
        self.location = location


class SecretKeyUnreadable(StoreError):
    """The file that holds a folder store's secret is empty or closed to this process."""

    code: ClassVar[str] = "secret_key_unreadable"

    def __init__(self, *, path: str, reason: str) -> None:
        super().__init__(
            f"the secret in {path} {reason}: restore the file from a backup (the API keys that it "
            "signed work with no other secret), or let this user read it"
        )
        self.path = path
        self.reason = reason


class SettingInvalid(StoreError):
    """An environment variable holds a value that makes no sense."""

    code: ClassVar[str] = "setting_invalid"

    def __init__(self, *, variable: str, value: str, wanted: str) -> None:
        super().__init__(f"{variable} is {value!r}: set it to {wanted}, or leave it unset")
        self.variable = variable
        self.value = value
        self.wanted = wanted


class SegmentCorrupt(StoreError):
    """A segment of a log does not hold what was written."""

    code: ClassVar[str] = "segment_corrupt"

    def __init__(self, *, segment: str, reason: str) -> None:
        super().__init__(f"the segment '{segment}' is damaged ({reason}): restore it from a backup")
        self.segment = segment
        self.reason = reason


class LogFileCorrupt(StoreError):
    """A compacted file of the log is missing, or does not hold what was written."""

    code: ClassVar[str] = "log_file_corrupt"

    def __init__(self, *, file: str, reason: str) -> None:
        super().__init__(
            f"the log file '{file}' {reason}: restore it from a backup, and run "
            "`recommender store check` for what else is damaged"
        )
        self.file = file
        self.reason = reason


class LogMoved(StoreError):
    """Files of a state of the log were removed, by an erasure, while somebody read them."""

    code: ClassVar[str] = "log_moved"

    def __init__(self) -> None:
        super().__init__(
            "the log was rewritten while it was read: read it again from its new state"
        )


class LogUnreachable(StoreError):
    """Other programs are to read a log that lies in this process' memory."""

    code: ClassVar[str] = "log_unreachable"

    def __init__(self) -> None:
        super().__init__(
            "the log lies in the memory of one process, where no other program reads it: use a "
            "store in a folder or a bucket"
        )


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


class ItemInvalid(StoreError):
    """An item, or one of its attributes, is not what the catalog can hold."""

    code: ClassVar[str] = "item_invalid"

    def __init__(self, *, item_id: str, attribute: str, reason: str) -> None:
        super().__init__(f"item {item_id!r}, attribute '{attribute}': {reason}")
        self.item_id = item_id
        self.attribute = attribute
        self.reason = reason


class RecordsFull(StoreError):
    """A tenant has as many records of this kind as there may be."""

    code: ClassVar[str] = "records_full"

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"there are {limit} already, which is the limit: delete some first")
        self.limit = limit


class ErasureUnknown(StoreError):
    """The tenant has no receipt of this id."""

    code: ClassVar[str] = "erasure_unknown"

    def __init__(self, *, receipt_id: str) -> None:
        super().__init__(f"there is no erasure '{receipt_id[:100]}'")
        self.receipt_id = receipt_id


class RunUnknown(StoreError):
    """The tenant has no training run of this id."""

    code: ClassVar[str] = "run_unknown"

    def __init__(self, *, run_id: str) -> None:
        super().__init__(f"there is no run '{run_id}'")
        self.run_id = run_id
