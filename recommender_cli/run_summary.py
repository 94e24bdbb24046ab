"""
What people read of a training at a terminal: from the record of its run, as a JSON document.
"""

from typing import Any

from rich.text import Text

from trainers.evaluation.report.durations import duration

from .output import table

_HEADERS = ["slot", "model", "tested", "NDCG@10", "recall@10", "MRR", "coverage@10"]
_SHOWN = ("ndcg@10", "recall@10", "mrr", "catalog_coverage@10")
_MOODS = {"promoted": "green", "published": "green", "refused": "yellow", "failed": "red"}


def summary(run: dict[str, Any]) -> list[Any]:
    """The data, its findings, the figures, the verdicts, and how it ended: that comes last."""
    results = {step["name"]: step["result"] for step in run["steps"]}
    lines: list[Any] = [*_data(results)]
    if "measure" in results:
        lines.append(table(_HEADERS, _figures(results["measure"])))
    for slot, verdict in results.get("gate", {}).items():
        word = "passed" if verdict["passed"] else "REFUSED"
        lines.append(f"{slot}: {word}: {verdict['sentence']}")
    lines += [f"warning {one}" for one in run.get("warnings", ())]
    return [*lines, *_ending(run)]


def _data(results: dict[str, Any]) -> list[str]:
    lines = []
    if "snapshot" in results:
        seen = results["snapshot"]
        lines.append(
            f"{seen['events']:,} events of {seen['users']:,} users with {seen['items']:,} items, "
            f"{seen['since'][:10]} to {seen['until'][:10]}"
        )
    checked = results.get("check", {})
    refused = "forced" if "forced" in checked else "REFUSED"
    for found in checked.get("findings", ()):
        word = refused if found["severity"] == "refuse" else "warning"
        lines.append(f"{word} {found['code']}: {found['sentence']}")
    return lines


def _ending(run: dict[str, Any]) -> list[Any]:
    took = duration(sum(step["duration_s"] for step in run["steps"]))
    peak = max((step.get("peak_mb") or 0 for step in run["steps"]), default=0)
    ended = Text(f"run {run['run_id']}: ")
    ended.append(run["status"], style=_MOODS.get(run["status"], ""))
    ended.append(f" in {took}" + (f", at most {peak:,.0f} MB" if peak else ""))
    return [
        ended,
        *_standing(run),
        *_withheld(run),
    ]


def _standing(run: dict[str, Any]) -> list[str]:
    """What became of the bundle that it published."""
    if not run["version"]:
        return []
    results = {step["name"]: step["result"] for step in run["steps"]}
    if run["status"] == "published":
        watched = f"`recommender canary watch --tenant T --run {run['run_id']}`"
        return [f"not live yet, {run['sentence']}: {watched}"]
    decided = results.get("canary", {}).get("verdict")
    if decided not in (None, "promoted"):
        return [f"not live: {run['version']}"]
    told = results.get("canary", {}).get("sentence")
    return [f"live now: {run['version']}", *([f"canary: {told}"] if told else [])]


def _withheld(run: dict[str, Any]) -> list[str]:
    """What the gate refused is not lost, and how it goes live all the same."""
    versions = [step["result"].get("refused_version") for step in run["steps"]]
    return [
        f"what was refused is kept as {version}: `recommender models promote --tenant T {version} "
        "--force --reason WHY` puts it live all the same"
        for version in versions
        if version
    ]


def step_table(run: dict[str, Any]) -> Any:
    """Each finished step, what it took, and how much it left."""
    rows = [
        (
            step["name"],
            duration(step["duration_s"]),
            f"{step['peak_mb']:,.0f} MB" if step.get("peak_mb") else "",
            f"{sum(one['size_bytes'] for one in step.get('outputs', {}).values()) / 1e6:,.1f} MB",
        )
        for step in run["steps"]
    ]
    return table(["step", "took", "peak", "left"], rows)


def _figures(measured: dict[str, Any]) -> list[list[object]]:
    return [
        [slot, name, result["test_users"], *(f"{result[name][key]:.4f}" for key in _SHOWN)]
        for slot, result in measured.items()
        if isinstance(result, dict) and "model" in result
        for name in ("model", "popularity", "current")
        if result[name]
    ]
