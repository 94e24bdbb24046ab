"""
A tenant's API keys: made, listed, rotated, revoked, checked. Only digests are kept.

A key reads `rk_<tenant>_<key_id>_<random>`. The last characters of the random part are a keyed
digest of the rest, so that a made-up key is refused without a look into the store.
"""

import secrets
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from recommender_store.author import Author
from recommender_store.objects.revisions import Revision, RevisionChain

from .errors import KeyNotLive, KeysFull, KeyUnknown, TenantIdInvalid
from .identity import TenantId, parse_tenant_id
from .signing import SigningSecrets

Scope = Literal["ingest", "serve", "catalog", "manage"]
SCOPES: tuple[Scope, ...] = ("ingest", "serve", "catalog", "manage")

_ALPHABET = string.ascii_letters + string.digits
_RANDOM_LENGTH = 27
"""27 of 62 characters: 160 bits."""
_CHECK_LENGTH = 8
LIVE_AT_ONCE = 2
"""Keys of one name: the one in use and the one that follows it."""
GRACE = timedelta(days=1)
"""How long a rotated key lives on, where nobody says otherwise."""


class KeyRecord(BaseModel):
    """What is kept of a key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    digest: str
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class NewKey(NamedTuple):
    """A key just made: the only moment its secret is known."""

    record: KeyRecord
    secret: str


@dataclass(frozen=True)
class KeySecret:
    """A key as a caller shows it, its check digits verified, its digest not yet compared."""

    tenant_id: TenantId
    key_id: str
    secret: str


def read_secret(text: str, signing: SigningSecrets) -> KeySecret | None:
    """The key that `text` spells, or None where we never made such a key. Costs no IO."""
    parts = text.split("_")
    if len(parts) != 4 or parts[0] != "rk" or len(parts[3]) != _RANDOM_LENGTH + _CHECK_LENGTH:
        return None
    body, check = text[:-_CHECK_LENGTH], text[-_CHECK_LENGTH:]
    if not signing.verifies("key-check", body, check, length=_CHECK_LENGTH):
        return None
    try:
        return KeySecret(parse_tenant_id(parts[1]), parts[2], text)
    except TenantIdInvalid:
        return None


class KeyRing:
    """The keys of one tenant: one chain, whose newest record lists them all."""

    def __init__(
        self,
        tenant_id: TenantId,
        chain: RevisionChain,
        signing: SigningSecrets,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._tenant_id = tenant_id
        self._chain = chain
        self._signing = signing
        self._clock = clock

    def records(self) -> list[KeyRecord]:
        """All keys ever made, oldest first, the revoked ones too."""
        return _records(self._chain.head())

    def create(
        self,
        name: str,
        scopes: Sequence[Scope],
        *,
        author: Author,
        expires_at: datetime | None = None,
    ) -> NewKey:
        """
        Make a key; the answer alone knows its secret.

        Args:
            name: what people call it.
            scopes: what it may do.
            author: who makes it.
            expires_at: until when it lives; without a zone it is taken as UTC.

        Raises:
            KeysFull: where two live keys have the name.
            RevisionConflict: where the keys were changed meanwhile.
        """
        if expires_at is not None and expires_at.tzinfo is None:
            expires_at = expires_at.replace(tzinfo=UTC)
        made = self._made(name, scopes, expires_at)
        head = self._chain.head()
        known = _records(head)
        self._find_room(name, known)
        self._save([*known, made.record], author, head)
        return made

    def rotate(self, key_id: str, *, author: Author, grace: timedelta = GRACE) -> NewKey:
        """
        Make a key that follows another: its name, its scopes, and as long a life.

        Args:
            key_id: the key that is followed; after `grace` it opens nothing.
            author: who rotates.
            grace: how long both live.

        Raises:
            KeyUnknown: where the tenant has no such key.
            KeyNotLive: where it opens nothing any more.
            KeysFull: where it is being followed already.
            RevisionConflict: where the keys were changed meanwhile.
        """
        head, now = self._chain.head(), self._clock()
        records = {record.key_id: record for record in _records(head)}
        old = self._found(key_id, records)
        if not old.is_live(now):
            raise KeyNotLive(key_id=key_id)
        self._find_room(old.name, records.values())
        life = None if old.expires_at is None else old.expires_at - old.created_at
        made = self._made(old.name, old.scopes, None if life is None else now + life)
        until = now + grace if old.expires_at is None else min(old.expires_at, now + grace)
        records[key_id] = old.model_copy(update={"expires_at": until})
        self._save([*records.values(), made.record], author, head)
        return made

    def find(self, key_id: str) -> KeyRecord:
        """Raises KeyUnknown."""
        return self._found(key_id, {record.key_id: record for record in self.records()})

    def revoke(self, key_id: str, *, author: Author) -> KeyRecord:
        """
        Make a key worthless from now on. Revoking twice keeps the first time.

        Raises:
            KeyUnknown: where the tenant has no such key.
        """
        head = self._chain.head()
        records = {record.key_id: record for record in _records(head)}
        record = self._found(key_id, records)
        if record.revoked_at is not None:
            return record
        records[key_id] = record.model_copy(update={"revoked_at": self._clock()})
        self._save(records.values(), author, head)
        return records[key_id]

    def check(self, shown: KeySecret) -> KeyRecord | None:
        """The live key whose digest this secret has, or None."""
        return live_match(self.records(), shown, self._signing, self._clock())

    def _made(self, name: str, scopes: Sequence[Scope], expires_at: datetime | None) -> NewKey:
        key_id = secrets.token_hex(4)
        random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
        body = f"rk_{self._tenant_id}_{key_id}_{random}"
        secret = body + self._signing.digest("key-check", body)[:_CHECK_LENGTH]
        record = KeyRecord(
            key_id=key_id,
            name=name,
            scopes=tuple(dict.fromkeys(scopes)),
            digest=self._signing.digest("key", secret),
            created_at=self._clock(),
            expires_at=expires_at,
        )
        return NewKey(record, secret)

    def _found(self, key_id: str, records: Mapping[str, KeyRecord]) -> KeyRecord:
        if key_id not in records:
            raise KeyUnknown(tenant=self._tenant_id, key_id=key_id)
        return records[key_id]

    def _find_room(self, name: str, known: Iterable[KeyRecord]) -> None:
        now = self._clock()
        live = [one.key_id for one in known if one.name == name and one.is_live(now)]
        if len(live) >= LIVE_AT_ONCE:
            raise KeysFull(name=name, live=live)

    def _save(self, records: Iterable[KeyRecord], author: Author, head: Revision | None) -> None:
        value = {"keys": [record.model_dump(mode="json") for record in records]}
        self._chain.append(value, author=author, expected=head.number if head else 0)


def live_match(
    records: Iterable[KeyRecord], shown: KeySecret, signing: SigningSecrets, now: datetime
) -> KeyRecord | None:
    """The record that a shown key opens at `now`; digests are compared in constant time."""
    for record in records:
        if record.key_id == shown.key_id and record.is_live(now):
            return record if signing.verifies("key", shown.secret, record.digest) else None
    return None


def _records(head: Revision | None) -> list[KeyRecord]:
    if head is None or head.value is None:
        return []
    return [KeyRecord.model_validate(entry) for entry in head.value["keys"]]
