"""
One tenant's digests of users and sessions, by a key of its own that lies in the store, wrapped.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet

from recommender_store.artifacts.digests import Digests, Noun
from recommender_store.objects.scope import Scope
from recommender_store.tenants.identity import TenantId
from recommender_store.tenants.signing import SigningSecrets
from recommender_store.tenants.wrapped_key import DIGESTS, WrappedKey


class TenantDigests:
    """The key is read once. Safe to share between threads."""

    def __init__(self, tenant_id: TenantId, scope: Scope, signing: SigningSecrets) -> None:
        self._tenant_id = tenant_id
        self._signing = signing
        self._key = WrappedKey(tenant_id, scope, signing, DIGESTS)
        self._digests: Digests | None = None

    def made(self) -> Digests:
        """
        Those by the tenant's key, which is made where there is none, and then stays.

        Of the platform's secret and the tenant's id, so that two stores with the same of these
        come to the same artifacts.

        Raises:
            DigestKeyUnreadable
        """
        if self._digests is None:
            fresh = bytes.fromhex(self._signing.digest("digests", self._tenant_id))
            self._digests = Digests(self._key.made(fresh))
        return self._digests

    def known(self) -> Digests | None:
        """
        The same, for whoever only reads; None: nothing was ever digested with a key.

        Raises:
            DigestKeyUnreadable
        """
        if self._digests is None:
            key = self._key.found()
            self._digests = None if key is None else Digests(key)
        return self._digests

    def opened(self) -> Digests:
        """
        The same, for whoever reads what was digested.

        Raises:
            DigestKeyUnreadable: where there is no key, too.
        """
        return self.known() or Digests(self._key.opened())

    def finding(self, noun: Noun) -> Callable[[str], AbstractSet[str]]:
        """From an id to its digests: by the tenant's key, and as older code made them."""
        digests = self.known()

        def found(outside_id: str) -> AbstractSet[str]:
            older = self._signing.digests(noun, f"{self._tenant_id}\0{outside_id}")
            return older if digests is None else older | {digests.of(noun, outside_id)}

        return found

    def wrap_anew(self) -> None:
        """The key, where there is one, by the newest secret too."""
        self._key.wrap_anew()
