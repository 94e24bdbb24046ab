"""
What a tenant can set, with the platform's defaults.

Frozen records: read from the newest revision of the tenant's settings chain, never edited in
place. An unknown name is an error, so that a typing mistake never becomes a silent default.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from .canary import CanarySettings
from .places import checked_prefix
from .quotas import Quotas
from .schedule import checked_schedule, shortest_gap

TenantClass = Literal["small", "medium", "large", "spark"]
AttributeTypeName = Literal["string", "number", "boolean", "time", "strings"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class TrainingSettings(_Record):
    """When the tenant is trained, with what, and how its log becomes a dataset."""

    schedule: Annotated[str, AfterValidator(checked_schedule)] | None = "1d"
    """An interval (`6h`, `1d`) or a cron line in UTC, for whoever trains all tenants; null: never.
    """
    resources: TenantClass = "small"
    """How large the jobs of a training are; `spark`: a training on Spark."""
    window_days: int | None = Field(default=None, ge=1)
    """How far back from the newest event the training looks; null: as far as the log goes."""
    kind_weights: dict[str, Annotated[float, Field(le=1e6)]] = Field(
        default_factory=lambda: {
            "view": 1.0,
            "click": 1.0,
            "favorite": 3.0,
            "cart": 3.0,
            "purchase": 5.0,
            "rating": 3.0,
        }
    )
    """What one event of a kind says for the item; a kind that is not named counts nothing."""
    positive_rating: float = 3.0
    """Ratings below this say nothing for the item."""
    minimum_interactions: int = Field(default=500, ge=1)
    """Fewer than this many user-item pairs are no basis for a model."""
    test_share: float = Field(default=0.05, gt=0, lt=0.5)
    """The newest share of the events that is held out where the last day is too thin."""
    age_half_life_days: float | None = Field(default=None, gt=0)
    """After so many days an event speaks half as loud; null: half of the period of the log."""
    popularity_half_life_days: float = Field(default=30.0, gt=0)
    popularity_window_days: float | None = Field(default=None, gt=0)
    """Only the events of so many newest days make anything popular; null: all, the old ones less.
    """
    cohort_attribute: str | None = Field(default=None, min_length=1)
    """An item attribute by whose values a training is measured too; null: by none."""
    search_cpu_s: float = Field(default=1800.0, gt=0)
    """CPU-seconds that the recipe `search` may spend, the last fit included."""
    warm_start: bool = True
    """Whether `als`, alone or in a blend, goes on from the factors that are live."""
    warm_minimum_interactions: int = Field(default=20_000, ge=1)
    """With fewer user-item pairs a fit from nothing takes a blink, and a warm one loses more."""
    cold_every: int = Field(default=7, ge=1)
    """Each so-many-th training begins from nothing all the same; 1: every one."""
    resume_hours: float = Field(default=6.0, ge=0)
    """A training that died is gone on with for so long, with the log as it was then; 0: never."""
    canary: CanarySettings = CanarySettings()
    """Whether a new bundle answers a part of the users first, and what decides then."""

    @field_validator("canary")
    @classmethod
    def _ends_before_the_next(cls, canary: CanarySettings, info: ValidationInfo) -> CanarySettings:
        schedule = info.data.get("schedule")
        gap = None if schedule is None else shortest_gap(schedule)
        if canary.enabled and gap is not None and canary.maximum >= gap:
            hours = gap.total_seconds() / 3600
            raise ValueError(
                f"the next training would end each canary before it is decided: maximum_hours has "
                f"to be less than the {hours:g} h between two trainings (training.schedule)"
            )
        return canary


class Check(_Record):
    """One check of the data before a training; each can be switched off."""

    enabled: bool = True


class IdentityCheck(Check):
    """Ids that cannot be ids: one for all, or a new one for every visit."""

    constant_share: float = Field(default=0.5, gt=0, le=1)
    """A user with more of all events than this is a default id: refused; an item: a warning."""


class BotsCheck(Check):
    """Users who do what no person does; they are left out of the training."""

    minimum_events: int = Field(default=1_000, ge=1)
    """Fewer events than this are never a bot's."""
    times_usual: float = Field(default=50.0, gt=1)
    """So many times the events of a busy user (the 95th of 100) make a bot."""
    refuse_share: float = Field(default=0.5, gt=0, le=1)
    """Bots with more of all events than this are refused instead of left out."""


class VolumeCheck(Check):
    """Events by day against the log's own history."""

    drop: float = Field(default=0.5, gt=0, lt=1)
    """A day that lost less than this share is never suspicious."""
    spike: float = Field(default=0.8, gt=0)
    """A day that won less than this share is never suspicious."""
    decline: float = Field(default=0.3, gt=0, lt=1)
    """Three weeks that lost less than this share are never suspicious."""


class KindsCheck(Check):
    """Kinds of events that used to come and do not any more."""

    minimum_events: int = Field(default=8, ge=1)
    """A kind is missed where at least so many of its events were to be expected."""


class CatalogCheck(Check):
    """Events on items that the catalog does not hold; only where there is a catalog."""

    unknown_share: float = Field(default=0.3, gt=0, le=1)


class RenamedCheck(Check):
    """A day most of whose events are on items never seen before."""

    newcomer_share: float = Field(default=0.5, gt=0, le=1)


class ClockCheck(Check):
    """Gaps, days that stand beside their place, hours that moved."""

    gap_hours: float = Field(default=12.0, gt=0)
    """A shorter silence is never suspicious."""


