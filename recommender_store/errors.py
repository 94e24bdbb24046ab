"""
What can go wrong with data at rest, each with a stable code and named fields.

The store knows no HTTP: one table elsewhere turns a code into a status. What can go wrong with one
room of the store alone stands in that room's `errors.py`.

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
    ├── SecretKeyMissing     secret_key_missing    a bucket needs RECOMMENDER_SECRET_KEY
    ├── SecretKeyUnreadable  secret_key_unreadable the folder's secret cannot be read
    └── SettingInvalid       setting_invalid       a value in the environment makes no sense
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

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
