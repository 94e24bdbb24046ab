"""The log as history takes it in, whatever happens to the log meanwhile."""

from pathlib import Path

from recommender_api.history.protocol import Deed
from recommender_api.history.replay import replayed
from recommender_store.event_log.erasure import Actor
from recommender_store.event_log.log import EventLog
from recommender_store.objects.folder import FolderObjects
from recommender_store.objects.scope import Scope

AT = "2026-06-01T00:00:00Z"


def view(user_id: str) -> dict[str, str]:
    event = {"event_id": f"of-{user_id}", "kind": "view", "user_id": user_id, "item_id": "a"}
    return {**event, "occurred_at": AT}


def test_an_erasure_between_checkpoint_and_segments_is_read_past(tmp_path: Path):
    scope = Scope(FolderObjects(tmp_path), "tenants/shop/events")
    log, other = EventLog(scope), EventLog(scope)
    log.append_events([view("ann"), view("bob")], AT)
    lines_after, tries = log.lines_after, []

    def interrupted(marks):
        if not tries:
            other.erase(Actor("user_id", "ann"))
        tries.append(marks)
        return lines_after(marks)

    log.lines_after = interrupted
    told = list(replayed(log))

    assert told == [Deed("bob", None, "view", "a", 1_780_272_000_000, None)]
    assert len(tries) == 2
