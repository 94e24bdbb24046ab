"""
Keyed digests: what the store keeps instead of a secret or a user id.

The first secret signs; all of them verify, so that a new one can be put in front of the old.
A digest is bound to its purpose: what signs a key never vouches for a cursor.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from typing_extensions import override

DIGEST_LENGTH = 64


@dataclass(frozen=True)
class SigningSecrets:
    """The platform's secrets, newest first; never empty."""

    secrets: tuple[bytes, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "SigningSecrets":
        secrets = tuple(text.strip().encode() for text in texts if text.strip())
        if not secrets:
            raise ValueError("at least one signing secret is needed")
        return cls(secrets)

    def digest(self, purpose: str, text: str) -> str:
        """64 hexadecimal characters."""
        return _digest(self.secrets[0], purpose, text)

    def digests(self, purpose: str, text: str) -> set[str]:
        """By each of the secrets."""
        return {_digest(secret, purpose, text) for secret in self.secrets}

    def verifies(
        self, purpose: str, text: str, digest: str, *, length: int = DIGEST_LENGTH
    ) -> bool:
        """Whether any of the secrets gives this digest: the first `length` characters, no less."""
        shown = digest.encode("utf-8", "surrogatepass")
        return any(
            hmac.compare_digest(_digest(secret, purpose, text)[:length].encode(), shown)
            for secret in self.secrets
        )

    @override
    def __repr__(self) -> str:
        return f"SigningSecrets({len(self.secrets)} secrets)"


def _digest(secret: bytes, purpose: str, text: str) -> str:
    message = f"{purpose}\0{text}".encode("utf-8", "surrogatepass")
    return hmac.new(secret, message, hashlib.sha256).hexdigest()
