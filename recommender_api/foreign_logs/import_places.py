"""
Whether a tenant may have a log imported from a place: below a prefix that an admin listed, and
away from the platform's own store.

Looks where folders really lie, and reads nothing. Who reads asks again, and follows no link.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from recommender_store.settings import StoreSettings
from recommender_store.tenants.places import Place, read_place

from .errors import PlaceRefused


class Allowed(NamedTuple):
    """A place, and the prefix below which it lies."""

    place: Place
    prefix: Place

    @property
    def below(self) -> tuple[str, ...]:
        """The way from the prefix to the place."""
        return self.place.segments[len(self.prefix.segments) :]


def allowed_place(text: str, prefixes: Iterable[str], store: StoreSettings) -> Allowed:
    """
    Raises:
        PlaceRefused: says why; of what lies outside the prefixes nothing is told.
    """
    try:
        place = read_place(text)
    except ValueError as error:
        raise PlaceRefused(text, str(error)) from error
    listed = [read_place(prefix) for prefix in prefixes]
    prefix = next((one for one in listed if place.is_below(one)), None)
    if prefix is None:
        shown = ", ".join(one.text for one in listed) or "none so far"
        reason = f"an admin lists from where this tenant may import (imports.prefixes): {shown}"
        raise PlaceRefused(text, reason)
    if place.scheme == "file":
        place_lies, prefix_lies = _really(place), _really(prefix)
        if not place_lies.is_below(prefix_lies):
            raise PlaceRefused(text, "it leads out of its folder: symbolic links are not followed")
        _check_apart(text, place_lies, [_really(one) for one in _of_store(store)])
    else:
        _check_apart(text, place, _of_store(store))
    return Allowed(place, prefix)


def _check_apart(text: str, place: Place, taken: Iterable[Place]) -> None:
    for one in taken:
        if place.is_below(one) or one.is_below(place):
            raise PlaceRefused(text, "it is the platform's own store, or holds it")


def _of_store(store: StoreSettings) -> list[Place]:
    """The store, and what this machine keeps of it; of other kinds than the place none matters."""
    folders = [store.folder, store.cache_folder(), store.launch_folder()]
    places = [_folder(folder) for folder in folders if folder is not None]
    if store.folder is None and not store.url.startswith("memory:"):
        places.append(read_place(store.url.rstrip("/")))
    return places


def _really(place: Place) -> Place:
    return _folder(Path("/", *place.segments))


def _folder(path: Path) -> Place:
    return Place("file", Path(os.path.realpath(path)).parts[1:])
