"""
How an answer came to be, for `explain`: what each source gave, what was taken out and by what,
which rules held, and what made each item's score.

Works out again, item by item, what the stages did at once; nothing of it is done unless asked for.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from recommender_models.protocol import Rows

from .picked import HookRun, Picked
from .question import Question

REMOVED_NAMED = 50
"""Items that are told with what took them out; the rest is counted."""


class Removed(NamedTuple):
    """A candidate that is not in the answer though there was room."""

    row: int
    by: str
    """`hidden`, `filter`, `placement`, `same_group`, or `rule:` and its id."""


def explained(question: Question, picked: Picked) -> dict[str, Any]:
    """The answer's `explanation`."""
    ids = question.loaded.items.id
    removed = [*_filtered(question, picked), *_passed_over(picked), *_dropped(picked)]
    counts = Counter(one.by for one in removed)
    counts["filter"] += sum(found.filtered for one in picked.gathered for found in one.found)
    return {
        "candidates": picked.candidates,
        "removed": dict(+counts),
        "removed_items": [
            {"item_id": ids(one.row), "by": one.by} for one in removed[:REMOVED_NAMED]
        ],
        "excluded": len(question.excluded),
        "recent_events": len(question.recent),
        "rules": _rules(question, removed, picked),
        "hooks": [_hook_run(one) for one in picked.hook_runs],
        "scores": {ids(pick.row): score_of(question, picked, pick.row) for pick in picked.items},
    }


def _filtered(question: Question, picked: Picked) -> Iterator[Removed]:
    """Every candidate that may not be shown, once, with the first thing that says so."""
    told: set[int] = set()
    for one in picked.gathered:
        rows = one.ranked.rows
        gone = rows[~question.passes(rows)]
        for row, by in zip(gone.tolist(), blamed(question, gone), strict=True):
            if row not in told:
                told.add(row)
                yield Removed(row, by)


def blamed(question: Question, rows: Rows) -> list[str]:
    """Of each row that may not be shown, the first thing that says so; as `Removed.by`."""
    given, catalog = question.occasion, question.loaded.catalog
    passes = [("hidden", catalog.shown.of(rows, question.now_s))]
    passes += [(named(one.rule_id), one.passing(rows, given)) for one in question.plan.sieves]
    if question.filter is not None:
        passes.append(("filter", catalog.matches(question.filter, rows, given)))
    blamed = np.full(len(rows), "cap", dtype=object)
    for item_id, rule_id in question.worn_out.items():
        blamed[rows == question.loaded.items.row(item_id)] = named(rule_id)
    for by, mask in reversed(passes):
        blamed[~mask] = by
    return [str(by) for by in blamed]


def _passed_over(picked: Picked) -> Iterator[Removed]:
    shown = {pick.row for pick in picked.items}
    for one in picked.passed_over:
        if one.row not in shown:
            yield Removed(one.row, named(one.rule_id) if one.rule_id else "same_group")


def _dropped(picked: Picked) -> Iterator[Removed]:
    """What hooks took out."""
    told = {pick.row for pick in picked.items}
    for run in picked.hook_runs:
        for row in run.dropped.tolist():
            if row not in told:
                told.add(row)
                yield Removed(row, named(run.rule_id))


def _hook_run(run: HookRun) -> dict[str, Any]:
    return {
        "rule": run.rule_id,
        "hook": run.hook,
        "outcome": run.how,
        "detail": run.detail,
        "elapsed_ms": run.elapsed_ms,
        "given": len(run.given),
        "dropped": len(run.dropped),
        "ignored": run.ignored,
    }


def named(rule_id: str) -> str:
    """A rule as an explanation names it; the filter of a placement is one without an id."""
    return f"rule:{rule_id}" if rule_id else "placement"


def _rules(question: Question, removed: list[Removed], picked: Picked) -> list[dict[str, Any]]:
    """The rules that held for this request, in their order, and what each did."""
    counts = Counter(one.by for one in removed)
    pinned = {pick.reason.partition(":")[2] for pick in picked.pinned.values()}
    scaled = _scaled(question, picked)
    kinds = {rule.id: rule.kind for rule in question.loaded.rulebook.decided.rules}
    return [
        {
            "id": rule_id,
            "kind": kinds[rule_id],
            "removed": counts[named(rule_id)],
            "scaled": scaled[rule_id],
            "pinned": int(rule_id in pinned),
        }
        for rule_id in question.plan.rule_ids
    ]


def _scaled(question: Question, picked: Picked) -> Counter[str]:
    """Rule → how many items of the answer it gave another score."""
    rows = np.array([pick.row for pick in picked.picks], dtype=np.int32)
    scaled: Counter[str] = Counter()
    for one in question.plan.scalings:
        factors = one.factors(rows, question.occasion, question.now_s)
        scaled[one.rule_id] = int(np.count_nonzero(factors != 1))
    return scaled


def score_of(question: Question, picked: Picked, row: int) -> dict[str, Any]:
    """What each source said of one item, and what rules multiplied it by."""
    sources: dict[str, float] = {}
    for one in picked.gathered:
        for source, found in zip(one.tier.sources, one.found, strict=True):
            at = np.flatnonzero(found.ranked.rows == row)
            if len(at):
                sources[source] = _rounded(found.ranked.scores[at[0]])
    factors: dict[str, float] = {}
    for scaling in question.plan.scalings:
        rows = np.array([row], dtype=np.int32)
        factor = scaling.factors(rows, question.occasion, question.now_s)[0]
        if factor != 1:
            factors[scaling.rule_id] = _rounded(factor)
    hooks = {
        run.rule_id: _rounded(run.after.scores[at])
        for run in picked.hook_runs
        for at in np.flatnonzero(run.after.rows == row)
    }
    return {"sources": sources, "factors": factors} | ({"hooks": hooks} if hooks else {})


def _rounded(number: np.floating) -> float:
    return float(f"{float(number):.6g}")
