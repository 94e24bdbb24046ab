"""
The type of each attribute, fixed once: by the tenant's settings or by the first value sent.

Kept as a chain of revisions, so that two replicas that meet a new attribute at once agree.
"""

from collections.abc import Mapping
from datetime import datetime

from recommender_store.errors import ItemInvalid, RevisionConflict
from recommender_store.author import Author
from recommender_store.objects.revisions import RevisionChain

from .change import RESERVED, Value

_AUTHOR = Author(by="platform", origin="catalog")
_TRIES = 5


def type_of(value: Value) -> str | None:
    """The type that a first value fixes; null fixes none."""
    match value:
        case None:
            return None
        case bool():
            return "boolean"
        case str():
            return "string"
        case list():
            return "strings"
        case _:
            return "number"


class AttributeTypes:
    """Attribute → type of one tenant's catalog."""

    def __init__(self, chain: RevisionChain) -> None:
        self._chain = chain
        self._known: dict[str, str] = {}

    def all(self) -> dict[str, str]:
        """What is fixed now, the reserved attributes among them."""
        self._reload()
        return {**RESERVED, **self._known}

    def admit(self, items: Mapping[str, Mapping[str, Value]]) -> None:
        """
        Hold every field of every item against its attribute's type; fix the types of new ones.

        Raises:
            ItemInvalid: for the first field of another type; then no type was fixed either.
        """
        for _ in range(_TRIES):
            known = {**RESERVED, **self._known}
            new = _new_types(items, known)
            if not new:
                return
            try:
                self._fix(new)
            except RevisionConflict:
                self._reload()
        self._fix(_new_types(items, self.all()))

    def fix(self, types: Mapping[str, str]) -> None:
        """Fix types ahead of any value, as the tenant's settings ask."""
        self._reload()
        self._fix({name: kind for name, kind in types.items() if name not in self._known})

    def _fix(self, new: Mapping[str, str]) -> None:
        if not new:
            return
        revision = self._reload()
        wanted = {**new, **self._known}
        if wanted == self._known:
            return
        self._chain.append({"types": wanted}, author=_AUTHOR, expected=revision)
        self._known = wanted

    def _reload(self) -> int:
        head = self._chain.head()
        self._known = dict(head.value["types"]) if head and head.value else {}
        return head.number if head else 0


def _new_types(
    items: Mapping[str, Mapping[str, Value]], known: Mapping[str, str]
) -> dict[str, str]:
    new: dict[str, str] = {}
    for item_id, fields in items.items():
        for name, value in fields.items():
            given = type_of(value)
            expected = known.get(name) or new.get(name)
            if given is None or name in RESERVED:
                continue
            if expected is None:
                new[name] = given
            elif not _fits(value, given, expected):
                raise ItemInvalid(
                    item_id=item_id,
                    attribute=name,
                    reason=f"its type is {expected}, the value sent is a {given}",
                )
    return new


def _fits(value: Value, given: str, expected: str) -> bool:
    if expected == "time" and isinstance(value, str):
        try:
            return datetime.fromisoformat(value).tzinfo is not None
        except ValueError:
            return False
    return given == expected
