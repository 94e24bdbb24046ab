"""The figures of docs/metrics.md: every one that a training gives, and the worked example."""

import numpy as np

from recommender_models.popularity import PopularRanking
from recommender_store.tenants.settings import GateSettings
from tests.docs.pages import blocks, codes, page
from trainers.datasets.questions import Questions
from trainers.evaluation.gates import Files, Rivals, judge, judge_present
from trainers.evaluation.measure import Measurement, measure
from trainers.evaluation.past import Past
from trainers.indexes.recall import K
from trainers.jobs.options import Silence

PAGE = "metrics.md"


def measured() -> Measurement:
    """A ranking of three items that one user had, asked once."""
    items = np.arange(3, dtype=np.int32)
    ranking = PopularRanking(items, np.ones(3, dtype=np.float32))
    past = Past.of(items, np.zeros(3, dtype=np.int32), items, (1, 3))
    asked = Questions([items[1:2]], np.zeros(1, dtype=np.int64), [], items[:1])
    return measure(ranking, asked, past, Silence().progress)


def test_every_figure_of_a_measurement_is_explained():
    figures = {*measured().figures, f"index_recall@{K}"}

    assert figures <= set(codes(page(PAGE)))


def test_every_figure_of_a_verdict_is_explained():
    model, rng = measured(), np.random.default_rng(0)
    lenient, strict = GateSettings(minimum_test_users=1), GateSettings()
    verdicts = [
        judge("similar", model, Rivals(model, model), Files(), lenient, rng),
        judge("similar", model, Rivals(model, None), Files(), strict, rng),
        judge_present("popular", 2, Files(), strict),
    ]

    figures = set().union(*(verdict.figures for verdict in verdicts))

    assert len(figures) > len(verdicts)
    assert figures <= set(codes(page(PAGE)))


def test_the_worked_example_is_right():
    (example,) = blocks(page(PAGE), "python")

    exec(compile(example, PAGE, "exec"), {})
