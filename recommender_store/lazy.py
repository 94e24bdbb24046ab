"""
A part of an object that is made when it is first asked for: once, whichever thread asks.
"""

import threading
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Made = TypeVar("Made")

_lock = threading.RLock()
"""Of all parts: making one is quick, and one may ask for another."""


class lazy(Generic[Made]):  # noqa: N801 - a decorator, read as `property` is
    """
    A property whose value stays; reading it again costs what reading an attribute does.

    `functools.cached_property` would make two of what two threads ask for at once.
    """

    def __init__(self, make: Callable[[Any], Made]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, whole: None, kind: type) -> Self: ...
    @overload
    def __get__(self, whole: object, kind: type) -> Made: ...
    def __get__(self, whole: object | None, kind: type) -> Self | Made:
        if whole is None:
            return self
        known = whole.__dict__
        with _lock:
            if self._name not in known:
                known[self._name] = self._make(whole)
            made: Made = known[self._name]
            return made
