"""Tombstones are asked about every event, and so must know at once who is none of theirs."""

from recommender_store.erasures import tombstones as stones
from recommender_store.erasures.tombstones import Tombstones


class Digests:
    """Digests of users, as many as there are secrets, and who was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, user_id: str) -> set[str]:
        self.asked.append(user_id)
        return {f"new {user_id}", f"old {user_id}"}


def test_a_user_is_erased_until_the_newest_of_their_tombstones() -> None:
    of = Tombstones({"old anna": 3, "new anna": 5, "old bert": 7}, Digests())

    assert [of.before_ms(one) for one in ("anna", "bert", "carla", None)] == [5, 7, None, None]


def test_where_nobody_was_erased_nobody_is_looked_for() -> None:
    digests = Digests()

    assert Tombstones({}, digests).before_ms("anna") is None
    assert digests.asked == []


def test_others_are_looked_for_once_and_the_erased_are_kept_nowhere() -> None:
    digests = Digests()
    of = Tombstones({"new anna": 5}, digests)

    for user_id in ("anna", "bert", "bert", "anna", "bert"):
        of.before_ms(user_id)

    assert digests.asked == ["anna", "bert", "anna"]


def test_no_more_users_are_remembered_than_there_is_room_for(monkeypatch) -> None:
    monkeypatch.setattr(stones, "OTHERS_LIMIT", 2)
    digests = Digests()
    of = Tombstones({"new anna": 5}, digests)

    for user_id in ("b", "c", "d", "d", "b"):
        of.before_ms(user_id)

    assert digests.asked == ["b", "c", "d", "b"]
