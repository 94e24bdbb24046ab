"""
What can end a training, each with a stable code.

    TrainerError
    ├── Refusal            the data or the gate said no: not a failure, its own exit code
    │   ├── DataRefused    its reason says why: log_empty, or the code of a check's finding
    │   ├── GateRefused    gate_refused
    │   └── QuotaRefused   quota_refused
    ├── RecipeUnknown      recipe_unknown
    ├── ParameterInvalid   parameter_invalid
    ├── ModelDiverged      model_diverged
    ├── CatalogTooLarge    catalog_too_large
    ├── SplitMalformed     split_malformed
    ├── RecipeNotOnSpark   recipe_not_on_spark
    ├── SparkMissing       spark_missing
    ├── JavaMissing        java_missing
    ├── SparkUnavailable   spark_unavailable
    ├── SparkFailed        spark_failed
    ├── NothingToExport    nothing_to_export
    ├── StepUnknown        step_unknown
    ├── StepMissing        step_missing
    ├── OptionsDiffer      options_differ
    ├── RunTakenOver       run_taken_over
    ├── MemoryExhausted    memory_exhausted
    ├── WorkspaceFull      workspace_full
    └── WorkspaceReadOnly  workspace_read_only
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class TrainerError(Exception):
    """The root: anything that ends a training."""

    code: ClassVar[str] = "trainer_error"


class Refusal(TrainerError):
    """Data or gate said no. Nothing is broken, and the current model goes on serving."""

    code: ClassVar[str] = "refused"

    def __init__(self, sentence: str, result: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.result = dict(result or {})
        """What the step that ends here leaves in the run's record all the same."""


