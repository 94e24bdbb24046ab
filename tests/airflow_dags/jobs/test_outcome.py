"""What an exit code means to Airflow."""

import re
from pathlib import Path

import pytest

from airflow_dags.jobs.outcome import TRANSIENT, outcome
from recommender_cli import output

ERRORS = Path(__file__).parents[3] / "docs" / "errors.md"


@pytest.mark.parametrize(
    ("code", "said", "verdict"),
    [
        (output.DONE, "live now: 1", "done"),
        (output.REFUSED, "refused: too few events [too_few_interactions]", "skip"),
        (output.WAITING, "shop: run r: tried: v2 answers 10 % of the users", "later"),
        (output.USAGE, "error: No such option (see `--help`)", "fail"),
        (output.FAILED, "error: another digest than it had [log_file_corrupt]", "fail"),
        (output.FAILED, "error: the store does not answer [store_unavailable]", "retry"),
        (output.FAILED, "error: KeyError: 'x' (run again with --debug for more)", "retry"),
        (output.INTERRUPTED, "interrupted", "retry"),
        (137, "", "retry"),
        (143, "", "retry"),
        (None, "", "retry"),
    ],
)
def test_a_try_is_repeated_only_where_it_may_go_better(
    code: int | None, said: str, verdict: str
) -> None:
    assert outcome(code, [said]).verdict == verdict


def test_the_reason_is_the_last_line_that_says_anything() -> None:
    said = ["39 events", "refused: too few events [too_few_interactions]", "  "]

    assert outcome(3, said).reason == "refused: too few events [too_few_interactions]"


def test_what_passes_is_told_by_codes_that_there_are() -> None:
    known = set(re.findall(r"^\| `([a-z_]+)` \|", ERRORS.read_text(encoding="utf-8"), re.MULTILINE))

    assert known >= TRANSIENT
