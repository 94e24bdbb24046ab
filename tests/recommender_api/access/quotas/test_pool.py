"""What is left of a quota over all workers decides how fast each one's bucket fills."""

from recommender_api.access.quotas.pool import SLOWEST, Pool


def test_a_worker_alone_takes_its_quota_and_lends_nothing():
    pool = Pool()

    assert pool.hear(10.0, 0.0, 0.0, {}) == 1.0
    assert pool.hear(10.0, 9.0, 0.0, {}) == 1.0


def test_what_nobody_asks_for_is_lent():
    pool = Pool()
    pool.hear(10.0, 0.0, 0.0, {"other": 0.0})

    assert pool.hear(10.0, 1.0, 5.0, {"other": 0.0}) > 1.0


def test_what_others_let_in_is_lent_no_more():
    pool = Pool()
    pool.hear(10.0, 0.0, 0.0, {"other": 0.0})

    assert pool.hear(10.0, 1.0, 10.0, {"other": 25.0}) == 1.0


def test_what_was_too_much_is_paid_back_but_never_by_letting_nobody_in():
    pool = Pool()
    pool.hear(10.0, 0.0, 0.0, {"other": 0.0})

    assert pool.hear(10.0, 1.0, 0.0, {"other": 1_000.0}) == SLOWEST
    assert pool.hear(10.0, 5.0, 0.0, {"other": 1_000.0}) == 1.0


def test_a_worker_that_says_nothing_for_a_while_is_counted_once():
    pool = Pool()
    pool.hear(10.0, 0.0, 0.0, {"other": 30.0})
    pool.hear(10.0, 1.0, 0.0, {"other": 0.0})

    assert pool.hear(10.0, 2.0, 0.0, {"other": 30.0}) > 1.0


def test_a_quota_of_nothing_is_no_division():
    assert Pool().hear(0.0, 1.0, 0.0, {"other": 5.0}) >= 1.0
