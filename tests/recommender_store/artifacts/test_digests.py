"""A digest is the same for an id and a key, and tells of neither."""

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender_store.artifacts.digests import Digests

OURS, THEIRS = Digests(b"k" * 32), Digests(b"K" * 32)
IDS = ["ann", "é" * 256, "", "\ud800", "\U0001f600"]


@given(st.text(min_size=1, max_size=20))
def test_an_id_has_one_digest_by_a_key_and_noun_and_another_by_others(outside_id):
    digests = {OURS.of("user", outside_id), OURS.of("session", outside_id)}
    digests |= {THEIRS.of("user", outside_id), THEIRS.of("session", outside_id)}

    assert OURS.of("user", outside_id) == Digests(OURS.key).of("user", outside_id)
    assert len(digests) == 4
    assert {len(one) for one in digests} == {64}


def test_the_short_form_is_the_first_64_bits_alone_or_of_many():
    short = [OURS.short("user", one) for one in IDS]

    assert [f"{one:016x}" for one in short] == [OURS.of("user", one)[:16] for one in IDS]
    many = OURS.short_of_all("user", iter(IDS))
    assert (many.tolist(), many.dtype) == (short, np.uint64)
    assert OURS.short_of_all("user", []).tolist() == []


def test_another_process_makes_the_same_ones():
    OURS.of("user", "ann")

    sent = pickle.loads(pickle.dumps(OURS))

    assert (sent, sent.of("user", "ann")) == (OURS, OURS.of("user", "ann"))


def test_the_key_is_not_shown():
    assert "kkk" not in repr(OURS)
