"""
What whoever asked should know of an answer: each with a stable code, none of them an error.
"""

from collections.abc import Iterator, Sequence

from recommender_api.rules.stages.pins import Pinned

from .picked import HookRun, Picked
from .question import Question
from .request import Warned

_WITHOUT = {
    "personal": (
        "for_you",
        "no user-to-item model is live: recent activity and popularity answer instead",
    ),
    "bought_together": (
        "bought_together",
        "no model of purchases alone is live: similar items answer instead",
    ),
    "trending": (
        "trending",
        "nothing is trending beyond chance: the most popular answer instead",
    ),
}
"""Source → the slot that it answers from, and what is so where a bundle does not fill it."""

_AT_FAULT = frozenset({"failed", "invalid", "missing", "overrun", "died"})
"""What became of a call of a hook, where it is the hook's doing."""


def warnings_of(question: Question, picked: Picked, hidden_pins: Sequence[Pinned]) -> list[Warned]:
    """In the order in which they are told."""
    said = [*question.warnings, *_of_models(question), *_of_asker(question)]
    said += [Warned(code=one.code, detail=one.detail) for one in question.plan.warns]
    if picked.hook_runs:
        said += _of_hooks(picked)
    said += [Warned(code="pin_not_shown", detail=_why_not_shown(pin)) for pin in hidden_pins]
    if question.request.validate_only:
        said.append(Warned(code="validate_only", detail="the request is valid; nothing was ranked"))
    elif not picked.items and (why := _why_empty(question, picked)):
        said.append(Warned(code="empty", detail=why))
    return said


def _of_hooks(picked: Picked) -> Iterator[Warned]:
    """Of each rule what is to be said first."""
    runs = {run.rule_id: run for run in reversed(picked.hook_runs) if run.how != "applied"}
    for run in runs.values():
        detail = f"{_calls(run)}: {run.detail}; the candidates are as they were"
        if run.how in _AT_FAULT:
            yield Warned(code="hook_failed", detail=detail)
        else:
            yield Warned(code="hook_skipped", detail=detail)
    ignoring = {run.rule_id: run for run in reversed(picked.hook_runs) if run.ignored}
    for run in ignoring.values():
        detail = f"{_calls(run)}, which gave back {run.ignored} items that it was not given"
        yield Warned(code="hook_items_ignored", detail=detail)


def _calls(run: HookRun) -> str:
    return f"the rule '{run.rule_id}' calls '{run.hook}'"


def _of_asker(question: Question) -> Iterator[Warned]:
    request = question.request
    is_known = question.recent or len(question.history.rows)
    if request.user_id and not is_known and not question.is_degraded:
        yield Warned(code="user_unknown", detail="nothing is known of this user yet")
    if "neighbours" in question.placement.sources and not (request.item_id or request.item_ids):
        detail = "this placement starts from an item: send item_id or item_ids"
        yield Warned(code="seed_missing", detail=detail)


def _why_not_shown(pin: Pinned) -> str:
    what = f"the rule '{pin.rule_id}' pins '{pin.item_id}'"
    if pin.row < 0:
        return f"{what}, of which nothing is known"
    return f"{what}, which is hidden, blocked or filtered: a pin brings nothing back"


def _of_models(question: Question) -> Iterator[Warned]:
    """What the caller should know of the models behind the answer."""
    placement, loaded = question.placement, question.loaded
    if loaded.fault is not None:
        yield Warned(code="degraded", detail=loaded.fault)
    elif loaded.bundle is None:
        yield Warned(code="no_model", detail="no model is live for this tenant yet")
    if question.recalled.fault is not None:
        yield Warned(code="degraded", detail=question.recalled.fault)
    if loaded.bundle is None:
        return
    for source, (slot, detail) in _WITHOUT.items():
        if source in placement.sources and getattr(loaded.bundle, slot) is None:
            yield Warned(code="slot_empty", detail=detail)


def _why_empty(question: Question, picked: Picked) -> str | None:
    """None where `degraded` says it: what could not be read is not known to be missing."""
    candidates = sum(picked.candidates.values())
    dropped_by = {run.hook for run in picked.hook_runs if len(run.dropped)}
    if dropped_by:
        return f"hooks took out what was left of {candidates} candidates: {', '.join(dropped_by)}"
    if candidates:
        return f"all {candidates} candidates were hidden, filtered or excluded: loosen the filter"
    if question.is_degraded:
        return None
    asked = ", ".join(picked.candidates)
    if question.has_strangers:
        return f"there were no candidates from {asked}: new items join within a second, ask again"
    return f"there were no candidates from {asked}: send events and items first"
