"""
What was measured: each slot beside popularity and the current model, over past runs, by cohort.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from recommender_store.runs.record import Run

from .elements import Child, table, tag
from .plots import legend, lines
from .results import measured_slots, result_of

_SHOWN = {
    "ndcg@10": "NDCG@10",
    "recall@10": "Recall@10",
    "hit_rate@10": "Hit rate@10",
    "mrr": "MRR",
    "catalog_coverage@10": "Coverage@10",
    "empty_share": "Empty",
}
_NAMES = {"model": "this model", "popularity": "popularity", "current": "current model"}
_LEAST_RUNS = 2


def beside_each_other(run: Run) -> Iterator[Element]:
    """A table a slot; the difference to popularity beneath each name's NDCG."""
    slots = measured_slots(run)
    if not slots:
        return
    yield tag("h2", "How well it answers")
    yield tag(
        "p",
        "On what the test period held, ranked over all items; every figure but coverage and empty "
        "is a mean over users or sessions. The last column compares NDCG@10 with popularity's.",
        css="soft",
    )
    for slot, found in slots.items():
        tested = f"{found.get('test_users', 0):,} tested, {found.get('questions', 0):,} questions"
        yield tag("h3", f"{slot} ", tag("span", tested, css="soft"))
        yield table(["", *_SHOWN.values(), "vs. popularity"], list(_rows(found)))


def _rows(found: Mapping[str, Any]) -> Iterator[list[Child]]:
    named = {name: found.get(key) for key, name in _NAMES.items()}
    named |= {f"{slot} instead": said for slot, said in (found.get("stand_ins") or {}).items()}
    popularity = (found.get("popularity") or {}).get("ndcg@10")
    for name, said in named.items():
        if said:
            figures = [_figure(said.get(key)) for key in _SHOWN]
            against = None if name == "popularity" else _against(said.get("ndcg@10"), popularity)
            yield [tag("b", name) if name == "this model" else name, *figures, against]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _against(value: float | None, popularity: float | None) -> Child:
    if value is None or not popularity:
        return "–"
    change = value / popularity - 1
    return tag("span", f"{change:+.0%}", css="more" if change > 0 else "less")


def over_runs(runs: Sequence[Run]) -> Iterator[Element]:
    """NDCG@10 of each slot over past runs, oldest first; nothing where there is but one."""
    told = [run for run in runs if measured_slots(run)]
    if len(told) < _LEAST_RUNS:
        return
    slots = dict.fromkeys(slot for run in told for slot in measured_slots(run))
    is_one_day = told[0].started_at.date() == told[-1].started_at.date()
    labels = [f"{run.started_at:{'%H:%M' if is_one_day else '%d %b'}}" for run in told]
    yield tag("h2", "Over the last runs")
    yield tag("div", *(_history(slot, told, labels) for slot in slots), css="plots")


def _history(slot: str, runs: Sequence[Run], labels: Sequence[str]) -> Element:
    series = {
        name: [(measured_slots(run).get(slot, {}).get(key) or {}).get("ndcg@10") for run in runs]
        for key, name in (("model", "this model"), ("popularity", "popularity"))
    }
    caption = tag("figcaption", tag("b", slot), f": NDCG@10, {len(runs)} runs")
    return tag("figure", caption, lines(series, labels), legend(list(series), are_lines=True))


def cohorts(run: Run) -> Iterator[Element]:
    """NDCG@10 for some of the users, and for some of the items that were right."""
    for slot, found in measured_slots(run).items():
        told = found.get("cohorts") or ()
        if told:
            yield tag("h3", f"{slot} by cohort ", tag("span", "NDCG@10", css="soft"))
            yield table(["", "tested", *_NAMES.values(), "vs. popularity"], list(_cohorts(told)))


def _cohorts(told: Sequence[Mapping[str, Any]]) -> Iterator[list[Child]]:
    for one in told:
        by_name = {name: said.get("ndcg@10") for name, said in one["figures"].items()}
        yield [
            one["meaning"],
            f"{one['owners']:,}",
            *(_figure(by_name.get(name)) for name in _NAMES),
            _against(by_name.get("model"), by_name.get("popularity")),
        ]


def search(run: Run) -> Iterator[Element]:
    """The trials of a search, where one was made."""
    for step in run.steps:
        trials = step.result.get("trials") or (step.result.get("search") or {}).get("trials")
        told = [one for one in trials or () if isinstance(one, dict)]
        if not told:
            continue
        values = [one.get("value") for one in told]
        best: list[float | None] = []
        for value in values:
            best.append(max((one for one in (*best[-1:], value) if one is not None), default=None))
        yield tag("h2", f"Search: {step.name}")
        series = {"best so far": best, "trial": values}
        plot = lines(series, [str(at + 1) for at in range(len(values))], from_zero=False)
        caption = tag(
            "figcaption", tag("b", f"{len(told)} trials"), ": value of each, and the best"
        )
        yield tag("figure", caption, plot, legend(list(series), are_lines=True), css="whole")
        names = list(dict.fromkeys(key for one in told for key in one))
        ranked = sorted(told, key=lambda one: -(one.get("value") or 0))[:10]
        yield table(names, [[_said(one.get(key)) for key in names] for one in ranked])


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def warned(run: Run) -> list[str]:
    """What the checks of the data and the run itself warn of."""
    findings = result_of(run, "check").get("findings") or ()
    told = [f"{one.get('code')}: {one.get('sentence')}" for one in findings]
    return [*told, *run.warnings]
