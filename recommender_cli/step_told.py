"""
What an orchestrator is told of a step that went well: ids, versions, digests and verdicts. Small.

It is written to `--output`, for tasks that come after it and for whoever looks at them; what steps
hand to each other lies in the store. Of a whole training it is what all its steps told.
"""

from collections.abc import Sequence
from typing import Any

from recommender_store.runs.record import Run, Step

LIMIT_BYTES = 4096
"""What a container may leave as its last message; this stays well below."""


def told_of(run: Run, tenant: str, step: str) -> dict[str, Any]:
    """Of one step, or of all of them where none is named."""
    told: dict[str, Any] = {"tenant": tenant, "run_id": run.run_id, "status": run.status}
    looked_at = [one for one in run.steps if step in ("", one.name)]
    for one in looked_at if step else ():
        told |= {"step": step, "outputs_sha256": one.outputs_sha256}
    told |= _results(looked_at)
    if run.version is not None:
        told |= {"version": run.version, "artifact_sha256": run.artifact_sha256}
    return told


def _results(steps: Sequence[Step]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for one in steps:
        if one.name == "snapshot":
            told["data_fingerprint"] = one.result["fingerprint"]
            told["events"] = one.result["events"]
        if one.name == "gate":
            told["gate"] = {
                slot: "passed" if verdict["passed"] else "refused"
                for slot, verdict in one.result.items()
            }
    return told
