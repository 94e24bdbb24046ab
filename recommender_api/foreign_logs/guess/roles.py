"""
Which column plays which part, told by its name first and by its values where names say nothing.

``assumed`` are sentences on what was taken for granted, ``doubts`` on what may well be wrong;
with a doubt the guess is not to be used unseen.
"""

from dataclasses import dataclass, field

from .look import Facts, Look
from .names import SURE_SCORE, score
from .words import kind_map

_RATING_LIMIT = 10
_RATINGS = 21
"""A rating has few values: half stars from 0 to 10 are 21."""
_UNNAMED = "column_"


@dataclass
class Roles:
    """Role → column."""

    columns: dict[str, str] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    swaps: list[tuple[str, str]] = field(default_factory=list)
    """Roles that may be the other way round."""

    def free(self, look: Look) -> list[str]:
        return [name for name in look.columns if name not in self.columns.values()]

    def take(self, role: str, column: str, reason: str) -> None:
        self.columns[role] = column
        self.why.append(f"{column} is the {role}: {reason}")


def find_roles(look: Look) -> Roles:
    """Assign each role at most one column."""
    roles = Roles()
    for role in ("time", "kind", "user", "item", "session", "rating", "quantity", "value", "price"):
        _by_name(look, roles, role)
    if "time" not in roles.columns:
        _time_by_values(look, roles)
    if "kind" not in roles.columns:
        _kind_by_values(look, roles)
    if "kind" not in roles.columns:
        _doubt_kind(look, roles)
    _ids_by_values(look, roles)
    if "rating" not in roles.columns and _is_headerless(look):
        _rating_by_values(look, roles)
    for role in ("title", "category", "brand"):
        _by_name(look, roles, role)
    return roles


def _by_name(look: Look, roles: Roles, role: str) -> None:
    scored = [(score(name, role), name) for name in roles.free(look) if _may_be(look, name, role)]
    best = max((points for points, _ in scored), default=0)
    names = [name for points, name in scored if points == best]
    if best == 0:
        return
    roles.take(role, names[0], "its name says so")
    if len(names) > 1 and role in {"time", "user", "item"}:
        others = " or ".join(names[1:])
        roles.doubts.append(f"the {role} may be {names[0]} or {others}; keep the right one")


def _may_be(look: Look, name: str, role: str) -> bool:
    facts = look.facts[name]
    if facts.filled == 0:
        return False
    if role == "time":
        return bool(look.formats(name)) or _is_typed_time(look, name)
    if role in {"rating", "quantity", "value", "price"}:
        return facts.numbers == facts.filled
    if role in {"user", "item", "session"}:
        return not _is_nested(look, name)
    if role == "kind":
        words = look.words(name)
        return words is not None and kind_map(words) is not None
    return facts.numbers < facts.filled  # titles, categories and brands are texts


def _time_by_values(look: Look, roles: Roles) -> None:
    names = [n for n in roles.free(look) if look.formats(n) or _is_typed_time(look, n)]
    if not names:
        return
    roles.take("time", names[0], "its values are times")
    if len(names) > 1:
        roles.doubts.append(f"the time may be {' or '.join(names)}; keep the right one")


def _kind_by_values(look: Look, roles: Roles) -> None:
    for name in roles.free(look):
        facts = look.facts[name]
        if facts.filled == 0 or facts.numbers or facts.distinct > len(look.columns) + 50:
            continue
        words = look.words(name)
        if words is not None and kind_map(words) is not None:
            roles.take("kind", name, f"its values are {', '.join(words[:5])}")
            return


def _doubt_kind(look: Look, roles: Roles) -> None:
    """A column that names kinds in words that are not known is not to be passed over."""
    for name in roles.free(look):
        words = look.words(name) if score(name, "kind") >= SURE_SCORE else None
        if words is not None and len(words) > 1:
            shown = ", ".join(words[:5])
            roles.doubts.append(
                f"{name} seems to say what happened, in words that are not known ({shown}); "
                f"write kind: {{column: {name}, map: {{{words[0]}: view, …}}, otherwise: skip}}"
            )
            return


def _ids_by_values(look: Look, roles: Roles) -> None:
    """Fill user and item from columns that could be ids, in the order of the file."""
    missing = [role for role in ("user", "item") if role not in roles.columns]
    if "user" in missing and "session" in roles.columns and not _is_headerless(look):
        missing.remove("user")
        roles.assumed.append(
            f"no column names users: events belong to the session {roles.columns['session']}, "
            "and nothing can be said of users over several sessions"
        )
    ids = [
        name for name in roles.free(look) if _is_id(look.facts[name]) and not _is_nested(look, name)
    ]
    if not missing or len(ids) < len(missing):
        return
    for role, name in zip(missing, ids, strict=False):
        roles.take(role, name, "it holds ids and stands first")
    chosen = " and ".join(roles.columns[role] for role in missing)
    if _is_headerless(look):
        roles.assumed.append(f"without a header, {chosen} are taken as user and item, as is usual")
    elif len(missing) > 1 or len(ids) > 1:
        among = ", ".join(ids)
        roles.doubts.append(f"names do not tell {' and '.join(missing)} among {among}; check them")
    if len(missing) > 1:
        roles.swaps.append(("user", "item"))


def _rating_by_values(look: Look, roles: Roles) -> None:
    for name in roles.free(look):
        facts = look.facts[name]
        is_small = facts.low is not None and 0 <= facts.low <= (facts.high or 0) <= _RATING_LIMIT
        if is_small and facts.numbers == facts.filled and 1 < facts.distinct <= _RATINGS:
            roles.take("rating", name, f"its values lie between {facts.low:g} and {facts.high:g}")
            return


def _is_id(facts: Facts) -> bool:
    """What could be an id by its values: no decimals, and not the same in every row."""
    return facts.filled > 0 and facts.decimals == 0 and facts.distinct > 1


def _is_nested(look: Look, name: str) -> bool:
    return look.type_of(name).endswith("[]") or look.json_type(name) in {"list", "object"}


def _is_typed_time(look: Look, name: str) -> bool:
    return look.type_of(name).startswith(("TIMESTAMP", "DATE"))


def _is_headerless(look: Look) -> bool:
    return look.file.format in {"csv", "tsv"} and not look.file.header
