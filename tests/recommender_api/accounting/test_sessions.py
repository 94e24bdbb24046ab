"""From the reports of SDK sessions to what moved on each day."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from recommender_api.accounting.sessions import SILENT_AFTER_S, SdkDay, sdk_days
from recommender_api.accounting.tally import Tally
from recommender_store.ledger.page import Page, decode_page
from tests.recommender_api.accounting.sdk import PaperSdk

NOON_S = 1_795_176_000.0
DAYS = ("2026-11-20", "2026-11-21", "2026-11-22")
DAY_S = 86_400.0
LATER_S = NOON_S + 30 * DAY_S


class Platform:
    """Some replicas, over some days."""

    def __init__(self, replicas: int = 1) -> None:
        self.now_s = NOON_S
        self.tallies = [Tally(f"replica-{n}", lambda: NOON_S) for n in range(replicas)]

    def take(
        self, header: str, accepted: int, duplicates: int = 0, rejected: int = 0, replica: int = 0
    ) -> None:
        with self.tallies[replica].entry(self.now_s, header) as entry:
            entry.settle(accepted, duplicates, [{"code": "time_too_old"}] * rejected)

    @property
    def pages(self) -> list[Page]:
        taken = [tally.take(goodbye=True) for tally in self.tallies]
        return [decode_page(day, page) for pages in taken for day, page in pages.items()]

    def days(self, now_s: float = LATER_S) -> dict[str, SdkDay]:
        return sdk_days(self.pages, now_s)


def send(platform: Platform, sdk: PaperSdk, events: int, **where: int) -> None:
    """One request, answered."""
    platform.take(sdk.header(), events, **where)
    sdk.told(events)


def test_the_last_batch_is_delivered_though_no_report_says_so():
    platform, sdk = Platform(), PaperSdk()
    sdk.offer(10)
    send(platform, sdk, 10)

    day = platform.days()[DAYS[0]]

    assert (day.moved.offered, day.moved.delivered, day.moved.held) == (10, 10, 0)
    assert (day.short, day.again, day.missing) == (0, 0, 0)


def test_a_day_is_what_was_offered_since_the_day_before():
    platform, sdk = Platform(), PaperSdk()
    for events in (10, 4):
        sdk.offer(events)
        send(platform, sdk, events)
        platform.now_s += DAY_S

    days = platform.days()

    assert [days[day].moved.offered for day in DAYS[:2]] == [10, 4]
    assert [days[day].moved.delivered for day in DAYS[:2]] == [10, 4]


def test_what_was_held_over_midnight_is_carried_to_the_next_day():
    platform, sdk = Platform(), PaperSdk()
    sdk.offer(30)
    send(platform, sdk, 10)
    platform.now_s += DAY_S
    send(platform, sdk, 20)

    first, second = platform.days().values()

    assert (first.moved.held, first.left, first.talking) == (20, 0, 0)
    assert (second.held_before, second.moved.offered, second.moved.delivered) == (20, 0, 20)


def test_a_session_that_is_first_heard_of_in_its_midst_counts_from_there():
    platform, sdk = Platform(), PaperSdk(sequence=99, delivered=5_000)
    for _ in range(2):
        sdk.offer(10)
        send(platform, sdk, 10)

    day = platform.days()[DAYS[0]]

    assert (day.moved.offered, day.moved.delivered, day.held_before) == (10, 20, 10)
    assert (day.short, day.again) == (0, 0)


def test_an_answer_that_was_lost_is_answered_again_and_nothing_is_short():
    platform, sdk = Platform(), PaperSdk()
    sdk.offer(10)
    platform.take(sdk.header(), 10)
    platform.take(sdk.header(), 0, duplicates=10)
    sdk.told(10)

    day = platform.days()[DAYS[0]]

    assert (day.moved.delivered, day.again, day.short) == (10, 10, 0)


def test_what_no_replica_counted_is_short():
    platform, sdk = Platform(), PaperSdk()
    for events in (10, 7):
        sdk.offer(events)
        if events == 10:
            sdk.header()
            sdk.told(10)
        else:
            send(platform, sdk, events)

    assert platform.days()[DAYS[0]].short == 0, "what is before the first report is not known"
    sdk.offer(3)
    sdk.header()
    sdk.told(3)
    sdk.offer(1)
    send(platform, sdk, 1)

    assert platform.days()[DAYS[0]].short == 3


def test_events_in_memory_of_a_session_that_fell_silent_are_missing():
    platform, sdk = Platform(), PaperSdk()
    sdk.offer(50)
    send(platform, sdk, 20)

    talking = platform.days(now_s=NOON_S + 1)[DAYS[0]]
    silent = platform.days(now_s=NOON_S + SILENT_AFTER_S + 1)[DAYS[0]]

    assert (talking.talking, talking.missing) == (30, 0)
    assert (silent.talking, silent.missing, silent.waiting) == (0, 30, 0)


def test_events_on_disk_of_a_session_that_fell_silent_wait_until_they_are_adopted():
    platform, dead = Platform(), PaperSdk(spooled=40)
    platform.take(dead.header(), 0)

    assert platform.days()[DAYS[0]].waiting == 40
    platform.now_s += DAY_S
    platform.take(PaperSdk(session="next").header(), 40)
    first, second = platform.days().values()

    assert (first.left, first.fetched, first.waiting, first.missing) == (40, 40, 0, 0)
    assert second.moved.adopted == 40
    assert (second.short, second.again) == (0, 0)


def test_events_that_were_adopted_and_rejected_are_not_short():
    platform, heir = Platform(), PaperSdk()
    platform.take(heir.header(), 30, rejected=10)
    heir.adopted = 40
    heir.offer(1)
    send(platform, heir, 1)

    day = platform.days()[DAYS[0]]

    assert (day.moved.adopted, day.moved.delivered, day.short) == (40, 1, 0)


steps = st.lists(
    st.tuples(
        st.sampled_from(["offer", "send", "lose", "refuse", "drop", "midnight"]),
        st.integers(0, 1),
        st.integers(0, 2),
        st.integers(1, 9),
    ),
    max_size=60,
)


@given(steps)
def test_books_balance_whatever_happens_between_sdks_and_replicas(script):
    platform, sdks = Platform(replicas=3), [PaperSdk("a"), PaperSdk("b")]
    for what, which, replica, events in script:
        _play(platform, sdks[which], what, replica, events)

    days = list(platform.days().values())

    for day in days:
        moved = day.moved
        assert moved.offered == (moved.delivered + moved.dropped + moved.rejected + moved.held)
        assert day.short == 0
    spoken = [sdk for sdk in sdks if sdk.sequence]
    assert sum(day.left for day in days) <= sum(sdk.pending for sdk in spoken) + _unheard(sdks)


def _unheard(sdks: Sequence[PaperSdk]) -> int:
    """What is dropped after the last report is still held, as far as anybody can know."""
    return sum(sdk.dropped for sdk in sdks)


def _play(platform: Platform, sdk: PaperSdk, what: str, replica: int, events: int) -> None:
    if what == "offer":
        sdk.offer(events)
    elif what == "midnight":
        platform.now_s += DAY_S
    elif what == "drop":
        gone = min(events, sdk.pending)
        sdk.pending -= gone
        sdk.dropped += gone
    else:
        batch = min(events, sdk.pending)
        rejected = batch // 2 if what == "refuse" else 0
        platform.take(sdk.header(), batch - rejected, rejected=rejected, replica=replica)
        if what != "lose":
            sdk.told(batch - rejected, rejected)


def test_a_request_that_comes_a_day_late_takes_nothing_back():
    platform, sdk = Platform(), PaperSdk()
    send(platform, sdk, 0)
    sdk.offer(5)
    delayed = sdk.header()
    sdk.offer(10)
    send(platform, sdk, 15)
    platform.now_s += DAY_S
    platform.take(delayed, 0, duplicates=5)

    first, second = platform.days().values()

    assert (first.moved.offered, first.moved.delivered) == (15, 15)
    assert (second.moved.offered, second.moved.delivered, second.again) == (0, 0, 5)
    assert (first.short, second.short) == (0, 0)
