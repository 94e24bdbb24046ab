"""
Bodies of requests, read whole: until one is there, its sender holds a place among senders alone.
"""

from .access.places import Places
from .exchange.asgi import Receive, Scope, read_body
from .exchange.laps import reached
from .exchange.visit import Visit


class Bodies:
    """Those that one process is receiving."""

    def __init__(self, places: Places) -> None:
        self._places = places

    async def read(self, scope: Scope, receive: Receive, visit: Visit, limit_bytes: int) -> bytes:
        """
        The whole body.

        Raises:
            TooManyRequests, Overloaded: where there is no place.
            BodyTooLarge, BodyMalformed, BodyTooSlow: as `read_body`.
        """
        owner = visit.owner
        self._places.take(owner)
        try:
            return await read_body(scope, receive, limit_bytes)
        finally:
            self._places.give_back(owner)
            reached("body")
