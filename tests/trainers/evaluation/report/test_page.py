"""A run as a page: whole, safe, and never an error for what a record lacks."""

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.runs.record import Resumption, Run, Step
from trainers.evaluation.report.durations import duration
from trainers.evaluation.report.page import render

AT = datetime(2026, 11, 20, 3, 15, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script>\"' & <b>\x00\ud800"
FIGURES = {"ndcg@10": 0.25, "recall@10": 0.5, "mrr": 0.125}


def step(name, result, **more) -> Step:
    return Step(name=name, duration_s=1.5, result=result, peak_mb=200, peak_of="step", **more)


def run(number=0, **changes) -> Run:
    """One that has all there is to draw."""
    steps = (
        step(
            "snapshot",
            {
                "events": 1_000,
                "users": 50,
                "items": 20,
                "since": "2026-01-01T00:00:00",
                "until": "2026-01-03T00:00:00",
                "fingerprint": "f" * 64,
                "events_by_kind": {"view": 900, "custom:share": 100},
                "distributions": {
                    "periods": {
                        "since": ["2026-01-01", "2026-01-02"],
                        "days_each": 1,
                        "kinds": {"view": [500, 400], "custom": [0, 100]},
                    },
                    "tail": {"ranks": [1, 5, 20], "events": [300, 50, 1], "share": {"10%": 0.5}},
                },
            },
            inputs={"log": "abc"},
        ),
        step("check", {"findings": [{"code": "bots", "sentence": "One is a bot."}]}),
        step("fit:for_you", {"recipe": "als", "parameters": {"factors": 64}, "data_until": "2026"}),
        step("fit:next", {"recipe": "transitions", "left_empty": "too few sessions"}),
        step(
            "measure",
            {
                "current": None,
                "for_you": {
                    "test_users": 40,
                    "questions": 40,
                    "model": FIGURES,
                    "popularity": {**FIGURES, "ndcg@10": 0.1},
                    "current": None,
                    "cohorts": [
                        {
                            "by": "user",
                            "name": "new",
                            "meaning": "users who had taken 1 to 2 items",
                            "owners": 7,
                            "questions": 7,
                            "figures": {
                                "model": {"ndcg@10": 0.3},
                                "popularity": {"ndcg@10": 0.2},
                            },
                        }
                    ],
                },
            },
        ),
        step("gate", {"for_you": {"passed": True, "sentence": "better than popularity"}}),
    )
    told = {"run_id": f"r{number}", "status": "promoted", "version": "v1", "steps": steps}
    return Run(**{"started_at": AT + timedelta(days=number), **told, **changes})


class Tags(HTMLParser):
    """Every element and attribute, as a browser would read them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names, self.attributes = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += attrs


def test_a_page_says_what_was_decided_before_anything_else():
    page = render("shop", run(), [])

    order = [
        "A new model is live.",
        "better than popularity",
        "How well it answers",
        "What it took",
    ]
    assert [page.index(part) for part in order] == sorted(page.index(part) for part in order)
    for said in (
        "One is a bot.",
        "too few sessions",
        "+150%",
        "users who had taken 1 to 2 items",
        "+50%",
        "1.5 s",
    ):
        assert said in page


def test_past_runs_are_drawn_as_lines():
    page = render("shop", run(3), [run(1), run(2)])

    assert "NDCG@10, 3 runs" in page
    assert "Over the last runs" not in render("shop", run(3), [])


def test_a_page_loads_nothing_and_the_browser_is_told_so():
    tags = Tags(page := render("shop", run(), [run(1)]))

    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert ("content", f"default-src 'none'; style-src 'sha256-{digest}'") in tags.attributes
    assert not {"script", "link", "img", "iframe", "object", "a"} & set(tags.names)
    assert not {"src", "href", "style", "onload", "onclick"} & {name for name, _ in tags.attributes}


@given(st.text(min_size=1, max_size=60) | st.just(HOSTILE))
def test_whatever_a_tenant_names_stays_text(named):
    said = {"passed": False, "sentence": named}
    hostile = run(
        code="x",
        sentence=named,
        warnings=(named,),
        options={named: named},
        steps=(
            step("snapshot", {"events_by_kind": {f"custom:{named}": 5}}),
            step("fit:for_you", {"recipe": named, "parameters": {named: named}}),
            step("gate", {named: said}),
        ),
    )
    plain = run(
        code="x",
        sentence="a",
        warnings=("a",),
        options={"a": "a"},
        steps=(
            step("snapshot", {"events_by_kind": {"custom:a": 5}}),
            step("fit:for_you", {"recipe": "a", "parameters": {"a": "a"}}),
            step("gate", {"a": {"passed": False, "sentence": "a"}}),
        ),
    )

    page = render(named, hostile)

    assert set(Tags(page).names) == set(Tags(render("a", plain)).names)
    page.encode()


@pytest.mark.parametrize("status", ["promoted", "refused", "failed", "dry", "running"])
@pytest.mark.parametrize("count", range(7))
def test_what_a_record_lacks_is_not_drawn(status, count):
    some = run(status=status, steps=run().steps[:count], version=None)

    assert "</html>" in render("shop", some, [run(1), Run(run_id="old", started_at=AT)])


@pytest.mark.parametrize("result", [{}, {"distributions": {}}, {"distributions": {"tail": {}}}])
def test_a_record_of_an_older_version_is_drawn_as_far_as_it_goes(result):
    old = Step(name="snapshot", duration_s=1, result={"events": 3, **result})

    assert "3 events" in render("shop", run(steps=(old,)))


def test_a_search_is_drawn_with_its_best_trials():
    trials = [{"recipe": "als", "value": 0.1}, {"recipe": "ease", "value": None}]
    searched = run(steps=(step("fit:for_you", {"search": {"trials": trials}}),))

    page = render("shop", searched)

    assert "2 trials" in page
    assert "ease" in page


def test_who_went_on_with_it_is_told():
    taken = Resumption(at=AT, origin="node-7", during="gate")

    assert "while it ran gate; gone on with on node-7" in render("shop", run(resumed=(taken,)))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (59.9, "59.9 s"),
        (60, "1 min 00 s"),
        (252, "4 min 12 s"),
        (7500, "2 h 05 min"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds, said):
    assert duration(seconds) == said
