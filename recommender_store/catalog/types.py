"""
The type of each attribute, fixed once: by the tenant's settings or by the first value sent.

Kept as a chain of revisions, so that two replicas that meet a new attribute at once agree.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from recommender_store.author import Author
from recommender_store.errors import RevisionConflict
from recommender_store.objects.revisions import RevisionChain

from .change import RESERVED, Value, time_fault
from .errors import AttributeTypeFixed, ItemInvalid

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
    """Attribute → type of one tenant's catalog. A type, once fixed, stays."""

    def __init__(self, chain: RevisionChain) -> None:
        self._chain = chain
        self._known: dict[str, str] = {}

    def all(self) -> dict[str, str]:
        """What is fixed now, the reserved attributes among them."""
        self._reload()
        return {**self._known, **RESERVED}

    def admit(self, items: Sequence[tuple[str, Mapping[str, Value]]]) -> None:
        """
        Hold every field of every item against its attribute's type; fix the types of new ones.

        Raises:
            ItemInvalid: for the first field of another type; then no type was fixed either.
            RevisionConflict: where other writers met new attributes again and again meanwhile.
        """
        if _new_types(items, self._known):
            self._fix(lambda: _new_types(items, self._known))

    def fix(self, types: Mapping[str, str]) -> None:
        """Fix types ahead of any value, as the tenant's settings ask; what is fixed stays."""
        self._fix(lambda: {name: types[name] for name in types if self._is_new(name)})

    def check(self, types: Mapping[str, str]) -> None:
        """
        Raises:
            AttributeTypeFixed: for the first that is of another type already.
        """
        fixed = self.all() if types else {}
        for name, wanted in types.items():
            if fixed.get(name, wanted) != wanted:
                raise AttributeTypeFixed(attribute=name, fixed=fixed[name], wanted=wanted)

    def _is_new(self, name: str) -> bool:
        return name not in RESERVED and name not in self._known

    def _fix(self, wanted: Callable[[], Mapping[str, str]]) -> None:
        """Add the types that are wanted beside the newest known ones."""
        for tries_left in reversed(range(_TRIES)):
            revision = self._reload()
            new = wanted()
            if not new:
                return
            known = {**self._known, **new}
            try:
                self._chain.append({"types": known}, author=_AUTHOR, expected=revision)
            except RevisionConflict:
                if not tries_left:
                    raise
            else:
                self._known = known
                return

    def _reload(self) -> int:
        head = self._chain.head()
        self._known = dict(head.value["types"]) if head and head.value else {}
        return head.number if head else 0


def _new_types(
    items: Iterable[tuple[str, Mapping[str, Value]]], known: Mapping[str, str]
) -> dict[str, str]:
    new: dict[str, str] = {}
    for item_id, fields in items:
        for name, value in fields.items():
            given = type_of(value)
            if given is None or name in RESERVED:
                continue
            expected = known.get(name) or new.setdefault(name, given)
            if not _fits(value, given, expected):
                reason = f"its type is {expected}, the value sent is a {given}"
                raise ItemInvalid(item_id=item_id, attribute=name, reason=reason)
    return new


def _fits(value: Value, given: str, expected: str) -> bool:
    if expected == "time" and isinstance(value, str):
        return time_fault(value) is None
    return given == expected
