"""
What can end a training, each with a stable code.

    TrainerError
    ├── Refusal            the data or the gate said no: not a failure, its own exit code
    │   └── DataRefused    its code says why (log_empty, one_user, one_item, too_few_interactions, …)
    ├── RecipeUnknown      recipe_unknown
    ├── ParameterInvalid   parameter_invalid
    ├── StepUnknown        step_unknown
    └── StepMissing        step_missing
"""

# ruff: noqa: N818 (what happened is the name; that it is an error, the root says)

from collections.abc import Sequence
from typing import ClassVar


class TrainerError(Exception):
    """The root: anything that ends a training."""

    code: ClassVar[str] = "trainer_error"


class Refusal(TrainerError):
    """Data or gate said no. Nothing is broken, and the current model goes on serving."""

    code: ClassVar[str] = "refused"


class DataRefused(Refusal):
    """The log is no basis for a model; `reason` is the stable code."""

    code: ClassVar[str] = "data_refused"

    def __init__(self, *, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


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
