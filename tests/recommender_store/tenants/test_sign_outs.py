"""What was signed out of is remembered for as long as it could be shown again."""

import time

from recommender_store.tenants.sign_outs import SignOuts

NOW = int(time.time())


def test_what_was_signed_out_of_is_known_to_everybody(memory):
    SignOuts(memory).put("one", NOW + 60)

    assert SignOuts(memory).has("one", NOW + 60)
    assert not SignOuts(memory).has("two", NOW + 60)
    assert not SignOuts(memory).has("one", NOW + 61)


def test_signing_out_twice_is_fine(memory):
    for _ in range(2):
        SignOuts(memory).put("one", NOW + 60)

    assert SignOuts(memory).has("one", NOW + 60)


def test_what_has_expired_is_forgotten_with_the_next(memory):
    outs = SignOuts(memory)
    outs.put("old", NOW - 60)
    outs.put("young", NOW + 60)

    outs.put("new", NOW + 120)

    assert [one.key.partition("-")[2] for one in memory.list("")] == ["young", "new"]