class DuplicatesCheck(Check):
    """The same user, item and kind within a second, under different ids."""

    warn_share: float = Field(default=0.1, gt=0, le=1)
    refuse_share: float = Field(default=0.2, gt=0, le=1)


class LeakCheck(Check):
    """A test period of what the training has already seen."""

    repeat_share: float = Field(default=0.8, gt=0, le=1)
    """A test that repeats less of the past than this is never suspicious."""


class ShiftCheck(Check):
    """Distributions against those that the current model was trained on, by PSI."""

    warn_at: float = Field(default=0.25, gt=0)
    refuse_at: float = Field(default=1.0, gt=0)


class CheckSettings(_Record):
    """What the data of a training must not look like."""

    identity: IdentityCheck = IdentityCheck()
    bots: BotsCheck = BotsCheck()
    volume: VolumeCheck = VolumeCheck()
    kinds: KindsCheck = KindsCheck()
    catalog: CatalogCheck = CatalogCheck()
    renamed: RenamedCheck = RenamedCheck()
    clock: ClockCheck = ClockCheck()
    duplicates: DuplicatesCheck = DuplicatesCheck()
    leak: LeakCheck = LeakCheck()
    shift: ShiftCheck = ShiftCheck()


class GateSettings(_Record):
    """What a model must show before it goes live."""

    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    margin: float = Field(default=0.05, ge=0, lt=1)
    """Share of the current model's NDCG: a loss that matters."""
    likely_worse: float = Field(default=0.6, ge=0.5, lt=1)
    """Where a loss of the margin cannot be ruled out: how likely any loss may be."""
    trivial: float = Field(default=0.002, ge=0, lt=1)
    """Share of the current model's NDCG: a loss that is none, however well it is proven."""
    minimum_test_users: int = Field(default=30, ge=1)
    minimum_coverage: float = Field(default=0.02, ge=0, le=1)
    """Share of the catalog that the test answers must reach."""
    maximum_empty: float = Field(default=0.1, ge=0, le=1)
    """Share of the questions that may get no answer of the slot's own."""
    minimum_share_of_current_coverage: float = Field(default=0.5, ge=0, le=1)
    """A model that reaches less than this share of what the current one reaches has collapsed."""
    minimum_index_recall: float = Field(default=0.95, ge=0, le=1)
    """Share of the exact best items that a model's index must find."""
    maximum_slot_mb: int = Field(default=4_096, ge=1)
    """Size of one slot's files."""
    answer_timeout_s: float = Field(default=120.0, gt=0)
    """How long a fresh process may take to open the bundle and to answer."""


class ServingSettings(_Record):
    """How answers are made."""

    popular_by: str | None = Field(default=None, min_length=1)
    """An item attribute: a short answer is completed with what is popular among items that share
    the seed's value first; null: with what is popular at all.
    """
    trace_share: float = Field(default=0.01, ge=0, le=1)
    """The share of answers that are written down, to be looked up by their `recommendation_id`;
    those with `explain` always are.
    """


class RetentionSettings(_Record):
    """How long what need not be kept for ever is kept; `recommender store prune` removes it."""

    events_days: int | None = Field(default=None, ge=1)
    """Events that occurred more whole UTC days ago go; null: none."""
    models_previous: int = Field(default=3, ge=1)
    """How many of the models that were current stay beside the one that is."""
    models_days: int = Field(default=14, ge=0)
    """Models younger than this stay too."""
    run_files_days: int = Field(default=7, ge=1)
    """What a training that died left for its next step goes after this; its record stays."""


class ImportSettings(_Record):
    """From where logs may be imported over REST."""

    prefixes: tuple[Annotated[str, AfterValidator(checked_prefix)], ...] = ()
    """Buckets and folders (`s3://drops/shop/`, `file:///srv/drops/shop/`); an admin lists them."""


class HookSettings(_Record):
    """Installed code that the tenant's rules may call."""

    allowed: tuple[str, ...] = ()
    """Names of the entry points; an admin lists them."""
    budget_ms: float = Field(default=5.0, gt=0, le=1_000)
    """How long an answer waits for its hooks; one that takes longer loses its process."""


class TenantSettings(_Record):
    """One tenant: its name and everything it may set."""

    id: str
    name: str = Field(min_length=1, max_length=200)
    created_at: datetime
    attribute_types: dict[str, AttributeTypeName] = Field(default_factory=dict)
    """Of item attributes; one that is not named takes the type of its first value."""
    training: TrainingSettings = TrainingSettings()
    checks: CheckSettings = CheckSettings()
    gate: GateSettings = GateSettings()
    serving: ServingSettings = ServingSettings()
    retention: RetentionSettings = RetentionSettings()
    hooks: HookSettings = HookSettings()
    imports: ImportSettings = ImportSettings()
    pseudonymize_users: bool = False
    """Hold keyed pseudonyms in place of the users' ids; to be said before the first event."""
    quotas: Quotas = Quotas()
    """What it may use; an admin's to say."""

    @model_validator(mode="after")
    def _writes_down_what_a_canary_is_judged_by(self) -> Self:
        if self.training.canary.enabled and not self.serving.trace_share:
            raise ValueError(
                "a canary (training.canary) is judged by the answers that are written down: "
                "serving.trace_share has to be above 0"
            )
        return self
