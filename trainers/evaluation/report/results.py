"""
How a run's record is read by those who draw it: what is missing is nothing, never an error.
"""

from typing import Any

from recommender_store.runs.record import Run


def result_of(run: Run, name: str) -> dict[str, Any]:
    """What a step left in the record; empty where it was not run."""
    return next((step.result for step in run.steps if step.name == name), {})


def measured_slots(run: Run) -> dict[str, dict[str, Any]]:
    """The slots that had questions, and their figures."""
    return {
        slot: found
        for slot, found in result_of(run, "measure").items()
        if isinstance(found, dict) and found.get("model")
    }


def verdicts(run: Run) -> dict[str, dict[str, Any]]:
    return {
        slot: said
        for slot, said in result_of(run, "gate").items()
        if isinstance(said, dict) and "passed" in said
    }


def left_empty(run: Run) -> dict[str, str]:
    """Slots that the log was too thin for, and why."""
    return {
        step.name.removeprefix("fit:"): str(step.result["left_empty"])
        for step in run.steps
        if step.result.get("left_empty")
    }
