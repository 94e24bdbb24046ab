"""Hooks of a made-up shop: some that are of use, and every way to be of none."""

# ruff: noqa: ARG001 - a hook is given both, whether it looks at them or not

import itertools
import os
import re
import sys
import time
from pathlib import Path

from recommender_api.rules.hooks.columns import Candidates, Request

_calls = itertools.count(1)


def margin_first(request: Request, candidates: Candidates) -> Candidates:
    """Doubles the score of what the request says that there is much to be earned with."""
    wanted = request.context.get("margin", "high")
    candidates.scores = [
        score * 2 if margin == wanted else score
        for score, margin in zip(candidates.scores, candidates.attributes["margin"], strict=True)
    ]
    return candidates.best_first()


def no_tools(request: Request, candidates: Candidates) -> Candidates:
    kinds = candidates.attributes["category"]
    return candidates.at(at for at, kind in enumerate(kinds) if kind != "tools")


def last_first(request: Request, candidates: Candidates) -> Candidates:
    candidates.scores = [float(at) for at in range(1, len(candidates) + 1)]
    return candidates.best_first()


def reversed_only(request: Request, candidates: Candidates) -> Candidates:
    """The scores stay as they are."""
    return candidates.at(reversed(range(len(candidates))))


def no_even(request: Request, candidates: Candidates) -> Candidates:
    tags = candidates.attributes["tags"]
    return candidates.at(at for at, held in enumerate(tags) if "even" not in (held or ()))


def nothing(request: Request, candidates: Candidates) -> Candidates:
    return candidates.at(())


def counts(request: Request, candidates: Candidates) -> Candidates:
    """Gives every item the number of the call."""
    return Candidates(candidates.ids, [float(next(_calls))] * len(candidates))


def reports(request: Request, candidates: Candidates) -> Candidates:
    """Writes what it sees where the request says."""
    seen = {
        "environment": dict(os.environ),
        "request": [request.placement, request.user_id, request.item_ids, request.limit],
        "traceparent": request.traceparent,
        "attributes": sorted(candidates.attributes),
        "modules": sorted(sys.modules),
        "pid": os.getpid(),
    }
    Path(request.context["report"]).write_text(str(seen), encoding="utf-8")
    return candidates


def slow(request: Request, candidates: Candidates) -> Candidates:
    time.sleep(request.context.get("sleep_s", 5))
    return candidates


def works(request: Request, candidates: Candidates) -> Candidates:
    """Has a processor for as long as the request says."""
    until_s = time.process_time() + request.context["work_s"]
    while time.process_time() < until_s:
        pass
    return candidates


def raises(request: Request, candidates: Candidates) -> Candidates:
    raise ValueError("the shop is\nclosed")


def leaves(request: Request, candidates: Candidates) -> Candidates:
    sys.exit(3)


def rubbish(request: Request, candidates: Candidates) -> object:
    kind = request.context.get("rubbish")
    return {
        "lengths": Candidates(candidates.ids, candidates.scores[1:]),
        "texts": Candidates(candidates.ids, ["high"] * len(candidates)),
        "lists": Candidates([[one] for one in candidates.ids], candidates.scores),
    }.get(kind, 17)


def endless(request: Request, candidates: Candidates) -> Candidates:
    _report_pid(request)
    while True:
        pass


def stubborn(request: Request, candidates: Candidates) -> Candidates:
    """Never returns, and lets no other thread of its process run."""
    _report_pid(request)
    re.fullmatch(r"(a+)+b", "a" * 64)
    return candidates


def _report_pid(request: Request) -> None:
    if "report" in request.context:
        Path(request.context["report"]).write_text(str(os.getpid()), encoding="utf-8")


def brings_back(request: Request, candidates: Candidates) -> Candidates:
    """Puts first what it was not given, and what it was given twice."""
    ids = [*request.context.get("wanted", ()), candidates.ids[0], *candidates.ids]
    return Candidates(ids, [9.0] * len(ids))


def not_a_number(request: Request, candidates: Candidates) -> Candidates:
    value = float(request.context.get("score", "nan"))
    return Candidates(candidates.ids, [value] * len(candidates))


def dies(request: Request, candidates: Candidates) -> Candidates:
    os._exit(1)
