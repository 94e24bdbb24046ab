"""docs/traces.md tells of every stage at which an item can be stopped, and of what is kept."""

from typing import get_args

import msgspec

from recommender_api.recommend.answered import Answered
from recommender_api.recommend.request import RecommendRequest
from recommender_api.recommend.why_not import Stage
from recommender_api.tracing import traces
from recommender_api.tracing.ids import NOBODY, new_id
from tests.docs.pages import codes, page, rows, section

PAGE = "traces.md"


def names(heading):
    return [name for first, *_ in rows(section(PAGE, heading)) for name in codes(first)]


def test_every_stage_is_told():
    assert sorted(names("Why not item X?")) == sorted(get_args(Stage))


def test_every_field_that_is_kept_is_told():
    answer = {"items": [], "placement": "p", "served_by": "model", "degraded": False}
    answer |= {"applied_rules": [], "model": None, "experiment": None, "warnings": []}
    rest = msgspec.json.encode(answer | {"explanation": {}})[1:]
    made = Answered(new_id(NOBODY, is_kept=True), RecommendRequest(), rest, 1, is_sampled=True)

    assert sorted(names("In the log")) == sorted(made.event()["attributes"])


def test_the_bounds_are_those_of_the_queue():
    told = page(PAGE)

    assert f"{traces.COUNT_LIMIT:,} traces" in told
    assert f"{traces.SIZE_LIMIT_BYTES // 2**20} MiB wait" in told
    assert f"up to {traces.ROOM_BYTES // 2**20} MiB" in told
