"""
What a revision of a chain means: which deed it was, on what, and what it changed. Pure.

Each chain that people decide in is told apart here; what is not is named after its chain, so that
a new one is in the trail from its first day.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from recommender_store.objects.revisions import Revision

from .changes import Change, differences

NO_DECISIONS = ("events/", "catalog/", "runs/", "artifacts/")
"""Chains below these are the platform's own book-keeping."""
SECRET = frozenset({"digest"})

Value = Mapping[str, Any]


class Deed(NamedTuple):
    """The kind of an entry, and to what it was done."""

    kind: str
    subject: tuple[str, ...] = ()


def is_decision(chain: str) -> bool:
    """Whether what is written to a chain belongs into the trail."""
    return not chain.startswith(NO_DECISIONS)


def deed_of(chain: str, before: Revision | None, after: Revision) -> Deed:
    """What was done by writing `after` behind `before` (None: the first)."""
    old = before.value if before is not None else None
    if chain == "settings":
        return _of_settings(before, after)
    if chain == "keys":
        return _of_keys(_view(chain, old), _view(chain, after.value))
    noun = _noun(chain)
    if chain.startswith("policies/"):
        changed = sorted(_changed(old, after.value))
        now = _records(after.value)
        gone = changed and all(now.get(one) is None for one in changed)
        return Deed(f"{noun}.{'deleted' if gone else 'changed'}", tuple(changed))
    if chain == "models/current":
        return _of_model(after.value or {})
    if chain.startswith("launches/"):
        return Deed(f"{noun}.started", (str((after.value or {}).get("run_id")),))
    return Deed(f"{noun}.{'changed' if after.value is not None else 'deleted'}")


def changes_of(chain: str, before: Value | None, after: Value | None) -> list[Change]:
    """What differs; nothing of it is a secret."""
    if chain.startswith("policies/"):
        old, new = _records(before), _records(after)
        return [Change(one, old.get(one), new.get(one)) for one in sorted(_changed(before, after))]
    found = differences(_view(chain, before), _view(chain, after))
    return [one for one in found if one.name.rpartition(".")[2] not in SECRET]


def _of_settings(before: Revision | None, after: Revision) -> Deed:
    if after.value is None:
        return Deed("tenant.ended" if before is None or before.value is None else "tenant.deleted")
    if before is None:
        return Deed("tenant.created")
    if before.value is None:
        return Deed("tenant.restored")
    names = [one.name for one in differences(before.value, after.value)]
    is_of_quotas = names and all(one.startswith("quotas.") for one in names)
    return Deed("quotas.changed" if is_of_quotas else "settings.changed", tuple(names))


def _of_keys(old: Value, new: Value) -> Deed:
    made = [one for one in new if one not in old]
    touched = [one for one in new if one in old and new[one] != old[one]]
    if made:
        return Deed("key.rotated" if touched else "key.created", (*touched, *made))
    return Deed("key.revoked", tuple(touched))


def _of_model(value: Value) -> Deed:
    if "rewrite" in value and value.get("reason") == "a user was erased":
        kind = "model.rewritten"
    elif value.get("rolled_back"):
        kind = "model.rolled_back"
    else:
        kind = "model.forced" if value.get("forced") else "model.promoted"
    return Deed(kind, (str(value.get("version")),))


def _noun(chain: str) -> str:
    last = chain.rpartition("/")[2]
    return last.removesuffix("s") or last


def _keys(value: Value) -> Value:
    return {one["key_id"]: one for one in value["keys"]}


def _view(chain: str, value: Value | None) -> Value:
    """The value as fields within fields: a list of keys, by their ids."""
    if value is None:
        return {}
    return _keys(value) if chain == "keys" else value


def _records(value: Value | None) -> dict[str, Any]:
    """The values of policies by id; None for one that was deleted."""
    records = {} if value is None else value["records"]
    return {one: entry["value"] for one, entry in records.items()}


def _changed(before: Value | None, after: Value | None) -> set[str]:
    """Ids whose record says something else."""
    old, new = _records(before), _records(after)
    return {one for one in new if old.get(one) != new[one]}
