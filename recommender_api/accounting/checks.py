"""
The checks of one day: each holds two figures against each other that were counted apart.

Pure. A difference is explained, on its way, or unaccounted: then its sentence says what to look at.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from recommender_store.event_log.flow import DayFlow
from recommender_store.ledger.page import Answered
from recommender_store.runs.counted import CountedDay

from .document import Check, State
from .sessions import SdkDay


@dataclass(frozen=True)
class Figures:
    """Everything that is known of one day."""

    day: str
    sdk: SdkDay
    pages: int
    open_pages: int
    """Of these, by replicas that run still, or were killed."""
    answered: Answered
    served: int
    """Answers that the platform wrote down itself."""
    unacknowledged: int
    pending: int
    flow: DayFlow
    rows: int | None
    """Counted in the Parquet files, where that was asked."""
    is_settling: bool
    """Something was written so lately that its count may follow."""
    is_past_retention: bool
    trained: CountedDay | None

    @property
    def lines(self) -> int:
        """Ever made durable."""
        return self.pending + self.flow.compacted

    @property
    def in_parquet(self) -> int:
        return self.flow.held if self.rows is None else self.rows

    @property
    def uncounted(self) -> int:
        """In the log, and answered by no replica that could write its counts down."""
        return max(self.lines - self.counted, 0) if self.pages else 0

    @property
    def counted(self) -> int:
        """What the log must hold, as replicas counted."""
        return self.answered.accepted + self.served


def checks_of(figures: Figures) -> list[Check]:
    return list(_checks(figures))


def check_files(listed_rows: int, flow: Mapping[str, DayFlow]) -> Check:
    """The log as a whole: rows of the files that count, against what flowed in and out."""
    held = sum(one.held for one in flow.values())
    return _check(
        "files",
        ("rows of the Parquet files", listed_rows),
        ("rows that flowed in and not out again", held),
        sentence="Parquet files hold other rows than were taken in: run `recommender store check`",
    )


def _checks(figures: Figures) -> Iterator[Check]:
    if figures.sdk.sessions:
        yield _sdk_adds_up(figures.sdk)
        yield _sdk_delivered(figures)
        yield _left_behind(figures.sdk)
    if figures.pages and not figures.is_past_retention:
        yield _received(figures)
    yield _parquet(figures)
    if figures.trained is not None:
        yield from _training(figures, figures.trained)


def _check(
    name: str,
    left: tuple[str, int],
    right: tuple[str, int],
    *,
    state: State | None = None,
    unaccounted: int | None = None,
    sentence: str = "",
) -> Check:
    """A check; unless `unaccounted` says another number, its whole difference is."""
    difference = left[1] - right[1]
    missing = abs(difference) if unaccounted is None else unaccounted
    is_quiet = not difference and not missing
    return Check(
        name=name,
        left=left[0],
        left_events=left[1],
        right=right[0],
        right_events=right[1],
        difference=difference,
        state=state or ("unaccounted" if missing else "balanced"),
        unaccounted=missing,
        sentence="" if is_quiet and state != "in flight" else sentence,
    )


def _sdk_adds_up(sdk: SdkDay) -> Check:
    moved = sdk.moved
    return _check(
        "sdk_adds_up",
        ("held before and offered", sdk.held_before + moved.offered),
        (
            "delivered, dropped, rejected and held",
            moved.delivered + moved.dropped + moved.rejected + sdk.held_before + moved.held,
        ),
        sentence="the reports of a logger SDK do not add up: upgrade it, or look who else sends "
        "the header X-Recommender-SDK",
    )


def _sdk_delivered(figures: Figures) -> Check:
    sdk = figures.sdk
    answered = sdk.answered.accepted + sdk.answered.duplicates
    explained = min(sdk.short, figures.uncounted)
    said = []
    if sdk.short:
        said.append(
            f"SDKs took {sdk.short} events for delivered that no replica counted; "
            f"{explained} lie in the log"
        )
    if sdk.short > explained:
        killed = f"{figures.open_pages} of {figures.pages} replicas did not say goodbye"
        said.append(
            f"{killed}: one that is killed forgets the last seconds of duplicates it counted; "
            "else something between SDK and platform answers 202 by itself"
        )
    if sdk.again:
        said.append(f"{sdk.again} were answered again, since an answer was lost or is on its way")
    return _check(
        "sdk_delivered",
        ("delivered and adopted, as SDKs say", sdk.moved.delivered + sdk.moved.adopted),
        ("accepted or known, as SDKs were answered", answered),
        unaccounted=sdk.short - explained,
        sentence="; ".join(said),
    )


def _left_behind(sdk: SdkDay) -> Check:
    said = []
    if sdk.missing:
        said.append(
            f"sessions fell silent while they held {sdk.missing} events in memory: a process was "
            "killed, or cannot reach the platform; with a spool_dir the next process on that "
            "machine delivers them, without one they are lost"
        )
    if sdk.waiting:
        said.append(
            f"{sdk.waiting} wait on disks for the next process with the same spool_dir to start"
        )
    if sdk.talking:
        said.append(f"{sdk.talking} are held by sessions that are sending")
    return _check(
        "left_behind",
        ("held by sessions that fell silent", sdk.left),
        ("delivered since by later processes", sdk.fetched),
        state=None if sdk.missing or not sdk.waiting + sdk.talking else "in flight",
        unaccounted=sdk.missing,
        sentence="; ".join(said),
    )


def _received(figures: Figures) -> Check:
    surplus = figures.lines - figures.counted
    sides = (
        ("accepted, as replicas answered, and written by themselves", figures.counted),
        ("accepted, as the log holds", figures.lines),
    )
    if surplus <= 0:
        return _check(
            "received",
            *sides,
            sentence=f"{-surplus} events were acknowledged and are not in the log: this must not "
            "be; keep the store as it is and run `recommender store check`",
        )
    if surplus <= figures.unacknowledged:
        return _check(
            "received",
            *sides,
            unaccounted=0,
            sentence=f"{surplus} were written though the write reported an error; "
            "their senders tried again, and readers keep each once",
        )
    if figures.is_settling:
        return _check(
            "received", *sides, state="in flight", unaccounted=0, sentence="not counted yet"
        )
    if figures.open_pages:
        return _check(
            "received",
            *sides,
            unaccounted=0,
            sentence=f"{figures.open_pages} of {figures.pages} replicas did not say goodbye: "
            f"{surplus} events are safe in the log, and their count was lost with a replica",
        )
    return _check(
        "received",
        *sides,
        sentence=f"{surplus} events are in the log that no replica counted: nothing is lost; a "
        "replica was killed within its first seconds, or they came by another way",
    )


def _parquet(figures: Figures) -> Check:
    flow = figures.flow
    gone = flow.folded + flow.expired + flow.erased
    return _check(
        "parquet",
        ("accepted and imported", figures.lines + flow.imported),
        (
            "in Parquet, pending, folded, expired and erased",
            figures.in_parquet + figures.pending + gone,
        ),
        sentence="the Parquet files do not hold what was taken in: run `recommender store check`",
    )


def _training(figures: Figures, trained: CountedDay) -> Iterator[Check]:
    yield _check(
        "training_read",
        ("read by the training", trained.read),
        ("used and left out", trained.used + sum(trained.left_out.values())),
        sentence="the training lost events between reading and using them",
    )
    gone = figures.flow.expired + figures.flow.erased - trained.gone
    there = figures.in_parquet + figures.pending + gone
    came = there - trained.read
    lacking = max(-came, trained.in_parquet - trained.read, 0)
    sentence = f"{came} came after the last training, or are twins that are not folded yet"
    if lacking:
        sentence = "the training and the log disagree: run `recommender store check`"
    yield _check(
        "training",
        ("in the log and not removed since", there),
        ("read by the last training", trained.read),
        state="in flight" if came > 0 and not lacking else None,
        unaccounted=lacking,
        sentence=sentence,
    )
