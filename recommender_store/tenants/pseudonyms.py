"""
Pseudonyms of users: what the store holds of a tenant's users in place of the ids that it sends.

Made with a random key of the tenant's own, which lies in the store wrapped by each of the
platform's secrets: whichever of these goes, the pseudonyms stay. Nothing here turns one back.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from recommender_store.errors import ObjectMissing
from recommender_store.objects.scope import Scope

from .errors import PseudonymKeyUnreadable
from .identity import TenantId
from .signing import SigningSecrets

PREFIX = "pu_"
"""So that people see what it is; who is asked for is never guessed by it."""
_LENGTH = 32
"""Hexadecimal characters, 128 bits: no two of 10^15 users share one."""
_KEY_BYTES = 32
_BLOCK_BYTES = 64
"""Of SHA-256, to which HMAC fills up its key."""
_INNER, _OUTER = 0x36, 0x5C
_KEY = "key.json"


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


class _Wrap(BaseModel):
    """The key under one of the platform's secrets; which one, the seal says to who has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nonce: str
    wrapped: str
    seal: str


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["pseudonym-key/1"] = "pseudonym-key/1"
    wraps: tuple[_Wrap, ...]


class PseudonymKey:
    """Where one tenant's key lies."""

    def __init__(self, tenant_id: TenantId, scope: Scope, signing: SigningSecrets) -> None:
        self._tenant_id = tenant_id
        self._scope = scope
        self._secrets = [SigningSecrets((one,)) for one in signing.secrets]

    def made(self) -> Pseudonyms:
        """Those there are, or with a new key, durable when this returns."""
        self._scope.put_if_absent(_KEY, self._encoded(secrets.token_bytes(_KEY_BYTES)))
        return self.opened()

    def opened(self) -> Pseudonyms:
        """
        Raises:
            PseudonymKeyUnreadable: where none of the secrets does it, or it is gone.
        """
        return Pseudonyms(self._found()[0])

    def wrap_anew(self) -> None:
        """
        By each secret there is now, where the newest cannot open it yet.

        Raises:
            PseudonymKeyUnreadable: as `opened`.
        """
        key, is_by_newest = self._found()
        if not is_by_newest:
            self._scope.put(_KEY, self._encoded(key))

    def _found(self) -> tuple[bytes, bool]:
        """The key, and whether the newest secret opened it."""
        try:
            record = _Record.model_validate_json(self._scope.get(_KEY))
        except (ObjectMissing, ValidationError) as error:
            raise PseudonymKeyUnreadable(tenant=self._tenant_id) from error
        for place, secret in enumerate(self._secrets):
            for wrap in record.wraps:
                key = self._unwrapped(secret, wrap)
                if key is not None:
                    return key, place == 0
        raise PseudonymKeyUnreadable(tenant=self._tenant_id)

    def _encoded(self, key: bytes) -> bytes:
        wraps = tuple(self._wrapped(secret, key) for secret in self._secrets)
        return _Record(wraps=wraps).model_dump_json().encode()

    def _wrapped(self, secret: SigningSecrets, key: bytes) -> _Wrap:
        nonce = secrets.token_hex(16)
        wrapped = _xor(key, self._pad(secret, nonce)).hex()
        return _Wrap(nonce=nonce, wrapped=wrapped, seal=self._seal(secret, nonce, wrapped))

    def _unwrapped(self, secret: SigningSecrets, wrap: _Wrap) -> bytes | None:
        seal = self._seal(secret, wrap.nonce, wrap.wrapped)
        if not hmac.compare_digest(seal.encode(), wrap.seal.encode("utf-8", "surrogatepass")):
            return None
        return _xor(bytes.fromhex(wrap.wrapped), self._pad(secret, wrap.nonce))

    def _pad(self, secret: SigningSecrets, nonce: str) -> bytes:
        """As long as the key, and used once."""
        return bytes.fromhex(secret.digest("pseudonym-key", f"{self._tenant_id}\0{nonce}"))

    def _seal(self, secret: SigningSecrets, nonce: str, wrapped: str) -> str:
        sealed = f"{self._tenant_id}\0{nonce}\0{wrapped}"
        return secret.digest("pseudonym-key-seal", sealed)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
