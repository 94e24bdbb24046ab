"""
A key of a tenant's own, which lies in the store wrapped by each of the platform's secrets.

Whichever of these goes, the key stays, and so does what was made with it. Opening writes nothing.
"""

import hmac
import secrets
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from recommender_store.errors import ObjectMissing
from recommender_store.objects.scope import Scope

from .errors import DigestKeyUnreadable, PseudonymKeyUnreadable
from .identity import TenantId
from .signing import SigningSecrets

KEY_BYTES = 32
_KEY = "key.json"


class Purpose(NamedTuple):
    """What a key is for: none vouches for another's wraps."""

    name: str
    unreadable: type[DigestKeyUnreadable | PseudonymKeyUnreadable]

    @property
    def format(self) -> str:
        return f"{self.name}/1"


PSEUDONYMS = Purpose("pseudonym-key", PseudonymKeyUnreadable)
DIGESTS = Purpose("digest-key", DigestKeyUnreadable)


class _Wrap(BaseModel):
    """The key under one of the platform's secrets; which one, the seal says to who has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nonce: str
    wrapped: str
    seal: str


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    wraps: tuple[_Wrap, ...]


class WrappedKey:
    """Where one tenant's key for one purpose lies."""

    def __init__(
        self, tenant_id: TenantId, scope: Scope, signing: SigningSecrets, purpose: Purpose
    ) -> None:
        self._tenant_id = tenant_id
        self._scope = scope
        self._secrets = [SigningSecrets((one,)) for one in signing.secrets]
        self._purpose = purpose

    def made(self, fresh: bytes) -> bytes:
        """
        The one there is, or `fresh`, durable when this returns.

        Raises:
            DigestKeyUnreadable, PseudonymKeyUnreadable: as `opened`.
        """
        self._scope.put_if_absent(_KEY, self._encoded(fresh))
        return self.opened()

    def opened(self) -> bytes:
        """
        Raises:
            DigestKeyUnreadable, PseudonymKeyUnreadable: where none of the secrets does it, or it
                is gone.
        """
        key = self.found()
        if key is None:
            raise self._purpose.unreadable(tenant=self._tenant_id)
        return key

    def found(self) -> bytes | None:
        """As `opened`; None where none was made yet."""
        found = self._found()
        return None if found is None else found[0]

    def wrap_anew(self) -> None:
        """
        By each secret there is now, where there is a key that the newest cannot open yet.

        Raises:
            DigestKeyUnreadable, PseudonymKeyUnreadable: where none of the secrets opens it.
        """
        found = self._found()
        if found is not None and not found[1]:
            self._scope.put(_KEY, self._encoded(found[0]))

    def _found(self) -> tuple[bytes, bool] | None:
        """The key, and whether the newest secret opened it."""
        try:
            record = _Record.model_validate_json(self._scope.get(_KEY))
        except ObjectMissing:
            return None
        except ValidationError as error:
            raise self._purpose.unreadable(tenant=self._tenant_id) from error
        wraps = record.wraps if record.format == self._purpose.format else ()
        for place, secret in enumerate(self._secrets):
            for wrap in wraps:
                key = self._unwrapped(secret, wrap)
                if key is not None:
                    return key, place == 0
        raise self._purpose.unreadable(tenant=self._tenant_id)

    def _encoded(self, key: bytes) -> bytes:
        wraps = tuple(self._wrapped(secret, key) for secret in self._secrets)
        return _Record(format=self._purpose.format, wraps=wraps).model_dump_json().encode()

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
        return bytes.fromhex(secret.digest(self._purpose.name, f"{self._tenant_id}\0{nonce}"))

    def _seal(self, secret: SigningSecrets, nonce: str, wrapped: str) -> str:
        sealed = f"{self._tenant_id}\0{nonce}\0{wrapped}"
        return secret.digest(f"{self._purpose.name}-seal", sealed)


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