class DataRefused(Refusal):
    """The log is no basis for a model; `reason` is the stable code of the first finding."""

    code: ClassVar[str] = "data_refused"

    def __init__(
        self, *, reason: str, sentence: str, result: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(sentence, result)
        self.reason = reason


class GateRefused(Refusal):
    """None of the models passed; `sentences` says why of each slot."""

    code: ClassVar[str] = "gate_refused"

    def __init__(
        self, *, sentences: Mapping[str, str], result: Mapping[str, Any] | None = None
    ) -> None:
        reasons = " | ".join(f"{slot}: {sentence}" for slot, sentence in sentences.items())
        super().__init__(f"the gate let no model in. {reasons}", result)
        self.sentences = dict(sentences)


class QuotaRefused(Refusal):
    """The tenant may not: `quota` names the setting that says so."""

    code: ClassVar[str] = "quota_refused"

    def __init__(self, *, quota: str, sentence: str) -> None:
        super().__init__(f"{quota}: {sentence}. A platform admin can raise it")
        self.quota = quota


class RecipeUnknown(TrainerError):
    """There is no recipe of this name for any slot."""

    code: ClassVar[str] = "recipe_unknown"

    def __init__(self, *, recipe: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no recipe '{recipe}': choose among {', '.join(known)}")
        self.recipe = recipe


class ParameterInvalid(TrainerError):
    """A recipe's parameter is out of its range."""

    code: ClassVar[str] = "parameter_invalid"

    def __init__(self, *, recipe: str, detail: str) -> None:
        super().__init__(f"the recipe '{recipe}' cannot be run like this: {detail}")
        self.recipe = recipe
        self.detail = detail


class ModelDiverged(TrainerError):
    """A fit ended in numbers that are none."""

    code: ClassVar[str] = "model_diverged"

    def __init__(self, *, recipe: str) -> None:
        super().__init__(
            f"the recipe '{recipe}' diverged: its result is not finite; give it more "
            "regularization, or look for kinds of events with extreme weights"
        )
        self.recipe = recipe


class CatalogTooLarge(TrainerError):
    """A recipe whose memory grows with the square of the catalog was given too large a one."""

    code: ClassVar[str] = "catalog_too_large"

    def __init__(self, *, recipe: str, items: int, needed_mb: int, limit_mb: int) -> None:
        super().__init__(
            f"the recipe '{recipe}' needs {needed_mb} MB for a matrix of {items} × {items} items "
            f"and may take {limit_mb}: raise its memory_limit_mb on a larger machine, or choose "
            "graph_filter or als, which grow with the events"
        )
        self.recipe = recipe
        self.items = items
        self.needed_mb = needed_mb
        self.limit_mb = limit_mb


class SplitMalformed(TrainerError):
    """A split that somebody else made cannot be read; `line` is None where no line is at fault."""

    code: ClassVar[str] = "split_malformed"

    def __init__(self, *, path: str, line: int | None, reason: str) -> None:
        where = path if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class RecipeNotOnSpark(TrainerError):
    """The recipe is fitted on one machine only."""

    code: ClassVar[str] = "recipe_not_on_spark"

    def __init__(self, *, recipe: str, known: Sequence[str]) -> None:
        super().__init__(
            f"the recipe '{recipe}' is not fitted on Spark: choose among {', '.join(known)}, or "
            "train with --engine local"
        )
        self.recipe = recipe


class SparkMissing(TrainerError):
    """The packages that the engine needs are not installed."""

    code: ClassVar[str] = "spark_missing"

    def __init__(self, *, module: str) -> None:
        super().__init__(
            f"the engine spark needs {module}, which is not installed: "
            "pip install 'recommender-platform[spark]'"
        )
        self.module = module


class JavaMissing(TrainerError):
    """Spark runs on Java, and there is none."""

    code: ClassVar[str] = "java_missing"

    def __init__(self) -> None:
        super().__init__(
            "the engine spark needs Java 17 or newer, and neither JAVA_HOME nor PATH leads to one: "
            "install a JRE (Debian, Ubuntu: apt-get install default-jre-headless)"
        )


class SparkUnavailable(TrainerError):
    """No session could be opened on the master."""

    code: ClassVar[str] = "spark_unavailable"

    def __init__(self, *, master: str, reason: str) -> None:
        super().__init__(
            f"Spark could not be started on '{master}' ({reason}): correct "
            "RECOMMENDER_SPARK_MASTER, such as local[*] or k8s://https://HOST:443, or "
            "RECOMMENDER_SPARK_CONF"
        )
        self.master = master
        self.reason = reason


class SparkFailed(TrainerError):
    """A job on Spark ended in an error of Spark's own."""

    code: ClassVar[str] = "spark_failed"

    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"a job on Spark failed ({reason}): look at the logs of the executors; where memory "
            "ran out, give them more by RECOMMENDER_SPARK_CONF and train again, the training goes "
            "on behind its last step"
        )
        self.reason = reason


class NothingToExport(TrainerError):
    """The bundle has no user-to-item model."""

    code: ClassVar[str] = "nothing_to_export"

    def __init__(self, *, version: str) -> None:
        super().__init__(
            f"the model {version} has nothing in its slot for_you: train until the gate lets one in"
        )
        self.version = version


class StepUnknown(TrainerError):
    """A training has no step of this name."""

    code: ClassVar[str] = "step_unknown"

    def __init__(self, *, step: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no step '{step}': the steps are {', '.join(known)}")
        self.step = step


class StepMissing(TrainerError):
    """A step needs what an earlier one of the same run leaves."""

    code: ClassVar[str] = "step_missing"

    def __init__(self, *, step: str, needs: str, run_id: str) -> None:
        super().__init__(f"the step '{step}' of run {run_id} needs '{needs}' to be run first")
        self.step = step
        self.needs = needs
        self.run_id = run_id


class OptionsDiffer(TrainerError):
    """The steps of one run are to be run with the same options."""

    code: ClassVar[str] = "options_differ"

    def __init__(self, *, run_id: str, begun_with: str, asked: str) -> None:
        super().__init__(
            f"run {run_id} was begun with {begun_with}, this step asks for {asked}: give every "
            "step of a run the same options, or begin a new run"
        )
        self.run_id = run_id


class RunTakenOver(TrainerError):
    """Two processes worked at one run; the one that came later goes on with it."""

    code: ClassVar[str] = "run_taken_over"

    def __init__(self, *, run_id: str) -> None:
        super().__init__(
            f"another process goes on with run {run_id}, so this one stops: nothing is lost, and "
            "`recommender runs show` tells how far it is"
        )
        self.run_id = run_id


class MemoryExhausted(TrainerError):
    """There was no memory left for a step."""

    code: ClassVar[str] = "memory_exhausted"

    def __init__(self, *, detail: str) -> None:
        super().__init__(
            f"there was no memory left ({detail}): train again on a machine with more and the "
            "training goes on behind its last step, or set training.window_days to look less far "
            "back"
        )


class WorkspaceFull(TrainerError):
    """The disk on which a training works is full; the store is not touched by that."""

    code: ClassVar[str] = "workspace_full"

    def __init__(self, *, folder: str) -> None:
        super().__init__(
            f"there is no room left below {folder}, where a training works: free some, or let "
            "TMPDIR name a folder on a larger disk"
        )
        self.folder = folder


class WorkspaceReadOnly(TrainerError):
    """Where a training works, nothing may be written any more."""

    code: ClassVar[str] = "workspace_read_only"

    def __init__(self, *, folder: str, reason: str) -> None:
        super().__init__(
            f"nothing can be written below {folder}, where a training works ({reason}): let TMPDIR "
            "name a folder that can"
        )
        self.folder = folder
