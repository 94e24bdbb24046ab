"""A tenant in an empty store, and logs of test worlds to fill it with."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender_store.author import Author
from recommender_store.event_log.named_users import named_users
from recommender_store.opening import Store, open_store
from recommender_store.settings import StoreSettings
from recommender_store.tenant_space import TenantSpace
from tests.worlds.interaction import Interaction
from trainers.jobs.options import TrainOptions

RECEIVED_AT = "2026-03-01T00:00:00Z"
TEST = Author(by="test", origin="tests")
OPTIONS = TrainOptions(threads=1)


def new_store(folder: Path) -> Store:
    settings = StoreSettings(url=f"file://{folder}", secret_key="secret")
    return open_store(settings, create=True)


def new_tenant(store: Store, name: str = "shop", **changes: Mapping[str, Any]) -> TenantSpace:
    """A tenant; `training` and `gate` are what differs from the defaults."""
    space = store.create_tenant(name, name, author=TEST)
    change_settings(space, **changes)
    return space


def change_settings(space: TenantSpace, **changes: Mapping[str, Any]) -> None:
    settings = space.settings()
    updated = {
        part: getattr(settings, part).model_copy(update=dict(values))
        for part, values in changes.items()
    }
    space.save_settings(settings.model_copy(update=updated), author=TEST)


def log(space: TenantSpace, events: Iterable[Mapping[str, Any]]) -> None:
    space.events.append_events(list(events), RECEIVED_AT)


def names_of(space: TenantSpace, users: NDArray[np.uint64]) -> list[str]:
    """Whom these digests stand for, as the log knows them."""
    digests = space.digests()
    ids = [one for some in named_users(space.events.state()) for one in some]
    named = dict(zip(digests.short_of_all("user", ids).tolist(), ids, strict=True))
    return [named[one] for one in users.tolist()]


def event(number: int, at: datetime, kind: str = "view", **fields: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number:08d}",
        "kind": kind,
        "occurred_at": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        **fields,
    }


def events_of(interactions: Iterable[Interaction], start: int = 0) -> list[dict[str, Any]]:
    return [
        event(
            start + number,
            one.occurred_at,
            one.kind,
            user_id=one.user_id,
            item_id=one.item_id,
        )
        for number, one in enumerate(interactions)
    ]
