"""What may be shown at a moment: the same whether a mask was kept or not."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender_api.serving.catalog.shown import Shown, Window

moments = st.one_of(st.just(np.nan), st.sampled_from([0.0, 0.5, 10.0, 10.2, 50.0]))
items = st.lists(st.tuples(st.booleans(), moments, moments), min_size=1, max_size=8)


def shown(rows: list[tuple[bool, float, float]]) -> Shown:
    listed, begins, ends = (np.array(column) for column in zip(*rows, strict=True))
    windows = [Window(begins.astype(float), begins=True), Window(ends.astype(float), begins=False)]
    return Shown(listed.astype(bool), windows)


@given(rows=items, asked=st.lists(st.floats(-1, 60), max_size=12))
def test_an_item_is_shown_while_it_is_listed_and_between_its_moments(rows, asked):
    whole = shown(rows)
    every = np.arange(len(rows), dtype=np.int32)
    for now_s in asked:
        expected = [
            listed and not now_s < begins and not now_s >= ends for listed, begins, ends in rows
        ]

        assert whole.of(every, now_s).tolist() == expected
        assert whole.of(every[::-1], now_s).tolist() == expected[::-1]


@given(rows=items, now_s=st.floats(-1, 60))
def test_until_the_next_change_nothing_changes(rows, now_s):
    whole = shown(rows)
    every = np.arange(len(rows), dtype=np.int32)
    until_s = whole.changes_after(now_s)
    before = whole.of(every, now_s).tolist()

    assert until_s > now_s
    if np.isfinite(until_s):
        assert whole.of(every, np.nextafter(until_s, now_s)).tolist() == before
