"""Parts of an object that are made when they are first asked for."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from recommender_store.lazy import lazy


class Whole:
    def __init__(self) -> None:
        self.made: list[str] = []

    @lazy
    def slow(self) -> object:
        """Takes its time."""
        self.made.append("slow")
        time.sleep(0.02)
        return object()

    @lazy
    def inner(self) -> tuple[object, str]:
        self.made.append("inner")
        return self.slow, "inner"


def test_nothing_is_made_before_it_is_asked_for():
    assert Whole().made == []


def test_threads_that_ask_at_once_are_given_the_same_one():
    whole, all_ask = Whole(), threading.Barrier(8)

    def ask(_: int) -> object:
        all_ask.wait()
        return whole.slow

    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(ask, range(8)))

    assert set(given) == {whole.slow}
    assert whole.made == ["slow"]


def test_a_part_may_ask_for_another_one():
    whole = Whole()

    assert whole.inner == (whole.slow, "inner")
    assert whole.made == ["inner", "slow"]


def test_each_object_has_parts_of_its_own():
    assert Whole().slow is not Whole().slow


def test_a_part_can_be_put_in_the_place_of_the_one_that_would_be_made():
    whole = Whole()
    whole.slow = "another"

    assert whole.slow == "another"
    assert whole.made == []


def test_the_class_tells_of_its_parts():
    assert Whole.slow.__doc__ == "Takes its time."
