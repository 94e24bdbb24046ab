"""What was signed out of is remembered for as long as it could be shown again."""

import time

from recommender_store.tenants.sign_outs import SignOuts


def in_s(seconds: int) -> int:
    return int(time.time()) + seconds


def test_what_was_signed_out_of_is_known_to_everybody(memory):
    ends_s = in_s(60)
    SignOuts(memory).put("one", ends_s)

    assert SignOuts(memory).has("one", ends_s)
    assert not SignOuts(memory).has("two", ends_s)
    assert not SignOuts(memory).has("one", ends_s + 1)


def test_signing_out_twice_is_fine(memory):
    ends_s = in_s(60)
    for _ in range(2):
        SignOuts(memory).put("one", ends_s)

    assert SignOuts(memory).has("one", ends_s)


def test_what_has_expired_is_forgotten_with_the_next(memory):
    outs = SignOuts(memory)
    outs.put("old", in_s(-60))
    outs.put("young", in_s(60))

    outs.put("new", in_s(120))

    assert [one.key.partition("-")[2] for one in memory.list("")] == ["young", "new"]
