"""
Findings on ids: constant ones, numbers saved with decimals, items the catalog does not know.
"""

from .finding import Finding, error, note, warning
from .measures import Measures


def id_findings(measures: Measures) -> list[Finding]:
    return [*_constant(measures), *_floats(measures), *_unknown(measures)]


def _constant(measures: Measures) -> list[Finding]:
    findings = []
    if measures.users == 1 and measures.events > 1:
        said = f"every event has the user {measures.any_user!r}: map the column that differs"
        findings.append(error("one_user", said))
    if measures.items == 1 and measures.events > 1:
        said = f"every event has the item {measures.any_item!r}: map the column that differs"
        findings.append(error("one_item", said))
    if measures.users == 0 and measures.events > 0:
        said = (
            "no event has a user, only sessions: item-to-item models can be trained, "
            "user-to-item ones only within a session"
        )
        findings.append(warning("no_users", said))
    return findings


def _floats(measures: Measures) -> list[Finding]:
    findings = []
    for name, count, total in (
        ("user_id", measures.float_users, measures.users),
        ("item_id", measures.float_items, measures.items),
    ):
        if count and count == total:
            said = (
                f"every {name} is written like 17850.0, as a spreadsheet saves numbers; write "
                f"{name}: {{column: …, integer: true}} to read 17850"
            )
            findings.append(warning("ids_saved_as_floats", said))
    return findings


def _unknown(measures: Measures) -> list[Finding]:
    if not measures.unknown_items:
        return []
    said = (
        f"{measures.unknown_items:,} of {measures.items:,} items are not in the catalog; "
        "import them, or filters and titles will miss them"
    )
    if measures.unknown_items == measures.items:
        return [warning("items_unknown", f"{said}. None is: are these the same ids?")]
    return [note("items_unknown", said)]
