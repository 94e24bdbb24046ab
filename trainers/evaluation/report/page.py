"""
A run as one page: what was decided and why, what was measured, on what, with what, how long.

Pure: records in, a text out. Older records lack some of it; what is not there is not drawn.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from recommender_store.runs.record import Run

from .durations import duration
from .elements import document, table, tag
from .figures import beside_each_other, cohorts, over_runs, search, warned
from .plots import bars, columns, legend, lines, short
from .results import left_empty, result_of, verdicts
from .style import STYLE

_DECIDED = {
    "promoted": ("good", "A new model is live."),
    "published": ("good", "A new model was published."),
    "refused": ("bad", "Refused: the models that were live go on serving."),
    "dry": ("", "A dry run: nothing was published."),
    "failed": ("bad", "It failed; the models that were live go on serving."),
    "cancelled": ("", "It was cancelled: the models that were live go on serving."),
    "imported": ("good", "A log was imported."),
    "measured": ("good", "The live model was measured; nothing was trained."),
    "running": ("", "It has not ended."),
    "queued": ("", "It has not begun."),
}


def render(tenant: str, run: Run, earlier: Sequence[Run] = ()) -> str:
    """
    The page of a run.

    Args:
        tenant: whose it is.
        run: the record.
        earlier: runs before it, oldest first, to be drawn beside it.
    """
    noun = "Measurement" if run.kind == "measure" else "Training"
    return document(
        f"{tenant}: {noun.lower()} {run.run_id}",
        STYLE,
        tag("h1", f"{noun} of {tenant}"),
        tag(
            "p", f"{run.started_at:%d %B %Y, %H:%M} UTC · run ", tag("code", run.run_id), css="soft"
        ),
        *_decision(run),
        *beside_each_other(run),
        *cohorts(run),
        *over_runs([*earlier, run]),
        *search(run),
        *_data(run),
        *_steps(run),
        *_lineage(run),
    )


def _decision(run: Run) -> Iterator[Element]:
    mood, sentence = _DECIDED[run.status]
    said = tag("div", tag("p", sentence), css=f"said {mood}".strip())
    if run.sentence:
        said.append(tag("p", run.sentence, f" [{run.code}]" if run.code else None))
    if run.version:
        said.append(tag("p", "version ", tag("code", run.version)))
    yield said
    rows = [
        _verdict("passed" if one["passed"] else "refused", slot, str(one.get("sentence", "")))
        for slot, one in verdicts(run).items()
    ]
    rows += [_verdict("empty", slot, why) for slot, why in left_empty(run).items()]
    rows += [_verdict("warning", *_split(said)) for said in warned(run)]
    if rows:
        yield tag("ul", *rows, css="verdicts")


def _split(said: str) -> tuple[str, str]:
    code, colon, rest = said.partition(": ")
    return (code, rest) if colon else ("", said)


def _verdict(word: str, name: str, sentence: str) -> Element:
    mood = {"passed": "good", "refused": "bad", "warning": "bad"}.get(word, "")
    badge = tag("span", word, css=f"badge {mood}".strip())
    return tag("li", badge, tag("span", name, css="name"), tag("span", sentence))


def _data(run: Run) -> Iterator[Element]:
    seen = result_of(run, "snapshot")
    if not seen:
        return
    yield tag("h2", "What it was trained on")
    yield tag(
        "p",
        f"{seen.get('events', 0):,} events of {seen.get('users', 0):,} users with "
        f"{seen.get('items', 0):,} items, {str(seen.get('since', ''))[:10]} to "
        f"{str(seen.get('until', ''))[:10]}. {_tested(run)}",
    )
    drawn = seen.get("distributions") or {}
    plots = [*_by_day(drawn.get("periods") or {}), *_by_kind(seen), *_tail(drawn.get("tail") or {})]
    if plots:
        yield tag("div", *plots, css="plots")


def _tested(run: Run) -> str:
    checked = result_of(run, "check")
    if "test_events" not in checked:
        return ""
    return (
        f"The newest {checked['test_events']:,}, from {checked['split_at'][:16].replace('T', ' ')} "
        "on, were held out to test on."
    )


def _by_day(periods: dict[str, Any]) -> Iterator[Element]:
    kinds = periods.get("kinds") or {}
    if kinds:
        each = periods.get("days_each", 1)
        every = "day" if each == 1 else f"{each} days"
        caption = tag("figcaption", tag("b", f"Events by {every}"), " and kind")
        plot = columns(kinds, periods["since"])
        yield tag("figure", caption, plot, legend(list(kinds)), css="whole")


def _by_kind(seen: dict[str, Any]) -> Iterator[Element]:
    kinds = dict(sorted((seen.get("events_by_kind") or {}).items(), key=lambda one: -one[1])[:12])
    if kinds:
        total = sum(seen["events_by_kind"].values())
        told = {kind: f"{short(count)} · {count / total:.0%}" for kind, count in kinds.items()}
        yield tag("figure", tag("figcaption", tag("b", "Events by kind")), bars(kinds, told))


def _tail(tail: dict[str, Any]) -> Iterator[Element]:
    if not tail.get("ranks"):
        return
    shares = ", ".join(f"{at} have {share:.0%}" for at, share in tail.get("share", {}).items())
    caption = tag(
        "figcaption",
        tag("b", "Events of each item"),
        f", busiest first (both axes log). Of all events, the busiest {shares}.",
    )
    labels = [short(rank) for rank in tail["ranks"]]
    yield tag("figure", caption, lines({"events": tail["events"]}, labels, is_log=True))


def _steps(run: Run) -> Iterator[Element]:
    if not run.steps:
        return
    yield tag("h2", "What it took")
    durations = {step.name: step.duration_s for step in run.steps}
    peaks = {step.name: step.peak_mb for step in run.steps if step.peak_mb is not None}
    told = {name: duration(value) for name, value in durations.items()}
    figures = [
        tag(
            "figure",
            _caption("Duration", f"{duration(sum(durations.values()))} in all"),
            bars(durations, told),
        )
    ]
    if peaks:
        said = {name: f"{value:,.0f} MB" for name, value in peaks.items()}
        whole = any(step.peak_of == "process" for step in run.steps)
        how = "of the process until then" if whole else "of resident memory"
        figures.append(tag("figure", _caption("Peak", how), bars(peaks, said)))
    yield tag("div", *figures, css="plots")
    for one in run.resumed:
        during = f" while it ran {one.during}" if one.during else ""
        yield tag(
            "p",
            f"It had ended before its time{during}; gone on with on {one.origin} at "
            f"{one.at:%d %B, %H:%M} UTC.",
            css="soft",
        )


def _caption(name: str, rest: str) -> Element:
    return tag("figcaption", tag("b", name), f": {rest}")


def _lineage(run: Run) -> Iterator[Element]:
    yield tag("h2", "Where it comes from")
    snapshot = next((step for step in run.steps if step.name == "snapshot"), None)
    facts = {
        "dataset": result_of(run, "snapshot").get("fingerprint"),
        "log": snapshot.inputs.get("log") if snapshot else None,
        "artifact": run.artifact_sha256,
        "compared with": result_of(run, "measure").get("current"),
        "options": ", ".join(f"{name}={value}" for name, value in run.options.items() if value),
    }
    told = [(name, str(value)) for name, value in facts.items() if value]
    yield tag(
        "dl",
        *(one for name, value in told for one in (tag("dt", name), tag("dd", tag("code", value)))),
    )
    fitted = [
        [
            step.name.removeprefix("fit:"),
            step.result.get("recipe"),
            _parameters(step.result),
            str(step.result.get("data_until", ""))[:16].replace("T", " "),
        ]
        for step in run.steps
        if step.name.startswith("fit:") and step.result.get("parameters")
    ]
    if fitted:
        yield table(["slot", "recipe", "parameters", "data until"], fitted, text_columns=4)


def _parameters(result: dict[str, Any]) -> Element:
    return tag("code", ", ".join(f"{key}={value}" for key, value in result["parameters"].items()))
