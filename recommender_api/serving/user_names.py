"""
What one tenant's users are held as: by the ids that are sent, or by pseudonyms in their place.
"""

from recommender_store.tenant_space import TenantSpace
from recommender_store.tenants.pseudonyms import Pseudonyms
from recommender_store.tenants.settings import TenantSettings


class UserNames:
    """Nobody may be asked about, or written down, before it was learnt. `learn` blocks."""

    def __init__(self, space: TenantSpace) -> None:
        self._space = space
        self._pseudonyms: Pseudonyms | None = None
        self._is_learnt = False

    @property
    def are_pseudonyms(self) -> bool:
        return self._pseudonyms is not None

    def held_as(self, user_id: str) -> str:
        """What everything is held under that is held of a user; not to be asked of its answer."""
        return user_id if self._pseudonyms is None else self._pseudonyms.of(user_id)

    def learn_once(self) -> None:
        """
        Raises:
            StoreError: where it cannot be told.
        """
        if not self._is_learnt:
            self.learn(self._space.settings())

    def learn(self, settings: TenantSettings) -> None:
        """
        Raises:
            StoreError: where it cannot be told; what was learnt before stays.
        """
        self._pseudonyms = self._space.pseudonyms(settings)
        self._is_learnt = True
