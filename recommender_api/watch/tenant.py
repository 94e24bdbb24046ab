"""
What is watched of one tenant: its model's age, what was measured of it, how its runs end, whether
its ledger adds up.

Read from the store, by whoever calls `look`; what was read before stays where that fails.
"""

from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from recommender_store.runs.live import LiveMeasure, live_measure
from recommender_store.runs.record import UNDER_WAY, Run
from recommender_store.tenant_space import TenantSpace

RUNS_LOOKED_AT = 20
"""The newest; a tenant whose last so many all failed is known to be in trouble."""
KILLED_AFTER = timedelta(hours=24)
"""A run that is under way for so long has most likely nobody who works at it."""
LEDGER_EVERY = timedelta(hours=1)
IN_VAIN = ("failed", "killed")
SAYS_NOTHING = ("cancelled", "queued", "running")
"""Of whether trainings work."""

Unaccounted = Callable[[TenantSpace, datetime], int]
"""How many events of the last whole day are unaccounted for."""


class WatchedTenant:
    """One tenant, as it was when it was last looked at."""

    def __init__(self, space: TenantSpace, unaccounted_of: Unaccounted) -> None:
        self._space = space
        self._unaccounted_of = unaccounted_of
        self._version: str | None = None
        self._is_known = False
        self._outcomes: dict[str, str] = {}
        self._ended: deque[str] = deque(maxlen=10 * RUNS_LOOKED_AT)
        self._ledger_due = datetime.min.replace(tzinfo=UTC)
        self.tenant_id = space.tenant_id
        self.data_until: datetime | None = None
        """Of the live model; None: there is none."""
        self.promoted_at: datetime | None = None
        self.measured: LiveMeasure | None = None
        """The newest look at the live model; None: nobody measured this version."""
        self.measured_at: datetime | None = None
        self.runs: Counter[tuple[str, str]] = Counter()
        """Kind and outcome → how many ended since this process began to watch."""
        self.unaccounted: int | None = None
        """None: not known yet."""

    @property
    def failed_in_a_row(self) -> int:
        """Trainings that failed, or were killed, since one that did not."""
        count = 0
        for outcome in reversed(self._outcomes.values()):
            if outcome in IN_VAIN:
                count += 1
            elif outcome not in SAYS_NOTHING:
                break
        return count

    def look(self, now: datetime) -> None:
        """
        Raises:
            StoreError: what could not be read is as it was.
        """
        self._look_at_model()
        self._look_at_runs(now)
        if now >= self._ledger_due:
            self.unaccounted = self._unaccounted_of(self._space, now)
            self._ledger_due = now + LEDGER_EVERY

    def _look_at_model(self) -> None:
        current = self._space.models.current()
        if current.version is None:
            self.data_until = self.promoted_at = None
        elif current.version != self._version:
            self.data_until = self._space.models.manifest(current.version).data_until
        self._version, self.promoted_at = current.version, current.since
        if self.measured is not None and self.measured.model_version != current.version:
            self.measured = self.measured_at = None

    def _look_at_runs(self, now: datetime) -> None:
        outcomes: dict[str, str] = {}
        for run_id in self._space.runs.ids()[-RUNS_LOOKED_AT:]:
            if run_id in self._ended:
                outcome = self._outcomes.get(run_id)
            else:
                run = self._space.runs.find(run_id)
                outcome = None if run is None else self._outcome(run, now)
            if outcome is not None:
                outcomes[run_id] = outcome
        self._outcomes, self._is_known = outcomes, True

    def _outcome(self, run: Run, now: datetime) -> str | None:
        """What counts of a training; None of anything else."""
        is_over = run.status not in UNDER_WAY
        if is_over:
            self._ended.append(run.run_id)
            if self._is_known:  # what ended before is no news
                self.runs[run.kind, run.status] += 1
        if run.status == "measured":
            self._keep(run)
        if run.kind != "training":
            return None
        return "killed" if not is_over and now - run.started_at > KILLED_AFTER else run.status

    def _keep(self, run: Run) -> None:
        """What a look at the live model found; runs are read from the oldest on."""
        found = live_measure(run)
        if found is not None and found.model_version == self._version:
            self.measured, self.measured_at = found, run.ended_at
