"""
When each key of a tenant was last used, to the minute or so: one object, written over.

No revision chain: it changes all the time, and nobody decides it. Where two replicas write at
once, what one of them knew comes with its next write.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from recommender_store.errors import ObjectMissing, RecordUnreadable
from recommender_store.objects.protocol import ObjectStore

_KEY = "last.json"
_Times = dict[str, Annotated[datetime, msgspec.Meta(tz=True)]]


class KeyUses:
    """`objects` is a scope whose prefix holds these alone."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def last(self) -> dict[str, datetime]:
        """By key id; raises RecordUnreadable."""
        try:
            return msgspec.json.decode(self._objects.get(_KEY), type=_Times)
        except ObjectMissing:
            return {}
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RecordUnreadable(key=f"key_uses/{_KEY}", reason=str(error)) from error

    def note(self, used: Mapping[str, datetime]) -> None:
        """Keep the later time of each key."""
        known = self.last()
        later = {one: at for one, at in used.items() if one not in known or known[one] < at}
        if later:
            self._objects.put(_KEY, msgspec.json.encode({**known, **later}))
