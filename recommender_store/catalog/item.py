"""
One item of a catalog: the newest value of each field, whatever the order in which changes arrive.
"""

from datetime import datetime

from .change import ItemChange, Value, moment

_Stamp = tuple[int, str]
_NEVER: _Stamp = (0, "")


class Item:
    """One item's newest fields, with the stamps that decide what is newest."""

    __slots__ = ("_cleared", "_exists", "_stamps", "fields")

    def __init__(self) -> None:
        self.fields: dict[str, Value] = {}
        self._stamps: dict[str, _Stamp] = {}
        self._cleared: _Stamp = _NEVER
        self._exists: tuple[_Stamp, bool] = (_NEVER, False)

    @property
    def is_deleted(self) -> bool:
        return not self._exists[1]

    def apply(self, change: ItemChange) -> None:
        stamp = (change.at_us, change.writer)
        if stamp >= self._exists[0]:
            self._exists = (stamp, not change.is_deletion)
        if (change.is_deletion or change.replaces) and stamp > self._cleared:
            self._clear(stamp)
        for name, value in change.fields.items():
            if stamp >= self._cleared and stamp >= self._stamps.get(name, _NEVER):
                self._stamps[name] = stamp
                if value is None:
                    self.fields.pop(name, None)
                else:
                    self.fields[name] = value

    def _clear(self, stamp: _Stamp) -> None:
        self._cleared = stamp
        for name in [name for name, at in self._stamps.items() if at < stamp]:
            self.fields.pop(name, None)
            del self._stamps[name]

    def changes(self, item_id: str) -> list[ItemChange]:
        """
        The fewest changes that make an item like this one, in whatever order they are applied.

        A field that was taken away, or an item that was deleted, is told with its stamp: an older
        change that comes late must not bring it back.
        """
        by_stamp: dict[_Stamp, dict[str, Value]] = {self._exists[0]: {}}
        if self._cleared != _NEVER:
            by_stamp.setdefault(self._cleared, {})
        for name, stamp in self._stamps.items():
            by_stamp.setdefault(stamp, {})[name] = self.fields.get(name)
        return [
            ItemChange(
                item_id,
                at_us=stamp[0],
                writer=stamp[1],
                fields=fields,
                replaces=stamp == self._cleared and stamp != self._deleted,
                is_deletion=stamp == self._deleted,
            )
            for stamp, fields in sorted(by_stamp.items())
        ]

    @property
    def _deleted(self) -> _Stamp | None:
        return self._exists[0] if self.is_deleted else None

    def is_shown(self, now: datetime) -> bool:
        """Whether it may be recommended at `now`: there, available, and within its dates."""
        if self.is_deleted or self.fields.get("available") is False:
            return False
        start = _time(self.fields.get("available_from"))
        end = _time(self.fields.get("available_until"))
        return (start is None or start <= now) and (end is None or now < end)


def _time(value: Value) -> datetime | None:
    return moment(value) if isinstance(value, str) else None
