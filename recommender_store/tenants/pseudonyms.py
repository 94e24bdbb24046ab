"""
Pseudonyms of users: what the store holds of a tenant's users in place of the ids that it sends.

Made with a random key of the tenant's own (`wrapped_key`). Nothing here turns one back.
"""

import hmac
import secrets
from dataclasses import dataclass, field

from recommender_store.objects.scope import Scope

from .identity import TenantId
from .signing import SigningSecrets
from .wrapped_key import KEY_BYTES, PSEUDONYMS, WrappedKey

PREFIX = "pu_"
"""So that people see what it is; who is asked for is never guessed by it."""
_LENGTH = 32
"""Hexadecimal characters, 128 bits: no two of 10^15 users share one."""
_BLOCK_BYTES = 64
"""Of SHA-256, to which HMAC fills up its key."""
_INNER, _OUTER = 0x36, 0x5C


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """One tenant's. Safe to share between threads."""

    key: bytes = field(repr=False)

    def of(self, user_id: str) -> str:
        digest = hmac.digest(self.key, user_id.encode("utf-8", "surrogatepass"), "sha256")
        return PREFIX + digest.hex()[:_LENGTH]

    def sql(self, column: str) -> str:
        """The same of a text column, in DuckDB; null of null. It holds the key: show it nobody."""
        return f"'{PREFIX}' || {self.digest_sql(column)}"

    def digest_sql(self, text: str) -> str:
        """Of any text, in DuckDB: whoever guesses what it is of cannot prove it."""
        inner, outer = (
            bytes(byte ^ pad for byte in self.key.ljust(_BLOCK_BYTES, b"\0")).hex()
            for pad in (_INNER, _OUTER)
        )
        inside = f"unhex(sha256(unhex('{inner}') || encode({text})))"
        return f"left(sha256(unhex('{outer}') || {inside}), {_LENGTH})"


class PseudonymKey:
    """Where one tenant's key lies."""

    def __init__(self, tenant_id: TenantId, scope: Scope, signing: SigningSecrets) -> None:
        self._key = WrappedKey(tenant_id, scope, signing, PSEUDONYMS)

    def made(self) -> Pseudonyms:
        """Those there are, or with a new key, durable when this returns."""
        return Pseudonyms(self._key.made(secrets.token_bytes(KEY_BYTES)))

    def opened(self) -> Pseudonyms:
        """
        Raises:
            PseudonymKeyUnreadable: where none of the secrets does it, or it is gone.
        """
        return Pseudonyms(self._key.opened())

    def wrap_anew(self) -> None:
        """
        By each secret there is now, where the newest cannot open it yet.

        Raises:
            PseudonymKeyUnreadable: as `opened`.
        """
        self._key.opened()
        self._key.wrap_anew()
