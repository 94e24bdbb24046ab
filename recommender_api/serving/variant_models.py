"""
The versions of a model that experiments answer by, beside the live one.

One that cannot be read costs nobody an answer: the control answers, and it is tried again after a
while.
"""

from collections.abc import Callable, Collection

from recommender_models.bundle import Bundle
from recommender_store.tenants.identity import TenantId

from .part import Part


class VariantModels:
    """The wanted versions, opened as far as they can be."""

    def __init__(
        self, open_: Callable[[str], Bundle], clock: Callable[[], float], owner: TenantId
    ) -> None:
        self._open = open_
        self._clock = clock
        self._owner = owner
        self._parts: dict[str, Part] = {}
        self.wanted: Collection[str] = ()
        self.bundles: dict[str, Bundle] = {}
        """By version."""

    @property
    def is_due(self) -> bool:
        """Whether one is wanted that was never tried, or may be tried again."""
        if any(version not in self._parts for version in self.wanted):
            return True
        return any(part.is_due for part in self._parts.values())

    def refresh(self) -> bool:
        """Open what is wanted, let go what is not; whether anything came of it."""
        gone = self._parts.keys() - set(self.wanted)
        for version in gone:
            self._parts.pop(version).let_go()
            self.bundles.pop(version, None)
        for version in set(self.wanted) - self._parts.keys():
            self._parts[version] = self._part(version)
        moved = [part.refresh() for part in self._parts.values()]
        return bool(gone) or any(moved)

    def let_go(self) -> None:
        """Forget whose models they are: the two hold each other, and would outlive their use."""
        for part in self._parts.values():
            part.let_go()
        self._open = _opens_nothing

    def _part(self, version: str) -> Part:
        def read() -> None:
            self.bundles[version] = self._open(version)

        return Part("model of a variant", lambda: 1, read, self._clock, self._owner)


def _opens_nothing(version: str) -> Bundle:
    raise LookupError(f"nobody asks for '{version}' any more")
