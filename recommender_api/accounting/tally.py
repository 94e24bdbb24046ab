"""
Count one tenant's events as they come in, a page a day.

Called once a request from one thread, costs a few microseconds and never fails a request: a report
of an SDK that cannot be read counts as none. What is counted here is answers; what was accepted,
the log knows better.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from functools import lru_cache
from string import ascii_letters, digits
from typing import Any, Self

from loggers_sdk.wire import SdkReport, read_report
from recommender_api.errors import BodyMalformed, RequestInvalid
from recommender_store.ledger.page import Answered, Page, Report, Session, encode_page

SESSIONS_LIMIT = 4_000
"""SDK sessions kept apart, a tenant, day and replica; the others are summed. 2 MB at the most."""
HEADER_LIMIT = 1_000
"""Characters; an honest report has under 350."""

_SAFE = frozenset(ascii_letters + digits + "-_./ ")


class Tally:
    """What this replica counted of one tenant; pages of days gone by are let go once written."""

    def __init__(self, replica: str, clock: Callable[[], float] = time.time) -> None:
        self._replica = replica
        self._clock = clock
        self._pages: dict[str, Page] = {}
        self._changed: set[str] = set()
        self._inside = 0

    @property
    def is_due(self) -> bool:
        """Whether there is anything to write down."""
        return bool(self._changed or self._over())

    @property
    def has_new_page(self) -> bool:
        """Whether a day was begun of which nothing was written yet."""
        return any(not page.written_at_s for page in self._pages.values())

    def entry(self, now_s: float, sdk: str | None, *, is_trial: bool = False) -> "Entry":
        """
        A request that came in at `now_s`; `sdk` is its header `X-Recommender-SDK`.

        A trial stores nothing and is not counted.
        """
        day = day_of(now_s)
        page = None if is_trial else self._pages.get(day)
        if page is None:
            page = Page(replica=self._replica, day=day)
        if is_trial:
            return Entry(self, page, page.others)
        self._pages[day] = page
        self.note(day)
        report = _report(sdk)
        if report is None:
            return Entry(self, page, page.others)
        session = page.sessions.get(report.session)
        if session is None and len(page.sessions) >= SESSIONS_LIMIT:
            page.crowd_requests += 1
            return Entry(self, page, page.crowd)
        session = _heard(page, session, report, now_s)
        return Entry(self, page, session.answered, session, report.sequence)

    def note(self, day: str) -> None:
        """Something of this day's page is to be written."""
        self._changed.add(day)

    def enter(self) -> None:
        """A request is inside: no page is closed before it is answered."""
        self._inside += 1

    def leave(self, page: Page) -> None:
        """It was answered."""
        self._inside -= 1
        if page.day in self._pages:
            self.note(page.day)

    def take(self, *, goodbye: bool = False) -> dict[str, bytes]:
        """
        Day → its page, encoded, of all that is to be written; `goodbye` closes them all.

        What could not be written is to be noted again.
        """
        over = self._over()
        chosen = set(self._pages) if goodbye else self._changed | over
        self._changed.clear()
        for day in chosen:
            self._pages[day].is_closed = goodbye or day in over
            self._pages[day].written_at_s = self._clock()
        return {day: encode_page(self._pages[day]) for day in sorted(chosen)}

    def let_go(self, day: str) -> None:
        """This page was written: it need not be kept where it is closed and was not changed."""
        page = self._pages.get(day)
        if page is not None and page.is_closed and day in self._over() - self._changed:
            del self._pages[day]

    def _over(self) -> set[str]:
        if self._inside:
            return set()
        today = day_of(self._clock())
        return {day for day in self._pages if day < today}


class Entry:
    """One request until it is answered; to be used in a `with`, which tells apart how it ended."""

    __slots__ = ("_answered", "_page", "_sequence", "_session", "_tally", "attempted")

    def __init__(
        self,
        tally: Tally,
        page: Page,
        answered: Answered,
        session: Session | None = None,
        sequence: int = 0,
    ) -> None:
        self._tally = tally
        self._page = page
        self._answered = answered
        self._session = session
        self._sequence = sequence
        self.attempted = 0
        """Events that are being written: of a write that fails nobody knows how it ended."""

    def settle(self, accepted: int, duplicates: int, rejections: Sequence[dict[str, Any]]) -> None:
        """It is answered: so many events of each verdict."""
        self.attempted = 0
        _add(self._answered, accepted, duplicates, len(rejections))
        session = self._session
        if session is not None and session.newest.sequence == self._sequence:
            _add(session.last, accepted, duplicates, len(rejections))
        counts = self._page.rejected_by_code
        for one in rejections:
            counts[one["code"]] = counts.get(one["code"], 0) + 1

    def settle_served(self, count: int) -> None:
        """It was no request: the platform wrote down so many of its answers."""
        self.attempted = 0
        self._page.served = self._page.served_count + count

    def __enter__(self) -> Self:
        self._tally.enter()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._page.unacknowledged += self.attempted
        if isinstance(error, BodyMalformed | RequestInvalid):
            refused = self._page.refused_batches
            refused[error.code] = refused.get(error.code, 0) + 1
        self._tally.leave(self._page)


def _heard(page: Page, session: Session | None, report: SdkReport, now_s: float) -> Session:
    said = Report(
        sequence=report.sequence,
        offered=report.offered,
        delivered=report.delivered,
        spooled=report.spooled,
        pending=report.pending,
        dropped=report.dropped,
        rejected=report.rejected,
        adopted=report.adopted,
    )
    if session is None:
        session = Session(
            sdk=report.sdk,
            first=said,
            newest=said,
            heard_at_s=now_s,
            answered=Answered(),
            last=Answered(),
        )
        page.sessions[report.session] = session
        return session
    session.heard_at_s = max(session.heard_at_s, now_s)
    if said.sequence < session.first.sequence:
        session.first = said
    if said.sequence > session.newest.sequence:
        session.newest, session.last = said, Answered()
    return session


def _report(sdk: str | None) -> SdkReport | None:
    if sdk is None or len(sdk) > HEADER_LIMIT:
        return None
    with suppress(ValueError):
        report = read_report(sdk)
        if report is not None and report.session and _SAFE.issuperset(report.session + report.sdk):
            return report
    return None


def _add(answered: Answered, accepted: int, duplicates: int, rejected: int) -> None:
    answered.accepted += accepted
    answered.duplicates += duplicates
    answered.rejected += rejected


def day_of(now_s: float) -> str:
    return _day(int(now_s // 86_400))


@lru_cache(maxsize=4)
def _day(days_since_1970: int) -> str:
    return date.fromordinal(date(1970, 1, 1).toordinal() + days_since_1970).isoformat()
