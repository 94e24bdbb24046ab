"""
What logger SDKs say of themselves, day by day: from their reports to what moved.

Pure. A report counts from the start of its session, so a day is the newest report less that of
the day before. It was written before its own request was answered; what was answered to that
request is taken into the books, so that a session's last word is not out by a batch.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Self

from recommender_store.ledger.page import Answered, Page, Report, Session, sum_of

SILENT_AFTER_S = 900.0
"""An SDK that holds events tries every 30 s at least; one that says nothing for so long is gone."""


@dataclass(frozen=True)
class Books:
    """One session's counts, or how they moved: what it offered is the sum of the next five."""

    offered: int = 0
    delivered: int = 0
    pending: int = 0
    spooled: int = 0
    dropped: int = 0
    rejected: int = 0
    adopted: int = 0

    def __sub__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def held(self) -> int:
        return self.pending + self.spooled


@dataclass(frozen=True)
class SdkDay:
    """All sessions of one day."""

    sessions: int = 0
    moved: Books = field(default_factory=Books)
    held_before: int = 0
    answered: Answered = field(default_factory=Answered)
    """By the platform, to these sessions."""
    short: int = 0
    """Delivered as sessions say, and answered by nobody."""
    again: int = 0
    """Answered more than once, since an answer was lost on its way."""
    talking: int = 0
    """Held by sessions that spoke a short while ago."""
    left: int = 0
    """Held by sessions that fell silent: in memory or on disk, at their last word."""
    left_in_memory: int = 0
    fetched: int = 0
    """Of what was left: delivered since by later processes that adopted a spool."""

    @property
    def missing(self) -> int:
        """Left in memory and fetched by nobody."""
        return min(self.left_in_memory, self.left - self.fetched)

    @property
    def waiting(self) -> int:
        """Left on disk, as far as is known: the next process on that machine delivers them."""
        return self.left - self.fetched - self.missing


@dataclass(frozen=True)
class _Moved:
    """One session on one day."""

    moved: Books
    held_before: int
    after: Books
    answered: Answered

    @property
    def surplus(self) -> int:
        """
        Answered beyond what it knows to be delivered; below 0: short.

        What it adopted counts as adopted once it is settled, rejected or not.
        """
        known = self.moved.delivered + self.moved.adopted
        taken = self.answered.accepted + self.answered.duplicates
        return taken + min(self.answered.rejected, max(self.moved.adopted, 0)) - known


def sdk_days(pages: Iterable[Page], now_s: float) -> dict[str, SdkDay]:
    """By day; pages of earlier days tell where a session stood before, of later ones its end."""
    by_day: dict[str, dict[str, Session]] = defaultdict(dict)
    for page in pages:
        sessions = by_day[page.day]
        for name, session in page.sessions.items():
            sessions[name] = _merged(sessions.get(name), session)
    last_day = {name: day for day in sorted(by_day) for name in by_day[day]}
    known: dict[str, tuple[int, Books]] = {}
    days = {}
    for day in sorted(by_day):
        moves = {name: _move(known, name, one) for name, one in by_day[day].items()}
        ended = {
            name: now_s - one.heard_at_s > SILENT_AFTER_S
            for name, one in by_day[day].items()
            if last_day[name] == day
        }
        days[day] = _sum(moves, ended)
    return _fetched(days)


def _merged(one: Session | None, other: Session) -> Session:
    """What two replicas heard of one session."""
    if one is None:
        return other
    newest = max(one, other, key=lambda session: session.newest.sequence)
    return Session(
        sdk=newest.sdk,
        first=min(one.first, other.first, key=lambda report: report.sequence),
        newest=newest.newest,
        heard_at_s=max(one.heard_at_s, other.heard_at_s),
        answered=sum_of([one.answered, other.answered]),
        last=newest.last,
    )


def _books(report: Report, last: Answered) -> Books:
    """A report with what was answered to its own request: its own events first, then adopted."""
    own = min(last.total, report.pending + report.spooled)
    rejected = min(last.rejected, own)
    from_memory = min(own, report.pending)
    return Books(
        offered=report.offered,
        delivered=report.delivered + own - rejected,
        pending=report.pending - from_memory,
        spooled=report.spooled - (own - from_memory),
        dropped=report.dropped,
        rejected=report.rejected + rejected,
        adopted=report.adopted + last.total - own,
    )


def _move(known: dict[str, tuple[int, Books]], name: str, session: Session) -> _Moved:
    sequence, before = known.get(name, (0, Books()))
    if name not in known and session.first.sequence > 1:
        sequence, before = 0, _books(session.first, Answered())
    after = before
    if session.newest.sequence > sequence:
        after = _books(session.newest, session.last)
        sequence = session.newest.sequence
    known[name] = (sequence, after)
    return _Moved(after - before, before.held, after, session.answered)


def _sum(moves: Mapping[str, _Moved], ended: Mapping[str, bool]) -> SdkDay:
    """`ended`: of each session that is not heard of later, whether it fell silent."""
    moved = sum((one.moved for one in moves.values()), Books())
    silent = [moves[name].after for name, is_silent in ended.items() if is_silent]
    talking = [moves[name].after for name, is_silent in ended.items() if not is_silent]
    return SdkDay(
        sessions=len(moves),
        moved=moved,
        held_before=sum(one.held_before for one in moves.values()),
        answered=sum_of([one.answered for one in moves.values()]),
        short=sum(max(-one.surplus, 0) for one in moves.values()),
        again=sum(max(one.surplus, 0) for one in moves.values()),
        talking=sum(one.held for one in talking),
        left=sum(one.held for one in silent),
        left_in_memory=sum(one.pending for one in silent),
    )


def _fetched(days: Mapping[str, SdkDay]) -> dict[str, SdkDay]:
    """Let what was adopted on each day settle what was left by then, the oldest first."""
    fetched: dict[str, int] = dict.fromkeys(days, 0)
    for day in days:
        adopted = max(days[day].moved.adopted, 0)
        for earlier in days:
            if earlier > day:
                break
            part = min(adopted, days[earlier].left - fetched[earlier])
            fetched[earlier] += part
            adopted -= part
    return {day: replace(one, fetched=fetched[day]) for day, one in days.items()}
