"""The slot trending: a count to the end of the log, filled where something rises."""

from datetime import timedelta

from tests.trainers.jobs.shop import Shop, result, shop
from tests.trainers.tenant import OPTIONS, event, log
from tests.worlds.interaction import START
from tests.worlds.long_tail import long_tail

TAIL = long_tail(users=120, items=80, events=3_000)


def surge(trainee: Shop, item: str, day: float, start: int = 50_000) -> None:
    """Sixty users come to one item within a day."""
    at = START + timedelta(days=day)
    log(
        trainee.space,
        [
            event(start + n, at + timedelta(minutes=n), user_id=f"user-{n:06d}", item_id=item)
            for n in range(60)
        ],
    )


def trending(trainee: Shop) -> list[str]:
    bundle = trainee.bundle()
    return bundle.items.ids(bundle.trending.top(9).rows)


def test_what_rose_in_the_last_days_is_trending_up_to_the_end_of_the_log(tmp_path):
    trainee = shop(tmp_path, TAIL.interactions)
    surge(trainee, "item-000070", day=29)

    run = trainee.train()

    assert run.status == "promoted"
    assert trending(trainee)[0] == "item-000070"
    slot = trainee.manifest().slots["trending"]
    assert (slot.recipe, slot.kind, slot.verdict.passed) == ("trending", "popularity", True)
    assert slot.data_until == trainee.manifest().slots["popular"].data_until
    assert "trending" not in result(run, "measure")


def test_where_nothing_rises_the_slot_is_left_empty_with_a_sentence(trainee):
    run = trainee.train()

    assert run.status == "promoted"
    assert result(run, "fit:trending")["left_empty"] == "nothing is trending beyond chance"
    assert "trending" not in trainee.manifest().slots


def test_a_log_of_a_few_days_says_how_many_are_needed(tmp_path):
    first = START + timedelta(days=10)
    trainee = shop(tmp_path, [one for one in TAIL.interactions if one.occurred_at < first])

    run = trainee.train()

    assert "14 are needed" in result(run, "fit:trending")["left_empty"]


def test_what_was_trending_is_not_carried_over(tmp_path):
    trainee = shop(tmp_path, TAIL.interactions)
    surge(trainee, "item-000070", day=29)
    trainee.train()
    other = long_tail(users=120, items=80, events=3_000, seed=2).interactions
    later = [one._replace(occurred_at=one.occurred_at + timedelta(days=30)) for one in other]
    log(
        trainee.space,
        [
            event(90_000 + n, one.occurred_at, user_id=one.user_id, item_id=one.item_id)
            for n, one in enumerate(later)
        ],
    )

    run = trainee.train(OPTIONS.model_copy(update={"promote_despite": "to have another bundle"}))

    assert run.status == "promoted", run.sentence
    assert "left_empty" in result(run, "fit:trending")
    assert "trending" not in trainee.manifest().slots
