"""`recommender experiments` lists them, and shows what came of their variants."""

from datetime import UTC, datetime, timedelta

import pytest

from recommender_store.opening import open_store
from recommender_store.settings import StoreSettings
from tests.recommender_api.served import AUTHOR

from .in_process import Terminal, _terminal

__all__ = ["_terminal"]


@pytest.fixture
def compared(terminal: Terminal) -> Terminal:
    """Four answers of variant a, four of b; one of a was clicked, two of b."""
    space = open_store(StoreSettings.from_environment()).tenant("shop")
    variants = [{"id": "a"}, {"id": "b"}]
    record = {"id": "colours", "placements": ["for_you"], "variants": variants}
    space.policies.experiments.put("colours", record, author=AUTHOR)
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    served = [
        {
            "event_id": f"s-{number}",
            "kind": "served",
            "user_id": f"u-{number}",
            "items": ["i"],
            "occurred_at": at,
            "recommendation_id": f"rec-{number}",
            "attributes": {"sampled": True, "experiment": {"name": "colours", "variant": variant}},
        }
        for number, variant in enumerate("aaaabbbb")
    ]
    clicked = [
        {
            "event_id": f"c-{number}",
            "kind": "click",
            "user_id": f"u-{number}",
            "item_id": "i",
            "occurred_at": at,
            "recommendation_id": f"rec-{number}",
        }
        for number in (0, 4, 5)
    ]
    space.events.append_events([*served, *clicked], "2026-11-20T12:00:00.000Z")
    return terminal


def test_a_table_has_a_row_a_variant_with_rates_and_intervals(compared):
    said = compared.run("experiments", "show", "colours", "--tenant", "shop")

    assert said.code == 0, said.err
    (control,) = (line for line in said.out.splitlines() if "(control)" in line)
    (other,) = (line for line in said.out.splitlines() if line.strip().startswith("b "))
    assert control.split()[:2] == ["a", "(control)"]
    assert "25.00 % (" in control
    assert "50.00 % (" in other
    assert "+25.00 % (" in other
    assert "note: counts are of the answers that were written down, now 0.01 of all" in said.out


def test_a_machine_reads_the_same(compared):
    said = compared.run("experiments", "show", "colours", "--tenant", "shop", "--json")

    variants = said.document["figures"]["variants"]
    assert [one["clicked"]["answers"] for one in variants] == [1, 2]


def test_experiments_are_listed(compared):
    said = compared.run("experiments", "list", "--tenant", "shop")

    assert "colours" in said.out
    assert "a, b" in said.out


def test_an_experiment_that_is_not_there_is_told_with_those_that_are(compared):
    said = compared.run("experiments", "show", "colour", "--tenant", "shop")

    assert said.code == 1
    assert "there are: colours" in said.err
