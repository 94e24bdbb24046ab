"""
One day's figures as they are shown: sums, checks, and what was lost for a known reason.

Pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from recommender_store.ledger.page import Page
from recommender_store.runs.counted import CountedDay

from .checks import Figures, checks_of
from .document import InLog, InTraining, LedgerDay, Loss, OfferedBySdks, Received, worst
from .sessions import SdkDay


def day_shown(figures: Figures, pages: list[Page], run_id: str) -> LedgerDay:
    checks = checks_of(figures)
    return LedgerDay(
        day=figures.day,
        state=worst([check.state for check in checks]),
        unaccounted=sum(check.unaccounted for check in checks),
        offered=_offered(figures.sdk),
        received=_received(figures, pages),
        log=InLog(
            accepted=figures.lines,
            pending=figures.pending,
            in_parquet=figures.in_parquet,
            **figures.flow.model_dump(exclude={"compacted"}),
        ),
        training=_training(figures.trained, run_id),
        checks=checks,
        losses=_losses(figures, pages),
        notes=_notes(figures, pages),
    )


def _training(trained: CountedDay | None, run_id: str) -> InTraining | None:
    if trained is None:
        return None
    return InTraining(
        run_id=run_id, read=trained.read, used=trained.used, left_out=trained.left_out
    )


def _offered(sdk: SdkDay) -> OfferedBySdks:
    moved = sdk.moved
    return OfferedBySdks(
        sessions=sdk.sessions,
        held_before=sdk.held_before,
        offered=moved.offered,
        delivered=moved.delivered,
        dropped=moved.dropped,
        rejected=moved.rejected,
        held=sdk.held_before + moved.held,
        adopted=moved.adopted,
    )


def _received(figures: Figures, pages: list[Page]) -> Received:
    answered = figures.answered
    others = sum(page.others.total for page in pages)
    return Received(
        events=answered.total,
        from_sdks=answered.total - others,
        from_others=others,
        accepted=answered.accepted,
        duplicates=answered.duplicates,
        rejected=answered.rejected,
        served=figures.served,
        rejected_by_code=_summed([page.rejected_by_code for page in pages]),
        refused_batches=_summed([page.refused_batches for page in pages]),
        unacknowledged=figures.unacknowledged,
    )


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))


def _losses(figures: Figures, pages: list[Page]) -> list[Loss]:
    """What did not get into the log and whose reason is known."""
    sdk = figures.sdk
    losses = []
    if sdk.moved.dropped > 0:
        sentence = (
            "SDKs let them go: the buffer or the spool was full, or every try failed; raise their "
            "bounds or give them a spool_dir"
        )
        losses.append(Loss(what="dropped_by_sdk", events=sdk.moved.dropped, sentence=sentence))
    own = sdk.moved.rejected - sdk.answered.rejected
    if own > 0:
        sentence = (
            "SDKs refused them as invalid, or the platform refused whole requests (key, tenant, "
            "size): the service's own log tells why"
        )
        losses.append(Loss(what="rejected_by_sdk", events=own, sentence=sentence))
    for code, count in _summed([page.rejected_by_code for page in pages]).items():
        sentence = f"refused by the platform with {code}: docs/errors.md says what to correct"
        losses.append(Loss(what=code, events=count, sentence=sentence))
    return losses


def _notes(figures: Figures, pages: list[Page]) -> list[str]:
    notes = []
    if not pages and figures.lines:
        notes.append("no replica counted on this day: the log is known, what was offered is not")
    crowd = sum(page.crowd_requests for page in pages)
    if crowd:
        notes.append(
            f"{crowd} requests came from more SDK sessions than are kept apart: what these "
            "offered is not known"
        )
    refused = sum(sum(page.refused_batches.values()) for page in pages)
    if refused:
        notes.append(f"{refused} requests could not be read as a whole: their events are unknown")
    return notes
