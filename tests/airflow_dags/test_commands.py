"""Every command line that a DAG gives is one that the platform takes."""

import json
from functools import partial
from typing import Any

import pytest
import typer

from airflow_dags import commands
from airflow_dags.pod import SIZES
from recommender_cli.command import app
from recommender_store.tenants.settings import TrainingSettings
from trainers.jobs.due import Due
from trainers.jobs.train import STEPS

TENANT = {"tenant": "shop", "run_id": "20261122T031619Z-4d3958d6c"}
NAMED = (*commands.STEPS_BEFORE, *commands.FITS, *commands.STEPS_AFTER)
ORDERS = {
    "due": (commands.due, {"claim": "scheduled__2026-11-22T03:15:00+00:00", "limit": "1000"}),
    **{
        f"{size} {name}": (partial(commands.step, name=name, size=size, threads=2), TENANT)
        for size in SIZES
        for name in NAMED
    },
    "compact": (commands.compact, {}),
    "erase": (commands.erase, {}),
    "prune": (commands.prune, {}),
    "check": (commands.check, {}),
    "measure": (commands.measure, {"tenant": "shop"}),
    "export": (
        commands.export,
        {"tenant": "shop", "output": "s3://answers/shop", "placement": "for_you"},
    ),
}


def parsed(words: list[str]) -> dict[str, Any]:
    """What the command line makes of the words; it ends the test where it does not take them."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands"):
        name, *words = words
        command = command.commands[name]
    return dict(command.make_context(name, words).params)


@pytest.mark.parametrize(("command", "order"), ORDERS.values(), ids=ORDERS)
def test_a_command_line_is_taken_whole(command: Any, order: dict[str, str]) -> None:
    given = parsed(command(order))

    assert order.get("tenant", given.get("tenant")) == given.get("tenant")
    assert order.get("run_id", given.get("run")) == given.get("run")


def test_what_is_not_taken_would_be_noticed() -> None:
    with pytest.raises(typer.exceptions.TyperException):
        parsed(["train", "--tenant=shop", "--steps=check"])


@pytest.mark.parametrize("size", SIZES)
def test_the_list_of_who_is_due_is_written_where_a_task_reads_it(size: str) -> None:
    given = parsed([*commands.due({"claim": "night", "limit": "5"}), "--output=/x/return.json"])

    assert (given["claim"], given["limit"], str(given["output"])) == (
        "night",
        5,
        "/x/return.json",
    )
    assert {"tenant", "run_id", "resources"} <= set(Due._fields)
    assert TrainingSettings(resources=size).resources == size


def test_a_step_writes_what_it_tells_where_a_task_reads_it() -> None:
    given = parsed([*commands.step(TENANT, "gate", "small", 1), "--output=/dev/termination-log"])

    assert str(given["output"]) == "/dev/termination-log"


def test_the_steps_are_those_of_a_training_and_none_is_left_out() -> None:
    before, after = list(commands.STEPS_BEFORE), list(commands.STEPS_AFTER)

    assert [*before, *sorted(commands.FITS), *after] == [
        *list(STEPS)[: len(before)],
        *sorted(name for name in STEPS if name.startswith("fit:")),
        *list(STEPS)[-len(after) :],
    ]


def test_a_tenant_on_spark_is_trained_there() -> None:
    words = commands.step(TENANT, "fit:for_you", "spark", 2)

    assert parsed(words)["engine"] == "spark"


def test_words_that_somebody_else_gave_stay_words() -> None:
    words = ["train", "--tenant=shop", "--force-checks={{ var.value.secret }} $(id) 'x'"]

    assert commands.given({"arguments": json.dumps(words)}) == words


def test_an_order_without_a_command_says_how_one_is_given() -> None:
    with pytest.raises(ValueError, match="say which command, such as"):
        commands.given({"arguments": "[]"})


@pytest.mark.parametrize("odd", ['"train"', '["train", 1]', '{"train": 1}'])
def test_what_is_no_list_of_words_is_refused(odd: str) -> None:
    with pytest.raises(ValueError, match="list of words"):
        commands.given({"arguments": odd})
