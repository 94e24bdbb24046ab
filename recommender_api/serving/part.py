"""
One part of a tenant that is read anew when the head of its chain has moved.

Whatever is wrong with the new, the old serves on: the fault is told, and the same revision is
tried again after a while.
"""

from collections.abc import Callable

import structlog

RETRY_S = 30.0
"""Between tries: a blip of the network is over by then, a broken bundle costs little."""

_log = structlog.get_logger()


class Part:
    """
    A part by its name, how to learn its newest number, and how to read it; `owner` is for the log.
    """

    def __init__(
        self,
        name: str,
        head: Callable[[], int],
        read: Callable[[], None],
        clock: Callable[[], float],
        owner: str = "",
    ) -> None:
        self._name = name
        self._owner = owner
        self._head = head
        self._read = read
        self._clock = clock
        self._number: int | None = None
        self._refused: int | None = None
        self._due_at = 0.0
        self.fault: str | None = None
        """Why the newest could not be read."""

    @property
    def is_due(self) -> bool:
        """Whether there is something to try again."""
        return self.fault is not None and self._clock() >= self._due_at

    @property
    def number(self) -> int | None:
        """Of what was read last; None: nothing yet."""
        return self._number

    def refresh(self) -> bool:
        """Read what is new; whether anything came of it, be it a fault."""
        number = None
        try:
            number = self._head()
            if number == self._number and self.fault is None:
                return False
            if number == self._refused and not self.is_due:
                return False
            if number != self._number:
                self._read()
        except Exception as error:  # noqa: BLE001 - a model may break in ways nobody listed
            self._refuse(number, error)
        else:
            self._number, self._refused, self.fault = number, None, None
        return True

    def let_go(self) -> None:
        """Forget whose part it is: the two hold each other, and would outlive their use."""
        self._head, self._read = _nothing, _none

    def _refuse(self, number: int | None, error: Exception) -> None:
        self._refused, self._due_at = number, self._clock() + RETRY_S
        before, self.fault = self.fault, f"the newest {self._name} cannot be read: {error}"
        if self.fault != before:
            _log.error(
                "part_refused",
                tenant_id=self._owner,
                part=self._name,
                number=number,
                exc_info=error,
            )


def _nothing() -> int:
    return 0


def _none() -> None:
    return None
