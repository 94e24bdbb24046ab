"""
Events of users who were erased: what occurred before is refused, event by event.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from recommender_api.errors import FieldFault, RequestInvalid
from recommender_api.history.protocol import at_ms_of
from recommender_api.serving.forgotten import Forgotten

from .accept import Verdicts
from .arrival import Arrival

CODE = "user_erased"
DETAIL = "user_id: the user was erased after this occurred; later events are taken"


def without_erased(forgotten: Forgotten, verdicts: Verdicts) -> Verdicts:
    """The same verdicts, but for events that are not to come back."""
    if forgotten.is_empty:
        return verdicts
    taken = {one["index"] for one in verdicts.rejected}
    indices = (
        at for at in range(len(verdicts.arrivals) + len(verdicts.rejected)) if at not in taken
    )
    kept, refused = [], []
    for index, one in zip(indices, verdicts.arrivals, strict=False):
        if is_erased(forgotten, one):
            refused.append(
                {"index": index, "event_id": one.event_id, "code": CODE, "detail": DETAIL}
            )
        else:
            kept.append(one)
    rejected: list[dict[str, Any]] = [*verdicts.rejected, *refused]
    return Verdicts(kept, sorted(rejected, key=itemgetter("index")))


def check_not_erased(forgotten: Forgotten, event: Arrival) -> None:
    """
    Raises:
        RequestInvalid: where it is one that must not come back.
    """
    if is_erased(forgotten, event):
        raise RequestInvalid([FieldFault("/user_id", CODE, DETAIL.removeprefix("user_id: "))])


def still_allowed(forgotten: Forgotten, events: Sequence[Arrival]) -> list[Arrival]:
    """Those that may be written."""
    return [one for one in events if not is_erased(forgotten, one)]


def is_erased(forgotten: Forgotten, event: Arrival) -> bool:
    before_ms = forgotten.before_ms(event.user_id)
    return before_ms is not None and at_ms_of(event.occurred_at) < before_ms
