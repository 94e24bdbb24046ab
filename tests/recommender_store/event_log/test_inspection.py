"""Many files are looked at together, and what is wrong with one is said of that one."""

from datetime import UTC, datetime

from recommender_store.event_log.inspection import inspect_log
from recommender_store.event_log.log import EventLog
from recommender_store.objects.finding import Finding
from recommender_store.objects.scope import Scope
from tests.recommender_store.event_log.canonical import event, written

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def looked_at(scope: Scope) -> tuple[list[Finding], set[str]]:
    examined: set[str] = set()
    return list(inspect_log(scope, NOW, examined.add)), examined


def three_days(scope: Scope) -> EventLog:
    log = EventLog(scope)
    days = ("2026-11-18", "2026-11-19", "2026-11-20")
    written(log, *(event(f"e{day}", f"{day}T10:00:00Z") for day in days))
    log.compact()
    return log


def test_a_whole_log_has_no_findings_and_every_file_is_examined(memory: Scope) -> None:
    log = three_days(memory)

    found, examined = looked_at(memory)

    assert found == []
    assert {file.key for file in log.state().files.files} <= examined


def test_a_wrong_count_and_a_wrong_day_are_told_of_their_own_files(memory: Scope) -> None:
    log = three_days(memory)
    listed = log.listed()
    first, second, third = sorted(listed.state.files, key=lambda file: file.day)
    wrong = (
        first.model_copy(update={"rows": 7}),
        second.model_copy(update={"day": third.day}),
        third,
    )
    log._lists.replace(listed, listed.state.model_copy(update={"files": wrong}), NOW)

    found, _ = looked_at(memory)

    assert [(one.key, one.sentence.partition(":")[0]) for one in found] == [
        (first.key, "holds 1 events, the list says 7"),
        (second.key, "holds 1 events of other days"),
    ]
