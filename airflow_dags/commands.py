"""
Every command line that a DAG gives, and no other: arguments of `recommender`, word by word.

Values stand in one word with their option, so that no value is ever read as one.
"""

import json
from collections.abc import Mapping
from typing import Literal

STEPS_BEFORE = ("snapshot", "check")
FITS = (
    *("fit:similar", "fit:for_you", "fit:popular", "fit:bought_together"),
    *("fit:next", "fit:content", "fit:trending"),
)
"""They need nothing of each other, and run side by side."""
STEPS_AFTER = ("measure", "gate", "publish")

Order = Mapping[str, str]
"""What a task is told when it runs: the tenant, the run, and what else its command takes."""

Tells = Literal["nothing", "little", "much"]
"""What a command writes to its `--output`, for the tasks after it; little is at most 4 KiB."""


def environment(order: Order) -> dict[str, str]:
    """What the command is told beside its arguments: the trace of whoever asked for it."""
    named = order.get("traceparent")
    return {"TRACEPARENT": named} if named else {}


def due(order: Order) -> list[str]:
    """Whom to train now; what is claimed is told again to the same claim alone."""
    return ["tenants", "due", f"--claim={order['claim']}", f"--limit={order['limit']}"]


def step(order: Order, name: str, size: str, threads: int) -> list[str]:
    """One step of a tenant's training."""
    engine = "spark" if size == "spark" else "local"
    return [
        "train",
        f"--tenant={order['tenant']}",
        f"--run={order['run_id']}",
        f"--step={name}",
        f"--engine={engine}",
        f"--threads={threads}",
    ]


def compact(_: Order) -> list[str]:
    return ["store", "compact"]


def erase(_: Order) -> list[str]:
    """What users asked for over REST."""
    return ["store", "erase", "--pending"]


def prune(_: Order) -> list[str]:
    return ["store", "prune"]


def check(_: Order) -> list[str]:
    return ["store", "check"]


def measure(order: Order) -> list[str]:
    """The live model on what came since it was trained; nothing is trained, nothing goes live."""
    return ["measure", f"--tenant={order['tenant']}"]


def export(order: Order) -> list[str]:
    """A tenant's answers for all its users."""
    return [
        "export",
        f"--tenant={order['tenant']}",
        f"--output={order['output']}",
        f"--placement={order['placement']}",
    ]


def given(order: Order) -> list[str]:
    """
    What somebody else asked for, as a list in JSON.

    Raises:
        ValueError: where it is no list of words.
    """
    words = json.loads(order["arguments"])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError("arguments: a list of words is wanted")
    if not words:
        raise ValueError('arguments: say which command, such as ["train", "--tenant=shop"]')
    return words
